"""Where a child's output goes: a bounded file whose end is shown when the child has died, or simply where ours goes."""

from __future__ import annotations

import os
import shutil
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

TAIL_LINES = 15
LOG_BYTES_MAX = 16 * 1024 * 1024


class ChildOutput(Protocol):
    def begin(self) -> None:
        """A new run begins."""

    def open(self) -> AbstractContextManager[IO[bytes] | None]:
        """What a fresh child writes to; None is what its parent writes to."""

    def bound(self) -> None:
        """Called about once a second while the child writes."""

    def tail(self) -> str:
        """The end of it for a person to read, as it follows a sentence; empty when the person has seen it already."""


class SameAsOurs:
    """The child writes to our own output, as a service manager wants it."""

    def begin(self) -> None:
        """Nothing to prepare."""

    def open(self) -> AbstractContextManager[IO[bytes] | None]:
        return nullcontext()

    def bound(self) -> None:
        """Not ours to bound."""

    def tail(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class ChildLog:
    """A file that a child appends to; what came before lies beside it as ``….1``."""

    path: Path

    def begin(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self.path.replace(self._before())
        self.path.touch()

    def open(self) -> AbstractContextManager[IO[bytes] | None]:
        return self.path.open("ab")

    def bound(self) -> None:
        """The child appends, so that it goes on at the new end."""
        if self.path.stat().st_size > LOG_BYTES_MAX:
            shutil.copyfile(self.path, self._before())
            os.truncate(self.path, 0)

    def tail(self) -> str:
        with self.path.open("r", encoding="utf-8", errors="replace") as log:
            lines = "".join(f"    {line.rstrip()}\n" for line in deque(log, TAIL_LINES)).rstrip("\n")
        return f"; the end of {self.path}:\n{lines or '    (empty)'}"

    def _before(self) -> Path:
        return self.path.with_name(f"{self.path.name}.1")
