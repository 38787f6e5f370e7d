"""Invented admissions, and a HIS that looks after them as it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from server.core.errors import OutsideRefusal, RefusedInWords
from server.inpatient.model import (
    Admission,
    AdmissionState,
    DayItem,
    DayKind,
    DayList,
    DepositQuote,
    Presettlement,
    Stay,
)
from server.inpatient.ports import DepositPaid, SettlementPaid
from server.payments.model import Booking
from server.refunds.model import Deposit, LotOrder
from tests.support.builders import CARD, a_booking
from tests.support.clock_and_ids import MORNING
from tests.support.played import Played

STAY = Stay(admission_no="ZY20261120", count=1)


def an_admission(**fields: Any) -> Admission:
    facts: dict[str, Any] = {
        "stay": STAY,
        "card_no": CARD,
        "patient_name": "张测试",
        "department": "测试内科",
        "ward": "三病区",
        "bed": "12",
        "doctor": "李虚构",
        "admitted_at": MORNING - timedelta(days=3),
        "discharged_at": None,
        "state": AdmissionState.ADMITTED,
        "deposits_fen": 100_000,
        "spent_fen": 250_000,
        "own_fen": 80_000,
        "left_fen": 20_000,
        "owed_fen": 0,
    }
    return Admission(**{**facts, **fields})


def a_day_list(day: date) -> DayList:
    item = DayItem(name="床位费", spec="三人间", unit="天", quantity="1", unit_price_fen=6000, amount_fen=6000)
    return DayList(day=day, amount_fen=6000, kinds=(DayKind(category="床位", amount_fen=6000, items=(item,)),))


def a_deposit(**fields: Any) -> Deposit:
    facts: dict[str, Any] = {
        "his_trade_no": "HIS000000000001",
        "receipt_no": "SJ0000000001",
        "way": "cash",
        "amount_fen": 100_000,
        "returned_fen": 0,
        "paid_at": MORNING - timedelta(days=3),
        "out_trade_no": "",
    }
    return Deposit(**{**facts, **fields})


def _as_deposit(paid: DepositPaid) -> Deposit:
    return a_deposit(
        his_trade_no=f"HIS-{paid.out_trade_no}",
        way=paid.channel,
        amount_fen=paid.amount_fen,
        paid_at=paid.paid_at,
        out_trade_no=paid.out_trade_no,
    )


class FaithfulInpatients(Played):
    """A HIS that takes deposits up to ``quote.needed_fen``, each number once."""

    def __init__(self, *admissions: Admission) -> None:
        super().__init__()
        self.known = {admission.stay.admission_no: admission for admission in admissions or (an_admission(),)}
        self.quote = DepositQuote(needed_fen=300_000, reason="按同病种平均自付费用核定", cap_fen=400_000)
        self.paid_in = [a_deposit()]
        self.booked: dict[str, DepositPaid | SettlementPaid] = {}
        self.own_fen = 80_000
        self.order = LotOrder.NEWEST_FIRST
        self.settlements_taken_back = 0

    async def admission(self, admission_no: str) -> Admission | None:
        await self._begin("admission", admission_no)
        return self.known.get(admission_no)

    async def admissions(self, card_no: str) -> Sequence[Admission]:
        await self._begin("admissions", card_no)
        return [admission for admission in self.known.values() if admission.card_no == card_no]

    async def day_list(self, stay: Stay, day: date) -> DayList | None:
        await self._begin("day_list", (stay, day))
        return a_day_list(day) if day >= self.known[stay.admission_no].admitted_at.date() else None

    async def deposits(self, stay: Stay) -> Sequence[Deposit]:
        await self._begin("deposits", stay)
        return self.paid_in

    async def deposit_quote(self, stay: Stay) -> DepositQuote:
        await self._begin("deposit_quote", stay)
        return self.quote

    async def deposit_confirm(self, paid: DepositPaid) -> Booking:
        await self._begin("deposit_confirm", paid)
        if paid.out_trade_no not in self.booked:
            self.booked[paid.out_trade_no] = paid
            self.paid_in.insert(0, _as_deposit(paid))
        self._end("deposit_confirm")
        return self._booking(paid.out_trade_no)

    async def presettle(self, stay: Stay) -> Presettlement:
        await self._begin("presettle", stay)
        if self.known[stay.admission_no].state is not AdmissionState.DISCHARGED:
            raise RefusedInWords("his", "REFUSED", user_message="还没有办理出院，请等病区通知")
        rest_fen = self.deposits_fen - self.own_fen
        return Presettlement(
            number=f"JS-{self.settlements_taken_back}-{self.deposits_fen}",
            total_fen=self.own_fen + 170_000,
            fund_fen=170_000,
            account_fen=0,
            own_fen=self.own_fen,
            deposits_fen=self.deposits_fen,
            to_pay_fen=max(-rest_fen, 0),
            to_return_fen=max(rest_fen, 0),
            order=self.order,
        )

    async def settle(self, paid: SettlementPaid) -> Booking:
        await self._begin("settle", paid)
        if paid.out_trade_no not in self.booked:
            asked = await self.presettle(paid.stay)
            if paid.number != asked.number or paid.amount_fen != asked.to_pay_fen:
                raise OutsideRefusal("his", "BILL_CHANGED")
            self.booked[paid.out_trade_no] = paid
            self.changes(state=AdmissionState.SETTLED, left_fen=asked.to_return_fen)
        self._end("settle")
        return self._booking(paid.out_trade_no)

    def take_settlement_back(self) -> None:
        """At the window: the stay is open again."""
        self.settlements_taken_back += 1
        self.changes(state=AdmissionState.DISCHARGED)

    @property
    def deposits_fen(self) -> int:
        return sum(one.amount_fen - one.returned_fen for one in self.paid_in)

    def booking(self, out_trade_no: str) -> Booking | None:
        """What it has under our number."""
        return self._booking(out_trade_no) if out_trade_no in self.booked else None

    def _booking(self, out_trade_no: str) -> Booking:
        return a_booking(f"ZY-{list(self.booked).index(out_trade_no) + 1}")

    def changes(self, **fields: Any) -> None:
        """The admission as it is from now on."""
        self.known = {number: replace(admission, **fields) for number, admission in self.known.items()}
