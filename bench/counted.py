"""Runs a Python program and counts the commands that its MongoDB driver sends: ``python bench/counted.py COUNTS_FILE PROGRAM words …``.

The counts lie in a small file that another process may read at any time: two integers, reads and writes. The program knows nothing of it.
"""

from __future__ import annotations

import mmap
import runpy
import struct
import sys
from pathlib import Path
from threading import Lock

READS = frozenset({"find", "getMore", "aggregate", "count", "distinct"})
WRITES = frozenset({"insert", "update", "delete", "findAndModify"})
PULSES = "pulses"
"""A collection in which a process says that it lives: it does so by itself, whatever is asked of it, and so it isn't counted."""
LAYOUT = struct.Struct("<QQ")


def read_counts(file: Path) -> tuple[int, int]:
    """Reads and writes so far."""
    reads, writes = LAYOUT.unpack(file.read_bytes())
    return reads, writes


def listen(file: Path) -> None:
    from pymongo import monitoring  # only here, so that `read_counts` needs no driver

    file.write_bytes(LAYOUT.pack(0, 0))
    with file.open("r+b") as opened:
        shown = mmap.mmap(opened.fileno(), LAYOUT.size)
    lock = Lock()

    class Counting(monitoring.CommandListener):
        def started(self, event: monitoring.CommandStartedEvent) -> None:
            name = event.command_name
            if event.command.get(name) == PULSES:
                return
            with lock:
                reads, writes = LAYOUT.unpack(shown[:])
                shown[:] = LAYOUT.pack(reads + (name in READS), writes + (name in WRITES))

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

        def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    monitoring.register(Counting())


def main() -> None:
    file, program = sys.argv[1:3]
    sys.path[0] = str(Path(program).resolve().parent)
    listen(Path(file))
    sys.argv = sys.argv[2:]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
