"""What happened, line by line: when, who, what, with which outcome. Two runs of one seed have the same trace, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LINES_MAX = 20_000


class Trace:
    def __init__(self, time: Callable[[], float], until: Callable[[str], bool] | None = None) -> None:
        self._time = time
        self.until = until
        """Says which problem is the one that is looked for, where only one is."""
        self.enough = asyncio.Event()
        """It has been seen."""
        self.lines: list[tuple[float, str, str, str]] = []
        self.problems: list[str] = []

    def note(self, who: str, what: str, outcome: str = "") -> None:
        if len(self.lines) < LINES_MAX:
            self.lines.append((self._time(), who, what, outcome))

    def problem(self, words: str) -> None:
        """Something that must never be. Kept once, however often it is seen."""
        if words not in self.problems:
            self.problems.append(words)
            self.note("!", words, "PROBLEM")
            if self.until is not None and self.until(words):
                self.enough.set()

    def text(self) -> str:
        return "\n".join(f"{at:12.3f}  {who:<9} {what:<58} {outcome}".rstrip() for at, who, what, outcome in self.lines)
