"""Seeded runs of registrations: the whole app in memory, the real adapter, the sandbox's hospital, and faults at every call.

In the end the hospital's numbers, its books, the channel's books and ours must agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sandbox.hospital.errors import No
from sandbox.hospital.registration import Registration
from sandbox.hospital.schedules import departments, schedules_of, slots_of, taken_by_others
from sandbox.world.people import invented_people
from server.effects.model import LOOKS
from server.patients.model import Session
from server.patients.visible_cards import card_key
from server.payments.model import Payment, PaymentState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.trades import TradeState
from server.payments.sms_choice import NO_SMS
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.registration import HisRegistration
from server.refunds.rules.requests import RefundAsk, request_refund
from server.registration.model import REGISTRATION, read_appointment
from server.registration.ports import RegistrationOffer
from server.registration.rules.hospital_rules import RegistrationRules
from tests.support.builders import HOSPITAL, a_session, an_identity
from tests.support.clinic_pushes import ClinicPushes
from tests.support.clock_and_ids import MORNING
from tests.support.hospital_runs import HospitalRun
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital
from tests.support.registration_desk import WINDOW, has_changed, locked_for_nothing, taken_at_window

PHONES = (("openid-one", 0), ("openid-two", 3), ("openid-daughter", 0))
"""Who is logged in, and whose card is bound there; the first person's is bound on two phones."""
TOMORROW = MORNING.date() + timedelta(days=1)


def contested() -> list[tuple[str, str]]:
    """(shift, number) of two numbers that cost something and one that costs nothing, all of one department and day; and one of another."""
    found: list[tuple[str, str]] = []
    for shift in schedules_of(departments()[0]["department_no"], TOMORROW):
        free = [slot["slot_no"] for slot in slots_of(shift) if not taken_by_others(slot["slot_no"])]
        found += [(shift["schedule_no"], slot_no) for slot_no in free[: 2 if shift["fee_fen"] else 1]]
    other = schedules_of(departments()[2]["department_no"], TOMORROW)[0]
    elsewhere = [slot["slot_no"] for slot in slots_of(other) if not taken_by_others(slot["slot_no"])]
    return [*found[:2], found[-1], (other["schedule_no"], elsewhere[0])]


class RegistrationRun(HospitalRun):
    STEPS = 60
    PAUSES_S = (1, 20, 20, 60, 60, 400)
    CLINICS = 0.5
    """How often the hospital changes a clinic, beside the other acts."""
    REFUSALS = (*HospitalRun.REFUSALS, No)

    def __init__(self, seed: int) -> None:
        self.messenger = RecordingMessenger()
        super().__init__("registrations", seed)
        self.numbers = contested()
        self.clinics = ClinicPushes(self.memory_app, self.line.platform, self.dice)

    def app(self, his: HttpJsonHis) -> InMemoryApp:
        rules = RegistrationRules(cancel_before=timedelta(0), open_most=1)
        return InMemoryApp(
            a_hospital(his=his, channels={"wechat": self.channel}, messengers={"wechat": self.messenger}),
            registration={HOSPITAL: RegistrationOffer(system=HisRegistration(his), rules=rules)},
        )

    def cards(self) -> Sequence[tuple[Session, int]]:
        return [(_session(subject), person) for subject, person in PHONES]

    @property
    def desk(self) -> Registration:
        return self.line.platform.his.registration

    def acts(self) -> tuple[Sequence[Callable[[], Awaitable[None]]], Sequence[float]]:
        acts = (
            self._register,
            self._pay,
            self.hear,
            self.wait,
            self._cancel,
            self._refund,
            self._window,
            self._see,
            self._change_clinic,
            self._rebook,
            self.clinics.said,
        )
        return acts, (8, 8, 3, 9, 2, 1, 1, 1, self.CLINICS, self.CLINICS, 2 * self.CLINICS)

    async def after_step(self) -> None:
        self.seen += await self._held_for_nothing()

    async def _register(self) -> None:
        subject, person = self.dice.choice(PHONES)
        key = card_key(self.memory_app.sealer, HOSPITAL, invented_people()[person].cards[0])
        shift, number = self.dice.choice(self.numbers)
        await self.memory_app.payments.start(REGISTRATION, _session(subject), [shift, number, key], NO_SMS)

    async def _pay(self) -> None:
        for number, state in self.channel.states.items():
            if state is TradeState.UNPAID and self.dice.random() < 0.6:
                told = self.channel.pay(number)
                if self.dice.random() < 0.7:
                    self.undelivered.append(told)

    async def _cancel(self) -> None:
        subject, _ = self.dice.choice(PHONES)
        for own in await self.memory_app.registration.appointments.mine(_session(subject)):
            if own.can_cancel:
                await self.memory_app.registration.cancelling.cancel(_session(subject), own.payment.id)

    async def _refund(self) -> None:
        """Staff give a registration back, all of it or a part, which is refused."""
        able = [payment for payment in await self.payments() if refundable_fen(payment)]
        if able:
            payment, now = self.dice.choice(able), self.now()
            amount_fen = self.dice.choice((refundable_fen(payment), 100))
            ask = RefundAsk(
                request_id=f"tap-{self.dice.random()}", amount_fen=amount_fen, lines=(), reason="other", note="", by="staff:1001",
                requested_via="chat", approval_reasons=(),
            )  # fmt: skip
            await self.memory_app.transitions.apply(
                HOSPITAL, payment.id, lambda one: request_refund(one, ask, now, now)
            )

    async def _window(self) -> None:
        """Somebody takes a free number at the window."""
        _, number = self.dice.choice(self.numbers)
        taken_at_window(self.desk, number)

    async def _see(self) -> None:
        """The doctor sees somebody."""
        trades = [one for one in self.trades().values() if one["released_fen"] < one["amount_fen"]]
        if trades:
            self.line.platform.his.clinic_queue.see(self.dice.choice(trades)["out_trade_no"])

    async def _change_clinic(self) -> None:
        """The hospital stops a clinic, finds another doctor for it, or opens it again."""
        shift = self.dice.choice(self.numbers)[0]
        self.desk.change(shift, self.dice.choice(("stopped", "replaced", "open")), "王代班")

    async def _rebook(self) -> None:
        subject, _ = self.dice.choice(PHONES)
        for own in await self.memory_app.registration.appointments.mine(_session(subject)):
            if own.can_rebook:
                await self.memory_app.registration.cancelling.rebook(_session(subject), own.payment.id)

    async def come_to_rest(self) -> None:
        await super().come_to_rest()
        await self.clinics.said_in_the_end()
        await super().come_to_rest()

    # ---- what must hold -----------------------------------------------------------------------------------------------------------

    async def _held_for_nothing(self) -> list[str]:
        found = locked_for_nothing(self.desk, await self.payments())
        return [f"{slot_no} is locked for nothing" for slot_no, _ in found]

    async def problems(self) -> list[str]:
        payments, trades = await self.payments(), self.trades()
        found = [*self.seen, *self._sold(payments), *self.clinics.untold(payments)]
        for payment in payments:
            found += self._of(payment, trades.get(payment.id))
        return found

    def _of(self, payment: Payment, trade: Mapping[str, Any] | None) -> Iterator[str]:
        in_fen = self.channel.amounts.get(payment.id, 0) if payment.id in self.channel.transactions else 0
        gone = (
            fen for refund, (fen, _) in self.channel.refunds.items() if self.channel.refund_orders[refund] == payment.id
        )
        back_fen = sum(gone)
        held_fen = 0 if trade is None else trade["amount_fen"] - trade["released_fen"]
        if in_fen - back_fen != held_fen:
            yield f"{payment.id}: {in_fen} came, {back_fen} went back, the HIS holds {held_fen}"
        if (payment.state is PaymentState.BOOKED) != (trade is not None):
            yield f"{payment.id} is {payment.state}, and the HIS has {trade is not None}"
        if not payment.at_rest() or any(effect.kind not in LOOKS for effect in payment.effects):
            yield f"{payment.id}: {payment.state} still owes {[effect.key for effect in payment.effects]}"

    def _sold(self, payments: list[Payment]) -> Iterator[str]:
        """A number has one owner, who has booked it; a person has one number to come, though it were in another department."""
        live = {one.id: one for one in payments if one.state is PaymentState.BOOKED and one.claims}
        owners = {held["slot_no"]: held["out_trade_no"] for held in self.desk.numbers.holders()}
        for slot_no, number in owners.items():
            if number != WINDOW and number not in live:
                yield f"{slot_no} is held for {number}, which is over"
        for number, payment in live.items():
            slot_no = read_appointment(payment.personal.subject).slot_no
            if owners.get(slot_no) != number:
                yield f"{slot_no} is sold to {number}, and the HIS has it for {owners.get(slot_no)}"
        waiting = {held["out_trade_no"] for held in self.desk.numbers.holders() if held["state"] == "booked"}
        to_come = (one for number, one in live.items() if number in waiting and not has_changed(self.desk, one))
        for card_no, count in Counter(payment.personal.card_no for payment in to_come).items():
            if count > 1:
                yield f"{count} numbers of one day for {card_no}"


class CalmRun(RegistrationRun):
    """No clinic is changed, so that every number counts."""

    CLINICS = 0


class StormyRun(RegistrationRun):
    CLINICS = 4


def _session(subject: str) -> Session:
    return a_session(subject, identity=an_identity(subject))
