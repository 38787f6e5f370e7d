"""What happens at the hospital's clinics without us (README.md): stopped, filled up, a number free again, patients seen and patients missing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sandbox.controls.asked import Name
from sandbox.controls.counter import Number, Patient
from sandbox.controls.handlers import Control
from sandbox.hospital.errors import No
from sandbox.world.shapes import ABSENT, Asked, worded

MISSED_MAX = 20


class Shift(Asked):
    schedule_no: Name = ""


class Clinic(Patient, Shift):
    state: Annotated[Literal["stopped", "replaced", "open"], worded("stopped, replaced or open")] = ABSENT
    replaced_by: Name = ""
    reason: Name = ""


class Missed(Patient):
    count: Annotated[int, Field(ge=1, le=MISSED_MAX), worded(f"a whole number from 1 to {MISSED_MAX}")] = 1


class ClinicHandler(Control):
    """``POST /sandbox/his/clinic {person | schedule_no, state, replaced_by?, reason?}``: of the person's next number, or of that shift."""

    def post(self) -> None:
        asked, desk = self.asked(Clinic), self.outside.hospital.his.registration
        try:
            with self.outside.scene.records.together():
                schedule_no = asked.schedule_no or desk.next_clinic_of(self.person(asked.person).cards[0])
                told = desk.change(schedule_no, asked.state, asked.replaced_by, asked.reason)
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.courier.wake()
        self.write({"schedule_no": schedule_no, "told": told})


class FillHandler(Control):
    """``POST /sandbox/his/fill_shift {schedule_no}``: people at the windows take every number of this shift that is free."""

    def post(self) -> None:
        schedule_no, desk = self.asked(Shift).schedule_no, self.outside.hospital.his.registration
        try:
            with self.outside.scene.records.together():
                taken = desk.fill(schedule_no)
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.write({"schedule_no": schedule_no, "taken": taken})


class FreeNumberHandler(Control):
    """``POST /sandbox/his/free_number {schedule_no}``: somebody at a window gives back a number of this shift; whoever waits is offered it."""

    def post(self) -> None:
        schedule_no, his = self.asked(Shift).schedule_no, self.outside.hospital.his
        try:
            with self.outside.scene.records.together():
                slot_no = his.registration.give_back(schedule_no)
                his.waiting_list.offer_due()
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.courier.wake()
        self.write({"schedule_no": schedule_no, "slot_no": slot_no})


class DoctorHandler(Control):
    """``POST /sandbox/his/see {out_trade_no}``: the doctor sees the patient of this number, and no fee of it goes back any more."""

    def post(self) -> None:
        number = self.asked(Number).out_trade_no
        try:
            with self.outside.scene.records.together():
                self.outside.hospital.his.clinic_queue.see(number)
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.write({"seen": number})


class PayNumberHandler(Control):
    """``POST /sandbox/his/pay_number {out_trade_no}``: the patient of this reserved number pays its fee in cash; the app is told."""

    def post(self) -> None:
        number, his = self.asked(Number).out_trade_no, self.outside.hospital.his
        try:
            with self.outside.scene.records.together():
                fee_fen = his.reservations.pay_at_window(number)
                his.takings.take("cash", fee_fen, "window")
        except No as no:
            self.fail(404, no.code, no.message)
            return
        self.courier.wake()
        self.write({"paid_fen": fee_fen})


class MissedHandler(Control):
    """``POST /sandbox/his/missed {person, count?: 1–20}``: the person did not come to so many numbers of the last weeks."""

    def post(self) -> None:
        asked = self.asked(Missed)
        card_no = self.person(asked.person).cards[0]
        with self.outside.scene.records.together():
            self.outside.hospital.his.attendance.miss(card_no, asked.count)
        self.write({"missed": asked.count})


ROUTES = {
    r"/sandbox/his/clinic": ClinicHandler,
    r"/sandbox/his/fill_shift": FillHandler,
    r"/sandbox/his/free_number": FreeNumberHandler,
    r"/sandbox/his/see": DoctorHandler,
    r"/sandbox/his/pay_number": PayNumberHandler,
    r"/sandbox/his/missed": MissedHandler,
}
