"""What the HIS tells of registrations, as it is on the wire (docs/his-interface.md section 9), and the models that are read from it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from server.core.errors import OutcomeUnknown
from server.payments.subject import ChargeItem
from server.platforms.his import wire
from server.platforms.his.account import SYSTEM
from server.platforms.his.wire import Fen, Line, Moment, No
from server.registration.model import HalfDay, Shift, ShiftState, Slot
from server.registration.waiting_model import OfferedNumber, Wait

DEPARTMENTS_MAX = 500
DOCTORS_MAX = 5000
SHIFTS_MAX = 2000
SLOTS_MAX = 500
RECORDS_MAX = 1000
WAITS_MAX = 100


class DepartmentTold(wire.Wire):
    department_no: No
    name: Line
    input_code: Line = ""
    place: Line = ""
    note: Line = ""


class DepartmentsTold(wire.Wire):
    departments: list[DepartmentTold] = Field(max_length=DEPARTMENTS_MAX)


class DoctorTold(wire.Wire):
    doctor_no: No
    name: Line
    department_no: No
    department: Line
    title: Line = ""
    input_code: Line = ""
    note: Line = ""


class DoctorsTold(wire.Wire):
    doctors: list[DoctorTold] = Field(max_length=DOCTORS_MAX)


class FeeTold(wire.Wire):
    item_no: No
    name: Line
    amount_fen: Fen


class ShiftTold(wire.Wire):
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
    fees: list[FeeTold] = Field(max_length=20)
    ends_at: Moment | None = None


class ShiftsTold(wire.Wire):
    schedules: list[ShiftTold] = Field(max_length=SHIFTS_MAX)


class SlotTold(wire.Wire):
    slot_no: No
    number: int = Field(ge=1, le=100_000)
    begins_at: Moment
    ends_at: Moment


class SlotsTold(wire.Wire):
    schedule: ShiftTold
    slots: list[SlotTold] = Field(max_length=SLOTS_MAX)


class RecordTold(wire.Wire):
    slot_no: No
    department_no: No
    begins_at: Moment
    taken_at: Moment
    state: Literal["booked", "used", "missed", "cancelled", "stopped"]
    ended_at: Moment | None = None
    out_trade_no: Line = ""


class RecordsTold(wire.Wire):
    records: list[RecordTold] = Field(max_length=RECORDS_MAX)


class QueueTold(wire.Wire):
    state: Literal["booked", "checked_in", "called", "used", "missed"]
    now_number: int = Field(ge=0, le=100_000)
    ahead: int = Field(ge=0, le=100_000)
    place: Line = ""
    can_check_in: bool


class WaitTold(wire.Wire):
    schedule: ShiftTold
    state: Literal["waiting", "offered"]
    ahead: int = Field(ge=0, le=100_000)
    slot: SlotTold | None = None
    until: Moment | None = None


class WaitsTold(wire.Wire):
    waits: list[WaitTold] = Field(max_length=WAITS_MAX)


def shift_of(told: ShiftTold) -> Shift:
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
        ends_at=told.ends_at,
    )


def _fee(told: FeeTold) -> ChargeItem:
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


def wait_of(told: WaitTold) -> Wait:
    shift = shift_of(told.schedule)
    if told.state == "waiting":
        return Wait(shift=shift, ahead=told.ahead)
    if told.slot is None or told.until is None:
        raise OutcomeUnknown(SYSTEM, "an offer without its number or its end")
    return Wait(shift=shift, ahead=0, offered=OfferedNumber(slot=Slot(**told.slot.model_dump()), until=told.until))
