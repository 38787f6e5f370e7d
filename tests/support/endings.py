"""Acts by which people end a payment, and what the sides say of it meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed
from server.payments.ending_model import Ending, EndingAct
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.ending_acts import agree, propose, seen_mark
from server.payments.rules.ending_sides import Sides
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from tests.support.builders import a_booking, a_channel_refund, a_trade
from tests.support.clock_and_ids import MORNING

ONE, OTHER = "staff:3001", "staff:3002"
LATER = MORNING + timedelta(hours=1)


WORDS: dict[str, tuple[str, ...]] = {
    "another ending": ("这笔支付已有等待复核的了结申请。",),
    "changed meanwhile": ("这笔支付刚有变化，请重新查看后再办理。",),
    "not paid": ("只有“已收款，待入账”的支付可以按医院记录入账。",),
    "no money at the channel": (
        "渠道没有确认收到这笔钱，不能入账。", "渠道没有确认收到这笔钱，不能退费。", "渠道没有确认收到这笔钱，不能退回。",
    ),
    "not in the HIS": ("医院系统里没有这个支付单号，不能按医院记录入账。",),
    "in the HIS": (
        "医院系统里有这个支付单号，请先在医院系统里撤销，再退回。", "医院系统里还有这个支付单号，请先在医院系统里撤销。",
    ),
    "nothing held": ("医院系统没有入账已退回的款项，不能这样了结。",),
    "nothing left": ("没有可退的余额。",),
    "refunds under way": (
        "还有退费在办理，或这笔支付的钱不该自动退回，不能这样了结。", "还有退费在办理，办完以后再退回。",
    ),
    "a part may still be paid": ("还有一部分款项正在渠道关闭，请稍后再试。",),
    "booking under way": ("正在通知医院入账，请过一分钟再试。",),
    "may be booked again": ("医院系统丢了这笔入账，系统会先请它补记。补记不成，才能退回。请稍后再试。",),
    "nothing is stuck": ("这笔支付没有卡住的退费，不能这样了结。",),
    "another amount": ("金额与卡住的退费不符。",),
    "silent channel": ("渠道没有应答，请稍后再试。",),
    "silent HIS": ("医院系统没有应答，请稍后再试。",),
    "on its way": ("渠道已受理这笔退费，钱可能已经在路上，不能另行了结。",),
    "being sent": ("正在向渠道提交这笔退费，请过一分钟再试。",),
    "no refund number left": ("这笔支付的退费次数已达上限，请联系财务处理。",),
    "no write-off is stuck": ("这笔支付没有医院一直不答复的冲销，不能这样了结。",),
    "may be written off": ("请医院冲销的请求可能还在医院系统里执行，请过几分钟再试。",),
    "being asked": ("正在请医院冲销这笔退费，请过一分钟再试。",),
}  # fmt: skip
"""What staff read for each reason; acts have words of their own for some."""


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
    assert refused.value.user_message in WORDS[str(refused.value)]
    return str(refused.value)


def a_refund(payment: Payment, number: int, amount_fen: int, state: RefundState, **fields: Any) -> Refund:
    facts: dict[str, Any] = {"origin": RefundOrigin.AUTOMATIC, "reason": "refused_by_his", "at": LATER}
    return Refund(id=f"{payment.id}R{number:02}", amount_fen=amount_fen, state=state, **{**facts, **fields})


def last(payment: Payment, what: str) -> tuple[str, dict[str, str]]:
    """By whom, and the detail, of the last line of this kind."""
    line = [line for line in payment.history if line.what == what][-1]
    return line.by, dict(line.detail)
