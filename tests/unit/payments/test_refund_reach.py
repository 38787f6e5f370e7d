"""How far a channel's refunds reach: to the second, to the last refund, and what staff read beyond that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.refund_window import TIME_TO_SEND, BeyondReach, RefundWindow, must_reach
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state

YEAR = timedelta(days=365)


def paid_with(*states: RefundState) -> Payment:
    payment = replace(in_state(PaymentState.BOOKED), created_at=MORNING - timedelta(hours=2), paid_at=MORNING)
    refunds = tuple(
        Refund(
            id=f"{payment.id}R0{number}",
            amount_fen=1,
            origin=RefundOrigin.STAFF,
            reason="other",
            state=state,
            at=MORNING,
        )
        for number, state in enumerate(states, start=1)
    )
    return replace(payment, refunds=refunds)


def test_a_refund_has_an_hour_to_be_sent() -> None:
    assert timedelta(hours=1) == TIME_TO_SEND


def test_reaches_to_the_last_second_and_counts_from_the_payment() -> None:
    last = MORNING + YEAR - TIME_TO_SEND
    must_reach(paid_with(), paid_with().parts[0], RefundWindow(within=YEAR), "微信支付", last)
    with pytest.raises(BeyondReach) as raised:
        must_reach(
            paid_with(), paid_with().parts[0], RefundWindow(within=YEAR), "微信支付", last + timedelta(seconds=1)
        )
    assert raised.value.user_message == (
        "微信支付只能退付款后365天以内的钱，这笔已不能原路退回。请财务在医院系统里手工冲销，再用转账等方式退给付款人。"
    )


def test_counts_from_the_start_where_nobody_knows_when_it_was_paid() -> None:
    payment = replace(paid_with(), paid_at=None)
    last = payment.created_at + YEAR - TIME_TO_SEND
    must_reach(payment, payment.parts[0], RefundWindow(within=YEAR), "支付宝", last)
    with pytest.raises(BeyondReach):
        must_reach(payment, payment.parts[0], RefundWindow(within=YEAR), "支付宝", last + timedelta(seconds=1))


def test_reaches_so_many_times() -> None:
    sent, never = RefundState.CLOSED, RefundState.REJECTED
    must_reach(paid_with(sent, never), paid_with(sent, never).parts[0], RefundWindow(times=2), "支付宝", MORNING)
    with pytest.raises(BeyondReach) as raised:
        must_reach(
            paid_with(sent, never, sent),
            paid_with(sent, never, sent).parts[0],
            RefundWindow(times=2),
            "支付宝",
            MORNING,
        )
    assert raised.value.user_message == (
        "支付宝一笔支付最多退2次，这笔已不能再原路退回。请财务在医院系统里手工冲销，再用转账等方式退给付款人。"
    )


def test_a_refund_does_not_stand_in_its_own_way() -> None:
    payment = paid_with(RefundState.CLOSED, RefundState.REQUESTED)
    must_reach(payment, payment.parts[0], RefundWindow(times=2), "支付宝", MORNING, payment.refunds[1].id)
    with pytest.raises(BeyondReach):
        must_reach(payment, payment.parts[0], RefundWindow(times=2), "支付宝", MORNING)


def test_without_a_bound_it_reaches_everywhere() -> None:
    must_reach(
        paid_with(*[RefundState.CLOSED] * 3),
        paid_with(*[RefundState.CLOSED] * 3).parts[0],
        RefundWindow(),
        "支付宝",
        MORNING + 10 * YEAR,
    )
