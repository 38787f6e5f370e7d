"""The bills of a patient: the list, one bill, and several that are paid together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from handlers.base.page import Page
from handlers.patient.views.bills import bill_list, checkout
from handlers.patient.views.inpatient import low_notices
from handlers.patient.views.registration import today_notices
from handlers.patient.views.reports import new_notices
from server.core.errors import BadInput, NotFound
from server.patients.model import Session
from server.payments.purposes.bills.model import BILLS_PER_PAYMENT_MAX
from server.registration.appointments import OwnAppointment


class RootHandler(Page):
    """The bare address: where there is just one hospital, its bills."""

    def prepare(self) -> None:
        hospitals = list(self.services.hospitals)
        if len(hospitals) != 1:
            raise NotFound("several hospitals", user_message="请扫描缴费单上的二维码，或从医院的菜单进入。")
        self.redirect(f"/h/{hospitals[0]}/bills")


class HomeHandler(Page):
    def get(self, hospital: str) -> None:
        self.redirect(f"{self.base}/bills")


class BillsHandler(Page):
    async def get(self, hospital: str) -> None:
        session = await self.services.cards.with_cards(await self.person())
        admissions = self.services.admissions
        reports = self.services.reports.own
        entries, low, new = await asyncio.gather(
            self.services.bills.unpaid(session), admissions.low(session), reports.new(session)
        )
        offered = {
            "notices": low_notices(self.base, low),
            "appointments": today_notices(self.base, await self._today(session)),
            "reports": new_notices(self.base, new),
            "reports_url": f"{self.base}/reports" if reports.is_offered(self.hospital.id) else "",
            "inpatient_url": f"{self.base}/inpatient" if admissions.offered(self.hospital.id) else "",
        }
        self.show("bills/bills", {**bill_list(self.base, entries, self.hospital.channel_titles), **offered})

    async def _today(self, session: Session) -> Sequence[OwnAppointment]:
        """Nobody is asked where the hospital takes no registrations."""
        registration = self.services.registration
        offered = registration.schedules.is_offered(self.hospital.id)
        return await registration.appointments.today(session) if offered else ()


class _Checkout(Page):
    async def show_bills(self, bill_nos: Sequence[str]) -> None:
        session = await self.person()
        bills, own_fen = await self.services.bills.payable(session, bill_nos)
        payments = await self.services.bills.payments_of(session, bill_nos)
        phone = self.services.payments.phone_hint(session, {bill.card_no for bill in bills})
        self.show("bills/bill", checkout(self.base, bills, own_fen, phone, payments, self.hospital.channel_titles))


class BillHandler(_Checkout):
    async def get(self, hospital: str, bill_no: str) -> None:
        await self.show_bills([bill_no])


class CheckoutHandler(_Checkout):
    """Bills that the HIS settles together, on one page and in one payment."""

    async def get(self, hospital: str) -> None:
        bill_nos = list(dict.fromkeys(self.get_query_arguments("bill_no")))
        if not bill_nos:
            raise NotFound("no bill chosen", user_message="没有选择缴费单，请返回列表。")
        if len(bill_nos) > BILLS_PER_PAYMENT_MAX:
            raise BadInput(
                "too many bills", user_message=f"一次最多支付 {BILLS_PER_PAYMENT_MAX} 张缴费单，请分开支付。"
            )
        await self.show_bills(bill_nos)

    def way_on(self) -> str:
        return f"{self.base}/bills"
