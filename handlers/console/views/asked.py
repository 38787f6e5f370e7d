"""What the channel and the HIS say right now, beside what we have."""

from __future__ import annotations

from datetime import datetime

from handlers.base.display import clock_time, day_and_time, yuan
from handlers.console.views.payment import labelled
from server.console.payment_room import ChannelSays, HisSays
from server.payments.model import Payment
from server.payments.refund_model import short_number
from server.payments.rules.trades import ChannelRefund, RefundOutcome, TradeState
from server.payments.texts import CLOSED, HIS_NUMBER, PAYMENT_NUMBER, TO_PAY, TRANSACTION_NUMBER

TRADE_STATES = {
    TradeState.UNPAID: TO_PAY,
    TradeState.PAID: "已支付",
    TradeState.REFUNDED: "已支付，有退费",
    TradeState.CLOSED: CLOSED,
    TradeState.ABSENT: "没有这个订单",
}
OUTCOMES = {
    RefundOutcome.PROCESSING: "处理中",
    RefundOutcome.SUCCEEDED: "已到账",
    RefundOutcome.CLOSED: CLOSED,
    RefundOutcome.ABNORMAL: "异常",
    RefundOutcome.UNCONFIRMED: "未确认到账",
    RefundOutcome.ABSENT: "没有这笔退费",
}
DIFFERENCES = {
    "out_trade_no": "单号",
    "amount_fen": "金额",
    "currency": "币种",
    "app_id": "应用",
    "merchant_id": "商户号",
}


def channel_says(payment: Payment, says: ChannelSays, now: datetime) -> dict[str, object]:
    trade = says.trade
    title = "渠道没有应答，请稍后再查" if trade is None else f"渠道：{TRADE_STATES[trade.state]}"
    facts = labelled(
        (
            ("金额", yuan(trade.amount_fen) if trade is not None and trade.amount_fen else ""),
            (TRANSACTION_NUMBER, trade.transaction_id if trade is not None else ""),
            ("支付时间", day_and_time(trade.paid_at) if trade is not None and trade.paid_at else ""),
            ("与记录不符", "、".join(DIFFERENCES.get(name, name) for name in says.differs)),
        )
    )
    facts += [{"label": f"退费 {short_number(number)}", "value": _refund(answer)} for number, answer in says.refunds]
    return {"title": title, "facts": facts, "time": clock_time(now), "bad": trade is None or bool(says.differs)}


def _refund(answer: ChannelRefund | None) -> str:
    if answer is None:
        return "没有应答"
    amount = f" {yuan(answer.amount_fen)}" if answer.amount_fen else ""
    return f"{OUTCOMES[answer.outcome]}{amount}"


def his_says(payment: Payment, says: HisSays, now: datetime) -> dict[str, object]:
    booking = says.booking
    if says.silent:
        title = "医院系统没有应答，请稍后再查"
    elif booking is None:
        title = f"医院系统：没有这个{PAYMENT_NUMBER}"
    else:
        title = "医院系统：已入账"
    facts = labelled(
        (
            (HIS_NUMBER, booking.his_trade_no if booking else ""),
            ("收据号", booking.receipt_no if booking else ""),
            ("入账金额", yuan(booking.amount_fen) if booking and booking.amount_fen is not None else ""),
        )
    )
    differs = booking is not None and booking.amount_fen not in {None, payment.paid_fen or payment.amount_fen}
    return {"title": title, "facts": facts, "time": clock_time(now), "bad": booking is None or differs}
