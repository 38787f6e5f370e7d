"""Registration: from the department to one number, and one's own registrations."""

from __future__ import annotations

from urllib.parse import quote

from handlers.base.addresses import point_of
from handlers.base.handler import SECURITY_HEADERS
from handlers.base.page import Page
from handlers.patient.members import members_of
from handlers.patient.paying import Paying, shown_fen, sms_choice
from handlers.patient.position import position_of
from handlers.patient.views.queue import check_in_page, queue_page
from handlers.patient.views.registration import (
    appointment_list,
    department_page,
    number_page,
    shift_page,
)
from handlers.patient.views.registration_search import doctor_page, doctor_url, search_page
from handlers.patient.views.registration_words import WAITS_UNKNOWN
from server.core.errors import OutsideError
from server.patients.visible_cards import missing_words
from server.registration.model import REGISTRATION
from server.registration.purpose import AT_WINDOW
from server.registration.rules.searching import TYPED_CHARS_MAX

PLACE_ALLOWED = ("geolocation=()", "geolocation=(self)")
"""On the one page that asks where the phone is."""
WAIT_DONE = {"wait": "waiting", "leave": "left"}


class _RegistrationPage(Page):
    back = ("/registration", "返回预约挂号")

    def way_on(self) -> str:
        return f"{self.base}/registration"


class _AppointmentPage(Page):
    """A page about one registration of the person's."""

    back = ("/appointments", "返回我的预约")

    def way_on(self) -> str:
        return f"{self.base}/appointments"


class DepartmentsHandler(_RegistrationPage):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        registration, typed = self.services.registration, self.get_query_argument("q", "")[:TYPED_CHARS_MAX].strip()
        found = await registration.schedules.search(hospital, typed)
        favourites = () if typed else await registration.favourites.mine(session)
        finds_doctors = registration.schedules.lists_doctors(hospital)
        self.show(
            "registration/departments", search_page(self.base, found, favourites, typed, finds_doctors=finds_doctors)
        )


class DepartmentHandler(_RegistrationPage):
    async def get(self, hospital: str, department_no: str) -> None:
        await self.person()
        registration = self.services.registration
        told = await registration.schedules.shifts(hospital, department_no)
        page = department_page(
            self.base,
            told,
            self.get_query_argument("day", ""),
            is_rebooking="instead" in self.request.query_arguments,
            lists_doctors=registration.schedules.lists_doctors(hospital),
            has_waiting_lists=registration.waiting.is_offered(hospital),
        )
        self.show("registration/department", page)


class DoctorHandler(_RegistrationPage):
    """One doctor's shifts of the coming days in one department."""

    async def get(self, hospital: str, department_no: str, doctor_no: str) -> None:
        session, registration = await self.person(), self.services.registration
        doctor = await registration.favourites.doctor(session, department_no, doctor_no)
        told = await registration.schedules.shifts(hospital, department_no)
        has_waiting_lists = registration.waiting.is_offered(hospital)
        self.show("registration/doctor", doctor_page(self.base, doctor, told, has_waiting_lists=has_waiting_lists))


class FavouriteHandler(_RegistrationPage):
    """Marks a doctor as the person's favourite, or no longer."""

    async def post(self, hospital: str, department_no: str, doctor_no: str) -> None:
        session, favourites = await self.person(), self.services.registration.favourites
        change = favourites.mark if self.get_body_argument("favourite", "") == "yes" else favourites.unmark
        await change(session, department_no, doctor_no)
        self.redirect(doctor_url(self.base, department_no, doctor_no), status=303)


class ShiftHandler(_RegistrationPage):
    async def get(self, hospital: str, schedule_no: str) -> None:
        session = await self.person()
        registration = self.services.registration
        told = await registration.schedules.slots(hospital, schedule_no)
        may_wait = not told.slots and registration.waiting.is_offered(hospital)
        waiting = await self.services.cards.mine(session) if may_wait else None
        self.show("registration/shift", shift_page(self.base, told, session.identity.subject, waiting))


class NumberHandler(_RegistrationPage):
    """One number, to be checked before it is taken."""

    async def get(self, hospital: str, schedule_no: str, slot_no: str) -> None:
        session = await self.person()
        registration, cards = self.services.registration, await self.services.cards.mine(session)
        told = await registration.schedules.slots(hospital, schedule_no)
        number = await registration.waiting.takeable(session, told, slot_no)
        able = [card for card in cards if number.card_key in {None, card.card_key}]
        phone = self.services.payments.phone_hint(session, ())
        at_window = registration.at_window.offered(hospital, told.shift, number.slot)
        self.show("registration/number", number_page(self.base, told, number.slot, able, phone, at_window))


class RegisterHandler(Paying):
    back = ("/registration", "返回预约挂号")

    async def post(self, hospital: str) -> None:
        chosen = [self.get_body_argument(name, "") for name in ("schedule_no", "slot_no", "card_key")]
        sms = sms_choice(self.get_body_argument("sms", ""), self.get_body_argument("phone", ""))
        shown = shown_fen(self.get_body_argument("shown_fen", ""))
        if self.get_body_argument("pay", "") == AT_WINDOW:  # nothing is paid here
            chosen, shown = [*chosen, AT_WINDOW], 0
        session = await self.person()
        begun = await self.services.payments.start(REGISTRATION, session, chosen, sms, shown_fen=shown)
        self.answer(begun)

    def way_on(self) -> str:
        return f"{self.base}/registration"


class AppointmentsHandler(_RegistrationPage):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        registration, done = self.services.registration, self.get_query_argument("done", "")
        bound = await self.services.cards.bound(session)
        own = await registration.appointments.mine(session)
        try:
            waits, failed = await registration.waiting.of_cards(hospital, bound)
            missing = missing_words(failed)
        except OutsideError:  # one's own numbers are shown whatever the HIS does
            waits, missing = (), WAITS_UNKNOWN
        members = members_of(self, session, f"{self.base}/appointments", bound)
        own = members.only(own, lambda one: one.payment.personal.card_no)
        waits = members.only(waits, lambda one: one.card.card_no)
        view = appointment_list(self.base, own, waits, missing, done)
        self.show("registration/appointments", {**view, **members.view})


class WaitHandler(_AppointmentPage):
    """Puts a patient on the list of a full shift, or takes them off it."""

    async def post(self, hospital: str, schedule_no: str, act: str) -> None:
        session, key = await self.person(), self.get_body_argument("card_key", "")
        waiting = self.services.registration.waiting
        await (waiting.join if act == "wait" else waiting.leave)(session, schedule_no, key)
        self.redirect(f"{self.base}/appointments?done={WAIT_DONE[act]}", status=303)


class CancelHandler(_AppointmentPage):
    async def post(self, hospital: str, payment_id: str) -> None:
        session = await self.person()
        await self.services.registration.cancelling.cancel(session, payment_id)
        self.redirect(f"{self.base}/appointments?done=cancelled", status=303)


class RebookHandler(_AppointmentPage):
    """The number goes back, and the patient chooses another one of the same department."""

    async def post(self, hospital: str, payment_id: str) -> None:
        session = await self.person()
        department_no = await self.services.registration.cancelling.rebook(session, payment_id)
        self.redirect(f"{self.base}/registration/departments/{quote(department_no, safe='')}?instead", status=303)


class QueueHandler(_AppointmentPage):
    async def get(self, hospital: str, payment_id: str) -> None:
        session = await self.person()
        told = await self.services.registration.queues.of(session, payment_id)
        if told.by_place:
            self.set_header("Permissions-Policy", SECURITY_HEADERS["Permissions-Policy"].replace(*PLACE_ALLOWED))
        self.show("registration/queue", queue_page(self.base, told))


class CheckInHandler(_AppointmentPage):
    async def post(self, hospital: str, payment_id: str) -> None:
        session, queues = await self.person(), self.services.registration.queues
        if "latitude" in self.request.body_arguments:
            told = {name: self.get_body_argument(name, "") for name in ("latitude", "longitude", "accuracy")}
            await queues.check_in_by_place(session, payment_id, position_of(told))
        else:
            await queues.check_in(session, payment_id, point_of(self.get_body_argument("point", "")))
        self.redirect(f"{self.base}/appointments/{payment_id}/queue", status=303)


class CheckInPointHandler(_RegistrationPage):
    """What the code at a clinic leads to: the person's numbers of today, each with its check-in."""

    async def get(self, hospital: str, point: str) -> None:
        session = await self.person()
        own = await self.services.registration.queues.here(session)
        self.show("registration/check_in", check_in_page(self.base, own, point))
