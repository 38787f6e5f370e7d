"""Where the temporary folders of tests lie: in memory where there is enough of it. A database writes each step through to its disk, and a disk
makes it wait some milliseconds each time; no test is about power that fails.
"""

from __future__ import annotations

import os
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 << 30
"""A whole run keeps a few hundred MB there. A container's usual 64 MB are far too little."""


def memory_folder(folder: Path = MEMORY, room_bytes: int = ROOM_BYTES) -> Path | None:
    """``folder``, if temporary folders may lie there: it has room, may be written to, and programs in it may run."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return None
    told = os.statvfs(folder)
    runs = not told.f_flag & os.ST_NOEXEC
    return folder if runs and told.f_bavail * told.f_frsize >= room_bytes else None
