"""The loop around the effects: woken, polling, bounded, and not to be killed by a bug."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.core.errors import StoreUnavailable
from server.effects.leases import Pace
from server.effects.model import EffectKind
from server.effects.worker import Worker, WorkerToBe
from server.payments.model import Payment, PaymentState
from server.payments.sms_choice import sms_to
from tests.support.builders import HOSPITAL, PHONE, a_paid, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio


async def paid(memory_app: InMemoryApp) -> Payment:
    payment = a_paid(memory_app.clock.now())
    await memory_app.stores.payments.insert(payment)
    return payment


class Slow:
    """A clock whose sleep really lets others run, for loops."""

    def __init__(self, memory_app: InMemoryApp) -> None:
        self._clock = memory_app.clock
        self.rounds = 0

    def now(self):  # type: ignore[no-untyped-def]
        return self._clock.now()

    def agrees(self) -> bool:
        return True

    async def must_agree(self) -> None: ...

    async def sleep(self, seconds: float) -> None:
        self.rounds += 1
        assert seconds > 0
        await asyncio.sleep(0.001)


class Once(Slow):
    """A clock whose first sleep lasts until the test goes on."""

    def __init__(self, memory_app: InMemoryApp) -> None:
        super().__init__(memory_app)
        self.go_on = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.rounds += 1
        await self.go_on.wait()


async def until(true: object, what: str) -> None:
    for _ in range(2000):
        if await true():  # type: ignore[operator]
            return
        await asyncio.sleep(0.001)
    raise AssertionError(f"never: {what}")


class TestWorker:
    def worker(self, memory_app: InMemoryApp, *, polls: bool = True) -> Worker[Payment]:
        return Worker(memory_app.runner, Slow(memory_app), memory_app.ids, polls=polls)  # type: ignore[arg-type]

    async def test_finds_what_is_due_and_stops_cleanly(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        worker = self.worker(memory_app)
        loop = asyncio.create_task(worker.run())

        async def booked() -> bool:
            return (await memory_app.payment(payment.id)).effects == ()

        await until(booked, "booked and told")
        await worker.stop()
        await asyncio.wait_for(loop, 30)
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED

    async def test_is_woken_at_once_without_polling(self) -> None:
        woken = WorkerToBe[Payment]()
        memory_app = InMemoryApp(woken=woken)
        worker = woken.worker = self.worker(memory_app, polls=False)
        await asyncio.wait_for(worker.run(), 30)
        begun = await memory_app.payments.start(
            "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
        )
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))

        async def done() -> bool:
            return (await memory_app.payment(begun.payment_id)).effects == ()

        await until(done, "booked and told in the same process")
        await worker.stop()

    @pytest.mark.parametrize("error", [StoreUnavailable(), RuntimeError("a bug in the store")])
    async def test_outlives_a_store_that_is_down_or_broken(self, error: Exception) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.payment_store.fail_at(error, "due")
        worker = self.worker(memory_app)
        loop = asyncio.create_task(worker.run())
        await asyncio.sleep(0.02)
        assert not loop.done()
        assert (await memory_app.payment(payment.id)).state is PaymentState.PAID
        memory_app.payment_store.fail.clear()

        async def booked() -> bool:
            return (await memory_app.payment(payment.id)).state is PaymentState.BOOKED

        await until(booked, "booked when the store is back")
        await worker.stop()
        await asyncio.wait_for(loop, 30)

    async def test_outlives_a_payment_that_cannot_be_read(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.payment_store.fail_at(RuntimeError("unreadable document"), "get")
        worker = self.worker(memory_app)
        loop = asyncio.create_task(worker.run())
        await asyncio.sleep(0.02)
        assert not loop.done()
        memory_app.payment_store.fail.clear()

        async def booked() -> bool:
            return (await memory_app.payment(payment.id)).state is PaymentState.BOOKED

        await until(booked, "booked later")
        await worker.stop()
        await asyncio.wait_for(loop, 30)

    async def test_stop_finishes_what_is_under_way_and_takes_nothing_new(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        release = asyncio.Event()
        memory_app.his.will("confirm", release.wait)
        worker = self.worker(memory_app, polls=False)
        worker.nudge(HOSPITAL, payment.id)
        worker.nudge(HOSPITAL, payment.id)
        await asyncio.sleep(0.01)
        stopping = asyncio.create_task(worker.stop())
        await asyncio.sleep(0.01)
        assert not stopping.done()
        release.set()
        await asyncio.wait_for(stopping, 30)
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.BOOKED
        worker.nudge(HOSPITAL, payment.id)
        await asyncio.sleep(0.01)
        assert (await memory_app.payment(payment.id)).version == after.version
        assert {effect.kind for effect in after.effects} == {EffectKind.MESSAGE, EffectKind.SMS}

    async def test_never_runs_more_than_it_may(self) -> None:
        memory_app = InMemoryApp()
        release, at_once, most = asyncio.Event(), 0, 0

        async def count() -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await release.wait()
            at_once -= 1

        for number in range(20):
            payment = a_paid(memory_app.clock.now())
            await memory_app.stores.payments.insert(replace(payment, id=f"ZF20261123ABCDEFGH{number:04d}", claims=()))
        memory_app.his.will("confirm", *[count] * 20)
        memory_app.runner.pace = Pace(concurrency=3)
        worker = self.worker(memory_app)
        loop = asyncio.create_task(worker.run())
        await asyncio.sleep(0.03)
        assert most == 3
        release.set()

        async def all_booked() -> bool:
            return len(memory_app.his.booked) == 20

        await until(all_booked, "all booked")
        assert most == 3
        await worker.stop()
        await asyncio.wait_for(loop, 30)

    async def test_what_one_poll_found_is_done_without_another_one(self) -> None:
        memory_app = InMemoryApp()
        for number in range(20):
            payment = a_paid(memory_app.clock.now())
            await memory_app.stores.payments.insert(replace(payment, id=f"ZF20261123ABCDEFGH{number:04d}", claims=()))
        memory_app.runner.pace = Pace(concurrency=3)
        clock = Once(memory_app)
        worker = Worker(memory_app.runner, clock, memory_app.ids, polls=True)  # type: ignore[arg-type]
        loop = asyncio.create_task(worker.run())

        async def all_booked() -> bool:
            return len(memory_app.his.booked) == 20

        await until(all_booked, "all booked")
        assert clock.rounds == 1
        await worker.stop()
        clock.go_on.set()
        await asyncio.wait_for(loop, 30)

    async def test_what_was_found_and_not_begun_is_left_where_it_stops(self) -> None:
        memory_app = InMemoryApp()
        for number in range(3):
            payment = a_paid(memory_app.clock.now())
            await memory_app.stores.payments.insert(replace(payment, id=f"ZF20261123ABCDEFGH{number:04d}", claims=()))
        release = asyncio.Event()
        memory_app.his.will("confirm", release.wait)
        memory_app.runner.pace = Pace(concurrency=1)
        worker = self.worker(memory_app)
        loop = asyncio.create_task(worker.run())

        async def one_asks() -> bool:
            return bool(memory_app.his.named("confirm"))

        await until(one_asks, "the first is being booked")
        stopping = asyncio.create_task(worker.stop())
        await asyncio.sleep(0)
        release.set()
        await asyncio.wait_for(stopping, 30)
        await asyncio.wait_for(loop, 30)
        assert len(memory_app.his.booked) == 1
