"""到院支付: what is taken here and paid elsewhere, at a window, by a time limit. Nothing is paid for it here; what is not paid in time is given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from server.core.actors import HIS
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, find, held, with_effect, without
from server.payments.model import Payment, PaymentState, bumped, changed
from server.payments.rules.giving_back import given_back, is_given_back
from server.payments.rules.telling import PAYMENT_LAPSED, tell

LAPSED = "lapsed"
"""The line of the history of what was not paid in time."""
UNTIL = "elsewhere_until"
"""Where the first line of the history says until when it is to be paid elsewhere."""
MARGIN = timedelta(minutes=1)
"""So long after the limit it is given back: by then the purpose's system has ended it by its own clock, or has taken the money."""
LOOKS_AGAIN = timedelta(minutes=10)
"""A booking that is still under way at the limit is looked at again after so long."""


def owed_elsewhere(until: datetime | None) -> tuple[Effect, ...]:
    """What a payment owes that is to be paid elsewhere ``until`` then."""
    return () if until is None else (Effect(kind=EffectKind.LAPSE, due_at=until + MARGIN),)


def told_until(until: datetime | None) -> Mapping[str, str]:
    """The detail by which the first line of the history says it; empty for what is paid here."""
    return MappingProxyType({} if until is None else {UNTIL: until.isoformat()})


def elsewhere_until(payment: Payment) -> datetime | None:
    """Until when it is, or was, to be paid elsewhere; None for what is paid here or costs nothing."""
    first: HistoryEvent | None = next(iter(payment.history), None)
    told = "" if first is None else first.detail.get(UNTIL, "")
    return datetime.fromisoformat(told) if told else None


def is_due_elsewhere(payment: Payment) -> bool:
    """Is it booked, and is nothing known of its money yet?"""
    return payment.state is PaymentState.BOOKED and find(payment.effects, str(EffectKind.LAPSE)) is not None


def is_paid_elsewhere(payment: Payment) -> bool:
    """Is it booked and kept, and its money was taken elsewhere?"""
    is_kept = payment.state is PaymentState.BOOKED and bool(payment.claims)
    return is_kept and elsewhere_until(payment) is not None and not is_due_elsewhere(payment)


def paid_elsewhere(payment: Payment, now: datetime) -> Payment:
    """The HIS has taken the money at a window. The very same object where that is known, or where nothing was to be paid elsewhere."""
    if not is_due_elsewhere(payment):
        return payment
    return changed(payment, "paid_elsewhere", at=now, by=HIS, effects=without(payment.effects, EffectKind.LAPSE))


def lapsed(payment: Payment, token: str, now: datetime) -> Payment:
    """The time limit is over: what is booked is given back, unless its system says that it was paid. A booking under way is waited for."""
    limit = held(payment.effects, str(EffectKind.LAPSE), token)
    rest = without(payment.effects, EffectKind.LAPSE)
    if payment.state is PaymentState.PAID:
        again = replace(limit, lease=None, tries=0, due_at=now + LOOKS_AGAIN)
        return bumped(payment, effects=(*rest, again))
    if payment.state is not PaymentState.BOOKED or not payment.claims or is_given_back(payment):
        return bumped(payment, effects=rest)
    return changed(payment, LAPSED, at=now, effects=with_effect(rest, Effect(kind=EffectKind.FREE, due_at=now)))


def taken_back(payment: Payment, token: str, now: datetime) -> Payment:
    """The system of the purpose has taken it back. Who did not ask for that is told: it was not paid in time."""
    free = given_back(payment, token, now)
    return replace(free, effects=tell(free, PAYMENT_LAPSED, now)) if has_lapsed(free) else free


def has_lapsed(payment: Payment) -> bool:
    """Was it given back because it was not paid in time?"""
    return not payment.claims and any(line.what == LAPSED for line in payment.history)
