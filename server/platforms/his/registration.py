"""Registration over Zhenfu's own interface as registration.ports.RegistrationSystem (docs/his-interface.md section 9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from server.core.days import hospital_time
from server.core.errors import OutcomeUnknown
from server.patients.model import Patient
from server.payments.model import Booking
from server.platforms.his import wire
from server.platforms.his.account import SYSTEM
from server.platforms.his.asking import Asking, read, read_as, told_of
from server.platforms.his.registration_wire import (
    DepartmentsTold,
    DoctorsTold,
    QueueTold,
    RecordsTold,
    ShiftsTold,
    SlotsTold,
    WaitsTold,
    shift_of,
    wait_of,
)
from server.registration.doctor_model import Doctor
from server.registration.model import Department, QueuePlace, QueueState, Shift, ShiftSlots, Slot
from server.registration.ports import LockAsked, RegistrationPaid, ReserveAsked
from server.registration.record_model import Record, RecordState
from server.registration.waiting_model import Wait


class AskingOfPatients(Asking, Protocol):
    async def patient(self, card_no: str) -> Patient | None: ...


class HisRegistration:
    """``his`` signs the questions and checks the answers."""

    def __init__(self, his: AskingOfPatients) -> None:
        self._his = his

    async def patient(self, card_no: str) -> Patient | None:
        return await self._his.patient(card_no)

    async def departments(self) -> Sequence[Department]:
        data = await self._his.ask("reg.departments", {})
        told = [] if data is None else read_as(DepartmentsTold, data).departments
        return tuple(Department(**one.model_dump()) for one in told)

    async def doctors(self) -> Sequence[Doctor]:
        data = await self._his.ask("reg.doctors", {})
        told = [] if data is None else read_as(DoctorsTold, data).doctors
        return tuple(Doctor(**one.model_dump()) for one in told)

    async def shifts(self, department_no: str, first: date, last: date) -> Sequence[Shift]:
        question = {"department_no": department_no, "from": first.isoformat(), "to": last.isoformat()}
        data = await self._his.ask("reg.schedules", question)
        shifts = () if data is None else tuple(map(shift_of, read_as(ShiftsTold, data).schedules))
        if any(one.department_no != department_no or not first <= one.day <= last for one in shifts):
            raise OutcomeUnknown(SYSTEM, "answer about another department or day")
        return shifts

    async def slots(self, schedule_no: str) -> ShiftSlots | None:
        data = await self._his.ask("reg.slots", {"schedule_no": schedule_no})
        if data is None:
            return None
        told = read_as(SlotsTold, data)
        if told.schedule.schedule_no != schedule_no:
            raise OutcomeUnknown(SYSTEM, "answer about another schedule")
        slots = (Slot(**one.model_dump()) for one in told.slots)
        return ShiftSlots(shift=shift_of(told.schedule), slots=tuple(sorted(slots, key=lambda one: one.begins_at)))

    async def records(self, card_no: str, first: date, last: date) -> Sequence[Record]:
        question = {"card_no": card_no, "from": first.isoformat(), "to": last.isoformat()}
        data = await self._his.ask("reg.records", question)
        told = [] if data is None else read_as(RecordsTold, data).records
        return tuple(Record(**{**one.model_dump(), "state": RecordState(one.state)}) for one in told)

    async def queue(self, out_trade_no: str) -> QueuePlace | None:
        data = await self._his.ask("reg.queue", {"out_trade_no": out_trade_no})
        if data is None:
            return None
        told = read_as(QueueTold, data)
        return QueuePlace(**{**told.model_dump(), "state": QueueState(told.state)})

    async def check_in(self, out_trade_no: str, point: str) -> None:
        await self._his.must("reg.check_in", {"out_trade_no": out_trade_no, "point": point})

    async def wait(self, card_no: str, schedule_no: str) -> None:
        await self._his.must("reg.wait", {"schedule_no": schedule_no, "card_no": card_no})

    async def end_wait(self, card_no: str, schedule_no: str) -> None:
        await self._his.must("reg.wait_end", {"schedule_no": schedule_no, "card_no": card_no})

    async def waits(self, card_no: str) -> Sequence[Wait]:
        data = await self._his.ask("reg.waits", {"card_no": card_no})
        return () if data is None else tuple(map(wait_of, read_as(WaitsTold, data).waits))

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

    async def reserve(self, asked: ReserveAsked) -> Booking:
        question = {
            "out_trade_no": asked.out_trade_no,
            "slot_no": asked.slot_no,
            "card_no": asked.card_no,
            "fee_fen": asked.fee_fen,
            "pay_until": hospital_time(asked.pay_until).isoformat(timespec="seconds"),
            "entrance": asked.origin.entrance,
            "terminal": asked.origin.terminal,
            "operator": asked.origin.operator,
        }
        return read(wire.read_booking, await self._his.must("reg.reserve", question))

    async def cancel(self, out_trade_no: str) -> None:
        await self._his.must("reg.cancel", {"out_trade_no": out_trade_no})
