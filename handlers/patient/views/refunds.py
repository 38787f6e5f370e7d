"""What a patient reads of refunds: accepted, on its way, arrived. What staff still decide, or have decided against, is not theirs to see."""

from __future__ import annotations

from handlers.base.display import short_time, yuan
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import REASONS, Refund, RefundOrigin, RefundState
from server.payments.texts import PATIENT_REFUND_STATES

_LOOKS = {RefundState.SUCCEEDED: "success", RefundState.ABNORMAL: "warn"}
_STUCK = "款项不会丢失，医院财务正在处理。"


def refund_lines(payment: Payment, arrival: str) -> list[dict[str, str]]:
    """Newest first; ``arrival`` is when the channel's money may be expected. What goes back by itself is the whole page's subject, not a line of it."""
    return [refund_line(refund, arrival) for refund in refunds_shown(payment)]


def refunds_shown(payment: Payment) -> list[Refund]:
    """Newest first, those that are a patient's to see."""
    shown = [r for r in payment.refunds if r.state in PATIENT_REFUND_STATES and r.origin is not RefundOrigin.AUTOMATIC]
    return shown[::-1]


def refund_line(refund: Refund, arrival: str) -> dict[str, str]:
    about = {
        RefundState.SUCCEEDED: f"{short_time(refund.finished_at)} 已原路退回" if refund.finished_at else "已原路退回",
        RefundState.ABNORMAL: _STUCK,
    }.get(refund.state, arrival)
    if refund.origin is RefundOrigin.ELSEWHERE:
        about = "医院已用其他方式退还"
    return {
        "title": PATIENT_REFUND_STATES[refund.state],
        "look": _LOOKS.get(refund.state, "waiting"),
        "reason": REASONS.get(refund.reason, ""),
        "about": about,
        "amount": yuan(refund.amount_fen),
        "number": refund.id,
    }


def is_all_back(payment: Payment) -> bool:
    return payment.state is PaymentState.BOOKED and 0 < payment.paid_fen <= payment.refunded_fen
