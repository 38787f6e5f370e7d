"""Money that stands on one side while it is still the same day. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from server.payments.model import Payment, PaymentState
from server.payments.refund_model import ACCEPTED, RefundState

NOT_BOOKED, NOT_RETURNED = "not_booked", "not_returned"
NOT_SENT, NOT_WRITTEN_OFF = "not_sent", "not_written_off"
TAKEN = ACCEPTED | {RefundState.SUCCEEDED}
"""States of a refund whose money the channel sends, or has sent."""


def one_sided(payment: Payment, now: datetime, limit: timedelta) -> Iterator[str]:
    """What of ``payment`` has stood on one side for longer than ``limit``: a word, and the number of the refund where it is one.

    Paid and not booked; going back and not all of it taken by the channel; written off in the HIS and not sent; sent back and not written off.
    """
    since = _passed(payment.paid_at, payment.created_at, now)
    if payment.state is PaymentState.PAID and now - since > limit:
        yield NOT_BOOKED
    if payment.state is PaymentState.RETURNING and _is_owed_back(payment) and now - _last(payment, since) > limit:
        yield NOT_RETURNED
    for refund in payment.refunds:
        if refund.state is RefundState.RELEASED and now - _last(payment, refund.at, refund.id) > limit:
            yield f"{NOT_SENT}:{refund.id}"
        if (
            payment.state is PaymentState.BOOKED
            and refund.unsettled
            and now - _passed(refund.finished_at, refund.at, now) > limit
        ):
            yield f"{NOT_WRITTEN_OFF}:{refund.id}"


def _passed(told: datetime | None, ours: datetime, now: datetime) -> datetime:
    """When the channel says that it happened; by our own clock where it says nothing, or a moment that is still to come."""
    return told if told is not None and told <= now else ours


def _is_owed_back(payment: Payment) -> bool:
    """The channel has taken nothing of what goes back, or not all of it: a part waits, or waits again after the channel's final no."""
    states = {refund.state for refund in payment.refunds}
    return RefundState.APPROVED in states or not states & TAKEN


def _last(payment: Payment, otherwise: datetime, refund_id: str = "") -> datetime:
    """When something last happened to it (to this refund)."""
    lines = [line.at for line in payment.history if not refund_id or line.detail.get("refund") == refund_id]
    return max(lines, default=otherwise)
