"""A payment without its person: what leaves it, what stays, and what keeps the person in it for now. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.rules.erasing import (
    KeptReason,
    first_day_kept,
    is_pseudonymous,
    kept_because,
    lines_by_payer,
    without_patient,
    without_payer,
)
from tests.support.builders import a_payment, an_identity
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

LATER, BY = MORNING + timedelta(days=2000), "cli:wang"
PAYER = an_identity(union_id="union-1")


def at_rest() -> Payment:
    """Closed, with all that can say who."""
    payment = replace(in_state(PaymentState.CLOSED), effects=(), payer=PAYER, owner=PAYER.key)
    request = replace(payment.parts[0].request, payer=PAYER)
    parts = (replace(payment.parts[0], request=request), replace(payment.parts[0], kind="other", request=request))
    named = HistoryEvent(at=MORNING, what="closed", by=PAYER.key)
    personal = replace(payment.personal, patient_phone="13900000001")
    return replace(payment, parts=parts, personal=personal, history=(*payment.history, named))


def owing(payment: Payment, *kinds: EffectKind) -> Payment:
    return replace(payment, effects=tuple(Effect(kind=kind, due_at=MORNING) for kind in kinds))


@pytest.mark.parametrize(
    ("payment", "why"),
    [
        (at_rest(), None),
        (owing(at_rest(), EffectKind.SEAL), None),
        (owing(at_rest(), EffectKind.SEAL, EffectKind.SMS), KeptReason.UNDER_WAY),
        (owing(at_rest(), EffectKind.SMS), KeptReason.UNDER_WAY),
        (replace(a_payment(), effects=()), KeptReason.UNDER_WAY),
        (replace(at_rest(), tampered=True), KeptReason.TAMPERED),
    ],
    ids=["at rest", "to be sealed", "two are owed", "a message is owed", "not ended", "changed by somebody"],
)
def test_a_person_is_needed_as_long_as_something_is_owed(payment: Payment, why: KeptReason | None) -> None:
    assert kept_because(payment) is why


def test_without_its_patient_a_payment_has_what_was_paid_for_and_who_paid() -> None:
    before = at_rest()
    after = without_patient(before, LATER, BY)
    own = after.personal
    assert (own.patient_name, own.card_no, own.phone, own.patient_phone) == ("", "", "", "")
    assert own.subject == before.personal.subject
    assert (after.owner, after.payer, after.parts) == (before.owner, before.payer, before.parts)
    line = HistoryEvent(at=LATER, what="person_erased", by=BY, detail=MappingProxyType({"of": "patient"}))
    assert after.history == (*before.history, line)
    assert not is_pseudonymous(after)


def test_without_its_payer_a_payment_says_nowhere_who_paid() -> None:
    before = at_rest()
    assert lines_by_payer(before) == (len(before.history) - 1,)
    after = without_payer(before, "p1", LATER, BY)
    nobody = replace(PAYER, subject="erased-p1", union_id=None)
    assert (after.payer, after.owner) == (nobody, nobody.key)
    assert [part.request.payer for part in after.parts] == [nobody, nobody]
    assert [part.order_no for part in after.parts] == [part.order_no for part in before.parts]
    assert (after.personal.patient_name, after.personal.card_no, after.personal.phone) == ("", "", "")
    line = HistoryEvent(at=LATER, what="person_erased", by=BY, detail=MappingProxyType({"of": "payer"}))
    assert after.history == (*before.history[:-1], replace(before.history[-1], by=nobody.key), line)
    assert is_pseudonymous(after)


def test_a_part_of_another_channel_gets_the_pseudonym_under_its_own_name() -> None:
    before = at_rest()
    other = replace(PAYER, channel="alipay", app_id="2021", subject="2088")
    part = replace(before.parts[1], request=replace(before.parts[1].request, payer=other))
    after = without_payer(replace(before, parts=(before.parts[0], part)), "p1", LATER, BY)
    assert after.parts[1].request.payer == replace(other, subject="erased-p1", union_id=None)


def test_the_law_s_years_begin_with_the_end_of_a_year() -> None:
    assert first_day_kept(date(2026, 11, 23), 30) == date(1996, 1, 1)
