"""What the pages show on which a patient looks for a department or a doctor."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from handlers.patient.views.registration import shift_line
from handlers.patient.views.registration_words import day_and_weekday
from server.registration.doctor_model import Doctor
from server.registration.favourites import ListedDoctor
from server.registration.schedules import DepartmentShifts, SearchResult


def search_page(
    base: str, found: SearchResult, favourites: Sequence[Doctor], typed: str, *, finds_doctors: bool
) -> dict[str, object]:
    """``typed`` is what was looked for; ``favourites`` are shown where nothing was."""
    return {
        "typed": typed,
        "looked_for": "找科室或医生（名称或拼音首字母）" if finds_doctors else "找科室（名称或拼音首字母）",
        "favourites": [_doctor_line(base, one) for one in favourites],
        "doctors": [_doctor_line(base, one) for one in found.doctors],
        "departments": [
            {
                "url": _department_url(base, one.department_no),
                "name": one.name,
                "about": " · ".join(part for part in (one.place, one.note) if part),
            }
            for one in found.departments
        ],
        "nothing": _nothing(found, typed, finds_doctors=finds_doctors),
    }


def _nothing(found: SearchResult, typed: str, *, finds_doctors: bool) -> str:
    if found.departments or found.doctors:
        return ""
    if not typed:
        return "现在没有可以挂号的科室。"
    return "没有找到这个科室或医生，请换个词再找。" if finds_doctors else "没有找到这个科室，请换个词再找。"


def _doctor_line(base: str, doctor: Doctor) -> dict[str, str]:
    return {
        "url": doctor_url(base, doctor.department_no, doctor.doctor_no),
        "name": doctor.name,
        "about": " ".join(part for part in (doctor.department, doctor.title) if part),
    }


def doctor_page(base: str, page: ListedDoctor, told: DepartmentShifts, *, has_waiting_lists: bool) -> dict[str, object]:
    """The doctor with every shift of the coming days, and the button that marks or unmarks them."""
    doctor = page.doctor
    shifts = [shift for shift in told.shifts if shift.doctor_no == doctor.doctor_no]
    return {
        "name": doctor.name,
        "about": " ".join(part for part in (doctor.department, doctor.title) if part),
        "note": doctor.note,
        "is_favourite": page.is_favourite,
        "favourite_url": f"{doctor_url(base, doctor.department_no, doctor.doctor_no)}/favourite",
        "days": [
            {
                "text": day_and_weekday(day),
                "shifts": [
                    shift_line(base, shift, has_waiting_lists=has_waiting_lists) for shift in shifts if shift.day == day
                ],
            }
            for day in sorted({shift.day for shift in shifts})
        ],
        "department": doctor.department,
        "department_url": _department_url(base, doctor.department_no),
    }


def _department_url(base: str, department_no: str) -> str:
    return f"{base}/registration/departments/{quote(department_no, safe='')}"


def doctor_url(base: str, department_no: str, doctor_no: str) -> str:
    return f"{_department_url(base, department_no)}/doctors/{quote(doctor_no, safe='')}"
