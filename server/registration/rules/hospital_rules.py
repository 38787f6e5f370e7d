"""The hospital's rules for registrations, and what they say to one patient who wants one number. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from server.core.days import hospital_day, hospital_time
from server.patients.model import Patient
from server.registration.model import ClinicChange, Shift, ShiftState, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentAges:
    """Whom a department sees, by the age on the day of the visit; ``most`` is the last age that it sees."""

    least: int = 0
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRules:
    """``days_ahead``: how many days after today can be registered for; the last of them is released at ``released_at`` of today.
    ``one_a_day``: a person has one number a day in one department. ``cancel_before``: so long before its time a number can be given back
    here. ``ages`` by the department's number.
    """

    days_ahead: int = 7
    released_at: time = time(7, 0)
    one_a_day: bool = True
    cancel_before: timedelta = timedelta(hours=2)
    ages: tuple[tuple[str, DepartmentAges], ...] = ()


def last_day(rules: RegistrationRules, now: datetime) -> date:
    """The last day for which numbers are given out now."""
    today = hospital_day(now)
    released = hospital_time(now).time() >= rules.released_at
    return today + timedelta(days=rules.days_ahead if released else rules.days_ahead - 1)


def released_at(rules: RegistrationRules, day: date, now: datetime) -> datetime:
    """When the numbers of ``day`` are given out."""
    moment = datetime.combine(day - timedelta(days=rules.days_ahead), rules.released_at)
    return moment.replace(tzinfo=hospital_time(now).tzinfo)


def age_on(birth_date: str, day: date) -> int | None:
    """Full years on ``day``; None where the HIS's date of birth can't be read."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def refused(rules: RegistrationRules, patient: Patient, shift: Shift, slot: Slot, now: datetime) -> str:
    """Why this patient can't have this number now, in words for the patient; empty when nothing is against it."""
    return _shift_refused(rules, shift, slot, now) or _patient_refused(rules, patient, shift)


def _shift_refused(rules: RegistrationRules, shift: Shift, slot: Slot, now: datetime) -> str:
    if shift.state is ShiftState.STOPPED:
        return "这位医生当天停诊，请选择其他时间或医生。"
    if slot.ends_at <= now:
        return "这个时间已过，请选择其他时间。"
    if shift.day > last_day(rules, now):
        opens = hospital_time(released_at(rules, shift.day, now))
        return f"{shift.day.month}月{shift.day.day}日的号 {opens.month}月{opens.day}日 {opens:%H:%M} 开始放号。"
    return ""


def _patient_refused(rules: RegistrationRules, patient: Patient, shift: Shift) -> str:
    if not patient.id_no:
        return "挂号需要实名。医院没有登记就诊人的身份证号，请到窗口补登记。"
    ages = dict(rules.ages).get(shift.department_no)
    age = age_on(patient.birth_date, shift.day)
    if ages is None or age is None or ages.least <= age <= ages.most:
        return ""
    if age < ages.least:
        return f"{shift.department}接诊 {ages.least} 岁及以上的就诊人，就诊人 {age} 岁，请选择其他科室。"
    return f"{shift.department}接诊 {ages.most} 岁及以下的就诊人，就诊人 {age} 岁，请选择其他科室。"


def cancel_refused(
    rules: RegistrationRules, begins_at: datetime, now: datetime, change: ClinicChange | None = None
) -> str:
    """Why a number can't be given back here any more; empty when it can. Where the clinic is stopped it always can, and where another
    doctor stands in until it begins.
    """
    if change is not None and change.state is ShiftState.STOPPED:
        return ""
    if change is not None and change.state is ShiftState.REPLACED and now < begins_at:
        return ""
    until = begins_at - rules.cancel_before
    if now < until:
        return ""
    local = hospital_time(until)
    return f"{local.month}月{local.day}日 {local:%H:%M} 以后不能在手机上取消，请到窗口办理。"
