"""The one optimistic write of the program: read, decide, write under guard; again if somebody was faster.

Documents that owe work are changed by it through `effects.ledger.Ledger.apply`; records, books, cards, sessions and counters through
whoever keeps them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from server.core.errors import LostRace

T = TypeVar("T")
RACES_MAX = 10


async def decide_and_write(
    read: Callable[[], Awaitable[T]],
    decide: Callable[[T], T],
    write: Callable[[T, T], Awaitable[T]],
    what: str,
    *,
    known: T | None = None,
    races_max: int = RACES_MAX,
) -> tuple[T, T]:
    """What was read and what is stored now.

    ``decide`` may run several times and must be pure; where it answers its very argument, nothing is written. ``write`` takes what was read
    and what was decided, answers what it stored, and raises LostRace where its guard found another version. ``known`` is what the caller
    has just read or stored, which saves a read.

    ``what`` says in the log what was written. Raises LostRace when it was lost ``races_max`` times, and whatever else the three raise.
    """
    in_hand = known
    for _ in range(races_max):
        before = await read() if in_hand is None else in_hand
        in_hand = None
        decided = decide(before)
        if decided is before:
            return before, before
        try:
            return before, await write(before, decided)
        except LostRace:
            continue
    raise LostRace(f"{what}: {races_max} times")
