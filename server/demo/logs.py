"""What a child process prints: kept for this run and the one before, bounded, its end shown when the child has died."""

from __future__ import annotations

import os
import shutil
from collections import deque
from dataclasses import dataclass
from pathlib import Path

TAIL_LINES = 15
LOG_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ChildLog:
    """A file that a child appends to; what came before lies beside it as ``….1``."""

    path: Path

    def begin(self) -> None:
        """A new run: put the log of the last one aside."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self.path.replace(self._before())
        self.path.touch()

    def bound(self) -> None:
        """Put aside what is too much while the child writes; it appends, so that it goes on at the new end."""
        if self.path.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(self.path, self._before())
            os.truncate(self.path, 0)

    def tail(self) -> str:
        """The last lines, indented, for a person to read."""
        with self.path.open("r", encoding="utf-8", errors="replace") as log:
            return "".join(f"    {line.rstrip()}\n" for line in deque(log, TAIL_LINES)).rstrip("\n") or "    (empty)"

    def _before(self) -> Path:
        return self.path.with_name(f"{self.path.name}.1")
