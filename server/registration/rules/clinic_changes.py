"""停诊 and 替诊: what a change of the clinic means for a booked number. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from server.payments.model import Booking
from server.registration.model import Appointment, ClinicChange, ShiftState, read_change, slot_claim


def change_of(booking: Booking | None) -> ClinicChange | None:
    """The last thing that the HIS said of the clinic; None where it said nothing."""
    return None if booking is None else read_change(booking.news)


def is_news(known: ClinicChange | None, told: ClinicChange) -> bool:
    """Does ``told`` say something else, and later, than what is ``known``? Where nothing is, everything is news, also that the clinic is open
    as planned: who took the number when another doctor stood in does not know it.
    """
    if known is None:
        return True
    same = (known.state, known.replaced_by, known.reason) == (told.state, told.replaced_by, told.reason)
    return not same and told.at >= known.at


def kept_claims(claims: Sequence[str], appointment: Appointment, change: ClinicChange) -> Collection[str]:
    """What a booking still claims after the change: where the clinic is stopped, the person's day is free for another number."""
    return (slot_claim(appointment.slot_no),) if change.state is ShiftState.STOPPED else claims


def has_no_limit(begins_at: datetime, now: datetime, change: ClinicChange | None) -> bool:
    """May the number be given back whatever the rules say? Where the clinic is stopped it always may, and where another doctor stands in
    until it begins.
    """
    if change is None:
        return False
    return change.state is ShiftState.STOPPED or (change.state is ShiftState.REPLACED and now < begins_at)
