"""Played hospital information systems, named by how they behave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from server.core.errors import RefusedInWords
from server.patients.model import Patient
from server.payments.his_ports import HisCapabilities, RefundAsked, RefundTold
from server.payments.model import Booking
from server.payments.purposes.bills.model import Bill
from server.payments.purposes.bills.ports import ConfirmRequest
from server.reconciliation.his_rows import HisRow
from tests.support.builders import a_bill, a_booking, a_patient
from tests.support.inpatients import FaithfulInpatients
from tests.support.old_balances import FaithfulOldBalances
from tests.support.played import Played


class FaithfulHis(Played):
    """A HIS that books each number once, and each bill once."""

    def __init__(
        self,
        *bills: Bill,
        inpatient: FaithfulInpatients | None = None,
        old_balances: FaithfulOldBalances | None = None,
    ) -> None:
        super().__init__()
        self.capabilities = HisCapabilities(longest_call=timedelta(seconds=60))
        self.bills = {bill.bill_no: bill for bill in bills or (a_bill(),)}
        self.patients: dict[str, Patient] = {card: a_patient() for card in a_patient().card_nos}
        self.booked: dict[str, Booking] = {}
        self.presettled_fen = 0
        self.released: dict[str, RefundAsked] = {}
        self.notified: dict[str, RefundTold] = {}
        self.day_rows: dict[date, tuple[HisRow, ...]] | None = None
        """Its list of each day; None: it has no such list."""
        self.forbids = ""
        """The HIS's reason against any refund; empty when it has none."""
        self.inpatient = inpatient
        self.old_balances = old_balances

    async def patient(self, card_no: str) -> Patient | None:
        await self._begin("patient", card_no)
        return self.patients.get(card_no)

    async def unpaid_bills(self, card_no: str) -> Sequence[Bill]:
        await self._begin("unpaid_bills", card_no)
        return [bill for bill in self.bills.values() if bill.card_no == card_no and bill.status == "unpaid"]

    async def bill(self, card_no: str, bill_no: str) -> Bill | None:
        await self._begin("bill", (card_no, bill_no))
        bill = self.bills.get(bill_no)
        return bill if bill is not None and bill.card_no == card_no else None

    async def presettle(self, card_no: str, bill_nos: Sequence[str]) -> int:
        await self._begin("presettle", tuple(bill_nos))
        return self.presettled_fen

    async def confirm(self, request: ConfirmRequest) -> Booking:
        await self._begin("confirm", request)
        booking = self.booked.setdefault(request.out_trade_no, a_booking(f"HIS-{len(self.booked) + 1}"))
        self._end("confirm")
        return booking

    async def check(self, out_trade_no: str) -> Booking | None:
        await self._begin("check", out_trade_no)
        of_stays = None if self.inpatient is None else self.inpatient.booking(out_trade_no)
        return self.booked.get(out_trade_no) or of_stays

    async def refund_check(self, asked: RefundAsked) -> str:
        await self._begin("refund_check", asked)
        return self.forbids

    async def refund_release(self, asked: RefundAsked) -> str:
        await self._begin("refund_release", asked)
        if self.forbids and asked.out_refund_no not in self.released:
            raise RefusedInWords("his", "REFUSED", user_message=self.forbids)
        if self.old_balances is not None and asked.out_refund_no not in self.released:
            self.old_balances.written_off(asked)
        self.released.setdefault(asked.out_refund_no, asked)
        self._end("refund_release")
        return f"HISR-{list(self.released).index(asked.out_refund_no) + 1}"

    async def refund_notify(self, told: RefundTold) -> None:
        await self._begin("refund_notify", told)
        self.notified[told.out_refund_no] = told

    async def statement_day(self, day: date) -> tuple[HisRow, ...] | None:
        await self._begin("statement_day", day)
        return None if self.day_rows is None else self.day_rows.get(day, ())
