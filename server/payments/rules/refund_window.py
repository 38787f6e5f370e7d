"""How far a channel's refunds reach. Beyond it money can't go back the way it came, so nothing may be written off for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core.errors import NotAllowed
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.refund_model import NEVER_SENT

TIME_TO_SEND = timedelta(hours=1)
"""What a refund needs to be written off and sent: what would come to the channel too late is too late."""
INSTEAD = "请财务在医院系统里手工冲销，再用转账等方式退给付款人。"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWindow:
    """``within``: how long after the payment, ``times``: how many of one payment. None: no bound that we know of."""

    within: timedelta | None = None
    times: int | None = None


class BeyondReach(NotAllowed):
    """The channel can't send this money back any more."""


class RefundsUsedUp(BeyondReach):
    """The channel takes no further refund of this payment, however young it is."""


def must_reach(
    payment: Payment, part: Part, reach: RefundWindow, title: str, now: datetime, refund_id: str = ""
) -> None:
    """``title`` is what people call the channel; ``refund_id`` names the refund if it is one of the payment's already.

    Raises BeyondReach, with words that say what to do instead.
    """
    paid_at = payment.paid_at or payment.created_at
    if reach.within is not None and now + TIME_TO_SEND > paid_at + reach.within:
        words = f"{title}只能退付款后{reach.within.days}天以内的钱，这笔已不能原路退回。{INSTEAD}"
        raise BeyondReach("too long after the payment", user_message=words)
    others = [r for r in payment.refunds if r.part == part.kind and r.id != refund_id and r.state not in NEVER_SENT]
    if reach.times is not None and len(others) >= reach.times:
        words = f"{title}一笔支付最多退{reach.times}次，这笔已不能再原路退回。{INSTEAD}"
        raise RefundsUsedUp("too many refunds", user_message=words)
