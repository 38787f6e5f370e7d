"""The newest of a range of time, read in spans that grow backwards from its end.

The embedded database puts everything in order that a query reaches before it answers the first few, so a query may not reach more of a long range
than is asked for. To MongoDB, which walks the index backwards, a span more is a small query more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from server.storage.precision import whole_ms

One = TypeVar("One")
Read = Callable[[datetime, datetime, int], Awaitable[Sequence[One]]]
"""(begin, end, limit) → at most ``limit`` from ``begin`` on and before ``end``, newest first."""

FIRST_SPAN = timedelta(minutes=5)
SHORTEST_SPAN = timedelta(seconds=1)
GROWTH = 8
"""So much longer is the span after one that had nothing."""
ROOM = 2
"""The span after one that had something is made for so many times what is still missing."""


async def newest_between(read: Read[One], begin: datetime, end: datetime, limit: int) -> list[One]:
    """At most ``limit`` from ``begin`` on and before ``end``, newest first. Fewer only where there are no more."""
    found: list[One] = []
    span = FIRST_SPAN
    while len(found) < limit and begin < end:
        since = whole_ms(end - min(span, end - begin))
        some = await read(since, end, limit - len(found))
        found += some
        span, end = _next_span(span, len(some), limit - len(found)), since
    return found


def _next_span(span: timedelta, had: int, missing: int) -> timedelta:
    """``span`` had so many, and so many are still ``missing``."""
    longest = span * GROWTH
    return max(SHORTEST_SPAN, min(longest, span * ROOM * missing / had)) if had else longest
