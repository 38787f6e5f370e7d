"""Transitions of a look at the channel for refunds that nobody announced, owed because somebody has touched the payment. All pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.effects.model import Effect, EffectKind, find, held, with_effect, without
from server.payments.model import Payment, PaymentState, bumped
from server.payments.rules.refund_shares import back_fen, unseen

WITH_MONEY = frozenset({PaymentState.BOOKED, PaymentState.RETURNING})
FRESH = timedelta(minutes=10)
"""So soon after the money came nobody has refunded it elsewhere; its page is opened by everybody who has just paid."""


def may_have_gone(payment: Payment) -> bool:
    """Has it money left, as far as we know, of which the channel may know more?"""
    return payment.state in WITH_MONEY and back_fen(payment) < payment.paid_fen and not unseen(payment)


def worth_a_look(payment: Payment, now: datetime) -> bool:
    """Is it worth asking the channel because the patient has opened it?"""
    owed = find(payment.effects, str(EffectKind.REFUND_LOOK)) is not None
    return may_have_gone(payment) and not owed and now - (payment.paid_at or payment.created_at) >= FRESH


def look_owed(payment: Payment, now: datetime) -> Payment:
    """The payment owes a look; nothing where it is not worth one any more."""
    if not worth_a_look(payment, now):
        return payment
    owed = Effect(kind=EffectKind.REFUND_LOOK, due_at=now)
    return bumped(payment, effects=with_effect(payment.effects, owed))


def looked(payment: Payment, token: str) -> Payment:
    """The channel was asked, or did not answer: the timetable asks again."""
    held(payment.effects, str(EffectKind.REFUND_LOOK), token)
    return bumped(payment, effects=without(payment.effects, EffectKind.REFUND_LOOK))
