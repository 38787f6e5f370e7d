"""What a channel says, compared with what was asked."""

from __future__ import annotations

from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState, differences
from tests.support.builders import a_pending, a_trade


def test_an_amount_that_the_channel_does_not_tell_is_nothing() -> None:
    assert Trade(out_trade_no="1", state=TradeState.UNPAID).amount_fen == 0
    assert ChannelRefund(out_trade_no="1", out_refund_no="1R01", outcome=RefundOutcome.ABSENT).amount_fen == 0


def test_one_fen_more_or_less_is_a_difference() -> None:
    payment = a_pending()
    assert differences(payment, a_trade(payment)) == ()
    for amount_fen in (payment.amount_fen - 1, payment.amount_fen + 1):
        assert differences(payment, a_trade(payment, amount_fen=amount_fen)) == ("amount_fen",)
