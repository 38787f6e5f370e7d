"""Refunds that the channel tells of before we know of the money, or without a number."""

from __future__ import annotations

from dataclasses import replace

from server.payments.model import Payment, PaymentState
from server.payments.rules.going_back import begin_return
from server.payments.rules.paying import money_arrived
from server.payments.rules.refunded_elsewhere import refund_heard, sum_told
from server.payments.rules.replay import contradictions
from server.payments.rules.returning import refund_answered
from server.payments.rules.told_sums import REFUNDED_ELSEWHERE
from server.payments.rules.trades import RefundOutcome, TradeState
from tests.support.builders import a_channel_refund, a_paid, a_pending, a_trade
from tests.support.clock_and_ids import MORNING

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


def test_money_that_has_all_gone_back_before_we_knew_of_it_is_returned_by_its_own_history() -> None:
    """Seed 1100890: the audit found a returned payment of which no line said that anything had gone back."""
    pending = a_pending()
    trade = a_trade(pending, TradeState.REFUNDED, amount_fen=1235, refunded_fen=1235)
    after = money_arrived(pending, trade, MORNING, at_the_source=True)
    assert (after.state, contradictions(after)) == (PaymentState.RETURNED, ())
    line = next(line for line in after.history if line.what == REFUNDED_ELSEWHERE)
    assert (line.detail["sum_fen"], line.detail["amount_fen"]) == ("1235", "1235")


def test_a_return_that_the_channel_s_sum_ends_is_returned_by_its_own_history() -> None:
    returning = begin_return(a_paid(), "refused_by_his", MORNING)
    after = sum_told(returning, returning.paid_fen, MORNING)
    assert (after.state, contradictions(after)) == (PaymentState.RETURNED, ())


def test_a_sum_that_lacks_a_fen_does_not_explain_a_returned_payment() -> None:
    returning = begin_return(a_paid(), "refused_by_his", MORNING)
    after = replace(sum_told(returning, returning.paid_fen - 1, MORNING), state=PaymentState.RETURNED)
    fen = after.paid_fen
    assert f"it is returned, and its history says that {fen - 1} of {fen} fen went back" in contradictions(after)


def test_a_number_that_is_learned_later_does_not_count_twice() -> None:
    pending = a_pending()
    trade = a_trade(pending, TradeState.REFUNDED, refunded_fen=1000)
    partly = money_arrived(pending, trade, MORNING, at_the_source=True)
    told = a_channel_refund(partly, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=1000)
    after = replace(refund_answered(partly, told, MORNING, 0.0), state=PaymentState.RETURNED)
    assert "it is returned, and its history says that 1000 of 1234 fen went back" in contradictions(after)
