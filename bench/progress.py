"""One line that is written over on a terminal; elsewhere one line for each row, and for each tenth of a store that is filled."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from bench.engine import Row
from bench.timetable import Timetable

BAR = 30
TENTHS = 10
Seconds = Callable[[], float]


class Progress:
    def __init__(self, timetable: Timetable, out: TextIO | None = None) -> None:
        self._timetable = timetable
        self._out = sys.stderr if out is None else out
        self._over = self._out.isatty()

    def begin(self, row: Row) -> None:
        if not self._over:
            self._line(f"· {row.title} ({self._left})")

    def told(self, row: Row, contestant: str, of_row: float) -> None:
        if self._over:
            self._bar(self._timetable.done(row, of_row), f"{self._left}  {row.name}: {contestant}")

    def end(self) -> None:
        if self._over:
            self._line("")

    @property
    def _left(self) -> str:
        return f"at most {self._timetable.seconds_left / 60:.0f} min left"

    def _line(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def _bar(self, share: float, text: str) -> None:
        bar = "█" * int(share * BAR)
        line = f"{bar:·<{BAR}} {share:4.0%}, {text}"
        print(f"\r{line[:110]:<110}", end="", file=self._out, flush=True)


class Filling:
    """How far a store of ``payments`` is. What was there before says nothing about how long the rest takes."""

    def __init__(self, payments: int, out: TextIO | None = None, now: Seconds = time.monotonic) -> None:
        self._payments = payments
        self._out = sys.stderr if out is None else out
        self._now = now
        self._first: tuple[int, float] | None = None
        self._tenths = -1

    def told(self, there: int) -> None:
        """So many are in the store."""
        if self._first is None:
            self._first = there, self._now()
        over, tenths = self._out.isatty(), there * TENTHS // self._payments
        text = f"· a store of {self._payments:,} payments: {there / self._payments:.0%}{self._left(there)}"
        if over:
            end = "\n" if there == self._payments else ""
            print(f"\r{text[:110]:<110}", end=end, file=self._out, flush=True)
        elif tenths > self._tenths:
            print(text, file=self._out, flush=True)
        self._tenths = tenths

    def _left(self, there: int) -> str:
        if self._first is None or there in (self._first[0], self._payments):
            return ""
        before, began = self._first
        minutes = (self._now() - began) / (there - before) * (self._payments - there) / 60
        return f", about {minutes:.0f} min left"
