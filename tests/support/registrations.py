"""A played registration system: one department with one shift, whose numbers are locked, confirmed and free again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from server.core.days import hospital_day
from server.core.errors import RefusedInWords
from server.patients.model import Patient
from server.payments.model import Booking
from server.payments.subject import ChargeItem
from server.registration.doctor_model import Doctor
from server.registration.model import Department, HalfDay, QueuePlace, QueueState, Shift, ShiftSlots, Slot
from server.registration.ports import LockAsked, RegistrationOffer, RegistrationPaid, ReserveAsked
from server.registration.record_model import Record, RecordState
from server.registration.rules.at_window import WindowRule
from server.registration.rules.hospital_rules import RegistrationRules
from server.registration.waiting_model import OfferedNumber, Wait
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.hospital_systems import FaithfulHis
from tests.support.played import Played

TOMORROW = date(2026, 11, 24)
FEE_FEN = 2100
SHIFT_NO = "D01-20261124-0-am"


def a_department(**fields: Any) -> Department:
    return Department(
        **{"department_no": "D01", "name": "测试内科", "input_code": "CSNK", "place": "门诊楼 2 层", **fields}
    )


def a_doctor(**fields: Any) -> Doctor:
    """Who has the shift of `a_shift`."""
    facts = {
        "doctor_no": "1001",
        "name": "李虚构",
        "department_no": "D01",
        "department": "测试内科",
        "title": "主任医师",
    }
    return Doctor(**{**facts, "input_code": "LXG", **fields})


def a_shift(**fields: Any) -> Shift:
    fees = (("GH", "挂号费", 100), ("ZC", "诊查费", 2000))
    facts: dict[str, Any] = {
        "schedule_no": SHIFT_NO,
        "department_no": "D01",
        "department": "测试内科",
        "doctor_no": "1001",
        "doctor": "李虚构",
        "title": "主任医师",
        "day": TOMORROW,
        "half_day": HalfDay.MORNING,
        "fee_fen": FEE_FEN,
        "left": 3,
        "place": "门诊楼 2 层",
        "items": tuple(
            ChargeItem(
                item_no=number, name=name, category="挂号", spec="", unit="次", quantity="1", unit_price_fen=fee, amount_fen=fee,
                own_fen=fee,
            )
            for number, name, fee in fees
        ),
    }  # fmt: skip
    return Shift(**{**facts, **fields})


def a_slot(number: int = 1, **fields: Any) -> Slot:
    """Ten minutes from 08:00 of tomorrow on, Shanghai's time."""
    begins = MORNING.replace(day=24, hour=0, minute=0) + timedelta(minutes=10 * (number - 1))
    facts = {
        "slot_no": f"{SHIFT_NO}-{number:02d}",
        "number": number,
        "begins_at": begins,
        "ends_at": begins + timedelta(minutes=10),
    }
    return Slot(**{**facts, **fields})


def a_record(begins_at: datetime = MORNING + timedelta(days=2), **fields: Any) -> Record:
    """Of another department than `a_shift`, taken two days before its time, and to come."""
    facts: dict[str, Any] = {
        "slot_no": f"S-{begins_at:%m%d%H}",
        "department_no": "D09",
        "begins_at": begins_at,
        "taken_at": begins_at - timedelta(days=2),
        "state": RecordState.BOOKED,
    }
    return Record(**{**facts, **fields})


class PlayedRegistrations(Played):
    """``held`` and ``booked`` by slot, with our number; an ended number is locked no more. ``his`` answers what every payment asks."""

    def __init__(self, his: FaithfulHis, *slots: Slot, shift: Shift | None = None) -> None:
        super().__init__()
        self.his = his
        self.shift = shift or a_shift()
        self.all_slots = slots or (a_slot(1), a_slot(2), a_slot(4))
        self.held: dict[str, str] = {}
        self.booked: dict[str, str] = {}
        self.ended: set[str] = set()
        self.known_records: list[Record] = []
        self.places: dict[str, QueuePlace] = {}
        self.waiting: dict[str, Wait] = {}

    async def patient(self, card_no: str) -> Patient | None:
        return await self.his.patient(card_no)

    async def departments(self) -> Sequence[Department]:
        await self._begin("departments", None)
        return (a_department(), a_department(department_no="D02", name="测试外科", input_code="CSWK"))

    async def doctors(self) -> Sequence[Doctor]:
        await self._begin("doctors", None)
        return (
            a_doctor(),
            a_doctor(doctor_no="2001", name="王样本", department_no="D02", department="测试外科", input_code="WYB"),
        )

    async def shifts(self, department_no: str, first: date, last: date) -> Sequence[Shift]:
        await self._begin("shifts", (department_no, first, last))
        shift = self._told()
        return [shift] if department_no == shift.department_no and first <= shift.day <= last else []

    async def slots(self, schedule_no: str) -> ShiftSlots | None:
        await self._begin("slots", schedule_no)
        shift = self._told()
        return ShiftSlots(shift=shift, slots=self._free()) if schedule_no == shift.schedule_no else None

    async def records(self, card_no: str, first: date, last: date) -> Sequence[Record]:
        await self._begin("records", (card_no, first, last))
        return [one for one in self.known_records if first <= hospital_day(one.begins_at) <= last]

    async def wait(self, card_no: str, schedule_no: str) -> None:
        await self._begin("wait", (card_no, schedule_no))
        self.waiting.setdefault(card_no, Wait(shift=self._told(), ahead=len(self.waiting)))
        self._end("wait")

    async def end_wait(self, card_no: str, schedule_no: str) -> None:
        await self._begin("end_wait", (card_no, schedule_no))
        self.waiting.pop(card_no, None)
        self._end("end_wait")

    async def waits(self, card_no: str) -> Sequence[Wait]:
        await self._begin("waits", card_no)
        return tuple(one for card, one in self.waiting.items() if card == card_no)

    def offer(self, card_no: str, slot: Slot, until: datetime) -> None:
        """A number that somebody gave back is held for the patient of this card; nobody else can take it."""
        number = OfferedNumber(slot=slot, until=until)
        self.waiting[card_no] = Wait(shift=self._told(), ahead=0, offered=number)

    async def queue(self, out_trade_no: str) -> QueuePlace | None:
        await self._begin("queue", out_trade_no)
        return self.places.get(out_trade_no)

    async def check_in(self, out_trade_no: str, point: str) -> None:
        await self._begin("check_in", (out_trade_no, point))
        self.places[out_trade_no] = replace(self.places[out_trade_no], state=QueueState.CHECKED_IN, can_check_in=False)
        self._end("check_in")

    async def lock(self, asked: LockAsked) -> None:
        await self._begin("lock", asked)
        offered = {one.offered.slot.slot_no: card for card, one in self.waiting.items() if one.offered is not None}
        is_others = offered.get(asked.slot_no, asked.card_no) != asked.card_no
        if asked.out_trade_no in self.ended or is_others or self._taken(asked.slot_no, asked.out_trade_no):
            raise RefusedInWords("his", "REFUSED", user_message="这个号已被占用，请选择其他号")
        self.held[asked.slot_no] = asked.out_trade_no
        self._end("lock")

    async def unlock(self, out_trade_no: str) -> None:
        await self._begin("unlock", out_trade_no)
        if out_trade_no not in self.booked.values():
            self.ended.add(out_trade_no)
        self.held = {slot: number for slot, number in self.held.items() if number != out_trade_no}
        self._end("unlock")

    async def confirm(self, paid: RegistrationPaid) -> Booking:
        await self._begin("confirm", paid)
        if self._taken(paid.slot_no, paid.out_trade_no):
            raise RefusedInWords("his", "REFUSED", user_message="这个号已被占用，请选择其他号")
        self.held.pop(paid.slot_no, None)
        self.booked[paid.slot_no] = paid.out_trade_no
        booking = self.his.booked.setdefault(
            paid.out_trade_no,
            Booking(his_trade_no=f"H-{paid.out_trade_no[-4:]}", receipt_no="GH1", guide_text="请按时候诊"),
        )
        self._end("confirm")
        return booking

    async def reserve(self, asked: ReserveAsked) -> Booking:
        await self._begin("reserve", asked)
        if self._taken(asked.slot_no, asked.out_trade_no):
            raise RefusedInWords("his", "REFUSED", user_message="这个号已被占用，请选择其他号")
        self.booked[asked.slot_no] = asked.out_trade_no
        guide = "11月24日 07:30 前到窗口付挂号费"
        told = Booking(his_trade_no=f"H-{asked.out_trade_no[-4:]}", receipt_no="GH1", guide_text=guide, amount_fen=0)
        booking = self.his.booked.setdefault(asked.out_trade_no, told)
        self._end("reserve")
        return booking

    async def cancel(self, out_trade_no: str) -> None:
        await self._begin("cancel", out_trade_no)
        self.booked = {slot: number for slot, number in self.booked.items() if number != out_trade_no}
        self._end("cancel")

    def _taken(self, slot_no: str, number: str) -> bool:
        return any(book.get(slot_no, number) != number for book in (self.held, self.booked))

    def _free(self) -> tuple[Slot, ...]:
        return tuple(slot for slot in self.all_slots if slot.slot_no not in {*self.held, *self.booked})

    def _told(self) -> Shift:
        return replace(self.shift, left=len(self._free()))


def an_offer(
    his: FaithfulHis,
    rules: RegistrationRules | None = None,
    *,
    lists_doctors: bool = True,
    has_waiting_lists: bool = True,
    at_window: WindowRule | None = None,
    **played: Any,
) -> dict[str, RegistrationOffer]:
    """The demo hospital takes registrations; its system is `PlayedRegistrations`."""
    system = PlayedRegistrations(his, **played)
    offer = RegistrationOffer(
        system=system,
        rules=rules or RegistrationRules(),
        lists_doctors=lists_doctors,
        has_waiting_lists=has_waiting_lists,
        at_window=at_window,
    )
    return {HOSPITAL: offer}
