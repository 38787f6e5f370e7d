"""Refunds that the channel tells of before we know of the money, or without a number."""

from __future__ import annotations

from server.payments.model import Payment, PaymentState
from server.payments.rules.paying import money_arrived
from server.payments.rules.refunded_elsewhere import refund_heard
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome, TradeState
from tests.support.builders import a_channel_refund, a_pending, a_trade
from tests.support.chance import MORNING

CONSOLE = "CONSOLE0001"


def heard_before_paid() -> Payment:
    pending = a_pending()
    told = a_channel_refund(pending, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=pending.amount_fen)
    heard = refund_heard(pending, told, MORNING)
    return money_arrived(heard, a_trade(heard, TradeState.REFUNDED), MORNING, at_the_source=True)


def test_money_refunded_before_we_knew_of_it_is_returning_until_the_refund_is_placed() -> None:
    assert heard_before_paid().state is PaymentState.RETURNING


def test_placing_the_refund_ends_the_return_and_says_how_much_went_back() -> None:
    returning = heard_before_paid()
    told = a_channel_refund(returning, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=returning.paid_fen)
    after = refund_answered(returning, told, MORNING, 0.0)
    assert (after.state, after.refunded_fen) == (PaymentState.RETURNED, after.paid_fen)
