"""Paying, and what became of it."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from pydantic import BaseModel

from handlers.api import bill_models
from handlers.api.bills import item_told
from handlers.api.door import ApiHandler
from handlers.api.need_models import PlaceTold
from handlers.api.operation import Operation, operation
from handlers.base.moments import place_text, read_place
from handlers.patient.views.payments import can_begin_again, progress_text, receipt_url
from handlers.patient.views.purposes import HOMES, what_for
from handlers.patient.views.refunds import refund_line, refunds_shown
from handlers.patient.views.timeline import timeline
from server.core.errors import BadInput
from server.patients.model import mask_card, mask_name
from server.payments.answers import PaymentView, Started, as_payers_see
from server.payments.hospital import Hospital
from server.payments.model import PageCursor, Payment
from server.payments.ports import ClientCall
from server.payments.purposes.bills.model import BILLS
from server.payments.refund_channel import channel_of_refund, channel_titles
from server.payments.refund_model import Refund
from server.payments.rules.progress import Progress, standing
from server.payments.sms_choice import sms_to
from server.payments.subject import Charge

STATES: dict[Progress, str] = {
    Progress.WAITING: "paying",
    Progress.CLOSING: "confirming",
    Progress.CONFIRMING: "paid",
    Progress.PAID: "booked",
    Progress.NOT_PAID: "closed",
    Progress.RETURNING: "returning",
    Progress.RETURNED: "returned",
}


def payment_told(
    hospital: Hospital, view: PaymentView, now: datetime, *, is_listed: bool = False
) -> bill_models.PaymentTold:
    payment, text = view.payment, progress_text(view, now, just_paid=False)
    booking, home = payment.booking, HOMES[payment.purpose]
    is_over = can_begin_again(payment, view.standing.progress)
    return bill_models.PaymentTold.model_validate(
        {
            "out_trade_no": payment.id,
            "name_masked": mask_name(payment.personal.patient_name),
            "card_masked": mask_card(payment.personal.card_no) if payment.personal.card_no else "",
            "state": STATES[view.standing.progress],
            "final": view.standing.final,
            "amount_fen": payment.paid_fen or payment.amount_fen,
            "what_for": what_for(payment),
            "charges": None if is_listed else [_charge(view, charge) for charge in payment.personal.subject.charges],
            "departments": list(payment.personal.subject.departments),
            "bill_nos": list(payment.personal.subject.numbers) if payment.purpose == BILLS else [],
            "can_begin_again": payment.purpose == BILLS and is_over,
            "back": PlaceTold(title=home.back, page=home.path.lstrip("/")),
            "again": PlaceTold(title=home.texts.again, page=home.begin_path.lstrip("/")) if is_over else None,
            "created_at": payment.created_at,
            "paid_at": payment.paid_at,
            "guide_text": booking.guide_text if booking is not None else "",
            "receipt_no": booking.receipt_no if booking is not None else "",
            "receipt_url": receipt_url(payment),
            "headline": text.title,
            "detail": text.text,
            "timeline": [{"at": at, "text": what} for at, what in timeline(payment)],
            "refunds": [_refund(hospital, payment, refund) for refund in refunds_shown(payment)],
        }
    )


def _refund(hospital: Hospital, payment: Payment, refund: Refund) -> bill_models.RefundTold:
    line = refund_line(refund, channel_of_refund(hospital, payment, refund.id).arrival)
    return bill_models.RefundTold.model_validate(
        {
            "out_refund_no": refund.id,
            "amount_fen": refund.amount_fen,
            "state": refund.state.value,
            "reason_text": line["reason"],
            "requested_at": refund.at,
            "finished_at": refund.finished_at,
            "text": line["title"],
            "detail": line["about"],
            "look": line["look"],
        }
    )


def _charge(view: PaymentView, charge: Charge) -> bill_models.ChargeTold:
    return bill_models.ChargeTold(
        department=charge.department,
        doctor=charge.doctor,
        own_fen=charge.own_fen,
        own_name=HOMES[view.payment.purpose].texts.charge_amount,
        number=charge.number,
        number_name=HOMES[view.payment.purpose].texts.charge_number,
        items=[item_told(item) for item in charge.items],
    )


def _call(call: ClientCall | None) -> bill_models.CallTold | None:
    return None if call is None else bill_models.CallTold.model_validate(dict(call.params))


def _cursor(place: PageCursor) -> str:
    return base64.urlsafe_b64encode(place_text(place).encode()).decode().rstrip("=")


def _before(cursor: str) -> PageCursor | None:
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        raise BadInput("cursor is none of ours") from None
    return read_place("cursor", text)


def started_told(door: ApiHandler, begun: Started) -> bill_models.StartedTold:
    """A payment that has just begun, of any purpose."""
    view = door.services.payments.shown(begun.payment)
    return bill_models.StartedTold(
        payment=payment_told(door.hospital, view, door.services.clock.now()), call=_call(begun.call)
    )


class PaymentsHandler(ApiHandler):
    @operation(Operation(summary="My payments, newest first", answer=bill_models.PaymentPage, paged=True))
    async def get(self, asked: None) -> BaseModel:
        limit = self.limit
        found = await self.services.payments.mine(self.session, _before(self.cursor), limit + 1)
        now = self.services.clock.now()
        hospital = self.hospital
        views = [PaymentView(as_payers_see(p), standing(p), channel_titles(hospital, p)) for p in found[:limit]]
        items = [payment_told(self.hospital, view, now, is_listed=True) for view in views]
        more = _cursor(found[limit - 1].page_cursor) if len(found) > limit else None
        return bill_models.PaymentPage(items=items, next=more)

    @operation(
        Operation(
            summary="Begin a payment; call goes to wx.requestPayment",
            body=bill_models.PaymentAsked,
            answer=bill_models.StartedTold,
            status=201,
            creates=True,
            refuses=(409,),
        )
    )
    async def post(self, asked: bill_models.PaymentAsked) -> bill_models.StartedTold:
        begun = await self.services.payments.start(
            BILLS, self.session, asked.bill_nos, sms_to(asked.phone or ""), shown_fen=asked.amount_fen
        )
        return started_told(self, begun)


class PaymentHandler(ApiHandler):
    @operation(Operation(summary="One payment: state, history, refunds", answer=bill_models.PaymentTold))
    async def get(self, asked: None) -> bill_models.PaymentTold:
        view = await self.services.payments.view(self.session, self.path_kwargs["out_trade_no"] or "")
        return payment_told(self.hospital, view, self.services.clock.now())


class CallHandler(ApiHandler):
    @operation(Operation(summary="Open the cashier again", answer=bill_models.CallAnswer))
    async def post(self, asked: None) -> bill_models.CallAnswer:
        begun = await self.services.payments.resume(self.session, self.path_kwargs["out_trade_no"] or "")
        return bill_models.CallAnswer(call=_call(begun.call))
