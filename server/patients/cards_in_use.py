"""A binding of a card ends when nobody has used it for a long time: whoever has the phone by then may be somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.core.ports import Clock, Sealer, ShortLivedStore
from server.patients.last_uses import LastUses
from server.patients.model import BoundCard
from server.patients.ports import CardStore, PatientsHospital
from server.patients.relations import Relation

PAGE = 100


class CardsInUse:
    """ports.CardStore over another one: as it, without the bindings that lay unused for the hospital's ``card_unused_max``. They are unbound when
    somebody comes for them, and each day by `UnusedRounds`. A binding of before uses were noted begins with its first use, or with the
    first of those rounds.
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
        self.uses = LastUses("card_used", short_lived, sealer, clock)
        self._clock = clock

    async def bind(self, card: BoundCard) -> None:
        await self._cards.bind(card)
        await self.uses.note(card.hospital, card.owner, card.card_no)

    async def say(self, hospital: str, owner: str, card_no: str, family: Relation | None) -> bool:
        return await self._cards.say(hospital, owner, card_no, family)

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        await self._cards.unbind(hospital, owner, card_no)
        await self.uses.drop(hospital, owner, card_no)

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        return await self.of_owners(hospital, [owner])

    async def of_owners(self, hospital: str, owners: Sequence[str]) -> Sequence[BoundCard]:
        bound = await self._cards.of_owners(hospital, owners)
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
            await self.uses.begin(card.hospital, card.owner, card.card_no)
        return after

    async def _lives(self, card: BoundCard, *, note: bool = True) -> bool:
        parts, now = (card.hospital, card.owner, card.card_no), self._clock.now()
        if self.uses.is_noted(*parts):
            return True
        used = await self.uses.last(*parts)
        if used is not None and now - used > self._hospitals[card.hospital].card_unused_max:
            await self.unbind(*parts)
            return False
        if note and not self.uses.is_noted(*parts):
            await self.uses.note(*parts)
        return True
