"""号源: departments, shifts of doctors and their numbers, as the HIS says (docs/his-interface.md section 9; FHIR Schedule and Slot)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from server.payments.subject import Charge, ChargeItem, Subject

REGISTRATION = "registration"
"""The name of this purpose."""


def description_of(hospital_name: str) -> str:
    """What a payer reads in their own list of payments: never which department."""
    return f"{hospital_name} 预约挂号"


class HalfDay(StrEnum):
    MORNING = "am"
    AFTERNOON = "pm"
    NIGHT = "night"


class ShiftState(StrEnum):
    OPEN = "open"
    STOPPED = "stopped"  # 停诊
    REPLACED = "replaced"  # 替诊: another doctor sees the patients
    OVER = "over"  # 已结束: no HIS says so, its end is past


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """``input_code`` is what the HIS's clerks type for it: the initials of its name in pinyin, empty where the HIS has none."""

    department_no: str
    name: str
    input_code: str = ""
    place: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """班次: one doctor's half day in one department (FHIR Schedule). ``left`` is how many numbers are free; ``fee_fen`` is the sum of ``items``. ``ends_at``: where
    the HIS says when it ends.
    """

    schedule_no: str
    department_no: str
    department: str
    doctor_no: str
    doctor: str
    title: str
    day: date
    half_day: HalfDay
    fee_fen: int
    left: int
    state: ShiftState = ShiftState.OPEN
    replaced_by: str = ""
    place: str = ""
    input_code: str = ""
    items: tuple[ChargeItem, ...] = ()
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """号: one number of a shift with its time. ``number`` is the patient's place in the shift."""

    slot_no: str
    number: int
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSlots:
    """A shift with its free numbers, in the order of their times."""

    shift: Shift
    slots: tuple[Slot, ...]

    def slot(self, slot_no: str) -> Slot | None:
        return next((slot for slot in self.slots if slot.slot_no == slot_no), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPayment:
    """到院支付: at which place of the hospital a number is to be paid, and until when."""

    place: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What a payment keeps of the number that it pays for. It names nobody. ``at_window``: the fee is paid there, not by the payment."""

    schedule_no: str
    slot_no: str
    department_no: str
    number: int
    begins_at: datetime
    ends_at: datetime
    place: str = ""
    at_window: WindowPayment | None = None


def slot_claim(slot_no: str) -> str:
    """What a payment of the number claims, so that it is not sold twice."""
    return f"slot:{slot_no}"


def day_claim(person: str, department_no: str, day: date) -> str:
    """What a payment claims of a person's day in a department. ``person`` is a keyed hash of the ID number."""
    return f"seen:{person}:{department_no}:{day:%Y%m%d}"


def turn_claim(person: str, day: date, counted: str) -> str:
    """What a payment claims of a person whose numbers are counted: that it is the next one after those in ``counted``. So two attempts that
    counted the same can't both go on, and one that is paid is counted before the next one begins.
    """
    return f"next:{person}:{day:%Y%m%d}:{counted}"


def appointment_of(shift: Shift, slot: Slot, at_window: WindowPayment | None = None) -> Appointment:
    return Appointment(
        schedule_no=shift.schedule_no,
        slot_no=slot.slot_no,
        department_no=shift.department_no,
        number=slot.number,
        begins_at=slot.begins_at,
        ends_at=slot.ends_at,
        place=shift.place,
        at_window=at_window,
    )


def subject_of(shift: Shift, slot: Slot, now: datetime, at_window: WindowPayment | None = None) -> Subject:
    """The number as a payment keeps it: its fee as a charge, its time as facts."""
    charge = Charge(
        number=slot.slot_no,
        kind=REGISTRATION,
        department=shift.department,
        doctor=shift.doctor,
        issued_at=now,
        own_fen=shift.fee_fen,
        items=shift.items,
    )
    return Subject(charges=(charge,), facts=_written(appointment_of(shift, slot, at_window)))


_FIELDS = ("schedule_no", "slot_no", "department_no", "number", "begins_at", "ends_at", "place")
_WINDOW_FIELDS = ("place", "until")
"""Two further lines, only where the fee is paid at the window."""


def _written(appointment: Appointment) -> str:
    """One line per field: a value has no line breaks, because the HIS's numbers are words and its place is one line."""
    values = [getattr(appointment, name) for name in _FIELDS]
    if appointment.at_window is not None:
        values += [getattr(appointment.at_window, name) for name in _WINDOW_FIELDS]
    texts = (value.isoformat() if isinstance(value, datetime) else str(value) for value in values)
    return "\n".join(" ".join(text.splitlines()) for text in texts)


def read_appointment(subject: Subject) -> Appointment:
    """The number that a payment of this purpose pays for. Raises ValueError for facts of another purpose."""
    lines = subject.facts.split("\n")
    own, window = lines[: len(_FIELDS)], lines[len(_FIELDS) :]
    if len(own) != len(_FIELDS) or len(window) not in {0, len(_WINDOW_FIELDS)}:
        raise ValueError("facts of no registration")
    told: Mapping[str, str] = dict(zip(_FIELDS, own, strict=True))
    return Appointment(
        schedule_no=told["schedule_no"],
        slot_no=told["slot_no"],
        department_no=told["department_no"],
        number=int(told["number"]),
        begins_at=datetime.fromisoformat(told["begins_at"]),
        ends_at=datetime.fromisoformat(told["ends_at"]),
        place=told["place"],
        at_window=WindowPayment(place=window[0], until=datetime.fromisoformat(window[1])) if window else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicChange:
    """What became of the clinic of a booked number, as the HIS said (reg.changed): stopped, replaced, or open again. ``at`` is when the
    hospital decided it. ``reason`` is for the patient and may be empty.
    """

    state: ShiftState
    at: datetime
    replaced_by: str = ""
    reason: str = ""


def written_change(change: ClinicChange) -> str:
    """As a booking keeps it (`Booking.news`), one line per field."""
    values = (str(change.state), change.at.isoformat(), change.replaced_by, change.reason)
    return "\n".join(" ".join(value.split()) for value in values)


def read_change(news: str) -> ClinicChange | None:
    """What a booking keeps; None where nothing was said. Raises ValueError for news of another purpose."""
    if not news:
        return None
    state, at, replaced_by, reason = news.split("\n")
    return ClinicChange(state=ShiftState(state), at=datetime.fromisoformat(at), replaced_by=replaced_by, reason=reason)


class QueueState(StrEnum):
    BOOKED = "booked"  # not here yet
    CHECKED_IN = "checked_in"
    CALLED = "called"
    USED = "used"
    MISSED = "missed"  # 过号 or 爽约


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlace:
    """A patient's place in the queue. ``now_number`` is the number that is seen now, 0 before the first; ``ahead`` how many are before the
    patient. ``can_check_in`` is the HIS's word.
    """

    state: QueueState
    now_number: int
    ahead: int
    place: str
    can_check_in: bool
