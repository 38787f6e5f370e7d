"""Bills to pay, and one of them with its items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel

from handlers.api import bill_models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.patient.views.bills import settled_text
from server.patients.model import mask_card, mask_name
from server.payments.purposes.bills.model import Bill
from server.payments.purposes.bills.service import PatientBills
from server.payments.rules.claim_holders import ClaimHolder
from server.payments.rules.progress import Progress
from server.payments.subject import ChargeItem


def _payment_told(
    bill: Bill, payment: ClaimHolder | None, channel_titles: Mapping[str, str]
) -> bill_models.BillPaymentTold | None:
    if payment is None or not payment.has_money:
        return None
    text = settled_text(bill, payment, channel_titles)
    return bill_models.BillPaymentTold(
        out_trade_no=payment.payment_id or None,
        state="paid" if payment.progress is Progress.CONFIRMING else "booked",
        text=text.state,
        note=text.note,
    )


def item_told(item: ChargeItem) -> bill_models.BillItemTold:
    return bill_models.BillItemTold(
        name=item.name,
        category=item.category,
        spec=item.spec,
        unit=item.unit,
        quantity=str(item.quantity),
        unit_price_fen=item.unit_price_fen,
        amount_fen=item.amount_fen,
    )


def bill_told(
    bill: Bill, payment: ClaimHolder | None, channel_titles: Mapping[str, str], *, with_items: bool
) -> bill_models.BillTold:
    items = [item_told(item) for item in bill.items]
    return bill_models.BillTold(
        bill_no=bill.bill_no,
        name_masked=mask_name(bill.patient_name),
        card_masked=mask_card(bill.card_no),
        department=bill.department,
        doctor=bill.doctor,
        issued_at=bill.issued_at,
        status=bill.status.value,
        total_fen=bill.total_fen,
        fund_fen=bill.fund_fen,
        account_fen=bill.account_fen,
        own_fen=bill.own_fen,
        settle_group=bill.settle_group or None,
        payment=_payment_told(bill, payment, channel_titles),
        items=items if with_items else None,
    )


class BillsHandler(ApiHandler):
    @operation(Operation(summary="Bills to pay, by patient", answer=bill_models.BillPage))
    async def get(self, asked: None) -> BaseModel:
        entries = await self.services.bills.unpaid(self.session)
        return bill_models.BillPage(items=[self._told(entry) for entry in entries], next=None)

    def _told(self, entry: PatientBills) -> bill_models.PatientBillsTold:
        def told(bill: Bill) -> bill_models.BillTold:
            return bill_told(bill, entry.payments.get(bill.bill_no), self.hospital.channel_titles, with_items=False)

        return bill_models.PatientBillsTold(
            card_key=entry.card_key,
            name_masked=entry.name_masked,
            card_masked=entry.card_masked,
            from_scan=entry.scanned and not entry.bound,
            bills=[told(bill) for bill in entry.bills],
            settled=[told(bill) for bill in entry.settled],
            problem=entry.problem or None,
        )


class BillHandler(ApiHandler):
    @operation(Operation(summary="One bill with its items", answer=bill_models.BillTold))
    async def get(self, asked: None) -> bill_models.BillTold:
        [bill], own_fen = await self.services.bills.payable(self.session, [self.path_kwargs["bill_no"] or ""])
        payments = await self.services.bills.payments_of(self.session, [bill.bill_no])
        own = replace(bill, own_fen=own_fen)
        return bill_told(own, payments.get(bill.bill_no), self.hospital.channel_titles, with_items=True)
