"""Payments that can't be read: set aside by the worker, with an alert, tried again ever more rarely; told by doctor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from server.app.doctor import SHOWN_MAX, diagnose
from server.core.errors import StoreUnavailable, Unreadable
from server.core.unreadable import UnreadableDocument
from server.effects.engine import EffectRunner
from server.effects.leases import Pace
from server.effects.set_aside import ASIDE_MAX, FIRST_PAUSE, LONGEST_PAUSE, Aside
from server.effects.worker import Worker
from server.payments.model import Payment, PaymentState
from tests.support.builders import HOSPITAL, a_paid
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
CONCURRENCY = 32


class Poisoned:
    """A payment store in which some payments can't be read by this version."""

    def __init__(self, payments: Any, *, newer: bool) -> None:
        self._payments = payments
        self.newer = newer
        self.unreadable: set[str] = set()
        self.tried = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._payments, name)

    async def get(self, hospital: str, payment_id: str) -> Payment | None:
        if payment_id in self.unreadable:
            self.tried += 1
            raise Unreadable("ValueError", newer=self.newer)
        found: Payment | None = await self._payments.get(hospital, payment_id)
        return found


async def world(*, newer: bool = False, many: int = 3 * CONCURRENCY) -> tuple[InMemoryApp, Poisoned, Worker[Payment]]:
    """``many`` payments that can't be read, more overdue than one that can; the worker has not begun."""
    memory_app = InMemoryApp()
    payments = Poisoned(memory_app.payment_store.inner, newer=newer)
    memory_app.payment_store.replace_with(payments)
    for number in range(many):
        one = a_paid(memory_app.clock.now() - timedelta(hours=1))
        one = replace(one, id=f"ZF20261123POISON{number:05}", claims=())
        await payments.insert(one)
        payments.unreadable.add(one.id)
    await payments.insert(a_paid(memory_app.clock.now()))
    pace = Pace(concurrency=CONCURRENCY, batch=64)
    runner = EffectRunner(memory_app.transitions, memory_app.runners, memory_app.clock, memory_app.ids, pace)
    return memory_app, payments, Worker(runner, memory_app.clock, memory_app.ids, polls=True)


async def rounds(worker: Worker[Payment], memory_app: InMemoryApp, seconds: float) -> None:
    """The worker at work for so long by the app's clock."""
    task, until = asyncio.create_task(worker.run()), memory_app.clock.now() + timedelta(seconds=seconds)
    while memory_app.clock.now() < until:  # noqa: ASYNC110 - the clock is a played one
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await worker.rest()


async def test_they_hold_nobody_up() -> None:
    memory_app, _, worker = await world()
    await rounds(worker, memory_app, 20)
    assert (await memory_app.payment(a_paid(MORNING).id)).state is PaymentState.BOOKED


async def test_they_are_tried_again_ever_more_rarely() -> None:
    memory_app, payments, worker = await world(many=1)
    await rounds(worker, memory_app, 25)
    assert payments.tried == 1
    await rounds(worker, memory_app, 6 * 3600)
    assert 10 <= payments.tried <= 15, "30 s, 1 min, 2 … 1 h"


async def test_what_can_be_read_again_goes_on() -> None:
    memory_app, payments, worker = await world(many=1)
    await rounds(worker, memory_app, 10)
    (poisoned,) = payments.unreadable
    payments.unreadable.clear()
    await rounds(worker, memory_app, 60)
    assert (await memory_app.payment(poisoned)).state is PaymentState.BOOKED


async def test_a_person_is_told_once_of_each() -> None:
    memory_app, payments, worker = await world(many=3)
    await rounds(worker, memory_app, 600)
    alerts = [alert for alert in await memory_app.alerts() if alert.kind == "payment_unreadable"]
    assert sorted(alert.id for alert in alerts) == sorted(f"{p}:payment_unreadable:" for p in payments.unreadable)


async def test_what_a_newer_version_wrote_is_left_to_it_without_an_alarm() -> None:
    memory_app, payments, worker = await world(newer=True)
    before = {key: payments.documents[key] for key in payments.unreadable}
    await rounds(worker, memory_app, 600)
    assert await memory_app.alerts() == []
    assert {key: payments.documents[key] for key in payments.unreadable} == before
    assert (await memory_app.payment(a_paid(MORNING).id)).state is PaymentState.BOOKED


async def test_a_person_is_told_of_what_is_damaged_after_a_newer_version_wrote_it() -> None:
    memory_app, payments, worker = await world(newer=True, many=1)
    await rounds(worker, memory_app, 60)
    payments.newer = False
    await rounds(worker, memory_app, 600)
    assert [alert.kind for alert in await memory_app.alerts()] == ["payment_unreadable"]


async def test_a_person_is_told_again_when_another_process_has_read_it_between_two_tries() -> None:
    memory_app, payments, worker = await world(many=1)
    (poisoned,) = payments.unreadable
    await rounds(worker, memory_app, 10)
    memory_app.clock.forward(hours=1)
    payments.unreadable.clear()
    await memory_app.alert_rounds.once()
    assert await memory_app.stores.alerts.live(HOSPITAL, "payment_unreadable", 9) == []
    payments.unreadable.add(poisoned)
    await rounds(worker, memory_app, 60)
    assert await memory_app.stores.alerts.live(HOSPITAL, "payment_unreadable", 9) != []


async def test_the_pauses_double_up_to_an_hour_and_the_list_is_bounded() -> None:
    aside, now = Aside(), MORNING
    assert aside.put(("h", "p"), now)
    assert aside.waiting(now + FIRST_PAUSE - timedelta(seconds=1)) == ["p"]
    assert aside.waiting(now + FIRST_PAUSE) == []
    for _ in range(20):
        assert not aside.put(("h", "p"), now)
    assert aside.waiting(now + LONGEST_PAUSE - timedelta(seconds=1)) == ["p"]
    assert aside.waiting(now + LONGEST_PAUSE) == []
    aside.forget(("h", "p"))
    assert aside.put(("h", "p"), now), "it begins anew"
    for number in range(2 * ASIDE_MAX):
        aside.put(("h", str(number)), now)
    assert len(aside.waiting(now)) == ASIDE_MAX


async def found(*documents: tuple[str, str, bool]) -> AsyncIterator[UnreadableDocument]:
    for collection, key, newer in documents:
        yield UnreadableDocument(collection=collection, id=key, why="KeyError", newer=newer)


async def doctor(memory_app: InMemoryApp, *documents: tuple[str, str, bool]) -> list[str]:
    async def measure() -> None: ...

    clock = SimpleNamespace(offset_s=0.01, is_off=False, measure=measure)
    services = SimpleNamespace(stores=memory_app.stores, clock=memory_app.clock, hospitals=memory_app.hospitals)
    return [finding.text for finding in await diagnose(clock, services, found(*documents)) if finding.to_mend]  # type: ignore[arg-type]


async def test_doctor_lists_payments_counts_the_rest_and_names_nobody() -> None:
    memory_app = InMemoryApp()
    assert await doctor(memory_app) == []
    told = await doctor(
        memory_app,
        ("payments", "ZF1", False),
        ("cards", "renmin/wechat:app:openid-of-somebody", False),
        ("staff", "renmin/1001", False),
        *[("payments", f"ZF-newer-{number}", True) for number in range(500)],
    )
    assert told[0].startswith("payment ZF1 can't be read (KeyError)")
    assert [text.partition(" can't")[0].partition(" are")[0] for text in told[1:]] == [
        "1 of cards",
        "1 of staff",
        "500 of payments",
    ]
    assert "openid" not in "".join(told)


async def test_doctor_shows_so_many_and_counts_all() -> None:
    memory_app = InMemoryApp()
    told = await doctor(memory_app, *[("payments", f"ZF{number}", False) for number in range(SHOWN_MAX + 30)])
    assert len(told) == SHOWN_MAX + 1
    assert told[-1].startswith(f"{SHOWN_MAX + 30} of payments can't be read")


@pytest.mark.parametrize(("offset_s", "off"), [(120.0, True), (-7.5, True), (0.3, False)])
async def test_doctor_shows_the_clock_and_says_what_to_do(offset_s: float, off: bool) -> None:
    memory_app = InMemoryApp()

    async def measure() -> None: ...

    clock = SimpleNamespace(offset_s=offset_s, is_off=off, measure=measure)
    services = SimpleNamespace(stores=memory_app.stores, clock=memory_app.clock, hospitals=memory_app.hospitals)
    told = await diagnose(clock, services, found())  # type: ignore[arg-type]
    checked, finding = (one for one in told if "clock" in one.text)
    assert checked.text == f"checked 已检查 clock 时钟: {'1 to look at 有 1 项' if off else 'in order 正常'}"
    assert f"{abs(offset_s):.1f} s {'behind' if offset_s < 0 else 'ahead of'}" in finding.text
    assert finding.to_mend is off
    assert ("NTP" in finding.text) is off


async def test_alert_rounds_go_on_beside_it_and_its_alert_ends_when_it_can_be_read_again() -> None:
    memory_app, payments, worker = await world(many=1)
    await rounds(worker, memory_app, 10)
    alerts = memory_app.alert_rounds
    memory_app.clock.forward(hours=1)
    await alerts.once()
    assert [alert.kind for alert in await memory_app.stores.alerts.live(HOSPITAL, "payment_unreadable", 9)] != []
    payments.unreadable.clear()
    await alerts.once()
    assert await memory_app.stores.alerts.live(HOSPITAL, "payment_unreadable", 9) == []


async def test_a_person_is_told_although_the_store_failed_at_the_first_telling() -> None:
    memory_app, payments, worker = await world(many=1)
    alerts, failures = memory_app.stores.alerts, []
    raise_alert = alerts.raise_alert

    async def fails_once(alert: Any) -> None:
        if not failures:
            failures.append(alert)
            raise StoreUnavailable("down")
        await raise_alert(alert)

    alerts.raise_alert = fails_once  # type: ignore[method-assign]
    await rounds(worker, memory_app, 60)
    assert len(failures) == 1
    assert [alert.kind for alert in await memory_app.alerts()] == ["payment_unreadable"]
    assert payments.unreadable
