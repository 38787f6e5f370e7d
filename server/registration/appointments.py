"""A person's registrations, as their payments tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.core.days import hospital_day
from server.core.errors import NotFound
from server.core.ports import Clock
from server.patients.model import Session
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.payments.rules.elsewhere import has_lapsed, is_due_elsewhere, is_paid_elsewhere
from server.payments.rules.giving_back import is_given_back
from server.payments.rules.progress import Progress, standing
from server.payments.service import PaymentService
from server.registration.model import (
    REGISTRATION,
    Appointment,
    ClinicChange,
    ShiftState,
    WindowPayment,
    read_appointment,
)
from server.registration.ports import Offers
from server.registration.purpose import NOT_OFFERED
from server.registration.rules.asking import cancel_refused
from server.registration.rules.clinic_changes import change_of
from server.registration.texts import PAID_AT_WINDOW

ASKED = frozenset({RefundState.REQUESTED, RefundState.APPROVED})
"""Refunds that the HIS has not written off yet."""
LISTED_MAX = 100
"""So many of a person's newest registrations are shown."""


class AppointmentState(StrEnum):
    WAITING = "waiting"  # locked, to be paid
    CONFIRMING = "confirming"  # paid, and the hospital has not confirmed it yet
    BOOKED = "booked"
    STOPPED = "stopped"  # 停诊: the number is worth nothing, and has not been given back
    PAST = "past"
    CANCELLING = "cancelling"  # the HIS has not taken it back yet
    CANCELLED = "cancelled"
    LAPSED = "lapsed"  # not paid at the window in time
    FAILED = "failed"  # not confirmed: the money goes back, or none was paid


HELD = frozenset({AppointmentState.BOOKED, AppointmentState.STOPPED})
"""The patient has the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAppointment:
    """``cancel_refused``: why it can't be given back here, in words; empty when it can. ``change``: what the HIS said of the clinic since."""

    payment: Payment
    appointment: Appointment
    state: AppointmentState
    cancel_refused: str
    change: ClinicChange | None = None
    is_today: bool = False

    @property
    def to_pay(self) -> WindowPayment | None:
        """Where and until when the fee is to be paid; None where nothing is."""
        return self.appointment.at_window if is_due_elsewhere(self.payment) else None

    @property
    def can_cancel(self) -> bool:
        return self.state in HELD and not self.cancel_refused

    @property
    def can_rebook(self) -> bool:
        """Does the hospital owe the patient another number?"""
        changed = self.change is not None and self.change.state is not ShiftState.OPEN
        return changed and self.can_cancel


def state_of(payment: Payment, appointment: Appointment, now: datetime) -> AppointmentState:
    """A payment that lost its claims after it was booked has been given back."""
    progress = standing(payment).progress
    if progress in {Progress.WAITING, Progress.CLOSING}:
        return AppointmentState.WAITING
    if progress is Progress.CONFIRMING:
        return AppointmentState.CONFIRMING
    if progress is not Progress.PAID:
        return AppointmentState.FAILED
    if is_given_back(payment) or any(refund.state in ASKED for refund in payment.refunds):
        return AppointmentState.CANCELLING
    if has_lapsed(payment):
        return AppointmentState.LAPSED
    if not payment.claims or payment.refunding_fen:
        return AppointmentState.CANCELLED
    change = change_of(payment.booking)
    if change is not None and change.state is ShiftState.STOPPED:
        return AppointmentState.STOPPED
    return AppointmentState.PAST if appointment.ends_at <= now else AppointmentState.BOOKED


class AppointmentService:
    def __init__(self, offers: Offers, payments: PaymentService, clock: Clock) -> None:
        self._offers = offers
        self._payments = payments
        self._clock = clock

    async def mine(self, session: Session) -> Sequence[OwnAppointment]:
        """The person's registrations: those to come first, the nearest at the top; then the others, the newest at the top."""
        payments = await self._payments.mine(session, limit=LISTED_MAX, purpose=REGISTRATION)
        own = [self._own(payment) for payment in payments]
        coming = [one for one in own if one.state in {*HELD, AppointmentState.CONFIRMING}]
        coming.sort(key=lambda one: one.appointment.begins_at)
        waiting = [one for one in own if one.state is AppointmentState.WAITING]
        return (*waiting, *coming, *(one for one in own if one not in coming and one not in waiting))

    async def today(self, session: Session) -> Sequence[OwnAppointment]:
        """Returns what is booked for today, by time; those whose clinic is stopped are among them."""
        return [one for one in await self.mine(session) if one.state in HELD and one.is_today]

    async def one(self, session: Session, payment_id: str) -> OwnAppointment:
        """Raises NotFound for one that is not theirs, or no registration."""
        view = await self._payments.view(session, payment_id)
        if view.payment.purpose != REGISTRATION:
            raise NotFound("no registration", user_message="没有找到这个预约。")
        return self._own(view.payment)

    def _own(self, payment: Payment) -> OwnAppointment:
        now, appointment = self._clock.now(), read_appointment(payment.personal.subject)
        offer = self._offers.get(payment.hospital)
        change = change_of(payment.booking)
        why_not = NOT_OFFERED if offer is None else cancel_refused(offer.rules, appointment.begins_at, now, change)
        if is_paid_elsewhere(payment):
            why_not = PAID_AT_WINDOW
        return OwnAppointment(
            payment=payment,
            appointment=appointment,
            state=state_of(payment, appointment, now),
            cancel_refused=why_not,
            change=change,
            is_today=hospital_day(appointment.begins_at) == hospital_day(now),
        )
