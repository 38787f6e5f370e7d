"""What was taken for nothing is given back: there is no money to return, and nothing is claimed any more when its system has taken it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind, find, held, with_effect, without
from server.payments.model import Payment, PaymentState, changed


def give_back(payment: Payment, by: str, now: datetime) -> Payment:
    """A booked payment of 0 fen is to be given back, which is owed as FREE. The very same object when it is, or is about to be.

    Raises NotAllowed where money was paid, which goes back as a refund, and where nothing is booked.
    """
    if payment.paid_fen or payment.state is not PaymentState.BOOKED:
        raise NotAllowed("not for nothing, or not booked", user_message="现在不能取消，请到窗口办理。")
    if not payment.claims or is_given_back(payment):
        return payment
    effects = with_effect(without(payment.effects, EffectKind.LAPSE), Effect(kind=EffectKind.FREE, due_at=now))
    return changed(payment, "giving_back", at=now, by=by, effects=effects)


def is_given_back(payment: Payment) -> bool:
    """Is a booked payment on its way back?"""
    return payment.state is PaymentState.BOOKED and find(payment.effects, str(EffectKind.FREE)) is not None


def given_back(payment: Payment, token: str, now: datetime) -> Payment:
    """The system of the purpose has taken back what was paid for."""
    held(payment.effects, str(EffectKind.FREE), token)
    freed = replace(payment, effects=without(payment.effects, EffectKind.FREE))
    return changed(freed, "given_back", at=now, claims=())


def not_taken_back(payment: Payment, token: str, code: str, now: datetime) -> Payment:
    """The system of the purpose does not take it back, because it is used: the payment stays booked."""
    held(payment.effects, str(EffectKind.FREE), token)
    kept = replace(payment, effects=without(payment.effects, EffectKind.FREE))
    return changed(kept, "not_taken_back", at=now, detail={"code": code})
