"""What the pages of registration show: departments, shifts by day, numbers by half hour, one number, one's own registrations."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from handlers.base.display import patient_text, short_time, yuan
from handlers.patient.views.members import named
from handlers.patient.views.registration_words import (
    CANCELLED,
    HAS_NONE,
    HAS_NUMBERS,
    NOT_WAITING,
    PAY_NOW,
    REBOOKING,
    STATES,
    TAKE,
    WAITING,
    change_text,
    day_and_weekday,
    day_shown,
    days_of,
    has_queue,
    left,
    left_text,
    may_wait,
    no_cancel,
    none_left,
    pay_at_window,
    replaced,
    shift_state,
    slot_for,
    span,
    take_text,
    wait_state,
)
from server.core.days import hospital_time
from server.patients.cards import CardView
from server.payments.model import Payment
from server.registration.appointments import AppointmentState, OwnAppointment
from server.registration.model import Shift, ShiftSlots, Slot, WindowPayment
from server.registration.rules.ending import GONE
from server.registration.rules.periods import Period, periods
from server.registration.schedules import DepartmentShifts
from server.registration.texts import HALF_DAYS, at_window_words
from server.registration.waiting import OwnWait

DONE = {"cancelled": CANCELLED, "waiting": WAITING, "left": NOT_WAITING}


def department_page(
    base: str, told: DepartmentShifts, asked: str, *, is_rebooking: bool, lists_doctors: bool, has_waiting_lists: bool
) -> dict[str, object]:
    """The shifts of one day: the one ``asked`` for, else the first with a free number. ``asked`` is a date as text. ``is_rebooking``: the
    patient comes from a number that was given back. ``lists_doctors``: there is a page for each doctor.
    ``has_waiting_lists``: who finds a shift full can wait for a number of it.
    """
    days = days_of(told)
    chosen = day_shown(days, asked)
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
                "state": HAS_NUMBERS if has_numbers else HAS_NONE,
                "is_chosen": day == chosen,
            }
            for day, has_numbers in days.items()
        ],
        "shifts": [
            shift_line(base, shift, has_waiting_lists=has_waiting_lists) for shift in told.shifts if shift.day == chosen
        ],
    }


def shift_line(base: str, shift: Shift, *, has_waiting_lists: bool) -> dict[str, object]:
    state, look = shift_state(shift, has_waiting_lists=has_waiting_lists)
    has_page = left(shift) or may_wait(shift, has_waiting_lists=has_waiting_lists)
    return {
        "url": f"{base}/registration/shifts/{quote(shift.schedule_no, safe='')}" if has_page else "",
        "doctor": shift.doctor,
        "about": " ".join(part for part in (HALF_DAYS[shift.half_day], shift.title, replaced(shift)) if part),
        "fee": yuan(shift.fee_fen),
        "state": state,
        "look": look,
    }


def shift_page(base: str, told: ShiftSlots, who: str, waiting: Sequence[CardView] | None) -> dict[str, object]:
    """Free numbers by half hours. ``who`` spreads people over the numbers of one half hour, so that few meet at the same one. ``waiting``
    are the cards that may wait where there are none; None where nobody can.
    """
    shift = told.shift
    return {
        **_about_shift(shift),
        "schedule_no": shift.schedule_no,
        "waiting": None if waiting is None or shift.state in GONE else card_choice(waiting),
        "none_left": none_left(shift),
        "periods": [_period_line(base, shift, period, who) for period in periods(told.slots)],
        "back_url": f"{base}/registration/departments/{quote(shift.department_no, safe='')}?day={shift.day.isoformat()}",
    }


def _period_line(base: str, shift: Shift, period: Period, who: str) -> dict[str, str]:
    slot = slot_for(period, who)
    return {
        "url": _slot_url(base, shift, slot),
        "time": span(period),
        "left": left_text(len(period.slots)),
    }


def _slot_url(base: str, shift: Shift, slot: Slot) -> str:
    return f"{base}/registration/shifts/{quote(shift.schedule_no, safe='')}/{quote(slot.slot_no, safe='')}"


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
    base: str,
    told: ShiftSlots,
    slot: Slot,
    cards: Sequence[CardView],
    phone_masked: str,
    at_window: WindowPayment | None,
) -> dict[str, object]:
    """One number before it is taken, with everything that the patient should check. ``at_window``: where it may be paid instead."""
    shift = told.shift
    return {
        **_about_shift(shift),
        "time": span(slot),
        "number": slot.number,
        "schedule_no": shift.schedule_no,
        "slot_no": slot.slot_no,
        "shown_fen": shift.fee_fen,
        "fees": [{"label": item.name, "amount": yuan(item.amount_fen)} for item in shift.items],
        "cards": card_choice(cards),
        "phone": phone_masked,
        "ways": [] if at_window is None else [PAY_NOW, pay_at_window(at_window)],
        "action": TAKE if at_window is not None else take_text(shift.fee_fen),
        "back_url": f"{base}/registration/shifts/{quote(shift.schedule_no, safe='')}",
    }


def card_choice(cards: Sequence[CardView]) -> list[dict[str, str]]:
    return [
        {"key": card.card_key, "name": named(card.name_masked, card.relation), "number": card.card_masked}
        for card in cards
    ]


def _who(payment: Payment) -> str:
    return patient_text(payment.personal.patient_name, payment.personal.card_no)


def appointment_list(
    base: str, own: Sequence[OwnAppointment], waits: Sequence[OwnWait], missing: str, done: str
) -> dict[str, object]:
    """``missing`` says of which waits the HIS did not answer; empty where it told of all."""
    return {
        "appointments": [appointment_card(base, one) for one in own],
        "waits": [_wait_card(base, one) for one in waits],
        "problem": missing,
        "notice": DONE.get(done, ""),
    }


def _wait_card(base: str, own: OwnWait) -> dict[str, object]:
    shift, offered = own.wait.shift, own.wait.offered
    text, look = wait_state(own.wait)
    return {
        **_about_shift(shift),
        "name": patient_text(own.card.name, own.card.card_no),
        "schedule_no": shift.schedule_no,
        "card_key": own.card_key,
        "url": "" if offered is None else _slot_url(base, shift, offered.slot),
        "state": text,
        "look": look,
        "time": "" if offered is None else span(offered.slot),
    }


def appointment_card(base: str, own: OwnAppointment) -> dict[str, object]:
    payment, told = own.payment, own.appointment
    [charge] = payment.personal.subject.charges
    text, look = STATES[own.state]
    begins = hospital_time(told.begins_at)
    return {
        "url": f"{base}/payments/{payment.id}",
        "cancel_url": f"{base}/appointments/{payment.id}/cancel" if own.can_cancel else "",
        "rebook_url": f"{base}/appointments/{payment.id}/rebook" if own.can_rebook else "",
        "queue_url": f"{base}/appointments/{payment.id}/queue" if has_queue(own) else "",
        "no_cancel": no_cancel(own),
        "change": change_text(own),
        "name": _who(payment),
        "department": charge.department,
        "doctor": charge.doctor,
        "day": day_and_weekday(begins.date()),
        "time": span(told),
        "place": told.place,
        "number": told.number,
        "fee": yuan(charge.own_fen),
        "to_pay_until": "" if own.to_pay is None else short_time(own.to_pay.until),
        "to_pay": "" if own.to_pay is None else at_window_words(own.to_pay),
        "state": text,
        "look": look,
        "is_waiting": own.state is AppointmentState.WAITING,
    }
