"""The sandbox's registration desk beside our payments: what must agree after a run, whichever way the run is played."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.hospital.clinics import OPEN
from sandbox.hospital.registration import LOCKED_UNDER, Registration
from sandbox.world.wire import Record
from server.effects.model import EffectKind, find
from server.payments.model import Payment, PaymentState
from server.registration.model import read_appointment
from server.registration.rules.clinic_changes import change_of

WINDOW = "WINDOW"
"""Who has a number that was taken at the window."""
OVER = frozenset({PaymentState.CLOSED, PaymentState.RETURNED})


def taken_at_window(desk: Registration, slot_no: str) -> bool:
    """Somebody asks for this number at the window; False where somebody has it already."""
    if desk.numbers.holder(slot_no) is not None:
        return False
    desk.numbers.keep(slot_no, WINDOW, "8801000001", "booked", "")
    return True


def has_changed(desk: Registration, payment: Payment) -> bool:
    """Has the hospital changed the clinic of the payment's number? One that is open again may have left a person with two numbers."""
    return _clinic_of(desk, payment) != OPEN


def locked_for_nothing(desk: Registration, payments: Iterable[Payment]) -> Iterator[tuple[str, Payment]]:
    """Numbers that are locked for a payment that is over and does not mean to free them."""
    known = {payment.id: payment for payment in payments}
    for one in desk.numbers.holders():
        payment = known.get(one["out_trade_no"])
        if one["state"] != "locked" or payment is None or payment.state not in OVER:
            continue
        if find(payment.effects, str(EffectKind.FREE)) is None:
            yield one["slot_no"], payment


def unknown_change(desk: Registration, payment: Payment) -> str:
    """What the patient, who has the number, does not know of its clinic, in words; empty when they know the hospital's last word."""
    clinic = _clinic_of(desk, payment)
    if clinic == (desk.scene.records.get(LOCKED_UNDER, payment.id) or OPEN):
        return ""
    known = change_of(payment.booking)
    if known is not None and (known.state, known.replaced_by) == (clinic["state"], clinic["replaced_by"]):
        return ""
    return f"its clinic is {clinic['state']}, and the patient knows {known}"


def _clinic_of(desk: Registration, payment: Payment) -> Record:
    return desk.clinics.of(read_appointment(payment.personal.subject).schedule_no)
