"""The HIS takes a payment over, or refuses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost
from server.effects.model import Effect, EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.booking import SETTLE, booked, booking_failed, refusal_is_believed, refused
from server.payments.rules.telling import PAYMENT_BOOKED, PAYMENT_CONFIRMED, taken
from tests.support.builders import TOKEN, a_booking, a_paid, a_payment, leased
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state, kinds


def offered(phone: str = "13800000001") -> Payment:
    paid = a_paid()
    return leased(replace(paid, personal=replace(paid.personal, phone=phone)), EffectKind.BOOK, MORNING)


def test_booked_tells_the_payer_and_rests() -> None:
    after = booked(offered(), TOKEN, a_booking(), MORNING)
    assert after.state is PaymentState.BOOKED
    assert after.booking == a_booking()
    assert after.claims == ("bill:B1",), "a booked bill can't be paid again"
    assert kinds(after) == {EffectKind.MESSAGE, EffectKind.SMS}
    assert after.at_rest()


def test_the_history_says_that_the_his_did_it_and_under_which_number() -> None:
    line = booked(offered(), TOKEN, a_booking(), MORNING).history[-1]
    number = {"his_trade_no": a_booking().his_trade_no}
    assert (line.what, line.by, line.at, line.detail) == ("booked", "his", MORNING, number)
    line = next(line for line in refused(offered(), TOKEN, "NO_DATA", MORNING).history if line.what == "refused_by_his")
    assert (line.by, line.at, line.detail) == ("his", MORNING, {"code": "NO_DATA"})


@pytest.mark.parametrize(("state", "owes"), [(RefundState.SUCCEEDED, True), (RefundState.SUBMITTED, False)])
def test_what_went_back_in_the_console_before_is_written_off_once_it_has_gone(
    state: RefundState, *, owes: bool
) -> None:
    before = offered()
    refund = Refund(
        id="console-1", amount_fen=200, origin=RefundOrigin.MERCHANT_CONSOLE, reason="merchant_console", state=state,
        at=MORNING,
    )  # fmt: skip
    after = booked(replace(before, refunds=(refund,)), TOKEN, a_booking(), MORNING)
    owed = [(each.subject, each.due_at) for each in after.effects if each.kind is EffectKind.RELEASE]
    assert owed == ([("console-1", MORNING)] if owes else [])


def test_without_a_phone_there_is_no_sms() -> None:
    assert kinds(booked(offered(""), TOKEN, a_booking(), MORNING)) == {EffectKind.MESSAGE}


def test_refused_sends_all_of_it_back() -> None:
    after = refused(offered(), TOKEN, "BILL_CHANGED", MORNING)
    assert after.state is PaymentState.RETURNING
    assert after.claims == ()
    assert [(refund.amount_fen, refund.state) for refund in after.refunds] == [(1234, RefundState.APPROVED)]
    assert EffectKind.BOOK not in kinds(after)
    assert after.return_reason == "refused_by_his"
    assert [line.detail["code"] for line in after.history if line.what == "refused_by_his"] == ["BILL_CHANGED"]


def test_a_free_payment_refused_has_nothing_to_send_back() -> None:
    after = refused(leased(a_payment(amount_fen=0), EffectKind.BOOK, MORNING), TOKEN, "BILL_CHANGED", MORNING)
    assert after.state is PaymentState.RETURNED
    assert after.claims == ()
    assert after.refunds == ()
    assert after.at_rest()


@pytest.mark.parametrize("state", list(PaymentState))
def test_only_under_the_lease_of_an_offer_that_is_owed(state: PaymentState) -> None:
    payment = in_state(state)
    with pytest.raises(LeaseLost):
        booked(payment, TOKEN, a_booking(), MORNING)
    with pytest.raises(LeaseLost):
        refused(payment, TOKEN, "REFUSED", MORNING)
    with pytest.raises(LeaseLost):
        booked(offered(), "another", a_booking(), MORNING)


def test_a_refusal_is_believed_only_when_no_earlier_call_can_still_be_running() -> None:
    effect = Effect(kind=EffectKind.BOOK, due_at=MORNING)
    assert timedelta(seconds=60) == SETTLE
    assert refusal_is_believed(effect, MORNING)
    shaken = replace(effect, unknown_at=MORNING)
    assert not refusal_is_believed(shaken, MORNING + SETTLE - timedelta(microseconds=1))
    assert refusal_is_believed(shaken, MORNING + SETTLE)


def test_telling_who_paid_keeps_the_next_try_of_a_late_booking() -> None:
    before = offered()
    again = Effect(kind=EffectKind.BOOK, due_at=MORNING + timedelta(minutes=3), tries=5)
    after = booking_failed(before, (again,), again, MORNING + timedelta(hours=1), timedelta(minutes=30))
    assert [effect for effect in after.effects if effect.kind is EffectKind.BOOK] == [again]
    assert kinds(after) == {EffectKind.BOOK, EffectKind.MESSAGE, EffectKind.SMS}


def test_only_a_bill_of_nothing_is_told_as_confirmed() -> None:
    unpaid = replace(a_paid(), parts=(replace(a_paid().parts[0], paid_fen=0),))
    told = [taken(payment) for payment in (a_paid(), unpaid, a_payment(amount_fen=0))]
    assert told == [PAYMENT_BOOKED, PAYMENT_BOOKED, PAYMENT_CONFIRMED]
