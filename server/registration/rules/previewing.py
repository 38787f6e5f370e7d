"""What other rules would have said to registrations that were made: a comparison that changes nothing. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.core.actors import PAYER
from server.core.days import hospital_day
from server.patients.model import Patient
from server.payments.model import Payment
from server.registration.model import read_appointment
from server.registration.record_model import Record
from server.registration.rules.asked import Asked
from server.registration.rules.asking import cancel_refused, refused
from server.registration.rules.clinic_changes import change_of
from server.registration.rules.counting import as_of
from server.registration.rules.hospital_rules import RegistrationRules, Rule

GIVEN_BACK = frozenset({"refund_requested", "giving_back"})
"""The lines of history in which a patient gives a number back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the HIS knows of the patient of one card."""

    patient: Patient
    records: Sequence[Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How many of ``looked_at`` registrations would have been refused by each rule, under today's rules and under the others. Of ``unknown``
    the HIS did not answer.
    """

    looked_at: int
    unknown: int
    today: Mapping[Rule, int]
    others: Mapping[Rule, int]


def preview(
    today: RegistrationRules, others: RegistrationRules, payments: Iterable[Payment], known: Mapping[str, Known]
) -> Preview:
    """``known`` by card number."""
    looked_at = unknown = 0
    by_today: Counter[Rule] = Counter()
    by_others: Counter[Rule] = Counter()
    for payment in payments:
        about = known.get(payment.personal.card_no)
        if about is None:
            unknown += 1
            continue
        looked_at += 1
        by_today.update(against(today, payment, about))
        by_others.update(against(others, payment, about))
    return Preview(looked_at=looked_at, unknown=unknown, today=dict(by_today), others=dict(by_others))


def against(rules: RegistrationRules, payment: Payment, known: Known) -> Iterator[Rule]:
    """The rule that is against the registration at the moment at which it was begun, and the one against giving it back when that was asked.
    Nobody knows any more whose cards were bound then: a child's registration counts as one without a guardian.
    """
    begun = payment.created_at
    before = [one for one in as_of(known.records, begun) if one.out_trade_no != payment.id]
    appointment = read_appointment(payment.personal.subject)
    [charge] = payment.personal.subject.charges
    asked = Asked(
        patient=known.patient,
        department_no=appointment.department_no,
        department=charge.department,
        day=hospital_day(appointment.begins_at),
        has_guardian=False,
        records=before,
    )
    refusal = refused(rules, asked, begun)
    if refusal is not None:
        yield refusal.rule
    back = given_back_at(payment)
    if back is not None and cancel_refused(rules, appointment.begins_at, back, change_of(payment.booking)):
        yield Rule.CANCEL_UNTIL


def given_back_at(payment: Payment) -> datetime | None:
    """When the patient first asked to give the number back; None where nobody did."""
    asked = (line.at for line in payment.history if line.what in GIVEN_BACK and line.by == PAYER)
    return next(asked, None)
