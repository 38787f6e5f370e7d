"""Seeded runs of the two test purposes in the in-memory app, with faults at every outside call, and what must hold in the end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress

from server.core.errors import LostRace, NotFound, NotSent, OutcomeUnknown, OutsideError, Refusal
from server.effects.model import LOOKS
from server.patients.model import Session
from server.payments.model import Payment, PaymentState
from server.payments.ports import ChannelCapabilities, VerifiedNotification
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.trades import RefundOutcome, TradeState
from server.payments.sms_choice import NO_SMS
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import HOSPITAL, a_session, an_identity
from tests.support.channels import FaithfulChannel
from tests.support.every_payment import every_payment
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.purposes import FUND, INSURED, REGISTRATION, Books, InsuredPurpose, RegistrationPurpose, Slots

FUND_CHANNEL = "fundpay"
"""An invented channel that nothing else knows: the whole of it is one played adapter and one line of the hospital."""
PEOPLE = ("openid-one", "openid-two")
THINGS = {REGISTRATION: ("slot-1", "slot-2"), INSURED: ("I1", "I2")}
FAULTS = ("order", "query", "close", "refund", "query_refund", "hold", "book", "check", "free", "refund_release")
STEPS = 40


class PurposeRun:
    def __init__(self, seed: int, channel: type[FaithfulChannel] = FaithfulChannel) -> None:
        self.dice = random.Random(seed)
        self.channels = {name: channel(name) for name in ("wechat", FUND_CHANNEL)}
        self.channels[FUND_CHANNEL].capabilities = ChannelCapabilities(
            methods=frozenset({"jsapi"}), title="测试统筹基金"
        )
        self.slots, self.books = Slots(), Books()
        purposes = (RegistrationPurpose(self.slots), InsuredPurpose(self.books, FUND_CHANNEL))
        self.memory_app = InMemoryApp(a_hospital(channels=self.channels), purposes=purposes)
        self.books.refuses = self.slots.refuses = lambda number: random.Random(f"{seed}/{number}").random() < 0.4
        self.undelivered: list[VerifiedNotification] = []
        self.begun: dict[str, str] = {}

    async def live(self) -> None:
        for _ in range(STEPS):
            self._perhaps_a_fault()
            with suppress(Refusal, OutsideError, LostRace, NotFound):
                await self._step()
        await self.come_to_rest()

    async def _step(self) -> None:
        roll = self.dice.random()
        if roll < 0.3:
            purpose = self.dice.choice((REGISTRATION, INSURED))
            who = self.dice.choice(PEOPLE)
            begun = await self.memory_app.payments.start(
                purpose, person(who), [self.dice.choice(THINGS[purpose])], NO_SMS
            )
            self.begun[begun.payment_id] = who
        elif roll < 0.45 and self.begun:
            payment_id, who = self.dice.choice(list(self.begun.items()))
            await self.memory_app.payments.resume(person(who), payment_id)
        elif roll < 0.7:
            self._pay()
        elif roll < 0.8 and self.undelivered:
            told = self.dice.choice(self.undelivered)
            await self.memory_app.notifications.apply(HOSPITAL, told)
        else:
            self.memory_app.clock.forward(seconds=self.dice.choice((1, 10, 60, 400)))
            await self.memory_app.work()

    def _pay(self) -> None:
        open_orders = [
            (channel, number)
            for channel in self.channels.values()
            for number, state in channel.states.items()
            if state is TradeState.UNPAID
        ]
        if open_orders:
            channel, number = self.dice.choice(open_orders)
            told = channel.pay(number)
            if self.dice.random() < 0.7:
                self.undelivered.append(told)

    def _perhaps_a_fault(self) -> None:
        if self.dice.random() < 0.5:
            return
        call = self.dice.choice(FAULTS)
        for system in (*self.channels.values(), self.slots, self.books):
            if self.dice.random() < 0.5:
                system.will_lose_the_answer(call)
            else:
                system.will(call, self.dice.choice((NotSent("played"), OutcomeUnknown("played", "lost call"))))

    async def come_to_rest(self) -> None:
        for system in (*self.channels.values(), self.slots, self.books):
            system.next_calls.clear()
            system.after_calls.clear()
        for told in self.undelivered:
            with suppress(Refusal, OutsideError):
                await self.memory_app.notifications.apply(HOSPITAL, told)
        for _ in range(60):
            self.memory_app.clock.forward(seconds=600)
            await self.memory_app.work(rounds=60)
            await self._staff_refund()
            for channel in self.channels.values():
                for refund_id, (_, outcome) in list(channel.refunds.items()):
                    if outcome is RefundOutcome.PROCESSING:
                        await self.memory_app.notifications.apply(HOSPITAL, channel.settle_refund(refund_id))

    async def _staff_refund(self) -> None:
        """Half of what is booked is asked back, as much at once as may be."""
        for payment in await every_payment(self.memory_app.stores.payments):
            most_fen = refundable_fen(payment)
            if not most_fen or random.Random(payment.id).random() < 0.5:
                continue
            now = self.memory_app.clock.now()
            ask = RefundAsk(
                request_id=f"{payment.id}/{len(payment.refunds)}", amount_fen=most_fen, lines=(), reason="other", note="", by="staff:1001",
                requested_via="chat", approval_reasons=(),
            )  # fmt: skip
            await self.memory_app.transitions.apply(
                HOSPITAL, payment.id, lambda current, ask=ask, now=now: request_refund(current, ask, now, now)
            )

    # ---- what must hold -----------------------------------------------------------------------------------------------------------

    async def problems(self) -> list[str]:
        payments = await every_payment(self.memory_app.stores.payments)
        found = [problem for payment in payments for problem in self._of(payment)]
        live = {payment.id for payment in payments if payment.state is PaymentState.BOOKED}
        found += [f"{slot} is held for {number}" for slot, number in self.slots.held.items() if number not in live]
        return found

    def _of(self, payment: Payment) -> Iterator[str]:
        books = self.slots if payment.purpose == REGISTRATION else self.books
        in_fen = back_fen = 0
        for part in payment.parts:
            channel = self.channels[part.channel]
            money = part.order_no in channel.transactions
            paid_fen = channel.amounts.get(part.order_no, 0) if money else 0
            refunds = [
                fen for number, (fen, _) in channel.refunds.items() if channel.refund_orders[number] == part.order_no
            ]
            if sum(refunds) > paid_fen:
                yield f"{payment.id}: {part.kind} sent back beyond what was paid"
            if channel.states.get(part.order_no) is TradeState.UNPAID:
                yield f"{payment.id}: {part.kind} can still be paid"
            if part.paid_fen != paid_fen:
                yield f"{payment.id}: {part.kind} holds {paid_fen} and we say {part.paid_fen}"
            in_fen, back_fen = in_fen + paid_fen, back_fen + sum(refunds)
        if in_fen - back_fen != books.held_fen(payment.id):
            yield f"{payment.id}: {in_fen} came, {back_fen} went, {books.held_fen(payment.id)} are booked"
        if not payment.at_rest() or any(effect.kind not in LOOKS for effect in payment.effects):
            yield f"{payment.id}: {payment.state} still owes {[effect.key for effect in payment.effects]}"
        if (payment.state is PaymentState.BOOKED and back_fen < in_fen) != bool(payment.claims):
            yield f"{payment.id}: {payment.state} claims {payment.claims}"
        if payment.state is PaymentState.RETURNED and not in_fen:
            yield f"{payment.id}: returned, and nothing was paid"
        order = [refund.part for refund in payment.refunds]
        if payment.purpose == INSURED and order != sorted(order, key=lambda kind: kind != FUND):
            yield f"{payment.id}: undone in the order {order}"


def person(subject: str) -> Session:
    return a_session(subject, identity=an_identity(subject))


async def problems_of(seed: int) -> list[str]:
    run = PurposeRun(seed)
    await run.live()
    return await run.problems()
