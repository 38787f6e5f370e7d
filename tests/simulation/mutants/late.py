"""Zhenfu that does not look again into the HIS."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import server.payments.rules.booking
import server.payments.rules.late_bookings
from server.effects.model import Effect
from server.payments.late_bookings import LateBookings
from server.payments.model import Payment
from tests.simulation.mutants.patching import Patches, everywhere


def late_booking_not_looked_for() -> Patches:
    """Neither before the money goes nor after."""
    real = server.payments.rules.late_bookings.with_late_look
    return [*everywhere(real, lambda payment, now: payment.effects), *booked_return_sent()]


def booked_return_sent() -> Patches:
    """The HIS is not asked before the money goes."""

    async def before_sending(self: LateBookings, payment: Payment, refund: Any, effect: Effect) -> None:
        return None

    return [patch.object(LateBookings, "before_sending", before_sending)]


def refusal_believed_at_once() -> Patches:
    """A refusal is believed while an earlier call may still be running in the HIS."""
    real = server.payments.rules.booking.refusal_is_believed
    return everywhere(real, lambda *given: True)
