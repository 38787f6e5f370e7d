"""Transitions of the HIS write-back: booked, or refused and so going back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.core.actors import HIS
from server.effects.model import Effect, EffectKind, held, without
from server.payments.model import Booking, Payment, PaymentState, bumped, changed
from server.payments.rules.going_back import begin_return
from server.payments.rules.late_bookings import REFUSED_BY_HIS, with_late_look
from server.payments.rules.outside_refunds import to_be_written_off
from server.payments.rules.telling import PAYMENT_LATE, taken, tell

SETTLE = timedelta(seconds=60)
"""After a call of unknown outcome, how long it may still be running on the other side, where nothing longer is stated."""

BOOKING_LASTS = "booking_lasts"
"""The line of the history that says that the payer was told, which is what makes it once."""
FINAL_REFUSALS = frozenset({"ALREADY_PAID", "AMOUNT_DIFFERS", "BILL_CHANGED", "REFUSED", "NO_DATA"})
"""The codes of his-interface.md section 2 that are a no to this payment. Any other is about the call, and money never moves on it."""


def booked(payment: Payment, token: str, booking: Booking, now: datetime) -> Payment:
    """The HIS has taken the payment over: the payer is told. What was refunded in the merchant console meanwhile is written off."""
    held(payment.effects, str(EffectKind.BOOK), token)
    told = tell(payment, taken(payment), now)
    for refund in payment.refunds:
        told = to_be_written_off(told, refund, now) if refund.unsettled else told
    return changed(
        payment,
        "booked",
        at=now,
        by=HIS,
        detail={"his_trade_no": booking.his_trade_no},
        state=PaymentState.BOOKED,
        booking=booking,
        effects=without(told, EffectKind.BOOK),
    )


def booking_failed(
    payment: Payment, effects: tuple[Effect, ...], effect: Effect, now: datetime, told_after: timedelta
) -> Payment:
    """``payment`` with ``effects``, after a try of ``effect`` that has failed. If that was a booking and the money came ``told_after`` ago, the
    payer is told, once, that the HIS has not taken it yet.
    """
    if effect.kind is not EffectKind.BOOK or not is_late(payment, now, told_after):
        return bumped(payment, effects=effects)
    owed = tell(replace(payment, effects=effects), PAYMENT_LATE, now)
    return changed(payment, BOOKING_LASTS, at=now, effects=owed)


def is_late(payment: Payment, now: datetime, told_after: timedelta) -> bool:
    """Does a paid payment wait for the HIS for ``told_after`` or longer, and has nobody been told?"""
    if payment.state is not PaymentState.PAID or not payment.paid_fen or payment.paid_at is None:
        return False
    return now - payment.paid_at >= told_after and all(line.what != BOOKING_LASTS for line in payment.history)


def refusal_is_believed(effect: Effect, now: datetime, longest_call: timedelta = SETTLE) -> bool:
    """May a final refusal that `trade.check` did not contradict send the money back now? Not while an earlier call of unknown outcome may
    still be running in the HIS: ``longest_call`` is how long that is at most.
    """
    return effect.unknown_at is None or now - effect.unknown_at >= longest_call


def refused(payment: Payment, token: str, code: str, now: datetime) -> Payment:
    """The HIS has refused for good, checked by asking for our number: the money goes back."""
    held(payment.effects, str(EffectKind.BOOK), token)
    lines = changed(
        payment,
        "refused_by_his",
        at=now,
        by=HIS,
        detail={"code": code},
        effects=without(payment.effects, EffectKind.BOOK, EffectKind.LAPSE),
    )
    return begin_return(replace(lines, effects=with_late_look(lines, now)), REFUSED_BY_HIS, now)
