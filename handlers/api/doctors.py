"""Doctors: found by name, each with their shifts, and the ones whom a person has marked."""

from __future__ import annotations

from pydantic import BaseModel

from handlers.api import registration_models as models
from handlers.api.door import ApiHandler
from handlers.api.operation import Operation, operation
from handlers.api.registration import OfShiftsHandler
from server.registration.doctor_model import Doctor
from server.registration.rules.searching import TYPED_CHARS_MAX


def _doctor(one: Doctor) -> models.DoctorTold:
    return models.DoctorTold(
        department_no=one.department_no,
        doctor_no=one.doctor_no,
        name=one.name,
        title=one.title,
        department=one.department,
        note=one.note,
    )


class DoctorsHandler(ApiHandler):
    @operation(
        Operation(
            summary="Doctors whose name fits; without q, those whom I have marked",
            answer=models.DoctorPage,
            queries={"q": "only those whose name has it, or whose initials begin with it"},
        )
    )
    async def get(self, asked: None) -> BaseModel:
        """All of them at once, so always one page; none where the hospital does not list doctors."""
        typed, registration = self.get_query_argument("q", "")[:TYPED_CHARS_MAX], self.services.registration
        if typed:
            found = await registration.schedules.doctors_found(self.hospital.id, typed)
        else:
            found = await registration.favourites.mine(self.session)
        return models.DoctorPage(items=[_doctor(one) for one in found], next=None)


class DoctorHandler(OfShiftsHandler):
    @operation(Operation(summary="One doctor in one department, with their shifts", answer=models.DoctorShiftsTold))
    async def get(self, asked: None) -> models.DoctorShiftsTold:
        department_no, doctor_no = (self.path_kwargs[name] or "" for name in ("department_no", "doctor_no"))
        registration = self.services.registration
        listed = await registration.favourites.doctor(self.session, department_no, doctor_no)
        told = await registration.schedules.shifts(self.hospital.id, department_no)
        return models.DoctorShiftsTold(
            doctor=_doctor(listed.doctor),
            is_favourite=listed.is_favourite,
            shifts=[self.shift_told(shift) for shift in told.shifts if shift.doctor_no == doctor_no],
        )


class FavouriteHandler(ApiHandler):
    @operation(Operation(summary="Mark a doctor as a favourite of mine", status=204))
    async def put(self, asked: None) -> None:
        await self.services.registration.favourites.mark(self.session, *self._numbers())

    @operation(Operation(summary="A doctor is no longer a favourite of mine, in every entrance at once", status=204))
    async def delete(self, asked: None) -> None:
        await self.services.registration.favourites.unmark(self.session, *self._numbers())

    def _numbers(self) -> tuple[str, str]:
        return self.path_kwargs["department_no"] or "", self.path_kwargs["doctor_no"] or ""
