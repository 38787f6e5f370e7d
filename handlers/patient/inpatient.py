"""住院: binding an admission, its balance, days and deposits, and paying in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.base.addresses import OPAQUE_KEY
from handlers.base.page import Page
from handlers.patient import wristband
from handlers.patient.members import members_of
from handlers.patient.paying import Paying, shown_fen, sms_choice
from handlers.patient.views.discharge import discharge_page
from handlers.patient.views.inpatient import (
    admission_list,
    admission_page,
    asking_for_admission,
    asking_for_code,
    day_page,
    deposit_list,
    top_up_page,
)
from server.core.days import hospital_day
from server.core.errors import BadInput, TooManyTries, TooSoon
from server.core.typed import amount_typed
from server.inpatient.model import DEPOSIT, DISCHARGE
from server.patients.visible_cards import missing_words

FORM = "inpatient/bind"


class _Inpatient(Page):
    back = ("/inpatient", "返回住院")

    def way_on(self) -> str:
        return f"{self.base}/inpatient"


class AdmissionsHandler(_Inpatient):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        bound = await self.services.cards.bound(session)
        mine, failed = await self.services.admissions.mine_and_failed(session, bound)
        members = members_of(self, session, f"{self.base}/inpatient", bound)
        shown = members.only(mine, lambda one: one.admission.card_no)
        missing = missing_words(failed)
        self.show("inpatient/admissions", {**admission_list(self.base, shown), **members.view, "missing": missing})


class _BindingForm(_Inpatient):
    def typed(self) -> tuple[str, str]:
        """The admission number and the patient's name."""
        return self.get_body_argument("admission_no", ""), self.get_body_argument("name", "")


class AdmissionBindingHandler(_BindingForm):
    async def get(self, hospital: str) -> None:
        await self.person()
        self.show(FORM, asking_for_admission())


class AdmissionCodeHandler(_BindingForm):
    """Sends the code."""

    async def post(self, hospital: str) -> None:
        admission_no, name = self.typed()
        session = await self.person()
        try:
            if not admission_no or not name:
                raise BadInput("empty field", user_message="请填写住院号和姓名。")
            sent = await self.services.admission_binding.send_code(session, admission_no, name)
        except (BadInput, TooManyTries, TooSoon) as refusal:
            self.show_again(FORM, asking_for_admission(admission_no, name), refusal)
            return
        self.show(FORM, asking_for_code(sent.card_key, sent.phone_masked, (admission_no, name)))


class AdmissionBindHandler(_BindingForm):
    async def post(self, hospital: str) -> None:
        key, code = self.get_body_argument("card_key"), self.get_body_argument("code", "")
        phone_masked = self.get_body_argument("phone_masked", "")[:20]
        session = await self.person()
        try:
            await self.services.cards.bind(session, key, code)
        except (BadInput, TooManyTries) as refusal:
            self.show_again(FORM, asking_for_code(key, phone_masked, self.typed()), refusal)
            return
        self.redirect(f"{self.base}/inpatient", status=303)


class AdmissionHandler(_Inpatient):
    async def get(self, hospital: str, key: str) -> None:
        session = await self.person()
        known = await self.services.admissions.one(session, key)
        self.show("inpatient/admission", admission_page(self.base, known))


class AdmissionDayHandler(_Inpatient):
    """一日清单 of one day; today without one."""

    async def get(self, hospital: str, key: str) -> None:
        asked, today = self.get_query_argument("date", ""), hospital_day(self.services.clock.now())
        try:
            day = date.fromisoformat(asked) if asked else today
        except ValueError:
            raise BadInput("no date", user_message="日期不对，请重新选择。") from None
        session = await self.person()
        known, listed = await self.services.admissions.day_list(session, key, day)
        self.show("inpatient/day", day_page(self.base, known, day, listed, today))


class DepositsHandler(_Inpatient):
    async def get(self, hospital: str, key: str) -> None:
        session = await self.person()
        known, deposits = await self.services.admissions.deposits(session, key)
        self.show("inpatient/deposits", deposit_list(self.base, known, deposits))


class TopUpHandler(Paying):
    back = ("/inpatient", "返回住院")

    async def get(self, hospital: str, key: str) -> None:
        session = await self.person()
        known, quote = await self.services.admissions.deposit_quote(session, key)
        phone = self.services.payments.phone_hint(session, {known.admission.card_no})
        self.show("inpatient/top_up", top_up_page(self.base, known, quote, phone))

    async def post(self, hospital: str, key: str) -> None:
        amount_fen = amount_typed(self.get_body_argument("amount", ""))
        sms = sms_choice(self.get_body_argument("sms", ""), self.get_body_argument("phone", ""))
        session = await self.person()
        self.answer(await self.services.payments.start(DEPOSIT, session, [key, str(amount_fen)], sms))

    def way_on(self) -> str:
        return self.request.path


class DischargeHandler(Paying):
    """The whole calculation; settling it; and what has become of the money."""

    back = ("/inpatient", "返回住院")

    async def get(self, hospital: str, key: str) -> None:
        session = await self.person()
        discharge = await self.services.discharges.view(session, key)
        phone = self.services.payments.phone_hint(session, {discharge.known.admission.card_no})
        self.show("inpatient/discharge", discharge_page(self.base, discharge, phone))

    async def post(self, hospital: str, key: str) -> None:
        number, shown = self.get_body_argument("settlement_no"), shown_fen(self.get_body_argument("shown_fen", ""))
        sms = sms_choice(self.get_body_argument("sms", ""), self.get_body_argument("phone", ""))
        session = await self.person()
        begun = await self.services.payments.start(DISCHARGE, session, [key, number], sms, shown_fen=shown)
        self.answer(begun, instead=self.request.path if begun.call is None else "")

    def way_on(self) -> str:
        return self.request.path


def doors(prefix: str) -> Sequence[tuple[str, str, type[Page]]]:
    """Each door's name for logs and metrics, its pattern below ``prefix``, and its handler."""
    own = rf"{prefix}/inpatient/(?P<key>{OPAQUE_KEY})"
    return (
        ("admissions", rf"{prefix}/inpatient", AdmissionsHandler),
        ("admission_new", rf"{prefix}/inpatient/new", AdmissionBindingHandler),
        ("admission_code", rf"{prefix}/inpatient/code", AdmissionCodeHandler),
        ("admission_bind", rf"{prefix}/inpatient/bind", AdmissionBindHandler),
        ("admission", own, AdmissionHandler),
        ("admission_day", rf"{own}/day", AdmissionDayHandler),
        ("deposits", rf"{own}/deposits", DepositsHandler),
        ("deposit", rf"{own}/deposit", TopUpHandler),
        ("discharge", rf"{own}/discharge", DischargeHandler),
        *wristband.doors(prefix),
    )
