"""What can be registered for: departments, their shifts, the free numbers of one."""

from __future__ import annotations

from pydantic import BaseModel

from handlers.api import registration_models as models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.patient.views import registration_words as words
from server.registration.model import Department, Shift
from server.registration.rules.periods import Period, periods
from server.registration.rules.searching import TYPED_CHARS_MAX
from server.registration.texts import HALF_DAYS


def _department(one: Department) -> models.DepartmentTold:
    return models.DepartmentTold(department_no=one.department_no, name=one.name, place=one.place, note=one.note)


def shift_told(shift: Shift, *, has_waiting_lists: bool) -> models.ShiftTold:
    text, look = words.shift_state(shift, has_waiting_lists=has_waiting_lists)
    told = {
        "schedule_no": shift.schedule_no,
        "department_no": shift.department_no,
        "department": shift.department,
        "doctor": shift.doctor,
        "title": shift.title,
        "date": shift.day,
        "day": words.day_and_weekday(shift.day),
        "half_day": HALF_DAYS[shift.half_day],
        "replaced": words.replaced(shift),
        "place": shift.place,
        "fee_fen": shift.fee_fen,
        "left": words.left(shift),
        "can_wait": words.may_wait(shift, has_waiting_lists=has_waiting_lists),
        "text": text,
        "look": look,
    }
    return models.ShiftTold.model_validate(told)


class DepartmentsHandler(ApiHandler):
    @operation(
        Operation(
            summary="Departments that take registrations",
            answer=models.DepartmentPage,
            queries={"q": "only those whose name has it, or whose initials begin with it"},
        )
    )
    async def get(self, asked: None) -> BaseModel:
        """All of them at once, so always one page."""
        typed = self.get_query_argument("q", "")[:TYPED_CHARS_MAX]
        found = await self.services.registration.schedules.departments(self.hospital.id, typed)
        return models.DepartmentPage(items=[_department(one) for one in found], next=None)


class OfShiftsHandler(ApiHandler):
    def shift_told(self, shift: Shift) -> models.ShiftTold:
        return shift_told(shift, has_waiting_lists=self.services.registration.waiting.is_offered(self.hospital.id))


class DepartmentHandler(OfShiftsHandler):
    @operation(Operation(summary="Doctors of a department by day, with fees", answer=models.DepartmentShiftsTold))
    async def get(self, asked: None) -> models.DepartmentShiftsTold:
        schedules = self.services.registration.schedules
        told = await schedules.shifts(self.hospital.id, self.path_kwargs["department_no"] or "")
        days = words.days_of(told)
        return models.DepartmentShiftsTold(
            department=_department(told.department),
            days=[
                models.DayTold(
                    date=day,
                    day=words.day_and_weekday(day),
                    text=words.HAS_NUMBERS if has_numbers else words.HAS_NONE,
                )
                for day, has_numbers in days.items()
            ],
            shown=words.day_shown(days),
            shifts=[self.shift_told(shift) for shift in told.shifts],
        )


class ShiftHandler(OfShiftsHandler):
    @operation(Operation(summary="Free numbers of a shift by half hours", answer=models.ShiftPeriodsTold))
    async def get(self, asked: None) -> models.ShiftPeriodsTold:
        schedule_no = self.path_kwargs["schedule_no"] or ""
        told = await self.services.registration.schedules.slots(self.hospital.id, schedule_no)
        return models.ShiftPeriodsTold(
            shift=self.shift_told(told.shift),
            periods=[self._period(period) for period in periods(told.slots)],
            none_left=words.none_left(told.shift),
        )

    def _period(self, period: Period) -> models.PeriodTold:
        numbers = len(period.slots)
        return models.PeriodTold(
            slot_no=words.slot_for(period, self.session.identity.subject).slot_no,
            time=words.span(period),
            left=numbers,
            text=words.left_text(numbers),
        )


class NumberHandler(OfShiftsHandler):
    @operation(
        Operation(
            summary="One number that is free or held for a card of mine, to be checked before it is taken",
            answer=models.NumberTold,
        )
    )
    async def get(self, asked: None) -> models.NumberTold:
        schedule_no, slot_no = (self.path_kwargs[name] or "" for name in ("schedule_no", "slot_no"))
        registration = self.services.registration
        told = await registration.schedules.slots(self.hospital.id, schedule_no)
        number = await registration.waiting.takeable(self.session, told, slot_no)
        slot = number.slot
        at_window = registration.at_window.offered(self.hospital.id, told.shift, slot)
        return models.NumberTold(
            shift=self.shift_told(told.shift),
            card_key=number.card_key,
            slot_no=slot.slot_no,
            number=slot.number,
            time=words.span(slot),
            fees=[models.FeeTold(name=item.name, amount_fen=item.amount_fen) for item in told.shift.items],
            amount_fen=told.shift.fee_fen,
            at_window=None if at_window is None else words.pay_at_window(at_window),
            action=words.TAKE if at_window is not None else words.take_text(told.shift.fee_fen),
        )
