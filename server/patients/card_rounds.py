"""A round over every bound card of a hospital: for what the HIS does not push."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container
from contextlib import suppress

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.ports import Clock
from server.effects.recurring import PIECE, Piece
from server.patients.model import BoundCard
from server.patients.ports import CardStore

OWNERS = 5
"""Bindings of so many owners are looked at between two places where a round can go on."""


class CardRounds:
    """``look`` asks the HIS about one binding and tells what is new. ``hospitals`` have such rounds."""

    def __init__(
        self,
        cards: CardStore,
        look: Callable[[BoundCard], Awaitable[None]],
        hospitals: Container[str],
        clock: Clock,
    ) -> None:
        self._cards = cards
        self._look = look
        self._hospitals = hospitals
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Raises StoreError, and NotSent while the HIS or a platform can't be reached: the round then goes on at this place."""
        if hospital not in self._hospitals:
            return Piece()
        until = self._clock.now() + PIECE
        while True:
            bound, place = await self._cards.page(hospital, place, OWNERS)
            for card in bound:
                with suppress(OutcomeUnknown, OutsideRefusal):  # about this card the next round asks
                    await self._look(card)
            if not place or self._clock.now() >= until:
                return Piece(place, more=bool(place))
