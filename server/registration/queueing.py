"""签到与候诊: a patient says that they are here, and sees how many are before them. The HIS knows; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.core.errors import NotAllowed, NotFound
from server.patients.model import Session
from server.registration.appointments import AppointmentService, AppointmentState, OwnAppointment
from server.registration.model import QueuePlace
from server.registration.ports import Offers
from server.registration.purpose import offer_of
from server.registration.rules.being_here import Position, site_of
from server.registration.texts import CHECK_IN_PAID, NO_PLACES

QUEUED = frozenset({AppointmentState.BOOKED, AppointmentState.PAST})
"""A number of which the HIS may know a queue: one whose time is over may have been missed, and the HIS says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQueue:
    """``by_place``: the patient may check in by where the phone is."""

    own: OwnAppointment
    place: QueuePlace
    by_place: bool = False


class QueueService:
    """Asks the HIS each time. All raise NotFound where there is no such number of theirs, or the HIS knows no queue of it, and OutsideError."""

    def __init__(self, offers: Offers, appointments: AppointmentService) -> None:
        self._offers = offers
        self._appointments = appointments

    async def of(self, session: Session, payment_id: str) -> OwnQueue:
        """Returns the person's number with its place in the queue, as the HIS says now."""
        return await self.place_of(await self._held(session, payment_id))

    async def place_of(self, own: OwnAppointment) -> OwnQueue:
        """The same for a number that is known already."""
        offer = offer_of(self._offers, own.payment.hospital)
        place = await offer.system.queue(own.payment.id)
        if place is None:
            raise NotFound("no queue", user_message="医院系统现在没有这个号的候诊信息，请到分诊台询问。")
        return OwnQueue(own=own, place=place, by_place=bool(offer.sites) and place.can_check_in)

    async def here(self, session: Session) -> Sequence[OwnAppointment]:
        """Returns the person's booked numbers of today, for somebody who has scanned the code at the clinic."""
        return [one for one in await self._appointments.today(session) if one.state is AppointmentState.BOOKED]

    async def check_in(self, session: Session, payment_id: str, point: str) -> OwnAppointment:
        """``point`` names the code that was scanned. Repeatable. Raises NotAllowed when the time is over, and OutsideRefusal with
        the words of the HIS. Returns the number.
        """
        own = await self._to_check_in(session, payment_id)
        await offer_of(self._offers, session.hospital).system.check_in(payment_id, point)
        return own

    async def check_in_by_place(self, session: Session, payment_id: str, position: Position) -> OwnAppointment:
        """As `check_in`, by where the phone is, of which nothing is kept: the HIS hears at which place of the hospital. Raises NotAllowed, too,
        where that is at none.
        """
        own, offer = await self._to_check_in(session, payment_id), offer_of(self._offers, session.hospital)
        if not offer.sites:
            raise NotAllowed("no places", user_message=NO_PLACES)
        await offer.system.check_in(payment_id, site_of(offer.sites, position).point)
        return own

    async def _to_check_in(self, session: Session, payment_id: str) -> OwnAppointment:
        own = await self._held(session, payment_id)
        if own.state is not AppointmentState.BOOKED:
            raise NotAllowed("its time is over", user_message="就诊时间已过，请到分诊台办理。")
        if own.to_pay is not None:
            raise NotAllowed("not paid at the window", user_message=CHECK_IN_PAID)
        return own

    async def _held(self, session: Session, payment_id: str) -> OwnAppointment:
        own = await self._appointments.one(session, payment_id)
        if own.state not in QUEUED:
            raise NotFound("not held", user_message="这个预约不在候诊中。")
        return own
