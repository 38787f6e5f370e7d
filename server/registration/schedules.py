"""What can be registered for: departments, their doctors' shifts of the coming days, the free numbers of a shift."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from server.core.days import hospital_day
from server.core.errors import NotFound
from server.core.ports import Clock
from server.registration.doctor_model import Doctor
from server.registration.model import Department, Shift, ShiftSlots
from server.registration.ports import Offers, RegistrationOffer
from server.registration.purpose import offer_of
from server.registration.rules.ending import shift_at
from server.registration.rules.hospital_rules import last_day
from server.registration.rules.searching import found, found_doctors


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What a search found, in the HIS's order."""

    departments: tuple[Department, ...]
    doctors: tuple[Doctor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentShifts:
    """``shifts`` from today to ``last``, the last day that is given out now."""

    department: Department
    shifts: tuple[Shift, ...]
    last: date


class ScheduleService:
    """Asks the HIS each time. Every function raises NotFound where the hospital takes no registrations here, and OutsideError."""

    def __init__(self, offers: Offers, clock: Clock) -> None:
        self._offers = offers
        self._clock = clock

    def lists_doctors(self, hospital: str) -> bool:
        return self._offer(hospital).lists_doctors

    async def search(self, hospital: str, typed: str = "") -> SearchResult:
        """The departments and doctors whose name or input code fits what was ``typed``; for nothing typed all departments and no doctor."""
        if not typed:
            return SearchResult(departments=await self.departments(hospital))
        departments, doctors = await asyncio.gather(
            self.departments(hospital, typed), self.doctors_found(hospital, typed)
        )
        return SearchResult(departments=departments, doctors=doctors)

    async def departments(self, hospital: str, typed: str = "") -> tuple[Department, ...]:
        """The departments that fit what was ``typed``; all of them for nothing typed."""
        told = await self._offer(hospital).system.departments()
        return found(told, typed) if typed else tuple(told)

    async def doctors_found(self, hospital: str, typed: str) -> tuple[Doctor, ...]:
        """The doctors that fit what was ``typed``."""
        return found_doctors(await self.doctors(hospital), typed)

    async def doctors(self, hospital: str) -> Sequence[Doctor]:
        """The doctors of all departments; none where the hospital's HIS does not list them."""
        offer = self._offer(hospital)
        return await offer.system.doctors() if offer.lists_doctors else ()

    async def shifts(self, hospital: str, department_no: str) -> DepartmentShifts:
        """Raises NotFound for a department that there is not."""
        offer, now = self._offer(hospital), self._clock.now()
        known = {one.department_no: one for one in await offer.system.departments()}
        department = known.get(department_no)
        if department is None:
            raise NotFound("department", user_message="没有找到这个科室，请重新选择。")
        first, last = hospital_day(now), last_day(offer.rules, now)
        shifts = await offer.system.shifts(department_no, first, last)
        ordered = sorted((shift_at(one, now) for one in shifts), key=lambda one: (one.day, one.half_day, one.doctor_no))
        return DepartmentShifts(department=department, shifts=tuple(ordered), last=last)

    async def slots(self, hospital: str, schedule_no: str) -> ShiftSlots:
        """Raises NotFound for a shift that there is not, or that is not given out yet."""
        offer = self._offer(hospital)
        told, now = await offer.system.slots(schedule_no), self._clock.now()
        if told is None or told.shift.day > last_day(offer.rules, now):
            raise NotFound("shift", user_message="没有找到这个班次，请重新选择。")
        return replace(told, shift=shift_at(told.shift, now))

    def _offer(self, hospital: str) -> RegistrationOffer:
        return offer_of(self._offers, hospital)
