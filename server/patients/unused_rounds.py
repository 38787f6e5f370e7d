"""Each day a hospital's timetable looks for what nobody has used for too long: bindings of cards, and identities."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from server.core.ports import Clock
from server.effects.recurring import PIECE, Piece

BETWEEN_PAGES_S = 1.0
EVERY = timedelta(days=1)


class InUse(Protocol):
    """What ends without use."""

    async def end_unused(self, hospital: str, after: str, /) -> str:
        """End what lay unused for too long of one page; where the next page begins, empty behind the last one. Raises StoreError."""


class UnusedRounds:
    """The tasks UNUSED_CARDS and UNUSED_PEOPLE: all pages of ``in_use``, one after the other. A task's place is its page."""

    def __init__(self, in_use: InUse, clock: Clock) -> None:
        self._in_use = in_use
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Raises StoreError."""
        until = self._clock.now() + PIECE
        while place := await self._in_use.end_unused(hospital, place):
            if self._clock.now() >= until:
                break
            await self._clock.sleep(BETWEEN_PAGES_S)
        return Piece(place, more=bool(place))
