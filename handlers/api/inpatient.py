"""住院: binding an admission, its balance, days and deposits, and paying in."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from handlers.api import inpatient_models as models
from handlers.api.bill_models import StartedTold
from handlers.api.door import ApiHandler
from handlers.api.models import CardCodeTold
from handlers.api.operation import Operation, operation
from handlers.api.payments import started_told
from handlers.patient.views import inpatient as words
from server.core.days import hospital_day
from server.core.errors import BadInput
from server.core.typed import amount_typed
from server.inpatient.admissions import KnownAdmission
from server.inpatient.model import DEPOSIT, DayItem
from server.inpatient.texts import ADMISSION_STATES
from server.patients.model import mask_card, mask_name
from server.patients.phone_codes import CODE_LIFE
from server.patients.visible_cards import missing_words
from server.payments.sms_choice import sms_to


def admission_told(door: ApiHandler, known: KnownAdmission) -> models.AdmissionTold:
    of = known.admission
    rest_label, rest_fen = words.rest_of(of)
    return models.AdmissionTold.model_validate(
        {
            "admission_key": known.key,
            "card_key": door.card_key(of.card_no),
            "name_masked": mask_name(of.patient_name),
            "card_masked": mask_card(of.card_no),
            "state": of.state.value,
            "text": ADMISSION_STATES[of.state],
            "look": words.look_of(of),
            "place": words.place_of(of),
            "doctor": of.doctor,
            "admitted_at": of.admitted_at,
            "discharged_at": of.discharged_at,
            "rest_label": rest_label,
            "rest_fen": rest_fen,
            "deposits_fen": of.deposits_fen,
            "spent_fen": of.spent_fen,
            "own_fen": of.own_fen,
            "low": of.low_reason,
        }
    )


def _item(item: DayItem) -> models.DayItemTold:
    return models.DayItemTold(
        name=item.name,
        spec=item.spec,
        unit=item.unit,
        quantity=str(item.quantity),
        unit_price_fen=item.unit_price_fen,
        amount_fen=item.amount_fen,
    )


class AdmissionsHandler(ApiHandler):
    @operation(Operation(summary="My admissions, those not settled first", answer=models.AdmissionPage))
    async def get(self, asked: None) -> BaseModel:
        """The admissions of the bound cards at once, so always one page."""
        mine, failed = await self.services.admissions.mine_and_failed(self.session)
        items = [admission_told(self, known) for known in mine]
        return models.AdmissionPage(items=items, next=None, note=missing_words(failed))


class AdmissionCodesHandler(ApiHandler):
    @operation(
        Operation(
            summary="Send a code to the phone that the hospital has for the inpatient; POST /cards binds by it",
            body=models.AdmissionCodeAsked,
            answer=CardCodeTold,
            status=201,
            refuses=(403,),
        )
    )
    async def post(self, asked: models.AdmissionCodeAsked) -> CardCodeTold:
        sent = await self.services.admission_binding.send_code(self.session, asked.admission_no, asked.name)
        return CardCodeTold(
            card_key=sent.card_key, phone_masked=sent.phone_masked, valid_seconds=int(CODE_LIFE.total_seconds())
        )


class OfAdmissionHandler(ApiHandler):
    @property
    def key(self) -> str:
        return self.path_kwargs["admission_key"] or ""


class AdmissionHandler(OfAdmissionHandler):
    @operation(Operation(summary="One admission of mine", answer=models.AdmissionTold))
    async def get(self, asked: None) -> models.AdmissionTold:
        return admission_told(self, await self.services.admissions.one(self.session, self.key))


class DayHandler(OfAdmissionHandler):
    @operation(
        Operation(summary="What one day of the stay cost, by kind; today without a day", answer=models.DayListTold)
    )
    async def get(self, asked: None) -> models.DayListTold:
        today = hospital_day(self.services.clock.now())
        day = self._day(today)
        known, listed = await self.services.admissions.day_list(self.session, self.key, day)
        before, after = words.days_beside(known.admission, day, today)
        kinds = listed.kinds if listed is not None else ()
        return models.DayListTold(
            name_masked=mask_name(known.admission.patient_name),
            card_masked=mask_card(known.admission.card_no),
            date=day,
            day=words.day_words(day),
            is_today=day == today,
            amount_fen=listed.amount_fen if listed is not None else None,
            kinds=[
                models.DayKindTold(
                    category=kind.category, amount_fen=kind.amount_fen, items=[_item(item) for item in kind.items]
                )
                for kind in kinds
            ],
            before=before,
            after=after,
        )

    def _day(self, today: date) -> date:
        asked = self.path_kwargs.get("day")
        try:
            return date.fromisoformat(asked) if asked else today
        except ValueError:
            raise BadInput("no date", user_message="日期不对，请重新选择。") from None


class DepositsHandler(OfAdmissionHandler):
    @operation(Operation(summary="What was paid in, and what of it went back", answer=models.DepositsTold))
    async def get(self, asked: None) -> models.DepositsTold:
        known, deposits = await self.services.admissions.deposits(self.session, self.key)
        items = [
            models.DepositTold(
                way=words.way_text(one.way),
                amount_fen=one.amount_fen,
                returned_fen=one.returned_fen,
                paid_at=one.paid_at,
                receipt_no=one.receipt_no,
            )
            for one in deposits
        ]
        return models.DepositsTold(admission=admission_told(self, known), items=items, next=None)


class TopUpHandler(OfAdmissionHandler):
    @operation(Operation(summary="How much may be paid in now, and why", answer=models.TopUpTold))
    async def get(self, asked: None) -> models.TopUpTold:
        known, quote = await self.services.admissions.deposit_quote(self.session, self.key)
        return models.TopUpTold(
            admission=admission_told(self, known),
            can_pay=words.can_pay_in(known.admission, quote),
            needed_fen=quote.needed_fen,
            cap_fen=quote.cap_fen,
            reason=quote.reason,
            refused=words.no_pay_in(known.admission),
        )

    @operation(
        Operation(
            summary="Begin to pay in; call goes to wx.requestPayment",
            body=models.TopUpAsked,
            answer=StartedTold,
            status=201,
            creates=True,
            refuses=(403, 409),
        )
    )
    async def post(self, asked: models.TopUpAsked) -> StartedTold:
        chosen = [self.key, str(amount_typed(asked.amount))]
        return started_told(
            self, await self.services.payments.start(DEPOSIT, self.session, chosen, sms_to(asked.phone or ""))
        )
