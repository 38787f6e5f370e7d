"""What a person is told when: the effects that carry messages. The texts are templates; who can be reached is the adapters' affair."""

from __future__ import annotations

from datetime import datetime

from server.domain.effects import Effect, EffectKind, with_effect
from server.domain.payment import Payment

PAYMENT_BOOKED = "payment_booked"
PAYMENT_RETURNING = "payment_returning"
PAYMENT_RETURNED = "payment_returned"


def tell(payment: Payment, purpose: str, now: datetime) -> tuple[Effect, ...]:
    """The payment's effects plus: tell its payer ``purpose`` in the chat, and by SMS if a phone number was given."""
    effects = with_effect(payment.effects, Effect(kind=EffectKind.MESSAGE, subject=purpose, due_at=now))
    if payment.personal.phone:
        effects = with_effect(effects, Effect(kind=EffectKind.SMS, subject=purpose, due_at=now))
    return effects
