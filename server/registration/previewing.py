"""`run.py rules preview`: what changed rules would have said to the registrations of the last weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from server.core.days import hospital_day
from server.core.errors import OutsideError
from server.core.ports import Clock
from server.patients.model import BoundCard
from server.patients.persons import linked_keys
from server.patients.ports import CardStore, PersonStore
from server.patients.visible_cards import cards_of_owners
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.registration.model import REGISTRATION
from server.registration.ports import Offers, RegistrationSystem
from server.registration.purpose import offer_of
from server.registration.rules.hospital_rules import RegistrationRules
from server.registration.rules.previewing import Known, Preview, preview

PAGE = 200
PEOPLE_MAX = 2000
"""So many patients the HIS is asked about, one after the other; the registrations of others are told as unknown."""


class RulesPreview:
    """``people`` and ``cards`` are the stores themselves: to be counted is no use of a card."""

    def __init__(
        self, offers: Offers, payments: PaymentStore, people: PersonStore, cards: CardStore, clock: Clock
    ) -> None:
        self._offers = offers
        self._payments = payments
        self._people = people
        self._cards = cards
        self._clock = clock

    async def of(self, hospital: str, others: RegistrationRules, days: int) -> Preview:
        """Reads our payments and bound cards, and asks the HIS; changes nothing. Raises NotFound where the hospital takes no registrations here."""
        offer, now = offer_of(self._offers, hospital), self._clock.now()
        payments = await self._begun_since(hospital, now - timedelta(days=days), now)
        rules = (offer.rules, others)
        first = hospital_day(now) - timedelta(days=days) - max(one.looks_back for one in rules)
        last = hospital_day(now) + timedelta(days=max(one.days_ahead for one in rules))
        counts = any(one.counts for one in rules)
        known: dict[str, Known] = {}
        for card_no in list(dict.fromkeys(payment.personal.card_no for payment in payments))[:PEOPLE_MAX]:
            try:
                told = await _known(offer.system, card_no, counts=counts, first=first, last=last)
            except OutsideError:
                continue
            if told is not None:
                known[card_no] = told
        owners = sorted({payment.owner for payment in payments})
        bound = {owner: await self._bound_to(hospital, owner) for owner in owners}
        return preview(*rules, payments, known, bound)

    async def _bound_to(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        """What the person who is known by ``owner`` has bound in any entrance, as for a registration."""
        linked = await linked_keys(self._people, self._cards, hospital, owner)
        return await cards_of_owners(self._cards, hospital, (owner, *linked))

    async def _begun_since(self, hospital: str, since: datetime, now: datetime) -> list[Payment]:
        found: list[Payment] = []
        cursor = (now, "")
        while page := await self._payments.between(hospital, since, cursor, PAGE):
            found += [payment for payment in page if payment.purpose == REGISTRATION and payment.personal.card_no]
            cursor = page[-1].page_cursor
        return found


async def _known(system: RegistrationSystem, card_no: str, *, counts: bool, first: date, last: date) -> Known | None:
    """None for a card that the HIS does not know. Where no rule ``counts``, the HIS may have no records to ask for."""
    patient = await system.patient(card_no)
    if patient is None:
        return None
    records = await system.records(card_no, first, last) if counts else ()
    return Known(patient=patient, records=records)
