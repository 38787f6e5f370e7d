"""What a payment's state means to the person who looks at it: said truthfully, and whether it can still change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState

ANOTHER_ATTEMPT = "another_attempt"
"""Why an attempt is closed: somebody began another one for the same bill."""


class Progress(StrEnum):
    WAITING = "waiting"  # not paid yet, can be paid
    CLOSING = "closing"  # being closed; money may still come
    CONFIRMING = "confirming"  # paid at the channel, the HIS has not taken it over yet
    PAID = "paid"
    NOT_PAID = "not_paid"
    RETURNING = "returning"
    RETURNED = "returned"


_BY_STATE = {
    PaymentState.PAID: Progress.CONFIRMING,
    PaymentState.BOOKED: Progress.PAID,
    PaymentState.CLOSED: Progress.NOT_PAID,
    PaymentState.RETURNING: Progress.RETURNING,
    PaymentState.RETURNED: Progress.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """``final``: nothing more will happen by itself, the page may stop following."""

    progress: Progress
    final: bool


def standing(payment: Payment) -> Standing:
    progress = _BY_STATE.get(payment.state)
    if progress is None:
        closing = any(effect.kind is EffectKind.CLOSE for effect in payment.effects)
        progress = Progress.CLOSING if closing else Progress.WAITING
    return Standing(progress, progress in {Progress.PAID, Progress.NOT_PAID, Progress.RETURNED})


def gave_way(payment: Payment) -> bool:
    """True when this attempt was closed because another attempt began for the same bill."""
    return any(line.what == "closing" and line.detail.get("why") == ANOTHER_ATTEMPT for line in payment.history)


def order_unanswered(channel_title: str) -> str:
    """What the person reads when the channel did not answer the order: without an order no cashier can take money."""
    return f"{channel_title}暂时没有响应，没有扣款。请稍后再试，或到收费窗口缴费。"


def order_refused(channel_title: str) -> str:
    return f"{channel_title}没有接受这笔支付，没有扣款。请稍后再试，或到收费窗口缴费。"


def never_ordered(payment: Payment) -> bool:
    """True when the attempt can still be paid and the channel has not confirmed its order yet."""
    return payment.state is PaymentState.CREATED and all(part.order_ref is None for part in payment.parts)
