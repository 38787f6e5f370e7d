"""What is said of a shift, a number and a registration: the same words on the pages and in the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from handlers.base.display import yuan
from server.core.days import day_text, hospital_time
from server.payments.texts import LAPSED, TO_PAY
from server.registration.appointments import HELD, AppointmentState, OwnAppointment
from server.registration.model import Appointment, Shift, ShiftState, Slot, WindowPayment
from server.registration.queueing import QUEUED
from server.registration.rules.ending import GONE
from server.registration.rules.periods import Period
from server.registration.schedules import DepartmentShifts
from server.registration.texts import AT_WINDOW, NONE_LEFT, SHIFT_OVER, at_window_text, change_words, time_text
from server.registration.waiting_model import Wait

WEEKDAYS = "一二三四五六日"
CANCELLED = "已提交取消。付过的挂号费会原路退回。"
REBOOKING = "原来的号正在退，付过的挂号费会原路退回。请选择新的时间。"
WAITING, NOT_WAITING = "已加入候补。有号时会通知您，请及时确认。", "已退出候补。"
WAITS_UNKNOWN = "医院系统暂时没有响应，候补的情况没有取到，请稍后再看。"
PAY_NOW, TAKE = "现在支付", "确认挂号"
"""The first of the two ways to pay, and the button below them."""
NOT_GIVEN = {ShiftState.STOPPED: "停诊", ShiftState.OVER: "已结束"}
HAS_NUMBERS, HAS_NONE = "有号", "无号"
STATES: Mapping[AppointmentState, tuple[str, str]] = {
    AppointmentState.WAITING: (TO_PAY, "waiting"),
    AppointmentState.CONFIRMING: ("医院正在确认", "waiting"),
    AppointmentState.BOOKED: ("预约成功", "success"),
    AppointmentState.STOPPED: ("停诊", "warn"),
    AppointmentState.PAST: ("已过就诊时间", "info"),
    AppointmentState.CANCELLING: ("正在取消", "waiting"),
    AppointmentState.CANCELLED: ("已取消", "info"),
    AppointmentState.LAPSED: (LAPSED, "info"),
    AppointmentState.FAILED: ("没有挂上", "warn"),
}
"""Words and look of each state."""


def day_and_weekday(day: date) -> str:
    """``11月30日 周一``"""
    return f"{day_text(day)} 周{WEEKDAYS[day.weekday()]}"


def days_of(told: DepartmentShifts) -> Mapping[date, bool]:
    """The days with shifts, in their order, and whether there is a free number on each."""
    days = sorted({shift.day for shift in told.shifts})
    return {day: any(shift.day == day and left(shift) for shift in told.shifts) for day in days}


def day_shown(days: Mapping[date, bool], asked: str = "") -> date | None:
    """The day ``asked`` for as a date's text, else the first with a free number, else the first; None where there is none."""
    free = (day for day, has_numbers in days.items() if has_numbers)
    first = next(free, next(iter(days), None))
    return next((day for day in days if day.isoformat() == asked), first)


def left(shift: Shift) -> int:
    """How many numbers can be had."""
    return 0 if shift.state in GONE else shift.left


def left_text(numbers: int) -> str:
    return f"余 {numbers} 个号"


def may_wait(shift: Shift, *, has_waiting_lists: bool) -> bool:
    """Can a patient wait for a number of this shift?"""
    return has_waiting_lists and not left(shift) and shift.state not in GONE


def shift_state(shift: Shift, *, has_waiting_lists: bool = False) -> tuple[str, str]:
    """Words and look."""
    if words := NOT_GIVEN.get(shift.state):
        return words, "info"
    if numbers := left(shift):
        return left_text(numbers), "success"
    return "已约满，可候补" if may_wait(shift, has_waiting_lists=has_waiting_lists) else "已约满", "info"


def none_left(shift: Shift) -> str:
    """What stands where no number of a shift is free."""
    return SHIFT_OVER if shift.state is ShiftState.OVER else NONE_LEFT


def wait_state(wait: Wait) -> tuple[str, str]:
    """Words and look."""
    if wait.offered is None:
        return f"排在第 {wait.ahead + 1} 位", "waiting"
    return f"有号了，{hospital_time(wait.offered.until):%H:%M} 前有效", "success"


def replaced(shift: Shift) -> str:
    return f"由{shift.replaced_by}替诊" if shift.state is ShiftState.REPLACED and shift.replaced_by else ""


def span(of: Period | Slot | Appointment) -> str:
    return time_text(of.begins_at, of.ends_at)


def slot_for(period: Period, who: str) -> Slot:
    """``who`` spreads people over the numbers of one half hour, so that few meet at the same one."""
    return period.slots[sum(map(ord, who)) % len(period.slots)]


def pay_at_window(at_window: WindowPayment) -> str:
    """``到院支付：11月30日 07:30 前到门诊楼 1 层收费窗口支付，过时号会取消``"""
    return f"{AT_WINDOW}：{at_window_text(at_window)}"


def take_text(fee_fen: int) -> str:
    """The text on the button that takes a number."""
    return f"支付并挂号 {yuan(fee_fen)}" if fee_fen else "确认挂号（无需付款）"


def change_text(own: OwnAppointment) -> str:
    """What the hospital said of the clinic since, with its reason, as long as the patient has the number; empty when it said nothing."""
    change = own.change
    if change is None or own.state not in HELD:
        return ""
    [charge] = own.payment.personal.subject.charges
    words = change_words(change, charge.doctor, own.appointment.begins_at)
    return f"{words}。{f'原因：{change.reason}。' if change.reason else ''}"


def no_cancel(own: OwnAppointment) -> str:
    """Why a number that the patient has can't be given back here."""
    return own.cancel_refused if own.state is AppointmentState.BOOKED else ""


def has_queue(own: OwnAppointment) -> bool:
    return own.is_today and own.state in QUEUED
