"""A member of staff looks at a payment: the look is a line of its history, and so of the audit chain. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.payments.model import VIEWED, Payment, changed

LOOK_NOTED_FOR = timedelta(hours=1)


def viewed(payment: Payment, by: str, now: datetime, door: str) -> Payment:
    """A member of staff looks at a page of this payment that shows personal data; the audit chain keeps who and when. Again within the hour
    it is the same look: what was noted is the only thing that says so, so nothing can be shown and not noted.
    """
    if any(line.what == VIEWED and line.by == by and now - line.at < LOOK_NOTED_FOR for line in payment.history):
        return payment
    return changed(payment, VIEWED, at=now, by=by, detail={"door": door})
