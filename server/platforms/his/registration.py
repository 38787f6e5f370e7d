"""Registration over Zhenfu's own interface as registration.ports.RegistrationSystem (docs/his-interface.md section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Protocol

from pydantic import AwareDatetime, Field

from server.core.days import hospital_time
from server.core.errors import OutcomeUnknown
from server.patients.model import Patient
from server.payments.model import Booking
from server.payments.subject import ChargeItem
from server.platforms.his import wire
from server.platforms.his.account import SYSTEM
from server.platforms.his.asking import Asking, read, read_as, told_of
from server.platforms.his.wire import Fen, Line, No
from server.registration.doctor_model import Doctor
from server.registration.model import Department, HalfDay, QueuePlace, QueueState, Shift, ShiftSlots, ShiftState, Slot
from server.registration.ports import LockAsked, RegistrationPaid
from server.registration.record_model import Record, RecordState

DEPARTMENTS_MAX = 500
DOCTORS_MAX = 5000
SHIFTS_MAX = 2000
SLOTS_MAX = 500
RECORDS_MAX = 1000


class AskingOfPatients(Asking, Protocol):
    async def patient(self, card_no: str) -> Patient | None: ...


class _Department(wire.Wire):
    department_no: No
    name: Line
    input_code: Line = ""
    place: Line = ""
    note: Line = ""


class _Departments(wire.Wire):
    departments: list[_Department] = Field(max_length=DEPARTMENTS_MAX)


class _Doctor(wire.Wire):
    doctor_no: No
    name: Line
    department_no: No
    department: Line
    title: Line = ""
    input_code: Line = ""
    note: Line = ""


class _Doctors(wire.Wire):
    doctors: list[_Doctor] = Field(max_length=DOCTORS_MAX)


class _Fee(wire.Wire):
    item_no: No
    name: Line
    amount_fen: Fen


class _Shift(wire.Wire):
    schedule_no: No
    department_no: No
    department: Line
    doctor_no: No
    doctor: Line
    title: Line = ""
    input_code: Line = ""
    date: Annotated[date, Field(strict=False)]
    half_day: Literal["am", "pm", "night"]
    state: Literal["open", "stopped", "replaced"]
    replaced_by: Line = ""
    place: Line = ""
    left: int = Field(ge=0, le=10_000)
    fee_fen: Fen
    fees: list[_Fee] = Field(max_length=20)


class _Shifts(wire.Wire):
    schedules: list[_Shift] = Field(max_length=SHIFTS_MAX)


class _Slot(wire.Wire):
    slot_no: No
    number: int = Field(ge=1, le=100_000)
    begins_at: Annotated[AwareDatetime, Field(strict=False)]
    ends_at: Annotated[AwareDatetime, Field(strict=False)]


class _Slots(wire.Wire):
    schedule: _Shift
    slots: list[_Slot] = Field(max_length=SLOTS_MAX)


class _Record(wire.Wire):
    slot_no: No
    department_no: No
    begins_at: Annotated[AwareDatetime, Field(strict=False)]
    taken_at: Annotated[AwareDatetime, Field(strict=False)]
    state: Literal["booked", "used", "missed", "cancelled", "stopped"]
    ended_at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    out_trade_no: Line = ""


class _Records(wire.Wire):
    records: list[_Record] = Field(max_length=RECORDS_MAX)


class _Queue(wire.Wire):
    state: Literal["booked", "checked_in", "called", "used", "missed"]
    now_number: int = Field(ge=0, le=100_000)
    ahead: int = Field(ge=0, le=100_000)
    place: Line = ""
    can_check_in: bool


class HisRegistration:
    """``his`` signs the questions and checks the answers."""

    def __init__(self, his: AskingOfPatients) -> None:
        self._his = his

    async def patient(self, card_no: str) -> Patient | None:
        return await self._his.patient(card_no)

    async def departments(self) -> Sequence[Department]:
        data = await self._his.ask("reg.departments", {})
        told = [] if data is None else read_as(_Departments, data).departments
        return tuple(Department(**one.model_dump()) for one in told)

    async def doctors(self) -> Sequence[Doctor]:
        data = await self._his.ask("reg.doctors", {})
        told = [] if data is None else read_as(_Doctors, data).doctors
        return tuple(Doctor(**one.model_dump()) for one in told)

    async def shifts(self, department_no: str, first: date, last: date) -> Sequence[Shift]:
        question = {"department_no": department_no, "from": first.isoformat(), "to": last.isoformat()}
        data = await self._his.ask("reg.schedules", question)
        shifts = () if data is None else tuple(map(_shift, read_as(_Shifts, data).schedules))
        if any(one.department_no != department_no or not first <= one.day <= last for one in shifts):
            raise OutcomeUnknown(SYSTEM, "answer about another department or day")
        return shifts

    async def slots(self, schedule_no: str) -> ShiftSlots | None:
        data = await self._his.ask("reg.slots", {"schedule_no": schedule_no})
        if data is None:
            return None
        told = read_as(_Slots, data)
        if told.schedule.schedule_no != schedule_no:
            raise OutcomeUnknown(SYSTEM, "answer about another schedule")
        slots = (Slot(**one.model_dump()) for one in told.slots)
        return ShiftSlots(shift=_shift(told.schedule), slots=tuple(sorted(slots, key=lambda one: one.begins_at)))

    async def records(self, card_no: str, first: date, last: date) -> Sequence[Record]:
        question = {"card_no": card_no, "from": first.isoformat(), "to": last.isoformat()}
        data = await self._his.ask("reg.records", question)
        told = [] if data is None else read_as(_Records, data).records
        return tuple(Record(**{**one.model_dump(), "state": RecordState(one.state)}) for one in told)

    async def queue(self, out_trade_no: str) -> QueuePlace | None:
        data = await self._his.ask("reg.queue", {"out_trade_no": out_trade_no})
        if data is None:
            return None
        told = read_as(_Queue, data)
        return QueuePlace(**{**told.model_dump(), "state": QueueState(told.state)})

    async def check_in(self, out_trade_no: str, point: str) -> None:
        await self._his.must("reg.check_in", {"out_trade_no": out_trade_no, "point": point})

    async def lock(self, asked: LockAsked) -> None:
        question = {
            "out_trade_no": asked.out_trade_no,
            "slot_no": asked.slot_no,
            "card_no": asked.card_no,
            "amount_fen": asked.amount_fen,
            "until": hospital_time(asked.until).isoformat(timespec="seconds"),
        }
        await self._his.must("reg.lock", question)

    async def unlock(self, out_trade_no: str) -> None:
        await self._his.must("reg.unlock", {"out_trade_no": out_trade_no})

    async def confirm(self, paid: RegistrationPaid) -> Booking:
        question = {**told_of(paid), "slot_no": paid.slot_no, "card_no": paid.card_no}
        return read(wire.read_booking, await self._his.must("reg.confirm", question))

    async def cancel(self, out_trade_no: str) -> None:
        await self._his.must("reg.cancel", {"out_trade_no": out_trade_no})


def _shift(told: _Shift) -> Shift:
    if told.fees and sum(fee.amount_fen for fee in told.fees) != told.fee_fen:
        raise OutcomeUnknown(SYSTEM, "the fees are not the fee")
    return Shift(
        schedule_no=told.schedule_no,
        department_no=told.department_no,
        department=told.department,
        doctor_no=told.doctor_no,
        doctor=told.doctor,
        title=told.title,
        input_code=told.input_code,
        day=told.date,
        half_day=HalfDay(told.half_day),
        state=ShiftState(told.state),
        replaced_by=told.replaced_by,
        place=told.place,
        left=told.left,
        fee_fen=told.fee_fen,
        items=tuple(map(_fee, told.fees)),
    )


def _fee(told: _Fee) -> ChargeItem:
    return ChargeItem(
        item_no=told.item_no,
        name=told.name,
        category="挂号",
        spec="",
        unit="次",
        quantity="1",
        unit_price_fen=told.amount_fen,
        amount_fen=told.amount_fen,
        own_fen=told.amount_fen,
    )
