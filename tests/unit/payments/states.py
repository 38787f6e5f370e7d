"""A payment in each state, brought there by its own transitions."""

from __future__ import annotations

from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.rules.booking import booked, refused
from server.payments.rules.paying import closed
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import TOKEN, a_booking, a_channel_refund, a_paid, a_payment, a_pending, leased
from tests.support.clock_and_ids import MORNING


def in_state(state: PaymentState) -> Payment:
    match state:
        case PaymentState.CREATED:
            return a_payment()
        case PaymentState.PENDING:
            return a_pending()
        case PaymentState.PAID:
            return a_paid()
        case PaymentState.CLOSED:
            return closed(a_pending(), "closed_at_channel", MORNING)
        case PaymentState.BOOKED:
            return booked(leased(a_paid(), EffectKind.BOOK, MORNING), TOKEN, a_booking(), MORNING)
        case PaymentState.RETURNING:
            return refused(leased(a_paid(), EffectKind.BOOK, MORNING), TOKEN, "REFUSED", MORNING)
        case PaymentState.RETURNED:
            returning = in_state(PaymentState.RETURNING)
            return refund_answered(returning, a_channel_refund(returning), MORNING, 0.0)


def submitted() -> Payment:
    """Going back, accepted by the channel, not there yet."""
    returning = in_state(PaymentState.RETURNING)
    return refund_answered(returning, a_channel_refund(returning, RefundOutcome.PROCESSING), MORNING, 0.0)


def kinds(payment: Payment) -> set[EffectKind]:
    return {effect.kind for effect in payment.effects}
