"""What a person is told when: the effects that carry messages. The texts are templates; who can be reached is the adapters' affair.

One payment's messages to one person keep their order on each way: a later one waits until the earlier one is sent or dropped.
`overtaking` says which of them still tell the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, find, held, with_effect, without
from server.payments.model import Payment, bumped
from server.payments.rules.erasing import is_pseudonymous
from server.payments.rules.topics import Topic

PAYMENT_BOOKED = "payment_booked"
PAYMENT_CONFIRMED = "payment_confirmed"
"""The HIS has taken a bill of 0 yuan: nothing was to pay and nothing was paid."""
PAYMENT_ELSEWHERE = "payment_elsewhere"
"""The HIS has taken what is to be paid at a window: where and until when stands in the booking's guide."""
PAYMENT_LAPSED = "payment_lapsed"
"""What was to be paid at a window was not paid in time, and the HIS has taken it back: it is no longer the patient's."""
PAYMENT_NOT_BOOKED = "payment_not_booked"
"""Nothing was to pay and nothing was paid, and the hospital has not taken the bill: there is something to do, and no money to return."""
PAYMENT_LATE = "payment_late"
"""The money is here, and the HIS has not taken the payment for longer than people expect."""
BOOKING_CHANGED = "booking_changed"
"""What was booked has changed since, as the HIS says. The subject of such a message is ``booking_changed.Nnn``, counted by payment."""
PAYMENT_RETURNING = "payment_returning"
PAYMENT_RETURNED = "payment_returned"
REFUND_ACCEPTED = "refund_accepted"
REFUND_ARRIVED = "refund_arrived"
REFUND_WAITING = "refund_waiting"
REFUND_RESULT = "refund_result"
AUDIT_HEAD = "audit_head"
ALERTS_STANDING = "alerts_standing"
"""The subject of a message about one refund is ``purpose.Rnn``; the last four are for staff, about a refund ``purpose.Rnn.number``."""
LOOKS_AGAIN = timedelta(seconds=1)
"""The shortest pause of a message that waits for an earlier one."""


def tell(payment: Payment, purpose: str, now: datetime) -> tuple[Effect, ...]:
    """The payment's effects plus: tell its payer ``purpose`` in the chat, and by SMS if a phone number was given. Who was erased is nobody to tell."""
    if is_pseudonymous(payment):
        return payment.effects
    effects = _with_message(payment.effects, Effect(kind=EffectKind.MESSAGE, subject=purpose, due_at=now))
    if payment.personal.phone:
        effects = _with_message(effects, Effect(kind=EffectKind.SMS, subject=purpose, due_at=now))
    return effects


def taken(payment: Payment) -> str:
    """What is told when the HIS has taken a payment. Where nothing was paid, there is no money of which to speak."""
    if payment.paid_fen or payment.amount_fen:
        return PAYMENT_BOOKED
    return PAYMENT_ELSEWHERE if find(payment.effects, str(EffectKind.LAPSE)) is not None else PAYMENT_CONFIRMED


def going_back(payment: Payment, *, all_back: bool) -> str:
    """What is told when a payment can't be used. Where nothing was paid, there is no money of which to speak."""
    if not all_back:
        return PAYMENT_RETURNING
    return PAYMENT_RETURNED if payment.paid_fen else PAYMENT_NOT_BOOKED


def tell_staff(effects: tuple[Effect, ...], purpose: str, refund_id: str, now: datetime) -> tuple[Effect, ...]:
    """``effects`` plus: tell the staff whom it concerns about this refund."""
    subject = str(Topic.of_refund(purpose, refund_id))
    return _with_message(effects, Effect(kind=EffectKind.TELL_STAFF, subject=subject, due_at=now))


def staff_to_tell(payment: Payment, subject: str, token: str, numbers: Sequence[str], now: datetime) -> Payment:
    """Whom it concerns is known: one effect each, so that no one's trouble repeats another's message."""
    fanned_out = held(payment.effects, f"{EffectKind.TELL_STAFF}:{subject}", token)
    effects = without_message(payment.effects, fanned_out, now)
    for number in numbers:
        to_one = replace(Topic.of(subject), staff=number)
        one = Effect(kind=EffectKind.TELL_STAFF, subject=str(to_one), due_at=now)
        effects = _with_message(effects, one)
    return bumped(payment, effects=effects)


def staff_told(payment: Payment, subject: str, token: str, now: datetime) -> Payment:
    told = held(payment.effects, f"{EffectKind.TELL_STAFF}:{subject}", token)
    return bumped(payment, effects=without_message(payment.effects, told, now))


def is_of_a_message(line: HistoryEvent) -> bool:
    """Does this line of a payment's history say what became of a message to its payer?"""
    return line.what.startswith((f"{EffectKind.MESSAGE}_", f"{EffectKind.SMS}_"))


# ---- the order of one payment's messages ---------------------------------------------------------------------------------------


def ahead_of(effects: tuple[Effect, ...], message: Effect) -> Effect | None:
    """The message that is owed to the same person on the same way for longer than ``message``; None when it is its turn."""
    way = _way(message)
    earlier = next(effect for effect in effects if _way(effect) == way or effect.key == message.key)
    return None if earlier.key == message.key else earlier


def must_wait(payment: Payment, key: str, token: str, now: datetime) -> Payment:
    """It is another message's turn: the one that ``token`` holds is due when that one is, and this was no try."""
    message = held(payment.effects, key, token)
    first = ahead_of(payment.effects, message)
    due_at = now if first is None else max(first.due_at, now + LOOKS_AGAIN)
    waits = replace(message, lease=None, due_at=due_at, tries=message.tries - 1)
    return bumped(payment, effects=with_effect(payment.effects, waits))


def without_message(effects: tuple[Effect, ...], message: Effect, now: datetime) -> tuple[Effect, ...]:
    """``effects`` less ``message``, which has been sent or dropped: the one that waited for it is due now."""
    rest = without(effects, message.kind, subject=message.subject)
    following = next((effect for effect in rest if _way(effect) == _way(message) and effect.lease is None), None)
    return rest if following is None else with_effect(rest, replace(following, due_at=min(following.due_at, now)))


def _with_message(effects: tuple[Effect, ...], message: Effect) -> tuple[Effect, ...]:
    """``effects`` plus ``message``, which is due no sooner than the one that it must wait for."""
    after = with_effect(effects, message)
    first = ahead_of(after, message)
    return after if first is None else with_effect(after, replace(message, due_at=max(message.due_at, first.due_at)))


def _way(effect: Effect) -> tuple[EffectKind, str] | None:
    """How and to whom a message goes: the payer in the chat, the payer by SMS, each one of the staff. None for what is no message."""
    if effect.kind in {EffectKind.MESSAGE, EffectKind.SMS}:
        return effect.kind, ""
    if effect.kind is EffectKind.TELL_STAFF:
        return effect.kind, Topic.of(effect.subject).staff
    return None
