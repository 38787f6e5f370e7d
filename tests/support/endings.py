"""Acts by which people end a payment, and what the sides say of it meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed
from server.payments.ending_model import Ending, EndingAct
from server.payments.model import Payment
from server.payments.refund_model import Refund
from server.payments.rules.ending_acts import agree, propose, seen_mark
from server.payments.rules.ending_sides import Sides
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from tests.support.builders import a_booking, a_channel_refund, a_trade
from tests.support.chance import MORNING

ONE, OTHER = "staff:3001", "staff:3002"
LATER = MORNING + timedelta(hours=1)


def sides(payment: Payment, *refunds: ChannelRefund, his_fen: int | None = None, **fields: object) -> Sides:
    """The channel has the money and ``refunds``, and no others of ours; the HIS has the number at ``his_fen``, or not at all."""
    booking = None if his_fen is None else replace(a_booking(), amount_fen=his_fen)
    told = {refund.id: _absent(payment, refund) for refund in payment.refunds}
    told |= {refund.out_refund_no: refund for refund in refunds}
    return replace(Sides(trade=a_trade(payment), refunds=told, booking=booking), **fields)  # type: ignore[arg-type]


def _absent(payment: Payment, refund: Refund) -> ChannelRefund:
    return a_channel_refund(payment, RefundOutcome.ABSENT, refund.id, amount_fen=refund.amount_fen)


def ending(payment: Payment, act: EndingAct, amount_fen: int = 0, **fields: object) -> Ending:
    made = Ending(
        act=act, amount_fen=amount_fen, by=ONE, at=LATER, mark=seen_mark(payment), ticket="T1", proof="k1.sealed"
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def ended(payment: Payment, act: EndingAct, told: Sides, amount_fen: int = 0) -> Payment:
    """Proposed by one, agreed to by another."""
    waiting = propose(payment, ending(payment, act, amount_fen), told, LATER)
    assert (waiting.state, waiting.refunds) == (payment.state, payment.refunds), "a proposal moves nothing"
    return agree(waiting, OTHER, seen_mark(waiting), told, LATER)


def refusal(payment: Payment, act: EndingAct, told: Sides, amount_fen: int = 0, now: object = LATER) -> str:
    with pytest.raises(NotAllowed) as refused:
        propose(payment, ending(payment, act, amount_fen), told, now)  # type: ignore[arg-type]
    assert any("一" <= char <= "鿿" for char in refused.value.user_message), "with words for staff"
    return str(refused.value)
