"""Taking a number, and one's own registrations."""

from __future__ import annotations

from pydantic import BaseModel

from handlers.api import registration_models as models
from handlers.api.bill_models import StartedTold
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.api.payments import started_told
from handlers.base.addresses import point_of
from handlers.patient.views import registration_words as words
from handlers.patient.views.queue import LOOKS, ahead_text, now_text
from server.core.days import hospital_time
from server.patients.model import mask_card, mask_name
from server.payments.sms_choice import sms_to
from server.registration.appointments import OwnAppointment
from server.registration.model import REGISTRATION
from server.registration.purpose import AT_WINDOW
from server.registration.queueing import OwnQueue
from server.registration.texts import QUEUE_STATES, at_window_text


def _appointment(door: ApiHandler, own: OwnAppointment) -> models.AppointmentTold:
    payment, of = own.payment, own.appointment
    [charge] = payment.personal.subject.charges
    text, look = words.STATES[own.state]
    told = {
        "out_trade_no": payment.id,
        "card_key": door.card_key(payment.personal.card_no),
        "name_masked": mask_name(payment.personal.patient_name),
        "card_masked": mask_card(payment.personal.card_no) if payment.personal.card_no else "",
        "department": charge.department,
        "doctor": charge.doctor,
        "begins_at": of.begins_at,
        "day": words.day_and_weekday(hospital_time(of.begins_at).date()),
        "time": words.span(of),
        "place": of.place,
        "number": of.number,
        "fee_fen": charge.own_fen,
        "to_pay": "" if own.to_pay is None else at_window_text(own.to_pay),
        "state": own.state.value,
        "text": text,
        "look": look,
        "can_cancel": own.can_cancel,
        "no_cancel": words.no_cancel(own),
        "can_rebook": own.can_rebook,
        "change": words.change_text(own),
        "has_queue": words.has_queue(own),
    }
    return models.AppointmentTold.model_validate(told)


def _queue(door: ApiHandler, told: OwnQueue) -> models.QueueTold:
    place = told.place
    return models.QueueTold.model_validate(
        {
            "appointment": _appointment(door, told.own),
            "text": QUEUE_STATES[place.state],
            "look": LOOKS[place.state],
            "now": now_text(place.now_number),
            "ahead": ahead_text(place),
            "place": place.place,
            "can_check_in": place.can_check_in,
            "by_place": told.by_place,
        }
    )


class _OfOneHandler(ApiHandler):
    @property
    def payment_id(self) -> str:
        return self.path_kwargs["out_trade_no"] or ""


class AppointmentsHandler(ApiHandler):
    @operation(Operation(summary="My registrations, those to come first", answer=models.AppointmentPage))
    async def get(self, asked: None) -> BaseModel:
        """The newest hundred at once, so always one page."""
        own = await self.services.registration.appointments.mine(self.session)
        return models.AppointmentPage(items=[_appointment(self, one) for one in own], next=None)

    @operation(
        Operation(
            summary="Take a number and begin its payment; call goes to wx.requestPayment, null where nothing is to be paid",
            body=models.NumberAsked,
            answer=StartedTold,
            status=201,
            creates=True,
            refuses=(403, 409),
        )
    )
    async def post(self, asked: models.NumberAsked) -> StartedTold:
        chosen = [asked.schedule_no, asked.slot_no, asked.card_key]
        shown_fen = asked.amount_fen
        if asked.at_window:
            chosen, shown_fen = [*chosen, AT_WINDOW], 0
        begun = await self.services.payments.start(
            REGISTRATION, self.session, chosen, sms_to(asked.phone or ""), shown_fen=shown_fen
        )
        return started_told(self, begun)


class AppointmentHandler(_OfOneHandler):
    @operation(Operation(summary="One registration of mine", answer=models.AppointmentTold))
    async def get(self, asked: None) -> models.AppointmentTold:
        return _appointment(self, await self.services.registration.appointments.one(self.session, self.payment_id))


class CancellationHandler(_OfOneHandler):
    @operation(
        Operation(
            summary="Give a number back; what was paid goes back by itself", answer=models.CancelledTold, refuses=(403,)
        )
    )
    async def post(self, asked: None) -> models.CancelledTold:
        """Repeatable: what is cancelled already stays so."""
        await self.services.registration.cancelling.cancel(self.session, self.payment_id)
        own = await self.services.registration.appointments.one(self.session, self.payment_id)
        return models.CancelledTold(appointment=_appointment(self, own), text=words.CANCELLED)


class RebookingHandler(_OfOneHandler):
    @operation(
        Operation(
            summary="Give back a number whose clinic the hospital changed, to choose another one",
            answer=models.RebookedTold,
            refuses=(403,),
        )
    )
    async def post(self, asked: None) -> models.RebookedTold:
        department_no = await self.services.registration.cancelling.rebook(self.session, self.payment_id)
        return models.RebookedTold(department_no=department_no, text=words.REBOOKING)


class QueueHandler(_OfOneHandler):
    @operation(Operation(summary="Where I stand in the queue", answer=models.QueueTold))
    async def get(self, asked: None) -> models.QueueTold:
        return _queue(self, await self.services.registration.queues.of(self.session, self.payment_id))


class CheckInHandler(_OfOneHandler):
    @operation(
        Operation(
            summary="I am here: the code at the clinic was scanned, or the phone is at the hospital",
            body=models.CheckInAsked,
            answer=models.QueueTold,
            refuses=(403,),
        )
    )
    async def post(self, asked: models.CheckInAsked) -> models.QueueTold:
        queues = self.services.registration.queues
        if asked.position is not None:
            own = await queues.check_in_by_place(self.session, self.payment_id, asked.position.position())
        else:
            own = await queues.check_in(self.session, self.payment_id, point_of(asked.content or ""))
        return _queue(self, await queues.place_of(own))
