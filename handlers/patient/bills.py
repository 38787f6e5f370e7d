"""The bills of a patient: the list, one bill, and several that are paid together."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.base.page import Page
from handlers.patient.members import members_of
from handlers.patient.views.bills import bill_list, checkout
from handlers.patient.views.members import who
from server.core.errors import NotFound


class BillsHandler(Page):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        bound = await self.services.cards.bound(session)
        entries = await self.services.bills.unpaid(session, bound)
        scanned = [(entry.card_key, who(entry.name_masked, entry.card_masked)) for entry in entries if entry.scanned]
        members = members_of(self, session, f"{self.base}/bills", bound, scanned)
        shown = [entry for entry in entries if members.shows(entry.card_key)]
        self.show("bills/bills", {**bill_list(self.base, shown, self.hospital.channel_titles), **members.view})


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
        await self.show_bills(bill_nos)

    def way_on(self) -> str:
        return f"{self.base}/bills"
