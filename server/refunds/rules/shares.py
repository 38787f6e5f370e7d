"""How far the money of one lot has come. Pure."""

from __future__ import annotations

from enum import StrEnum

from server.payments.model import Payment
from server.payments.refund_model import NEVER_SENT, Refund, RefundOrigin, RefundState


class ShareState(StrEnum):
    WAITING = "waiting"  # nothing has been asked of the lot yet
    UNDER_WAY = "under_way"
    RETURNED = "returned"
    ELSEWHERE = "elsewhere"  # finance has settled it another way, with proof
    FAILED = "failed"  # nothing was sent and nothing will be: the window pays it out


def state_of(lot: Payment, refund: Refund) -> ShareState:
    """What has become of ``refund`` of the payment ``lot``, or of the console's refund to which it gave way."""
    instead = lot.refund(refund.covered_by) if refund.covered_by else None
    if instead is not None and instead.origin is RefundOrigin.ELSEWHERE:
        return ShareState.ELSEWHERE
    refund = instead or refund
    if refund.state is RefundState.SUCCEEDED:
        return ShareState.RETURNED
    return ShareState.FAILED if refund.state in NEVER_SENT else ShareState.UNDER_WAY
