"""注销账号: the end of everything that a person has here, at whatever door it is asked for: H5, the mini-program, the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from server.core.ports import Clock
from server.patients.persons import PersonService
from server.patients.ports import CardStore, SessionStore


@dataclass(frozen=True, slots=True)
class Closed:
    """How many of each ended."""

    cards: int
    sessions: int


Forget = Callable[[str, str], Awaitable[None]]
"""(hospital, key of a payer identity): drops what a capability keeps of them. Repeatable."""


class AccountService:
    """``forget``: what other capabilities keep of a person's own and what ends with the account."""

    def __init__(
        self,
        cards: CardStore,
        sessions: SessionStore,
        people: PersonService,
        clock: Clock,
        forget: Sequence[Forget] = (),
    ) -> None:
        self._forget = tuple(forget)
        self._cards = cards
        self._sessions = sessions
        self._people = people
        self._clock = clock

    async def close(self, hospital: str, owners: Sequence[str]) -> Closed:
        """Everything that was bound ends, in every entrance of the person: cards, a proven phone, what joins the entrances, every session.
        ``owners`` are all keys of one person, nearest first. Payments and refunds stay for as long as the law asks, and the next login begins
        as a stranger's. Repeatable.
        """
        count = 0
        for owner in owners:
            await self._people.card_ends(hospital, owner)
        for owner in reversed(owners):  # the nearest last: who has to try again still finds the others
            for card in await self._cards.of_owner(hospital, owner):
                await self._cards.unbind(hospital, owner, card.card_no)
                count += 1
            for forget in self._forget:
                await forget(hospital, owner)
            await self._people.forget(hospital, owner)
        return Closed(count, await self._sessions.drop_of(hospital, owners, self._clock.now()))

    async def unbind(self, hospital: str, owner: str, card_no: str) -> int:
        """One card ends with one account, as a patient can ask of whoever bound theirs; 1 if it was bound. What it proved ends, too."""
        bound = await self._cards.of_owner(hospital, owner)
        gone = [card for card in bound if card.card_no == card_no]
        if not gone:
            return 0
        kept = {proof for card in bound if card.card_no != card_no for proof in card.identity_proofs}
        await self._people.card_ends(hospital, owner)
        await self._cards.unbind(hospital, owner, card_no)
        await self._people.card_unbound(
            hospital, owner, sorted({m for card in gone for m in card.identity_proofs} - kept)
        )
        return 1
