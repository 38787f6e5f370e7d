"""Registrations in the simulation: the real purpose, the real adapter, the sandbox's hospital at the end of the simulated network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.hospital.ledger import TRADE
from sandbox.hospital.registration import Registration
from sandbox.hospital.reservations import RESERVED
from sandbox.hospital.schedules import departments, schedule_and_slot, schedules_of, slots_of, taken_by_others
from server.app.configuration.hospital_file import HospitalFile
from server.app.configuration.registration import Registration as Rules
from server.app.registration_offers import registration_offers
from server.core.days import hospital_day
from server.payments.hospital import Hospital
from server.payments.model import Payment, PaymentState
from server.payments.rules.elsewhere import has_lapsed
from server.payments.rules.telling import PAYMENT_LAPSED
from server.registration.model import read_appointment
from server.registration.ports import Offers
from server.registration.rules.at_window import WindowRule
from tests.simulation.chance import picked
from tests.simulation.full_shift import FullShift
from tests.simulation.script import Step
from tests.support.registration_desk import WINDOW, has_changed, locked_for_nothing, taken_at_window, unknown_change

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

RULES = Rules(open_most=1, cancel_before_minutes=0, released_at=time(0), waiting_lists=True, doctors=True)
STRICT = RULES.model_copy(update={"guardian_under": 14, "guardian_bound": True})
TO_BE_PAID = timedelta(minutes=60)
"""So long after the beginning of a run the first number that may be paid at the window must be."""
STATES = ("stopped", "replaced", "open")


def with_registration(file: HospitalFile) -> HospitalFile:
    return file.model_copy(update={"registration": RULES})


def with_guardians(file: HospitalFile) -> HospitalFile:
    return file.model_copy(update={"registration": STRICT})


class RegistrationSystem:
    """The hospital's own books say which number is whose and what it holds."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self.numbers = _contested(world)
        self.full = FullShift(world, {schedule_no for schedule_no, _ in self.numbers})
        self._window = self._window_rule()

    @property
    def slots(self) -> RegistrationSystem:
        return self

    @property
    def desk(self) -> Registration:
        return self._world.outside.hospital.his.registration

    @property
    def held(self) -> dict[str, str]:
        """By number: our payment that has it."""
        return {
            one["slot_no"]: one["out_trade_no"]
            for one in self.desk.numbers.holders()
            if one["out_trade_no"] not in {"", WINDOW}
        }

    def of(self, payment: Payment) -> RegistrationSystem:
        return self

    def held_fen(self, number: str) -> int:
        trade = self._world.outside.scene.records.get(TRADE, number)
        return 0 if trade is None else trade["amount_fen"] - trade["released_fen"]

    def offers(self, hospital: Hospital) -> Offers:
        offers = registration_offers([self._world.file], {hospital.id: hospital})
        return {name: replace(offer, at_window=self._window) for name, offer in offers.items()}

    def _window_rule(self) -> WindowRule:
        begins = min(datetime.fromisoformat(schedule_and_slot(number)[1]["begins_at"]) for _, number in self.numbers)
        return WindowRule(place="收费窗口", before=begins - self._world.clock.now() - TO_BE_PAID)

    # ---- what the hospital does ---------------------------------------------------------------------------------------------------

    async def do(self, step: Step) -> str:
        return str(getattr(self, f"_{step.what}")(step))

    def _clinic(self, step: Step) -> str:
        """A clinic is stopped, another doctor stands in, or it is as planned again."""
        schedule_no, _ = picked(self.numbers, step.dial)
        state = STATES[int(step.dial * 1000) % len(STATES)]
        told = self.desk.change(schedule_no, state, "王代班")
        self._world.courier.wake()
        return f"{schedule_no} {state}, {len(told)} told"

    def _free(self, step: Step) -> str:
        return self.full.give_back()

    def _pays(self, step: Step) -> str:
        """Somebody pays at the window for a number that they have reserved."""
        due = [one["out_trade_no"] for one in self.desk.numbers.holders() if one["state"] == RESERVED]
        if not due:
            return "nothing to pay"
        number = picked(due, step.dial)
        self._world.outside.hospital.his.reservations.pay_at_window(number)
        self._world.courier.wake()
        return f"{self._world.shorter(number)} is paid at the window"

    def _taken(self, step: Step) -> str:
        """Somebody takes a free number at the window."""
        _, number = picked(self.numbers, step.dial)
        return f"{number} goes at the window" if taken_at_window(self.desk, number) else f"{number} is taken"

    # ---- what must hold in the end ---------------------------------------------------------------------------------------------------

    def problems(self) -> Iterator[str]:
        payments = self._world.database.payments()
        yield from self._sold(payments)
        for payment in payments:
            yield from self._knows(payment)
            yield from self._heard_of_its_end(payment)
        yield from self.full.problems()
        for phone in self._world.phones:
            yield from phone.problems()

    def saved(self, before: Payment | None, after: Payment) -> None:
        """Holds at any moment."""
        for slot_no, payment in locked_for_nothing(self.desk, self._world.database.payments()):
            self._world.trace.problem(f"{slot_no} is locked for {self._world.shorter(payment.id)}, which is over")

    def _sold(self, payments: list[Payment]) -> Iterator[str]:
        """Whoever has paid a number has it; and a person has one number to come, unless the hospital has changed a clinic."""
        live = [one for one in payments if one.state is PaymentState.BOOKED and one.claims]
        owners = {one["slot_no"]: (one["out_trade_no"], one["state"]) for one in self.desk.numbers.holders()}
        to_come: Counter[str] = Counter()
        for payment in live:
            told = read_appointment(payment.personal.subject)
            owner, state = owners.get(told.slot_no, ("nobody", ""))
            if owner != payment.id:
                yield f"{told.slot_no} is sold to {self._world.shorter(payment.id)}, and the HIS has it for {owner}"
            if state in {"booked", RESERVED} and not has_changed(self.desk, payment):
                to_come[payment.personal.card_no] += 1
        yield from (f"{count} numbers to come for one person" for count in to_come.values() if count > 1)

    def _knows(self, payment: Payment) -> Iterator[str]:
        """Who still has a number knows the last word of the hospital about its clinic."""
        if payment.state is not PaymentState.BOOKED or not payment.claims:
            return
        if unknown := unknown_change(self.desk, payment):
            yield f"{self._world.shorter(payment.id)}: {unknown}"

    def _heard_of_its_end(self, payment: Payment) -> Iterator[str]:
        """Who did not pay at the window in time is told so, and nobody else is."""
        owner, name = self._world.owner(payment), self._world.shorter(payment.id)
        told = any((one.payment, one.purpose) == (payment.id, PAYMENT_LAPSED) for one in owner.told())
        if told and not has_lapsed(payment):
            yield f"{owner.name} was told that {name} is gone, and it is not"
        refused = any(line.what == "message_refused" for line in payment.history)
        if has_lapsed(payment) and not told and not refused and owner.must_hear(PAYMENT_LAPSED):
            yield f"{owner.name} was not told that {name} is gone"


def _contested(world: SimulatedWorld) -> list[tuple[str, str]]:
    """(shift, number): two numbers of one department and one of another on one of the next days, each with a fee."""
    today = hospital_day(world.clock.now())
    for ahead in range(2, 5):  # on a Sunday only the general clinics are open, which cost nothing
        found: list[tuple[str, str]] = []
        for department in departments():
            found += _numbers_of(department["department_no"], today + timedelta(days=ahead), 1 if found else 2)
        if len(found) >= 3:
            return found[:3]
    raise AssertionError("no numbers with a fee")


def _numbers_of(department_no: str, day: date, count: int) -> list[tuple[str, str]]:
    """Of the department's first shift with a fee."""
    shift = next((one for one in schedules_of(department_no, day) if one["fee_fen"]), None)
    if shift is None:
        return []
    free = [one["slot_no"] for one in slots_of(shift) if not taken_by_others(one["slot_no"])]
    return [(shift["schedule_no"], number) for number in free[:count]]
