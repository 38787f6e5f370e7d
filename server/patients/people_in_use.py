"""What is known of somebody who only logged in ends when they have not come for a long time (docs/decisions/0036)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.core.ports import Clock, Sealer, ShortLivedStore
from server.patients.last_uses import LastUses
from server.patients.model import PayerIdentity
from server.patients.persons import Seen
from server.patients.ports import CardStore, PatientsHospital, PersonStore
from server.patients.rules import KnownIdentity

PAGE = 100


class PeopleInUse:
    """A ports.PersonStore that wraps another one and notes each login and each proof of who somebody is as a use. An identity that has a card
    is kept as long as the card is. `UnusedRounds` forgets an identity that has no card and was not used for the hospital's
    ``card_unused_max``; ``seen`` is told before that (`staff.facts`).
    """

    def __init__(
        self,
        hospitals: Mapping[str, PatientsHospital],
        people: PersonStore,
        cards: CardStore,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
        seen: Seen,
    ) -> None:
        self._hospitals = hospitals
        self._people = people
        self._cards = cards
        self._uses = LastUses("person_used", short_lived, sealer, clock)
        self._clock = clock
        self._seen = seen

    async def add_identity_proofs(self, hospital: str, identity: PayerIdentity, proofs: Sequence[str]) -> None:
        await self._people.add_identity_proofs(hospital, identity, proofs)
        if not self._uses.is_noted(hospital, identity.key):
            await self._uses.note(hospital, identity.key)

    async def drop_identity_proofs(self, hospital: str, key: str, proofs: Sequence[str]) -> None:
        await self._people.drop_identity_proofs(hospital, key, proofs)

    async def drop(self, hospital: str, key: str) -> None:
        await self._people.drop(hospital, key)
        await self._uses.drop(hospital, key)

    async def get(self, hospital: str, key: str) -> KnownIdentity | None:
        return await self._people.get(hospital, key)

    async def sharing(self, hospital: str, proofs: Sequence[str], limit: int) -> Sequence[KnownIdentity]:
        return await self._people.sharing(hospital, proofs, limit)

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[KnownIdentity], str]:
        return await self._people.page(hospital, after, limit)

    async def end_unused(self, hospital: str, after: str) -> str:
        """Forget the identities of one page that were not used for too long; where the next page begins, empty behind the last one."""
        known, after = await self._people.page(hospital, after, PAGE)
        for one in known:
            if await self._lies_unused(hospital, one.key):
                await self._seen(hospital, one.key, "")
                await self.drop(hospital, one.key)
        return after

    async def _lies_unused(self, hospital: str, key: str) -> bool:
        used = await self._uses.last(hospital, key)
        if used is None:
            await self._uses.begin(hospital, key)
            return False
        if self._clock.now() - used <= self._hospitals[hospital].card_unused_max:
            return False
        return not await self._cards.of_owner(hospital, key)
