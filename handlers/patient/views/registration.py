"""What the pages of registration show: departments, shifts by day, numbers by half hour, one number, one's own registrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import quote

from handlers.base.display import patient_text, yuan
from server.core.days import day_text, hospital_time
from server.patients.cards import CardView
from server.payments.model import Payment
from server.payments.texts import TO_PAY
from server.registration.appointments import HELD, AppointmentState, OwnAppointment
from server.registration.model import Appointment, Period, Shift, ShiftSlots, ShiftState, Slot, periods
from server.registration.queueing import QUEUED
from server.registration.rules.clinic_changes import change_words
from server.registration.schedules import DepartmentShifts
from server.registration.texts import HALF_DAYS, time_text

WEEKDAYS = "一二三四五六日"
DONE = {"cancelled": "已提交取消。付过的挂号费会原路退回。"}
REBOOKING = "原来的号正在退，付过的挂号费会原路退回。请选择新的时间。"
STATES: Mapping[AppointmentState, tuple[str, str]] = {
    AppointmentState.WAITING: (TO_PAY, "waiting"),
    AppointmentState.CONFIRMING: ("医院正在确认", "waiting"),
    AppointmentState.BOOKED: ("预约成功", "success"),
    AppointmentState.STOPPED: ("停诊", "warn"),
    AppointmentState.PAST: ("已过就诊时间", "info"),
    AppointmentState.CANCELLING: ("正在取消", "waiting"),
    AppointmentState.CANCELLED: ("已取消", "info"),
    AppointmentState.FAILED: ("没有挂上", "warn"),
}
"""Words and look of each state."""


def day_and_weekday(day: date) -> str:
    """``11月30日 周一``"""
    return f"{day_text(day)} 周{WEEKDAYS[day.weekday()]}"


def department_page(
    base: str, told: DepartmentShifts, asked: str, *, is_rebooking: bool, lists_doctors: bool
) -> dict[str, object]:
    """The shifts of one day: the one ``asked`` for, else the first with a free number. ``asked`` is a date as text. ``is_rebooking``: the
    patient comes from a number that was given back. ``lists_doctors``: there is a page for each doctor.
    """
    days = sorted({shift.day for shift in told.shifts})
    free = [day for day in days if any(shift.day == day and _left(shift) for shift in told.shifts)]
    first = next(iter(free or days), None)
    chosen = next((day for day in days if day.isoformat() == asked), first)
    own = f"{base}/registration/departments/{quote(told.department.department_no, safe='')}"
    return {
        "department": told.department.name,
        "doctors_url": f"{base}/registration?q={quote(told.department.name, safe='')}" if lists_doctors else "",
        "notice": REBOOKING if is_rebooking else "",
        "note": told.department.note,
        "place": told.department.place,
        "days": [
            {
                "url": f"{own}?day={day.isoformat()}",
                "text": day_and_weekday(day),
                "state": "有号" if day in free else "无号",
                "is_chosen": day == chosen,
            }
            for day in days
        ],
        "shifts": [shift_line(base, shift) for shift in told.shifts if shift.day == chosen],
    }


def _left(shift: Shift) -> int:
    return 0 if shift.state is ShiftState.STOPPED else shift.left


def shift_line(base: str, shift: Shift) -> dict[str, object]:
    left = _left(shift)
    state = "停诊" if shift.state is ShiftState.STOPPED else f"余 {left} 个号" if left else "已约满"
    return {
        "url": f"{base}/registration/shifts/{quote(shift.schedule_no, safe='')}" if left else "",
        "doctor": shift.doctor,
        "about": " ".join(part for part in (HALF_DAYS[shift.half_day], shift.title, _replaced(shift)) if part),
        "fee": yuan(shift.fee_fen),
        "state": state,
        "look": "success" if left else "info",
    }


def _replaced(shift: Shift) -> str:
    return f"由{shift.replaced_by}替诊" if shift.state is ShiftState.REPLACED and shift.replaced_by else ""


def shift_page(base: str, told: ShiftSlots, who: str) -> dict[str, object]:
    """Free numbers by half hours. ``who`` spreads people over the numbers of one half hour, so that few meet at the same one."""
    shift = told.shift
    return {
        **_about_shift(shift),
        "periods": [_period_line(base, shift, period, who) for period in periods(told.slots)],
        "back_url": f"{base}/registration/departments/{quote(shift.department_no, safe='')}?day={shift.day.isoformat()}",
    }


def _period_line(base: str, shift: Shift, period: Period, who: str) -> dict[str, str]:
    slot = period.slots[sum(map(ord, who)) % len(period.slots)]
    return {
        "url": _slot_url(base, shift, slot),
        "time": _time_text(period),
        "left": f"余 {len(period.slots)} 个号",
    }


def _slot_url(base: str, shift: Shift, slot: Slot) -> str:
    return f"{base}/registration/shifts/{quote(shift.schedule_no, safe='')}/{quote(slot.slot_no, safe='')}"


def _time_text(span: Period | Slot | Appointment) -> str:
    return time_text(span.begins_at, span.ends_at)


def _about_shift(shift: Shift) -> dict[str, object]:
    return {
        "department": shift.department,
        "doctor": shift.doctor,
        "title_of_doctor": shift.title,
        "day": day_and_weekday(shift.day),
        "half_day": HALF_DAYS[shift.half_day],
        "place": shift.place,
        "fee": yuan(shift.fee_fen),
    }


def number_page(
    base: str, told: ShiftSlots, slot: Slot, cards: Sequence[CardView], phone_masked: str
) -> dict[str, object]:
    """One number before it is taken, with everything that the patient should check."""
    shift = told.shift
    return {
        **_about_shift(shift),
        "time": _time_text(slot),
        "number": slot.number,
        "schedule_no": shift.schedule_no,
        "slot_no": slot.slot_no,
        "shown_fen": shift.fee_fen,
        "fees": [{"label": item.name, "amount": yuan(item.amount_fen)} for item in shift.items],
        "cards": [{"key": card.card_key, "name": card.name_masked, "number": card.card_masked} for card in cards],
        "phone": phone_masked,
        "action": f"支付并挂号 {yuan(shift.fee_fen)}" if shift.fee_fen else "确认挂号（无需付款）",
        "back_url": f"{base}/registration/shifts/{quote(shift.schedule_no, safe='')}",
    }


def _who(payment: Payment) -> str:
    return patient_text(payment.personal.patient_name, payment.personal.card_no)


def appointment_list(base: str, own: Sequence[OwnAppointment], done: str) -> dict[str, object]:
    return {"appointments": [appointment_card(base, one) for one in own], "notice": DONE.get(done, "")}


def _change_text(own: OwnAppointment) -> str:
    """What the hospital said of the clinic since, with its reason, as long as the patient has the number; empty when it said nothing."""
    change = own.change
    if change is None or own.state not in HELD:
        return ""
    [charge] = own.payment.personal.subject.charges
    words = change_words(change, charge.doctor, own.appointment.begins_at)
    return f"{words}。{f'原因：{change.reason}。' if change.reason else ''}"


def appointment_card(base: str, own: OwnAppointment) -> dict[str, object]:
    payment, told = own.payment, own.appointment
    [charge] = payment.personal.subject.charges
    text, look = STATES[own.state]
    begins = hospital_time(told.begins_at)
    return {
        "url": f"{base}/payments/{payment.id}",
        "cancel_url": f"{base}/appointments/{payment.id}/cancel" if own.can_cancel else "",
        "rebook_url": f"{base}/appointments/{payment.id}/rebook" if own.can_rebook else "",
        "queue_url": f"{base}/appointments/{payment.id}/queue" if own.is_today and own.state in QUEUED else "",
        "no_cancel": own.cancel_refused if own.state is AppointmentState.BOOKED else "",
        "change": _change_text(own),
        "name": _who(payment),
        "department": charge.department,
        "doctor": charge.doctor,
        "day": day_and_weekday(begins.date()),
        "time": _time_text(told),
        "place": told.place,
        "number": told.number,
        "fee": yuan(charge.own_fen),
        "state": text,
        "look": look,
        "is_waiting": own.state is AppointmentState.WAITING,
    }
