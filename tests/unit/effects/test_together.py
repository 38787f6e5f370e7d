"""What is done together is stored together, and a slow call does not hold back what the others have done."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.core.errors import StoreUnavailable
from server.effects import together
from server.effects.engine import EffectRunner
from server.effects.model import Effect, EffectKind
from server.payments.ledger import Decide
from server.payments.model import Payment, bumped
from server.storage.memory_payments import MemoryPayments
from tests.support.builders import HOSPITAL, a_paid
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
ABOUT = "payment_booked"


async def owing_two_words(memory_app: InMemoryApp) -> Payment:
    now = memory_app.clock.now()
    told = tuple(Effect(kind=kind, subject=ABOUT, due_at=now) for kind in (EffectKind.MESSAGE, EffectKind.SMS))
    payment = replace(a_paid(now), effects=told)
    await memory_app.stores.payments.insert(payment)
    return payment


class FailsOnce(MemoryPayments):
    """A write fails once when it is told to."""

    def __init__(self, failed: asyncio.Event) -> None:
        super().__init__()
        self.fails, self._failed = False, failed

    async def save(self, before: Payment, after: Payment) -> None:
        if self.fails:
            self.fails = False
            self._failed.set()
            raise StoreUnavailable("down")
        await super().save(before, after)


def ended(effect: Effect) -> Decide:
    return lambda current: bumped(current, effects=tuple(e for e in current.effects if e.key != effect.key))


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "TOGETHER_S", 0.0)


async def test_what_is_done_is_stored_while_another_call_hangs() -> None:
    """Seed 3002363: the message had gone, the SMS hung, and after the crash the message went again."""
    memory_app, answers, sent = InMemoryApp(), asyncio.Event(), asyncio.Event()
    payment = await owing_two_words(memory_app)

    async def run(_: Payment, effect: Effect) -> Decide:
        if effect.kind is EffectKind.SMS:
            await answers.wait()
        else:
            sent.set()
        return ended(effect)

    runner = EffectRunner(memory_app.transitions, dict.fromkeys(EffectKind, run), memory_app.clock, memory_app.ids)
    work = asyncio.ensure_future(runner.run_due(HOSPITAL, payment.id))
    await sent.wait()
    async with asyncio.timeout(5):
        while len((await memory_app.payment(payment.id)).effects) == 2:  # noqa: ASYNC110 - a stored document rings no bell
            await asyncio.sleep(0)
    assert [effect.kind for effect in (await memory_app.payment(payment.id)).effects] == [EffectKind.SMS]
    answers.set()
    await work
    assert (await memory_app.payment(payment.id)).effects == ()


async def test_what_is_done_is_stored_where_the_store_has_failed_for_another() -> None:
    """Seed 30001008: the store failed for the SMS, the message that was on its way was cut off, and it went again."""
    memory_app, failed = InMemoryApp(), asyncio.Event()
    payment = await owing_two_words(memory_app)

    async def run(_: Payment, effect: Effect) -> Decide:
        if effect.kind is EffectKind.SMS:
            failed.set()
            raise StoreUnavailable
        await failed.wait()
        for _turn in range(5):
            await asyncio.sleep(0)
        return ended(effect)

    runner = EffectRunner(memory_app.transitions, dict.fromkeys(EffectKind, run), memory_app.clock, memory_app.ids)
    with pytest.raises(StoreUnavailable):
        await runner.run_due(HOSPITAL, payment.id)
    assert [effect.kind for effect in (await memory_app.payment(payment.id)).effects] == [EffectKind.SMS]


async def test_what_could_not_be_stored_is_stored_with_what_ends_next() -> None:
    memory_app, tried = InMemoryApp(), asyncio.Event()
    payment = await owing_two_words(memory_app)
    store = FailsOnce(tried)
    await store.insert(payment)
    memory_app.payment_store.replace_with(store)

    async def run(_: Payment, effect: Effect) -> Decide:
        if effect.kind is EffectKind.SMS:
            await tried.wait()
        else:
            store.fails = True
        return ended(effect)

    runner = EffectRunner(memory_app.transitions, dict.fromkeys(EffectKind, run), memory_app.clock, memory_app.ids)
    with pytest.raises(StoreUnavailable):
        await runner.run_due(HOSPITAL, payment.id)
    assert (await memory_app.payment(payment.id)).effects == ()


async def test_what_is_still_under_way_when_the_block_is_left_is_cancelled() -> None:
    hanging, done = asyncio.ensure_future(asyncio.Event().wait()), asyncio.ensure_future(asyncio.sleep(0))
    await done
    with together.cancelled_at_the_end({hanging: "SMS", done: "message"}):
        pass
    await asyncio.wait([hanging])
    assert (hanging.cancelled(), done.cancelled()) == (True, False)
