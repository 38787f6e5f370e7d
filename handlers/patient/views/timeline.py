"""What a person may read of what became of their payment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from handlers.base.display import yuan
from server.core.history import HistoryEvent
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.payments.rules.elsewhere import LAPSED, has_lapsed
from server.payments.rules.progress import Progress
from server.payments.texts import CHANGED, NOT_TAKEN, PATIENT_REFUND_STATES, PROGRESS, is_free

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
    LAPSED: "到时没有支付",
    "refused_by_his": NOT_TAKEN,
    "returning": "开始原路退回",
    "refund_released": PATIENT_REFUND_STATES[RefundState.RELEASED],
    "refund_succeeded": PROGRESS[Progress.RETURNED],
}
_OF_FREE = {"booked": "医院已确认"}
"""What costs nothing here has no money to book."""
_OF_KEPT = {"not_taken_back": _TEXTS["paid_elsewhere"]}
"""At the time limit the hospital keeps what was paid at its window."""


def timeline(payment: Payment) -> list[tuple[datetime, str]]:
    """What a person may read of a payment's history, oldest first. Where nothing was paid, nothing is booked or returned; and only what is
    gone was not paid in time.
    """
    of_free = _OF_FREE if is_free(payment) else {}
    of_kept = _OF_KEPT if any(line.what == LAPSED for line in payment.history) else {}
    texts = {**_TEXTS, **of_free, **of_kept}
    if not payment.paid_fen:
        del texts["returning"]
    if not has_lapsed(payment):
        del texts[LAPSED]
    return [(line.at, _text_of(line, texts)) for line in payment.history if line.what in texts]


def _text_of(line: HistoryEvent, texts: Mapping[str, str]) -> str:
    amount = line.detail.get("amount_fen", "")
    text = texts[line.what]
    return f"{text} {yuan(int(amount))}" if amount.isdigit() else text
