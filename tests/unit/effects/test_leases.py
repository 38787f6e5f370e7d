"""Leases that are taken in the write which creates the work, and what one run over a document does under one token."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LeaseLost, NotSent, StoreUnavailable
from server.effects.engine import EffectRunner
from server.effects.leases import Leases, Pace
from server.effects.model import Effect, EffectKind, became_due, done_together, find, take
from server.effects.worker import Worker, WorkerToBe
from server.payments.model import Payment, PaymentState
from server.payments.sms_choice import sms_to
from tests.support.builders import HOSPITAL, PHONE, a_paid, a_scan, a_session
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.in_memory_app import InMemoryApp

MINUTE = timedelta(minutes=1)
BOOK = Effect(kind=EffectKind.BOOK, due_at=MORNING)
MESSAGE = Effect(kind=EffectKind.MESSAGE, subject="payment_booked", due_at=MORNING)
SMS = Effect(kind=EffectKind.SMS, subject="payment_booked", due_at=MORNING)


class TestWhatBecameDue:
    def test_is_what_is_new_or_due_sooner(self) -> None:
        later = replace(BOOK, due_at=MORNING + MINUTE)
        assert became_due((), (BOOK,), MORNING) == ("book",)
        assert became_due((later,), (BOOK,), MORNING) == ("book",)

    def test_is_not_what_was_due_or_is_leased_or_comes_later(self) -> None:
        assert became_due((BOOK,), (BOOK,), MORNING) == ()
        assert became_due((), (replace(BOOK, lease="another"),), MORNING) == ()
        assert became_due((), (replace(BOOK, due_at=MORNING + MINUTE),), MORNING) == ()


class TestDoneTogether:
    def test_are_the_two_ways_of_telling_one_thing(self) -> None:
        effects = (MESSAGE, replace(SMS, subject="payment_returned"), SMS, BOOK)
        assert done_together(effects, [effect.key for effect in effects]) == (MESSAGE.key, SMS.key)

    def test_is_nothing_beside_what_moves_money(self) -> None:
        assert done_together((BOOK, MESSAGE, SMS), [BOOK.key, MESSAGE.key, SMS.key]) == (BOOK.key,)


def leases(memory_app: InMemoryApp, clock: FakeClock, token: str = "mine") -> Leases[Payment]:
    return Leases(memory_app.transitions.kind, clock, Pace(lease_s=60, deadline_s=40), token, lambda: True)


class TestTaken:
    def test_what_is_held_is_not_taken_again(self) -> None:
        clock = FakeClock()
        held = take((BOOK,), "book", token="mine", now=MORNING, lease=MINUTE)
        assert leases(InMemoryApp(), clock).taken(held, ["book"]) is held

    def test_a_lease_that_is_half_gone_runs_anew_without_another_try(self) -> None:
        clock = FakeClock()
        held = take((BOOK,), "book", token="mine", now=MORNING, lease=MINUTE)
        clock.forward(31)
        again = leases(InMemoryApp(), clock).taken(held, ["book"])[0]
        assert (again.due_at, again.tries, again.unknown_at) == (MORNING + timedelta(seconds=91), 1, None)

    def test_what_another_run_holds_is_left_to_it(self) -> None:
        held = take((MESSAGE,), MESSAGE.key, token="another", now=MORNING, lease=MINUTE)
        mine = leases(InMemoryApp(), FakeClock())
        with pytest.raises(LeaseLost):
            mine.taken(held, [MESSAGE.key])
        both = mine.taken((*held, SMS), [MESSAGE.key, SMS.key])
        assert [effect.lease for effect in both] == ["another", "mine"]

    def test_calls_end_before_the_lease_does(self) -> None:
        held = take((BOOK,), "book", token="mine", now=MORNING, lease=MINUTE)
        assert leases(InMemoryApp(), FakeClock()).left_s(held[0]) == 40


class Process:
    """An app with one worker that hears only of what happens here, on a clock that can be wrong."""

    def __init__(self, pace: Pace | None = None) -> None:
        woken = WorkerToBe[Payment]()
        self.memory_app = InMemoryApp(woken=woken)
        self.clock = WrongClock()
        self.runner = EffectRunner(
            self.memory_app.transitions, self.memory_app.runners, self.clock, self.memory_app.ids, pace
        )
        self.worker = Worker(self.runner, self.clock, self.memory_app.ids, polls=False)
        woken.worker = self.worker

    async def begun(self) -> str:
        session = a_session("openid-zhang-ceshi", a_scan("B1"))
        return (await self.memory_app.payments.start("bills", session, ["B1"], sms_to(PHONE))).payment_id

    async def paid(self) -> Payment:
        payment_id = await self.begun()
        await self.memory_app.notifications.apply(HOSPITAL, self.memory_app.channel.pay(payment_id))
        return await self.memory_app.payment(payment_id)


class WrongClock(FakeClock):
    right = True

    def agrees(self) -> bool:
        return self.right


@pytest.mark.asyncio
class TestLeasedAsItIsCreated:
    async def test_the_notification_s_write_carries_the_lease(self) -> None:
        process = Process()
        book = find((await process.paid()).effects, "book")
        assert book is not None
        assert (book.lease is not None, book.tries) == (True, 1)
        await process.worker.rest()
        assert (await process.memory_app.stores.payments.due(MORNING, 10)) == []

    @pytest.mark.parametrize("reason", ["stopping", "full", "clock"])
    async def test_not_by_a_process_that_will_not_do_it(self, reason: str) -> None:
        process = Process(Pace(concurrency=0 if reason == "full" else 16))
        process.clock.right = reason != "clock"
        if reason == "stopping":
            await process.worker.stop()
        payment = await process.paid()
        assert [effect.lease for effect in payment.effects if effect.kind is EffectKind.BOOK] == [None]
        await process.worker.rest()

    async def test_a_write_that_fails_leaves_nothing_under_way(self) -> None:
        process = Process()
        payment_id = await process.begun()
        process.memory_app.payment_store.fail_at(StoreUnavailable("down"), "save")
        with pytest.raises(StoreUnavailable):
            await process.memory_app.notifications.apply(HOSPITAL, process.memory_app.channel.pay(payment_id))
        process.memory_app.payment_store.fail.clear()
        assert (await process.memory_app.payment(payment_id)).state is PaymentState.PENDING
        assert process.memory_app.his.named("confirm") == []

    async def test_who_dies_after_the_write_is_followed_by_another_worker(self) -> None:
        process = Process()
        process.worker.wake = lambda document, token: None  # type: ignore[method-assign]
        payment = await process.paid()
        await process.memory_app.work()
        assert (await process.memory_app.payment(payment.id)).state is PaymentState.PAID, "the lease still runs"
        process.memory_app.clock.forward(61)
        await process.memory_app.work()
        assert (await process.memory_app.payment(payment.id)).state is PaymentState.BOOKED


@pytest.mark.asyncio
class TestTellingByBothWays:
    async def test_one_that_fails_does_not_hold_up_the_other(self) -> None:
        memory_app = InMemoryApp()
        payment = a_paid(memory_app.clock.now())
        await memory_app.stores.payments.insert(payment)
        memory_app.messenger.will("send", NotSent("chat", "down"))
        await memory_app.runner.run_due(HOSPITAL, payment.id)
        after = await memory_app.payment(payment.id)
        assert [line.what for line in after.history][-1] == "sms_sent"
        assert [(effect.key, effect.tries) for effect in after.effects] == [("message:payment_booked", 1)]

    async def test_both_are_under_way_at_once_and_end_in_one_write(self) -> None:
        memory_app = InMemoryApp()
        payment = a_paid(memory_app.clock.now())
        await memory_app.stores.payments.insert(payment)
        sms_asked, answers = asyncio.Event(), asyncio.Event()
        memory_app.messenger.will("send", answers.wait)

        async def asked() -> None:
            sms_asked.set()

        memory_app.sms.will("send", asked)
        run = asyncio.create_task(memory_app.runner.run_due(HOSPITAL, payment.id))
        await sms_asked.wait()
        before = await memory_app.payment(payment.id)
        answers.set()
        await run
        after = await memory_app.payment(payment.id)
        assert (before.state, after.version - before.version, after.effects) == (PaymentState.BOOKED, 1, ())
