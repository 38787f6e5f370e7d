"""What the API asks and answers about registrations. Money in fen; texts are for the person, in the words of the H5 pages."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from handlers.api.bill_models import Fen
from handlers.api.models import Asked, Key, Look, Moment, PerhapsPart, Phone, Told, page_of
from handlers.base.addresses import HIS_NUMBER
from handlers.patient.position import PositionAsked

Number = Annotated[str, StringConstraints(pattern=f"^{HIS_NUMBER}$")]


class DepartmentTold(Told):
    department_no: str
    name: str
    place: str
    note: str


class ShiftTold(Told):
    """One doctor's half day. ``left``: how many numbers can be had now; ``text`` says it, or why there is none. ``can_wait``: there is none, and
    a patient can wait for one.
    """

    schedule_no: str
    department_no: str
    department: str
    doctor: str
    title: str
    date: date
    day: str
    half_day: str
    replaced: str
    place: str
    fee_fen: int
    left: int
    can_wait: bool
    text: str
    look: Look


class DoctorTold(Told):
    """One doctor in one department. ``note``: what they are good at."""

    department_no: str
    doctor_no: str
    name: str
    title: str
    department: str
    note: str


class DoctorShiftsTold(Told):
    """``is_favourite``: this person has marked them. ``shifts``: of the coming days, by day."""

    doctor: DoctorTold
    is_favourite: bool
    shifts: list[ShiftTold]


class DayTold(Told):
    """``day`` is the date for the person; ``text`` says whether there are numbers."""

    date: date
    day: str
    text: str


class DepartmentShiftsTold(Told):
    """``shown``: the day to show first, the first one with a free number; null where no day has a shift."""

    department: DepartmentTold
    days: list[DayTold]
    shown: date | None
    shifts: list[ShiftTold]


class PeriodTold(Told):
    """Free numbers of one half hour; ``slot_no`` is the one to be taken of them."""

    slot_no: str
    time: str
    left: int
    text: str


class ShiftPeriodsTold(Told):
    """``none_left``: what stands where there are no periods."""

    shift: ShiftTold
    periods: list[PeriodTold]
    none_left: str


class FeeTold(Told):
    name: str
    amount_fen: int


class NumberTold(Told):
    """One number before it is taken. ``action`` is for the button that takes it. ``card_key``: the one card for which the HIS holds it; null for
    a number that anybody can take. ``at_window``: where and until when it may be paid at the hospital instead, in words; null where it may not.
    """

    shift: ShiftTold
    card_key: str | None
    slot_no: str
    number: int
    time: str
    fees: list[FeeTold]
    amount_fen: int
    at_window: str | None
    action: str


class NumberAsked(Asked):
    """``card_key``: of whoever is to be seen. ``amount_fen`` is the fee that the person saw: if it is another one by now, nothing begins.
    ``phone`` as in PaymentAsked. ``at_window``: it is to be paid at the hospital, and nothing now.
    """

    schedule_no: Number
    slot_no: Number
    card_key: Key
    amount_fen: Fen
    phone: Phone | None = None
    at_window: bool = False


class WaitAsked(Asked):
    """``card_key``: of whoever shall be seen."""

    schedule_no: Number
    card_key: Key


class WaitingTold(Told):
    text: str


class WaitTold(Told):
    """A patient on the list of a full shift. ``slot_no`` and ``time``: of the number that is held for them now, null and empty until it is their
    turn. ``text`` says where they stand, or until when the number is held.
    """

    shift: ShiftTold
    card_key: str
    name_masked: str
    card_masked: str
    text: str
    look: Look
    slot_no: str | None
    time: str


class AppointmentTold(Told):
    """``out_trade_no`` is its payment, even where it cost nothing. ``text``: its state in words. ``change``: what the hospital changed since.
    ``can_rebook``: the hospital owes another number. ``no_cancel``: why it can't be cancelled here. ``has_queue``: it is today's.
    ``to_pay``: where and until when the fee is to be paid at the hospital; empty where nothing is.
    """

    out_trade_no: str
    card_key: str
    name_masked: str
    card_masked: str
    department: str
    doctor: str
    begins_at: Moment
    day: str
    time: str
    place: str
    number: int
    fee_fen: int
    to_pay: str
    state: Literal["waiting", "confirming", "booked", "stopped", "past", "cancelling", "cancelled", "lapsed", "failed"]
    text: str
    look: Look
    can_cancel: bool
    no_cancel: str
    can_rebook: bool
    change: str
    has_queue: bool


class RebookedTold(Told):
    """The number goes back; another one is to be chosen in this department. ``text`` says so."""

    department_no: str
    text: str


class CancelledTold(Told):
    appointment: AppointmentTold
    text: str


class QueueTold(Told):
    """``now``: which number is seen now; ``ahead``: how many are before the patient, empty where that does not count.
    ``by_place``: one may check in by where the phone is.
    """

    appointment: AppointmentTold
    text: str
    look: Look
    now: str
    ahead: str
    place: str
    can_check_in: bool
    by_place: bool


class CheckInAsked(Asked):
    """``content``: the text that wx.scanCode read off the code at the clinic; or ``position``: where the phone is, of which nothing is kept."""

    content: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None
    position: PositionAsked | None = None

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if (self.content is None) is (self.position is None):
            raise ValueError("either content or position")
        return self


DepartmentPage = page_of(DepartmentTold)
DoctorPage = page_of(DoctorTold)
WaitPage = page_of(WaitTold, PerhapsPart)
AppointmentPage = page_of(AppointmentTold)
