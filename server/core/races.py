"""The one loop of optimistic writes: read, decide, write under guard; again if somebody was faster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from server.core.errors import LostRace

T = TypeVar("T")
RACES_MAX = 10


async def until_won(attempt: Callable[[], Awaitable[T]], what: str, races_max: int = RACES_MAX) -> T:
    """The answer of ``attempt``, which reads anew each time and raises LostRace where its guarded write found another version.

    ``what`` says in the log what was written. Raises LostRace when it was lost ``races_max`` times, and whatever else ``attempt`` raises.
    """
    for _ in range(races_max):
        try:
            return await attempt()
        except LostRace:
            continue
    raise LostRace(f"{what}: {races_max} times")
