"""Shares the time of a run among its rows. What one row leaves is there for the rows after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.engine import Row

Seconds = Callable[[], float]


class Timetable:
    """A row has time by its contestants, and as much as one of them for beginning. A row that is done once takes what it takes, and nothing
    from the others."""

    def __init__(self, rows: Sequence[Row], seconds: float, now: Seconds = time.monotonic) -> None:
        self._now = now
        self._until = now() + seconds
        self._left = self._all = sum(_parts(row) for row in rows)
        self._sharing = sum(_parts(row) for row in rows if not row.is_once)
        self._once_since: float | None = None

    def begin(self, row: Row) -> float:
        """The moment by which the row should be done; the next row may begin."""
        now = self._now()
        if self._once_since is not None:
            self._until += now - self._once_since
        self._once_since = now if row.is_once else None
        self._left -= _parts(row)
        if row.is_once:
            return now
        share = _parts(row) / self._sharing
        self._sharing -= _parts(row)
        return now + self.seconds_left * share

    @property
    def seconds_left(self) -> float:
        """At most."""
        return max(0.0, self._until - self._now())

    def done(self, row: Row, share: float) -> float:
        """How much of the run is done where ``share`` of the row is that began last."""
        return 1 - (self._left + _parts(row) * (1 - share)) / self._all


def _parts(row: Row) -> int:
    return 1 + len(row.contestants)
