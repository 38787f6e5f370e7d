"""May this patient have a number of this shift? The HIS is asked for what the hospital's rules need to know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from server.core.days import hospital_day
from server.core.errors import NotAllowed
from server.core.ports import Clock
from server.patients.model import BoundCard, Patient
from server.registration.model import Shift, Slot
from server.registration.ports import RegistrationOffer, RegistrationSystem
from server.registration.record_model import Record
from server.registration.rules.asked import Asked
from server.registration.rules.asking import age_on, bound_by_guardian, not_given, refused
from server.registration.rules.hospital_rules import RegistrationRules

ADULT = 18
"""From this age on somebody can be a guardian."""


class Permission:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def asked(
        self, offer: RegistrationOffer, cards: Sequence[BoundCard], card_no: str, patient: Patient, shift: Shift
    ) -> Asked:
        """The HIS is asked for what the rules need to know, and for nothing else."""
        rules = offer.rules
        records: Sequence[Record] = ()
        if rules.counts:
            today = hospital_day(self._clock.now())
            first = today - max(rules.looks_back, timedelta(days=2))
            last = today + timedelta(days=rules.days_ahead)
            records = await offer.system.records(card_no, first, last)
        age = age_on(patient.birth_date, shift.day)
        needs_guardian = age is not None and age < rules.guardian_under
        return Asked(
            patient=patient,
            department_no=shift.department_no,
            department=shift.department,
            day=shift.day,
            has_guardian=not needs_guardian or await self._has_guardian(offer, cards, card_no, shift.day),
            records=records,
        )

    async def _has_guardian(
        self, offer: RegistrationOffer, cards: Sequence[BoundCard], card_no: str, day: date
    ) -> bool:
        if offer.rules.guardian_bound:
            return bound_by_guardian(cards, card_no)
        return await _has_adult(offer.system, cards, day)

    def must_be_allowed(self, rules: RegistrationRules, asked: Asked, shift: Shift, slot: Slot) -> None:
        """Raises NotAllowed with the words of what is against it."""
        if words := not_given(shift, slot, self._clock.now()):
            raise NotAllowed("not given out", user_message=words)
        self.must_be_allowed_to_wait(rules, asked)

    def must_be_allowed_to_wait(self, rules: RegistrationRules, asked: Asked) -> None:
        """Who would be refused the number does not wait for it. Raises NotAllowed with the words of what is against it."""
        if refusal := refused(rules, asked, self._clock.now()):
            raise NotAllowed(f"a rule of the hospital: {refusal.rule}", user_message=refusal.words)


async def _has_adult(system: RegistrationSystem, cards: Sequence[BoundCard], day: date) -> bool:
    """Is one of these the card of somebody who is an adult on ``day``?"""
    for card in cards:
        holder = await system.patient(card.card_no)
        age = None if holder is None else age_on(holder.birth_date, day)
        if age is not None and age >= ADULT:
            return True
    return False
