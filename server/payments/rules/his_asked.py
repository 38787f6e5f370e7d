"""Transitions for what the HIS says when it is asked for a booking, or a write-off, that its list of a day lacks (decision 0054).

It is asked once about each. What it has lost it is told again under the same number; what it refuses then is for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from server.core.actors import HIS
from server.effects.model import Effect, EffectKind, find, held, with_effect, without
from server.payments.model import Booking, Payment, PaymentState, bumped, changed, with_refund
from server.payments.refund_model import NEVER_SENT, Refund, RefundOrigin
from server.payments.rules.late_bookings import with_late_look

HIS_ASKED, BOOKED_AGAIN, WRITTEN_OFF_AGAIN = "his_asked", "booked_again", "written_off_again"
ANSWERS = frozenset({HIS_ASKED, BOOKED_AGAIN, WRITTEN_OFF_AGAIN})
"""The lines of a history that say that the HIS was asked; their ``refund`` is the subject."""
WRITES_OFF = frozenset({RefundOrigin.STAFF, RefundOrigin.MERCHANT_CONSOLE})
"""Refunds that the HIS writes off because we ask for it."""


def asks_his(payment: Payment, subject: str, now: datetime) -> Payment:
    """``payment`` owing the question, or the very same one: where it can lead to nothing, and while what it owes asks anyway.

    ``subject`` is a refund's number, empty for the payment itself.
    """
    if is_asking(payment, subject) or not _may_ask(payment, subject):
        return payment
    effect = Effect(kind=EffectKind.ASK_HIS, subject=subject, due_at=now)
    return bumped(payment, effects=with_effect(payment.effects, effect))


def is_asking(payment: Payment, subject: str) -> bool:
    """Will the HIS be told, or asked, without anything more?"""
    kinds = (EffectKind.ASK_HIS, EffectKind.RELEASE) if subject else (EffectKind.ASK_HIS, EffectKind.BOOK)
    keys = (Effect(kind=kind, subject=subject, due_at=payment.created_at).key for kind in kinds)
    return any(find(payment.effects, key) is not None for key in keys)


def is_lost(payment: Payment) -> bool:
    """Has the HIS been asked for the booking, and does it neither have it nor take it again?"""
    said = [line for line in payment.history if line.what in ANSWERS and not line.detail.get("refund")]
    return bool(said) and said[-1].what == HIS_ASKED and said[-1].detail.get("found") == "no"


def _may_ask(payment: Payment, subject: str) -> bool:
    asked = any(line.what in ANSWERS and line.detail.get("refund", "") == subject for line in payment.history)
    if asked or payment.state is not PaymentState.BOOKED:
        return False
    refund = payment.refund(subject)
    return not subject or (refund is not None and may_be_written_off_again(refund))


def may_be_booked_again(payment: Payment) -> bool:
    """A second booking would say too much of what has been refunded, and nobody can tell the HIS of an erased payment whose it is."""
    untouched = all(refund.state in NEVER_SENT for refund in payment.refunds)
    return untouched and bool(payment.personal.card_no)


def may_be_written_off_again(refund: Refund) -> bool:
    """Only what the HIS has written off for us under one number of its own."""
    alone = not refund.covered_by and not refund.covered_fen
    return alone and bool(refund.his_refund_no) and refund.origin in WRITES_OFF


def his_answered(payment: Payment, subject: str, token: str, answer: Mapping[str, str], now: datetime) -> Payment:
    """The HIS has it after all, or will not have it: ``answer`` has ``found`` (yes or no), its number, or the code of its refusal. A booking
    that it was told of again and refuses is looked for later: an earlier call of ours may still land.
    """
    detail = {**({"refund": subject} if subject else {}), **answer}
    effects = _answered(payment, subject, token)
    if not subject and answer.get("code"):
        effects = with_late_look(replace(payment, effects=effects), now)
    return changed(payment, HIS_ASKED, at=now, by=HIS, detail=detail, effects=effects)


def landed_late(payment: Payment, token: str, booking: Booking, now: datetime) -> Payment:
    """The HIS has a booking after all that it had lost and would not take again."""
    held(payment.effects, str(EffectKind.LATE_BOOKING), token)
    effects = without(payment.effects, EffectKind.LATE_BOOKING)
    detail = {"his_trade_no": booking.his_trade_no, "late": "yes"}
    return changed(payment, BOOKED_AGAIN, at=now, by=HIS, detail=detail, booking=booking, effects=effects)


def booked_again(payment: Payment, token: str, booking: Booking, now: datetime) -> Payment:
    """The HIS had lost it and has taken it over once more."""
    detail = {"his_trade_no": booking.his_trade_no}
    effects = _answered(payment, "", token)
    return changed(payment, BOOKED_AGAIN, at=now, by=HIS, detail=detail, booking=booking, effects=effects)


def written_off_again(payment: Payment, refund_id: str, token: str, his_refund_no: str, now: datetime) -> Payment:
    """The HIS had lost the write-off and has a new one; it is told of the money again."""
    refund = payment.refund(refund_id)
    effects = _answered(payment, refund_id, token)
    if refund is None:
        return bumped(payment, effects=effects)
    detail = {"refund": refund_id, "his_refund_no": his_refund_no}
    refunds = with_refund(payment, replace(refund, his_refund_no=his_refund_no))
    effects = with_effect(effects, Effect(kind=EffectKind.NOTIFY_HIS, subject=refund_id, due_at=now))
    return changed(payment, WRITTEN_OFF_AGAIN, at=now, by=HIS, detail=detail, refunds=refunds, effects=effects)


def _answered(payment: Payment, subject: str, token: str) -> tuple[Effect, ...]:
    key = Effect(kind=EffectKind.ASK_HIS, subject=subject, due_at=payment.created_at).key
    held(payment.effects, key, token)
    return without(payment.effects, EffectKind.ASK_HIS, subject=subject)
