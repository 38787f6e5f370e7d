"""What a person may read of what became of their payment."""

from __future__ import annotations

from datetime import datetime

from handlers.base.display import yuan
from server.core.history import HistoryEvent
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.payments.rules.progress import Progress
from server.payments.texts import CHANGED, NOT_TAKEN, PATIENT_REFUND_STATES, PROGRESS

_TEXTS = {
    "created": "提交支付",
    "paid": "已收款",
    "part_paid": "已收到一部分款项",
    "booked": "医院已入账",
    "booking_changed": CHANGED,
    "closing": "开始关闭支付",
    "closed": "支付已关闭",
    "given_back": "已取消，没有费用要退",
    "not_taken_back": "医院不同意取消，仍然有效",
    "paid_elsewhere": "已在窗口支付",
    "lapsed": "到时没有支付",
    "refused_by_his": NOT_TAKEN,
    "returning": "开始原路退回",
    "refund_released": PATIENT_REFUND_STATES[RefundState.RELEASED],
    "refund_succeeded": PROGRESS[Progress.RETURNED],
}


def timeline(payment: Payment) -> list[tuple[datetime, str]]:
    """What a person may read of a payment's history, oldest first. Where nothing was paid, nothing is returned."""
    lines = [line for line in payment.history if line.what in _TEXTS]
    return [(line.at, _text_of(line)) for line in lines if payment.paid_fen or line.what != "returning"]


def _text_of(line: HistoryEvent) -> str:
    amount = line.detail.get("amount_fen", "")
    text = _TEXTS[line.what]
    return f"{text} {yuan(int(amount))}" if amount.isdigit() else text
