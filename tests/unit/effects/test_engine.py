"""Who runs what payments owe: leases, crashes, two workers, a store that is down, and bugs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, StoreUnavailable
from server.core.ports import HttpRequest, HttpResponse
from server.effects.engine import EffectRunner
from server.effects.leases import Pace
from server.effects.model import Effect, EffectKind, find
from server.effects.rules import SOON, waits
from server.infrastructure.breaker import GuardedTransport
from server.payments.ledger import Decide
from server.payments.model import Payment, PaymentState
from tests.support.builders import HOSPITAL, a_paid
from tests.support.in_memory_app import InMemoryApp, Unreachable

pytestmark = pytest.mark.asyncio


async def paid(memory_app: InMemoryApp) -> Payment:
    payment = a_paid(memory_app.clock.now())
    await memory_app.stores.payments.insert(payment)
    return payment


def effect_of(payment: Payment, key: str = "book") -> Effect:
    effect = find(payment.effects, key)
    assert effect is not None
    return effect


def runner(memory_app: InMemoryApp, run: object = None, pace: Pace | None = None) -> EffectRunner[Payment]:
    runners = memory_app.runners if run is None else dict.fromkeys(EffectKind, run)
    return EffectRunner(memory_app.transitions, runners, memory_app.clock, memory_app.ids, pace)  # type: ignore[arg-type]


class _Hanging:
    """A transport that answers when it is let."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()

    async def send(self, request: HttpRequest) -> HttpResponse:
        await self.answers.wait()
        return HttpResponse(status=200, headers={}, body=b"")


class TestOneEffect:
    async def test_is_leased_before_its_call(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        seen: list[Effect] = []

        async def look() -> None:
            seen.append(effect_of(await memory_app.payment(payment.id)))

        memory_app.his.will("confirm", look)
        await memory_app.runner.run_due(HOSPITAL, payment.id)
        assert seen[0].lease is not None
        assert seen[0].due_at == memory_app.clock.now() + timedelta(seconds=memory_app.runner.pace.lease_s)
        assert memory_app.runner.pace.deadline_s < memory_app.runner.pace.lease_s

    @pytest.mark.parametrize(
        ("error", "unknown"),
        [
            (OutcomeUnknown("his"), True),
            (NotSent("his"), False),
            (OutsideRefusal("his", "SIGNATURE"), False),
            (TimeoutError(), True),
            (ValueError("a bug"), True),
            (KeyError("a bug"), True),
        ],
    )
    async def test_that_fails_is_owed_again(self, error: Exception, unknown: bool) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.his.will("confirm", error)
        await memory_app.runner.run_due(HOSPITAL, payment.id)
        again = effect_of(await memory_app.payment(payment.id))
        assert again.lease is None
        assert (again.unknown_at == memory_app.clock.now()) is unknown
        assert again.last_error is not None
        assert type(error).__name__ in again.last_error
        assert "bug" not in again.last_error, "words of an error may hold anything; its kind is enough"
        assert again.due_at > memory_app.clock.now()
        await memory_app.live_on(10, step=1)
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED

    async def test_that_hangs_is_cut_off_before_its_lease_ends(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.his.will("confirm", "hang")
        await runner(memory_app, pace=Pace(lease_s=60, deadline_s=0.05)).run_due(HOSPITAL, payment.id)
        again = effect_of(await memory_app.payment(payment.id))
        assert again.lease is None
        assert again.unknown_at is not None

    async def test_that_is_cut_off_names_the_system_that_it_was_calling(self) -> None:
        """Else nothing wakes it when that system is back."""
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        hanging, answering = _Hanging(), _Hanging()
        answering.answers.set()

        async def call(payment: Payment, effect: Effect) -> Decide:
            for system, inner in (("wechatpay", answering), ("his", hanging)):
                await GuardedTransport(inner, memory_app.clock).send(
                    HttpRequest(system=system, method="GET", url="https://a/")
                )
            raise AssertionError

        await runner(memory_app, call, Pace(lease_s=60, deadline_s=0.05)).run_due(HOSPITAL, payment.id)
        again = effect_of(await memory_app.payment(payment.id))
        assert (again.last_error, again.unknown_at) == ("OutcomeUnknown his", memory_app.clock.now())
        assert waits(replace(again, due_at=memory_app.clock.now() + SOON * 2), memory_app.clock.now()) == "his"

    async def test_whose_lease_took_too_long_to_get_is_not_begun(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        save = memory_app.stores.payments.save

        async def slow(before: Payment, after: Payment) -> None:
            memory_app.clock.forward(seconds=50)
            await save(before, after)

        slow_store = Unreachable(memory_app.payment_store.inner, StoreUnavailable())
        slow_store.save = slow  # type: ignore[attr-defined]
        memory_app.payment_store.replace_with(slow_store)
        await memory_app.runner.run_due(HOSPITAL, payment.id)
        assert memory_app.his.calls == []
        again = effect_of(await memory_app.payment(payment.id))
        assert again.lease is None
        assert again.unknown_at is None

    async def test_whose_decision_has_a_bug_is_owed_again_and_alarms_in_the_end(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)

        async def run(payment: Payment, effect: Effect) -> Decide:
            def decide(current: Payment) -> Payment:
                raise ZeroDivisionError

            return decide

        memory_app.runners[EffectKind.BOOK] = run  # type: ignore[index]
        worker = runner(memory_app)
        for _ in range(15):
            await worker.run_due(HOSPITAL, payment.id)
            assert effect_of(await memory_app.payment(payment.id)).lease is None
            memory_app.clock.forward(hours=1)
        assert [alert.kind for alert in await memory_app.alerts()] == ["effect_stuck"]

    async def test_of_a_payment_that_is_gone_or_not_due_is_nothing(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        await memory_app.runner.run_due(HOSPITAL, "nothing")
        await memory_app.runner.run_due("other", payment.id)
        await memory_app.runner.run_document(replace(payment, hospital="other"))
        assert await memory_app.payment(payment.id) is payment or await memory_app.payment(payment.id) == payment


class TestCrash:
    async def test_between_the_call_and_its_record_loses_nothing(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.his.will("confirm", asyncio.CancelledError())
        with pytest.raises(asyncio.CancelledError):
            await memory_app.runner.run_due(HOSPITAL, payment.id)
        memory_app.his.booked[payment.id] = await memory_app.his.confirm(memory_app.his.named("confirm")[0])
        confirms = len(memory_app.his.named("confirm"))
        await memory_app.work()
        assert (await memory_app.payment(payment.id)).state is PaymentState.PAID, "the lease still runs"
        memory_app.clock.forward(seconds=61)
        await memory_app.work()
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED
        assert memory_app.his.named("check") == [payment.id], "what the dead worker did is asked first"
        assert len(memory_app.his.named("confirm")) == confirms

    async def test_of_the_store_after_the_call_is_the_same(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)

        async def the_store_goes_down() -> None:
            memory_app.payment_store.fail_at(StoreUnavailable(), "save")

        memory_app.his.will("confirm", the_store_goes_down)
        with pytest.raises(StoreUnavailable):
            await memory_app.runner.run_due(HOSPITAL, payment.id)
        memory_app.payment_store.fail.clear()
        memory_app.clock.forward(seconds=61)
        await memory_app.work()
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED
        assert len(memory_app.his.booked) == 1


class TestTwoWorkers:
    @pytest.mark.parametrize("workers", [2, 5])
    async def test_do_everything_once(self, workers: int) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        others = [runner(memory_app) for _ in range(workers)]
        for _ in range(3):
            await asyncio.gather(*(other.run_due(HOSPITAL, payment.id) for other in others))
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED
        assert len(memory_app.his.named("confirm")) == len(memory_app.sms.sent) == len(memory_app.messenger.calls) == 1

    async def test_a_slow_one_may_not_record_after_its_lease(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)

        async def the_lease_runs_out() -> None:
            memory_app.clock.forward(seconds=61)
            await runner(memory_app).run_due(HOSPITAL, payment.id)

        memory_app.his.will("confirm", the_lease_runs_out)
        await memory_app.runner.run_due(HOSPITAL, payment.id)
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.BOOKED
        assert [line.what for line in after.history].count("booked") == 1
