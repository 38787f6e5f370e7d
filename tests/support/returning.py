"""A payment on its way back, after each word of the channel."""

from __future__ import annotations

from datetime import timedelta

from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import PAYMENT_ID, a_channel_refund
from tests.support.clock_and_ids import MORNING
from tests.unit.payments.states import in_state, submitted

LATER = MORNING + timedelta(minutes=5)
Word = RefundOutcome


def returning() -> Payment:
    return in_state(PaymentState.RETURNING)


def told(payment: Payment, outcome: RefundOutcome, number: str = "R01", **fields: object) -> Payment:
    """The payment after a notification."""
    return refund_answered(payment, a_channel_refund(payment, outcome, number, **fields), LATER, 0.5)


def state_of(payment: Payment, number: str = "R01") -> RefundState:
    refund = payment.refund(f"{PAYMENT_ID}{number}")
    assert refund is not None
    return refund.state


def abnormal() -> Payment:
    return told(submitted(), Word.ABNORMAL)


def finished() -> Payment:
    return told(returning(), Word.SUCCEEDED)


def given_up() -> Payment:
    return told(returning(), Word.CLOSED)
