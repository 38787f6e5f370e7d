"""What was taken for nothing is given back: there is no money to return, and nothing is claimed any more."""

from __future__ import annotations

from datetime import datetime

from server.core.errors import NotAllowed
from server.payments.model import Payment, PaymentState, changed


def give_back(payment: Payment, by: str, now: datetime) -> Payment:
    """A booked payment of 0 fen ends, after the HIS has taken back what it was for. The very same object when it has ended already.

    Raises NotAllowed where money was paid, which goes back as a refund, and where nothing is booked.
    """
    if payment.paid_fen or payment.state is not PaymentState.BOOKED:
        raise NotAllowed("not for nothing, or not booked", user_message="这个预约现在不能取消。")
    if not payment.claims:
        return payment
    return changed(payment, "given_back", at=now, by=by, claims=())
