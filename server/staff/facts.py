"""Who is who among staff: facts are kept when they are first known, and asked for when a second person must be another human being."""

from __future__ import annotations

import unicodedata

from server.core.ports import Clock, Sealer
from server.patients.model import BoundCard, PayerIdentity
from server.patients.persons import linked_keys
from server.patients.ports import CardStore, PersonStore
from server.patients.rules import ACCOUNT, SELF
from server.staff.model import Staff
from server.staff.ports import StaffFactStore, StaffStore
from server.staff.rules.facts import CARD, DOUBTFUL, IDENTITY, NAME, PHONE, SURE, Circle, of_kinds, said_to_differ

STEPS_MAX = 8
"""So many people's numbers in a row may be joined through one another; more is no hospital's truth."""


class StaffFacts:
    def __init__(
        self,
        employees: StaffStore,
        known_people: PersonStore,
        cards: CardStore,
        kept_facts: StaffFactStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._employees = employees
        self._known_people = known_people
        self._cards = cards
        self._kept_facts = kept_facts
        self._sealer = sealer
        self._clock = clock
        self._taken_over: set[str] = set()

    async def learn(self, staff: Staff, phone: str = "") -> None:
        """Keep for good what is known of this person now. ``phone``: a number that was just proven to be theirs."""
        facts = {self._fact(staff.hospital, NAME, plain_name(staff.name))}
        if phone:
            facts.add(self._fact(staff.hospital, PHONE, phone))
        if staff.identity is not None:
            facts |= await self._of_identity(staff, staff.identity.key)
        await self._kept_facts.add(staff.hospital, staff.number, facts, self._clock.now())

    async def seen(self, hospital: str, key: str, phone: str = "") -> None:
        """Something is proven, or is about to end, for this payer identity: kept, if it is a member of staff's, through whatever entrance."""
        keys = {key, *await linked_keys(self._known_people, self._cards, hospital, key)}
        for one in sorted(keys):
            staff = await self._employees.by_identity(hospital, PayerIdentity.of_key(one))
            if staff is not None:
                await self.learn(staff, phone)

    async def circle(self, staff: Staff) -> Circle:
        """Whose numbers are this human being's, with what has been learnt until now."""
        await self._take_over(staff.hospital)
        await self.learn(staff)
        sure, facts = await self._surely(staff.hospital, staff.number)
        doubtful: set[str] = set()
        for number in await self._kept_facts.sharing(staff.hospital, of_kinds(facts, DOUBTFUL)) - sure:
            if not await self._differ(staff.hospital, sure, facts, number):
                doubtful |= (await self._surely(staff.hospital, number))[0]
        return Circle(sure, frozenset(doubtful - sure), facts)

    async def shared(self, staff: Staff, other: str) -> tuple[str, ...]:
        """The kinds of `DOUBTFUL` that both have."""
        mine, theirs = [await self._kept_facts.of(staff.hospital, number) for number in (staff.number, other)]
        return tuple(kind for kind in DOUBTFUL if of_kinds(mine & theirs, (kind,)))

    def owns(self, hospital: str, circle: Circle, owner: str, card_no: str, name: str) -> bool:
        """Was this paid by, or for, this human being, as far as it was ever known?"""
        known = (
            (IDENTITY, owner),
            (CARD, card_no),
            (NAME, plain_name(name)),
        )
        return any(value and self._fact(hospital, kind, value) in circle.facts for kind, value in known)

    async def may_concern(self, hospital: str, owner: str, card_no: str, name: str) -> bool:
        """Is one of these known of anybody who works here, or ever did?"""
        known = ((IDENTITY, owner), (CARD, card_no), (NAME, plain_name(name)))
        facts = [self._fact(hospital, kind, value) for kind, value in known if value]
        await self._take_over(hospital)
        return bool(await self._kept_facts.sharing(hospital, facts))

    # ---- steps ---------------------------------------------------------------------------------------------------------------------

    async def _take_over(self, hospital: str) -> None:
        """Staff who were here before facts were kept: once, when this process first asks."""
        if hospital in self._taken_over:
            return
        for staff in await self._employees.all(hospital):
            if not await self._kept_facts.of(hospital, staff.number):
                await self.learn(staff)
        self._taken_over.add(hospital)

    async def _of_identity(self, staff: Staff, key: str) -> set[str]:
        hospital = staff.hospital
        facts: set[str] = set()
        for one in (key, *await linked_keys(self._known_people, self._cards, hospital, key)):
            facts.add(self._fact(hospital, IDENTITY, one))
            known = await self._known_people.get(hospital, one)
            facts |= known.of(ACCOUNT) | known.of(SELF) if known is not None else set()
            for card in await self._cards.of_owner(hospital, one):
                facts |= self._of_card(staff, card)
        return facts

    def _of_card(self, staff: Staff, card: BoundCard) -> set[str]:
        """A card that was said to be one's own, or that has one's name: not saying so would be too easy. A child's card tells nothing."""
        facts = {proof for proof in card.identity_proofs if proof.startswith(SELF)}
        if facts or plain_name(card.name) == plain_name(staff.name):
            facts.add(self._fact(card.hospital, CARD, card.card_no))
        return facts

    async def _surely(self, hospital: str, number: str) -> tuple[frozenset[str], frozenset[str]]:
        """(numbers, facts) of all that are joined with ``number`` over sure facts, through however many others."""
        store = self._kept_facts
        numbers, facts = frozenset({number}), await store.of(hospital, number)
        for _ in range(STEPS_MAX):
            more = await store.sharing(hospital, of_kinds(facts, SURE)) - numbers
            if not more:
                break
            numbers |= more
            for one in sorted(more):
                facts |= await store.of(hospital, one)
        return numbers, facts

    async def _differ(self, hospital: str, mine: frozenset[str], facts: frozenset[str], number: str) -> bool:
        """Has somebody said of every pair that shares something that they are two?"""
        other = await self._employees.get(hospital, number)
        theirs = await self._kept_facts.of(hospital, number)
        for one in sorted(mine):
            staff = await self._employees.get(hospital, one)
            common = theirs & await self._kept_facts.of(hospital, one)
            kinds = [kind for kind in DOUBTFUL if of_kinds(common, (kind,))]
            if kinds and (staff is None or other is None or not said_to_differ(staff, other, kinds)):
                return False
        return True

    def _fact(self, hospital: str, kind: str, value: str) -> str:
        return f"{kind}{self._sealer.lookup('staff_fact', f'{hospital}/{kind}{value}')}"


def plain_name(name: str) -> str:
    """A name as it is compared: full-width forms, blanks and case make no other person."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
