"""Files that a command makes for one person's eyes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from server.core.errors import BadInput


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """A file that only its owner reads; what fails leaves none. Raises BadInput for one that exists or can't be made."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadInput("file", user_message=f"{path}: 不能新建这个文件（{error.strerror}）。") from error
    try:
        with os.fdopen(made, "w", encoding="utf-8") as opened:
            yield opened
    except BaseException:
        path.unlink(missing_ok=True)
        raise
