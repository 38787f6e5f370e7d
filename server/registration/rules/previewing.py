"""What other rules would have said to registrations that were made: a comparison that changes nothing. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from server.core.actors import PAYER
from server.core.days import hospital_day
from server.patients.model import BoundCard, Patient
from server.patients.relations import GUARDED, Relation
from server.payments.model import Payment
from server.registration.model import read_appointment
from server.registration.record_model import Record
from server.registration.rules.asked import Asked
from server.registration.rules.asking import age_on, bound_by_guardian, cancel_refused, refused
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
class Counted:
    """How many registrations each of some rules would have refused. Of ``unsaid`` children nobody knows who registered them: what they are to
    whoever bound their card was never said, so the rule about guardians has refused none of these.
    """

    refused: Mapping[Rule, int]
    unsaid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What today's rules and the others would have said to ``looked_at`` registrations. Of ``unknown`` the HIS did not answer."""

    looked_at: int
    unknown: int
    today: Counted
    others: Counted


def preview(
    today: RegistrationRules,
    others: RegistrationRules,
    payments: Sequence[Payment],
    known: Mapping[str, Known],
    bound: Mapping[str, Sequence[BoundCard]],
) -> Preview:
    """``known`` by card number; ``bound``: the cards of whoever registered, as they are bound now, by owner."""
    pairs = [(payment, known[payment.personal.card_no]) for payment in payments if payment.personal.card_no in known]
    return Preview(
        looked_at=len(pairs),
        unknown=len(payments) - len(pairs),
        today=_counted(today, pairs, bound),
        others=_counted(others, pairs, bound),
    )


def _counted(
    rules: RegistrationRules, pairs: Iterable[tuple[Payment, Known]], bound: Mapping[str, Sequence[BoundCard]]
) -> Counted:
    refusals: Counter[Rule] = Counter()
    unsaid = 0
    for payment, known in pairs:
        guardian = guardian_of(rules, payment, bound.get(payment.owner, ()))
        unsaid += guardian is None and is_guarded(rules, payment, known)
        refusals.update(against(rules, payment, known, has_guardian=guardian is not False))
    return Counted(refused=dict(refusals), unsaid=unsaid)


def is_guarded(rules: RegistrationRules, payment: Payment, known: Known) -> bool:
    """Does a rule ask for a guardian of this patient?"""
    begins_at = read_appointment(payment.personal.subject).begins_at
    age = age_on(known.patient.birth_date, hospital_day(begins_at))
    return age is not None and age < rules.guardian_under


def guardian_of(rules: RegistrationRules, payment: Payment, bound: Sequence[BoundCard]) -> bool | None:
    """Was the patient registered by a guardian, by the relations that stand with the cards now? None where nothing was said of the patient's, or
    it is not bound any more; where an adult's card beside it is enough, also where a card is beside it of which nobody knows whose it is.
    """
    card_no = payment.personal.card_no
    relation = next((card.relation for card in bound if card.card_no == card_no), None)
    if rules.guardian_bound:
        return None if relation is None else bound_by_guardian(bound, card_no)
    beside = [card for card in bound if card.card_no != card_no]
    if relation in GUARDED or any(card.relation is Relation.SELF for card in beside):
        return True
    return None if relation is None or beside else False


def against(rules: RegistrationRules, payment: Payment, known: Known, *, has_guardian: bool) -> Iterator[Rule]:
    """The rule that is against the registration at the moment at which it was begun, and the one against giving it back when that was asked."""
    begun = payment.created_at
    before = [one for one in as_of(known.records, begun) if one.out_trade_no != payment.id]
    appointment = read_appointment(payment.personal.subject)
    [charge] = payment.personal.subject.charges
    asked = Asked(
        patient=known.patient,
        department_no=appointment.department_no,
        department=charge.department,
        day=hospital_day(appointment.begins_at),
        has_guardian=has_guardian,
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
