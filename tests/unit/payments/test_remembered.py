"""A notification of a payment that this process stored of late reads nothing, and is right whatever others have stored since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import StoreUnavailable
from server.effects.remembered import KEPT_FOR, MOST, Remembered
from server.payments.model import Payment, PaymentState
from server.payments.rules.paying import closed
from tests.support.builders import HOSPITAL, a_payment
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import waiting

DOWN = StoreUnavailable("down")


@pytest.mark.asyncio
async def test_a_notification_of_our_own_payment_reads_nothing_nor_does_its_repeat() -> None:
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    notification = memory_app.channel.pay(payment.id)
    memory_app.payment_store.fail_at(DOWN, "get")
    await memory_app.notifications.apply(HOSPITAL, notification)
    memory_app.payment_store.fail_at(DOWN, "get", "save")
    await memory_app.notifications.apply(HOSPITAL, notification)
    memory_app.payment_store.fail_at(DOWN)
    assert (await memory_app.payment(payment.id)).state is PaymentState.PAID


@pytest.mark.asyncio
async def test_what_another_process_stored_since_is_read_and_decided_upon() -> None:
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    other, now = InMemoryApp(stores=memory_app.stores), memory_app.clock.now()
    await other.transitions.apply(HOSPITAL, payment.id, lambda p: closed(p, "closed_at_channel", now, p.id))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id))
    after = await memory_app.payment(payment.id)
    assert after.state is PaymentState.RETURNING, "it was paid after the close"
    assert {"closed", "paid_after_close"} <= {line.what for line in after.history} | {after.return_reason}


@pytest.mark.asyncio
async def test_what_became_of_a_write_that_was_not_answered_is_read() -> None:
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    notification = memory_app.channel.pay(payment.id)
    memory_app.payment_store.fail_at(DOWN, "save")
    with pytest.raises(StoreUnavailable):
        await memory_app.notifications.apply(HOSPITAL, notification)
    assert memory_app.transitions.remembered(HOSPITAL, payment.id) is None


def test_an_older_version_never_takes_the_place_of_a_newer_one() -> None:
    kept, newer = Remembered[Payment](), replace(a_payment(), version=7)
    kept.put(newer, MORNING)
    kept.put(a_payment(), MORNING)
    assert kept.get(HOSPITAL, newer.id, MORNING) is newer


def test_few_are_remembered_and_none_for_long() -> None:
    kept = Remembered[Payment]()
    many = [replace(a_payment(), id=f"ZF{number}") for number in range(MOST + 1)]
    for payment in many:
        kept.put(payment, MORNING)
    later = MORNING + KEPT_FOR
    assert kept.get(HOSPITAL, many[0].id, MORNING) is None
    assert kept.get(HOSPITAL, many[1].id, later) is many[1]
    assert kept.get(HOSPITAL, many[1].id, later + timedelta(seconds=1)) is None
