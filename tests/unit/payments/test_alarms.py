"""Which step alarms a person, which cause still stands, and when a patient's own look has the channel asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost
from server.effects.model import Effect, EffectKind, find
from server.payments.ending_model import EndingAct
from server.payments.model import PaymentState, changed
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.alarms import alarms
from server.payments.rules.causes import causes
from server.payments.rules.refund_looks import FRESH, look_owed, looked, worth_a_look
from tests.support.builders import TOKEN, a_paid
from tests.support.clock_and_ids import MORNING
from tests.support.endings import LATER, a_refund, ending
from tests.unit.payments.states import in_state

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("what", "detail", "alarm"),
    [
        ("message_refused", {"about": "payment_booked"}, ("message_refused", "payment_booked")),
        ("sms_refused", {"about": "payment_booked"}, ("sms_refused", "payment_booked")),
        ("his_holds_returned", {"his_trade_no": "H9"}, ("his_holds_returned", "H9")),
        ("refund_heard", {"refund": "C1"}, ("refund_in_merchant_console", "C1")),
        ("refunded_elsewhere", {"sum_fen": "34"}, ("refunded_elsewhere", "34")),
        ("console_refund_not_written_off", {"refund": "C1"}, ("console_refund_not_written_off", "C1")),
    ],
)
def test_a_line_that_a_person_must_look_at_alarms_once(
    what: str, detail: dict[str, str], alarm: tuple[str, str]
) -> None:
    payment = a_paid()
    after = changed(payment, what, at=LATER, detail=detail)
    assert alarms(payment, after) == (alarm,)
    assert alarms(after, after) == ()


def test_an_ending_that_waits_is_its_own() -> None:
    payment = replace(a_paid(), ending=ending(a_paid(), EndingAct.BOOK_AS_IS))
    assert ("ending_waits", "T1") in list(causes(payment))
    assert list(causes(a_paid())) == []


def absent(number: str = "R01", what: str = "refund_absent", state: RefundState = RefundState.APPROVED) -> set[str]:
    """The kinds of causes of a payment whose first refund waits, after a line about the refund of this number."""
    payment = in_state(PaymentState.RETURNING)
    payment = replace(payment, refunds=(a_refund(payment, 1, 1234, state),))
    alarmed = changed(payment, what, at=LATER, detail={"refund": f"{payment.id}{number}"})
    return {kind for kind, subject in causes(alarmed) if subject == f"{payment.id}R01"}


def test_a_refund_that_the_channel_does_not_know_any_more_stands_until_it_is_taken_again() -> None:
    assert absent() == absent(what="refund_unconfirmed") == {"refund_absent"}
    assert absent(number="R02") == absent(what="refund_submitted") == set()
    assert absent(state=RefundState.SUBMITTED) == set()


@pytest.mark.parametrize(
    ("other", "stands"), [(RefundState.SUBMITTED, True), (RefundState.SUCCEEDED, False), (RefundState.WITHDRAWN, False)]
)
def test_a_refund_of_the_console_that_the_channel_closed_stands_while_another_runs(
    other: RefundState, stands: bool
) -> None:
    payment = in_state(PaymentState.BOOKED)
    closed = a_refund(payment, 1, 34, RefundState.CLOSED, origin=RefundOrigin.MERCHANT_CONSOLE)
    payment = replace(payment, refunds=(closed, a_refund(payment, 2, 34, other, origin=RefundOrigin.STAFF)))
    assert (("refund_closed", closed.id) in list(causes(payment))) is stands


@pytest.mark.parametrize(("age", "worth"), [(FRESH, True), (FRESH - SECOND, False)])
def test_money_that_has_just_come_is_not_looked_for_elsewhere(age: timedelta, worth: bool) -> None:
    payment = replace(in_state(PaymentState.BOOKED), paid_at=LATER - age, created_at=MORNING - timedelta(days=1))
    assert worth_a_look(payment, LATER) is worth
    unknown_time = replace(payment, paid_at=None, created_at=LATER - age)
    assert worth_a_look(unknown_time, LATER) is worth


def test_a_look_is_owed_once_and_ends_with_who_held_it() -> None:
    payment = replace(in_state(PaymentState.BOOKED), paid_at=MORNING - FRESH)
    owing = look_owed(payment, MORNING)
    assert find(owing.effects, str(EffectKind.REFUND_LOOK)) is not None
    assert look_owed(owing, MORNING) is owing
    held = replace(payment, effects=(Effect(kind=EffectKind.REFUND_LOOK, due_at=MORNING, lease=TOKEN),))
    assert looked(held, TOKEN).effects == ()
    with pytest.raises(LeaseLost):
        looked(held, "another worker")
