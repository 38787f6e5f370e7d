"""The HIS has changed what was booked: the payer is owed a message, and claims that no longer count are dropped. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from server.core.actors import HIS
from server.core.errors import NotAllowed
from server.payments.model import Payment, PaymentState, changed
from server.payments.rules.telling import BOOKING_CHANGED, tell
from server.payments.rules.topics import Topic


def booking_changed(payment: Payment, news: str, words: str, keeps: Collection[str], now: datetime) -> Payment:
    """Returns ``payment`` with the ``news`` of its booking, which only its purpose reads, and with ``words`` as what the patient is to do
    next. Of its claims only those in ``keeps`` stay. The payer is owed a message with these words. Where the news is known already, the
    very same object comes back.

    Raises NotAllowed where nothing is booked.
    """
    if payment.state is not PaymentState.BOOKED or payment.booking is None:
        raise NotAllowed("nothing is booked", user_message="这笔支付还没有入账。")
    if payment.booking.news == news:
        return payment
    number = f"N{len(_changes(payment)) + 1:02d}"
    booking = replace(payment.booking, news=news, guide_text=words)
    claims = tuple(claim for claim in payment.claims if claim in keeps)
    effects = tell(payment, str(Topic(BOOKING_CHANGED, number)), now)
    detail = {"change": number}
    return changed(
        payment, BOOKING_CHANGED, at=now, by=HIS, detail=detail, booking=booking, claims=claims, effects=effects
    )


def newest_change(payment: Payment) -> str:
    """The number of the last change, as its message has it; empty when there was none."""
    return next(iter(reversed(_changes(payment))), "")


def _changes(payment: Payment) -> list[str]:
    return [line.detail["change"] for line in payment.history if line.what == BOOKING_CHANGED]
