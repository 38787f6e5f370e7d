"""What a person is told when: the effects that carry messages. The texts are templates; who can be reached is the adapters' affair."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.domain.effects import Effect, EffectKind, held, with_effect, without
from server.domain.payment import Payment, bumped
from server.domain.refund import short_number

PAYMENT_BOOKED = "payment_booked"
PAYMENT_RETURNING = "payment_returning"
PAYMENT_RETURNED = "payment_returned"
REFUND_ACCEPTED = "refund_accepted"
REFUND_ARRIVED = "refund_arrived"
REFUND_WAITING = "refund_waiting"
REFUND_RESULT = "refund_result"
AUDIT_HEAD = "audit_head"
ALERTS_STANDING = "alerts_standing"
"""The subject of a message about one refund is ``purpose.Rnn``; the last four are for staff, about a refund ``purpose.Rnn.number``."""


def tell(payment: Payment, purpose: str, now: datetime) -> tuple[Effect, ...]:
    """The payment's effects plus: tell its payer ``purpose`` in the chat, and by SMS if a phone number was given."""
    effects = with_effect(payment.effects, Effect(kind=EffectKind.MESSAGE, subject=purpose, due_at=now))
    if payment.personal.phone:
        effects = with_effect(effects, Effect(kind=EffectKind.SMS, subject=purpose, due_at=now))
    return effects


def tell_staff(effects: tuple[Effect, ...], purpose: str, refund_id: str, now: datetime) -> tuple[Effect, ...]:
    """``effects`` plus: tell the staff whom it concerns about this refund."""
    subject = f"{purpose}.{short_number(refund_id)}"
    return with_effect(effects, Effect(kind=EffectKind.TELL_STAFF, subject=subject, due_at=now))


def staff_to_tell(payment: Payment, subject: str, token: str, numbers: Sequence[str], now: datetime) -> Payment:
    """Whom it concerns is known: one effect each (``purpose.Rnn.number``), so that no one's trouble repeats another's message."""
    held(payment.effects, f"{EffectKind.TELL_STAFF}:{subject}", token)
    effects = without(payment.effects, EffectKind.TELL_STAFF, subject=subject)
    for number in numbers:
        one = Effect(kind=EffectKind.TELL_STAFF, subject=f"{subject}.{number}", due_at=now)
        effects = with_effect(effects, one)
    return bumped(payment, effects=effects)


def staff_told(payment: Payment, subject: str, token: str) -> Payment:
    held(payment.effects, f"{EffectKind.TELL_STAFF}:{subject}", token)
    return bumped(payment, effects=without(payment.effects, EffectKind.TELL_STAFF, subject=subject))
