"""The patient opens a payment with money in it: the channel is asked for refunds that nobody announced, and the page waits for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotFound, NotSent
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.patient_looks import ASKED_AGAIN_AFTER, NOT_AGAIN_FOR, REMEMBERED_MAX, PatientLooks
from server.payments.rules.trades import TradeState
from tests.support.builders import a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid, waiting

pytestmark = pytest.mark.asyncio
OWNER = a_session("openid-zhang-ceshi")


async def booked(memory_app: InMemoryApp) -> Payment:
    """Booked an hour ago."""
    payment = await paid(memory_app)
    await memory_app.work()
    memory_app.clock.forward(3600)
    return await memory_app.payment(payment.id)


async def look(memory_app: InMemoryApp, payment: Payment) -> None:
    await memory_app.payments.view(OWNER, payment.id)


async def test_what_nobody_announced_is_found_and_alerted() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    memory_app.channel.states[payment.id] = TradeState.REFUNDED
    queries = len(memory_app.channel.named("query"))
    await look(memory_app, payment)
    assert len(memory_app.channel.named("query")) == queries, "the page waits for no channel"
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert (after.parts[0].refunded_unseen, after.at_rest(), after.effects) == (True, True, ())
    assert "refunded_elsewhere" in {alert.kind for alert in await memory_app.alerts()}


async def test_it_is_asked_once_in_some_minutes() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    queries = len(memory_app.channel.named("query"))
    for _ in range(5):
        await look(memory_app, payment)
        await memory_app.work()
        memory_app.clock.forward(59)
    assert len(memory_app.channel.named("query")) == queries + 1
    memory_app.clock.forward(10)
    await look(memory_app, payment)
    await memory_app.work()
    assert len(memory_app.channel.named("query")) == queries + 2


async def test_a_channel_that_is_silent_is_not_asked_again_and_nobody_is_alarmed() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    memory_app.channel.will("query", *[NotSent("wechatpay")] * 30)
    queries = len(memory_app.channel.named("query"))
    await look(memory_app, payment)
    await memory_app.live_on(3600, step=60)
    after = await memory_app.payment(payment.id)
    assert (len(memory_app.channel.named("query")), after.effects) == (queries + 1, ())
    assert [alert.kind for alert in await memory_app.alerts()] == []


async def test_nobody_asks_for_money_that_has_just_come_or_is_not_there() -> None:
    memory_app = InMemoryApp()
    fresh = await paid(memory_app)
    await memory_app.work()
    await look(memory_app, fresh)
    assert (await memory_app.payment(fresh.id)).effects == ()
    other = InMemoryApp()
    open_one = await waiting(other)
    other.clock.forward(600)
    await look(other, open_one)
    kinds = {effect.kind for effect in (await other.payment(open_one.id)).effects}
    assert EffectKind.REFUND_LOOK not in kinds


async def test_two_pages_at_once_owe_one_look() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    assert payment.state is PaymentState.BOOKED
    first = await memory_app.payments.view(OWNER, payment.id)
    second = await memory_app.payments.view(OWNER, payment.id)
    owed = [effect.kind for effect in (await memory_app.payment(payment.id)).effects]
    assert owed == [EffectKind.REFUND_LOOK]
    assert first.standing == second.standing
    assert memory_app.clock.now() - (payment.paid_at or payment.created_at) > timedelta(minutes=10)


class Marks:
    """Counts how often the store is asked whether a look is free."""

    def __init__(self, memory_app: InMemoryApp, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        put_once = memory_app.stores.short_lived.put_once

        async def counted(kind: str, *rest: Any) -> bool:
            self.asked += kind == "patient_look"
            return await put_once(kind, *rest)

        monkeypatch.setattr(memory_app.stores.short_lived, "put_once", counted)


async def test_an_open_page_asks_the_store_once_in_some_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    marks = Marks(memory_app, monkeypatch)
    for _ in range(3):
        await look(memory_app, payment)
        await memory_app.work()
        memory_app.clock.forward(NOT_AGAIN_FOR.total_seconds() / 3 - 1)
    assert marks.asked == 1
    memory_app.clock.forward(3)
    await look(memory_app, payment)
    assert marks.asked == 2


async def test_of_the_payments_that_were_opened_the_newest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    marks, stores = Marks(memory_app, monkeypatch), memory_app.stores
    looks = PatientLooks(stores.short_lived, memory_app.transitions, memory_app.refund_looks, memory_app.clock)
    await looks.opened(payment)
    for number in range(REMEMBERED_MAX - 1):
        with pytest.raises(NotFound):
            await looks.opened(replace(payment, id=f"other-{number}"))
    await looks.opened(payment)
    assert marks.asked == REMEMBERED_MAX == 1024
    with pytest.raises(NotFound):
        await looks.opened(replace(payment, id="one more"))
    await looks.opened(payment)
    assert marks.asked == REMEMBERED_MAX + 2


async def test_a_page_that_another_process_serves_asks_the_store_twice_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    await look(memory_app, payment)
    marks, stores = Marks(memory_app, monkeypatch), memory_app.stores
    other = PatientLooks(stores.short_lived, memory_app.transitions, memory_app.refund_looks, memory_app.clock)
    for _ in range(3):
        await other.opened(payment)
        memory_app.clock.forward(ASKED_AGAIN_AFTER.total_seconds() / 3 - 1)
    assert marks.asked == 1
    memory_app.clock.forward(3)
    await other.opened(payment)
    assert marks.asked == 2
    memory_app.clock.forward(NOT_AGAIN_FOR.total_seconds())
    owed = await other.opened(payment)
    assert [effect.kind for effect in owed.effects] == [EffectKind.REFUND_LOOK]
