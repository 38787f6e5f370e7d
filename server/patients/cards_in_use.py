"""A binding of a card ends when nobody has used it for a long time: whoever has the phone by then may be somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from server.core.ports import Clock, Sealer, ShortLivedStore
from server.effects.recurring import PIECE, Piece
from server.patients.model import BoundCard
from server.patients.ports import CardStore, PatientsHospital

NOTED_EVERY = timedelta(days=1)
KEPT = timedelta(days=3650)
"""So long it is remembered when a binding was last used: longer than any hospital lets one lie."""
_USED = "card_used"
PAGE = 100
BETWEEN_PAGES_S = 1.0
EVERY = timedelta(days=1)


class CardsInUse:
    """ports.CardStore over another one: as it, without the bindings that lay unused for the hospital's ``card_unused_max``. They are
    unbound when somebody comes for them, and each day by `UnusedCards`. A binding of before uses were noted begins with its first use, or
    with the first of those rounds.
    """

    def __init__(
        self,
        hospitals: Mapping[str, PatientsHospital],
        cards: CardStore,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._cards = cards
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock

    async def bind(self, card: BoundCard) -> None:
        await self._cards.bind(card)
        await self._note(self._key(card.hospital, card.owner, card.card_no), self._clock.now())

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        await self._cards.unbind(hospital, owner, card_no)
        await self._short_lived.drop(_USED, self._key(hospital, owner, card_no))

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        bound = await self._cards.of_owner(hospital, owner)
        return [card for card in bound if await self._lives(card)]

    async def of_card(self, hospital: str, card_no: str, limit: int) -> Sequence[BoundCard]:
        """To be looked at by somebody else is no use."""
        bound = await self._cards.of_card(hospital, card_no, limit)
        return [card for card in bound if await self._lives(card, note=False)]

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[BoundCard], str]:
        bound, place = await self._cards.page(hospital, after, limit)
        return [card for card in bound if await self._lives(card, note=False)], place

    async def end_unused(self, hospital: str, after: str) -> str:
        """Unbind what lay unused for too long of one page of bindings, whoever comes for it or not; where the next page begins, empty behind
        the last one.
        """
        bound, after = await self.page(hospital, after, PAGE)
        for card in bound:
            await self._begin(card)
        return after

    async def _begin(self, card: BoundCard) -> None:
        """A binding of before uses were noted: its time without use begins now."""
        key, now = self._key(card.hospital, card.owner, card.card_no), self._clock.now()
        await self._short_lived.put_once(_USED, key, now.isoformat(), now, now + KEPT)

    async def _lives(self, card: BoundCard, *, note: bool = True) -> bool:
        key, now = self._key(card.hospital, card.owner, card.card_no), self._clock.now()
        text = await self._short_lived.get(_USED, key, now)
        used = datetime.fromisoformat(text) if text else None
        if used is not None and now - used > self._hospitals[card.hospital].card_unused_max:
            await self.unbind(card.hospital, card.owner, card.card_no)
            return False
        if note and (used is None or now - used > NOTED_EVERY):
            await self._note(key, now)
        return True

    async def _note(self, key: str, now: datetime) -> None:
        await self._short_lived.put(_USED, key, now.isoformat(), now + KEPT)

    def _key(self, hospital: str, owner: str, card_no: str) -> str:
        return self._sealer.lookup(_USED, f"{hospital}\x00{owner}\x00{card_no}")


class UnusedCards:
    """The task UNUSED_CARDS of a hospital's timetable: all bindings, page by page. Its place is the page."""

    def __init__(self, cards: CardsInUse, clock: Clock) -> None:
        self._cards = cards
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Raises StoreError."""
        until = self._clock.now() + PIECE
        while place := await self._cards.end_unused(hospital, place):
            if self._clock.now() >= until:
                break
            await self._clock.sleep(BETWEEN_PAGES_S)
        return Piece(place, more=bool(place))
