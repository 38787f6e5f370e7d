"""A number that is held for somebody who waited, one that is to be paid, and those of today with their queue, on the first page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from server.core.errors import OutsideError
from server.needs.model import Asked, Need, Place, Told, Urgency
from server.registration.appointments import AppointmentService, AppointmentState, OwnAppointment
from server.registration.model import REGISTRATION, QueuePlace, QueueState
from server.registration.ports import Offers
from server.registration.queueing import QUEUED
from server.registration.texts import (
    APPOINTMENTS_TITLE,
    OFFERED_TITLE,
    REGISTRATION_TEXTS,
    STOPPED_TODAY,
    UNPAID_NUMBER,
    number_text,
    offered_text,
    queue_text,
    today_text,
)
from server.registration.waiting import OwnWait, WaitingService

QUEUE_S = 1.0
"""How long the first page waits for the queue of a number: the number itself is shown without it."""


class RegistrationNeeds:
    name = REGISTRATION

    def __init__(self, offers: Offers, appointments: AppointmentService, waiting: WaitingService) -> None:
        self._offers = offers
        self._appointments = appointments
        self._waiting = waiting

    def places(self, hospital: str) -> Sequence[Place]:
        if hospital not in self._offers:
            return ()
        return (Place(REGISTRATION_TEXTS.title, REGISTRATION), Place(APPOINTMENTS_TITLE, "appointments"))

    async def needs(self, asked: Asked) -> Told:
        if asked.session.hospital not in self._offers:
            return Told()
        mine = [
            one
            for one in await self._appointments.mine(asked.session)
            if one.payment.personal.card_no in asked.card_nos
        ]
        unpaid = [_unpaid(one) for one in mine if one.state is AppointmentState.WAITING]
        today = [one for one in mine if one.is_today and one.state in {*QUEUED, AppointmentState.STOPPED}]
        offered, found = await asyncio.gather(
            self._offered(asked), asyncio.gather(*(self._today(one) for one in today))
        )
        return Told((*offered, *unpaid, *(need for need in found if need is not None)))

    async def _offered(self, asked: Asked) -> Sequence[Need]:
        """The numbers that are held for somebody who waited; none where the HIS does not say it in time."""
        with suppress(OutsideError, TimeoutError):
            async with asyncio.timeout(QUEUE_S):
                waits, _ = await self._waiting.of_cards(asked.session.hospital, asked.cards)
                return [need for one in waits for need in _held(one)]
        return ()

    async def _today(self, own: OwnAppointment) -> Need | None:
        """None once the patient was seen; where the HIS does not say it, once the time is over."""
        if own.state is AppointmentState.STOPPED:
            return _need(own, STOPPED_TODAY, f"{today_text(own.appointment)} {_what(own)}", "appointments")
        place = await self._queue(own)
        is_over = own.state is AppointmentState.PAST if place is None else place.state is QueueState.USED
        if is_over:
            return None
        ahead = queue_text(place) if place is not None else ""
        page = f"appointments/{own.payment.id}/queue" if place is not None else "appointments"
        return _need(own, today_text(own.appointment), f"{_what(own)} {ahead}".rstrip(), page)

    async def _queue(self, own: OwnAppointment) -> QueuePlace | None:
        with suppress(OutsideError, TimeoutError):
            async with asyncio.timeout(QUEUE_S):
                return await self._offers[own.payment.hospital].system.queue(own.payment.id)
        return None


def _held(own: OwnWait) -> Sequence[Need]:
    number, shift = own.wait.offered, own.wait.shift
    if number is None:
        return ()
    need = Need(
        about=(f"slot:{number.slot.slot_no}",),
        card_no=own.card.card_no,
        title=OFFERED_TITLE,
        text=offered_text(shift, number.until),
        page="appointments",
        urgency=Urgency.NOW,
        at=number.until,
    )
    return (need,)


def _unpaid(own: OwnAppointment) -> Need:
    return _need(own, UNPAID_NUMBER, _what(own), f"payments/{own.payment.id}")


def _what(own: OwnAppointment) -> str:
    [charge] = own.payment.personal.subject.charges
    return number_text(own.appointment, charge.department)


def _need(own: OwnAppointment, title: str, text: str, page: str) -> Need:
    return Need(
        about=(f"payment:{own.payment.id}",),
        card_no=own.payment.personal.card_no,
        title=title,
        text=text,
        page=page,
        urgency=Urgency.NOW,
        at=own.appointment.begins_at,
    )
