"""Which effects a probe and a waking make due, when, how often, and how much one round reads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from server.core.errors import StoreUnavailable, Unreadable
from server.effects.due_order import PAGE
from server.effects.ledger import Ledger
from server.effects.model import Effect
from server.effects.waking import HELD, HORIZON, PROBE_PAGES_MAX, PROBE_S, RATE_PER_S, WAKE_PAGES_MAX, Waking
from server.payments.model import Payment
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import HOSPITAL, a_paid
from tests.support.clock_and_ids import SeededIds
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
FAR = timedelta(minutes=9)
MANY = 300


class Marks(MemoryShortLived):
    """Notes which marks are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    async def put_once(self, kind: str, key: str, value: str, now: datetime, expires_at: datetime) -> bool:
        self.asked.append((kind, key))
        return await super().put_once(kind, key, value, now, expires_at)


def instead(effect: Effect) -> Callable[[tuple[Effect, ...]], tuple[Effect, ...]]:
    return lambda _: (effect,)


class WaitingBookings:
    """Bookings that wait for the HIS, due only after a long while."""

    def __init__(self) -> None:
        self.memory_app, self.marks = InMemoryApp(), Marks()
        self.waking = Waking(self.memory_app.transitions, self.marks, self.memory_app.clock, SeededIds(1))

    @property
    def now(self) -> datetime:
        return self.memory_app.clock.now()

    async def wait(self, many: int = 1, after: timedelta = FAR, **fields: object) -> list[str]:
        numbers = [f"ZF20261123ABCDEFGH{which:04}" for which in range(many)]
        for number in numbers:
            paid = a_paid(self.now)
            told = {"due_at": self.now + after, "last_error": "OutcomeUnknown his", "tries": 9, **fields}
            effect = replace(paid.effects[0], **told)  # type: ignore[arg-type]
            waiting = replace(paid, id=number, claims=(), effects=(effect,))
            if await self.memory_app.stores.payments.get(HOSPITAL, number) is None:
                await self.memory_app.stores.payments.insert(waiting)
            else:
                await self.memory_app.transitions.apply_effects(HOSPITAL, number, instead(effect))
        return numbers

    async def due(self, numbers: Sequence[str]) -> list[float]:
        """In how many seconds each is due."""
        found = [await self.memory_app.payment(number) for number in numbers]
        return [(payment.effects[0].due_at - self.now).total_seconds() for payment in found]


async def test_a_probe_makes_one_due_and_asks_once_for_the_mark_of_its_system() -> None:
    bookings = WaitingBookings()
    numbers = await bookings.wait(3)
    await bookings.waking.probe()
    assert sorted(await bookings.due(numbers)) == [0, 540, 540]
    assert bookings.marks.asked == [("probed", f"{HOSPITAL}:his")]


async def test_a_second_probe_tries_another_only_after_most_of_the_pause() -> None:
    bookings = WaitingBookings()
    numbers = await bookings.wait(3)
    await bookings.waking.probe()
    bookings.memory_app.clock.forward(seconds=PROBE_S * 0.7 - 1)
    await bookings.waking.probe()
    assert sum(seconds <= 0 for seconds in await bookings.due(numbers)) == 1
    bookings.memory_app.clock.forward(seconds=1)
    await bookings.waking.probe()
    assert sum(seconds <= 0 for seconds in await bookings.due(numbers)) == 2


async def test_a_probe_leaves_what_waits_for_no_system() -> None:
    bookings = WaitingBookings()
    numbers = await bookings.wait(last_error=None)
    await bookings.waking.probe()
    assert (await bookings.due(numbers), bookings.marks.asked) == ([540], [])


async def test_those_that_waited_are_spread_from_now_on(caplog: pytest.LogCaptureFixture) -> None:
    bookings = WaitingBookings()
    numbers = await bookings.wait(20)
    with caplog.at_level(logging.INFO, "zhenfu.waking"):
        await bookings.waking.back(HOSPITAL, "his")
    assert [int(seconds * RATE_PER_S) for seconds in await bookings.due(numbers)] == list(range(20)), (
        "a tenth of a second"
    )
    assert caplog.messages == [f"woken hospital={HOSPITAL} system=his payments=20"]


async def test_a_system_that_nothing_waits_for_is_said_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "zhenfu.waking"):
        await WaitingBookings().waking.back(HOSPITAL, "his")
    assert caplog.messages == []


@pytest.mark.parametrize(("many", "held_s"), [(1, 20), (MANY, 30)])
async def test_the_next_waking_is_after_all_of_this_one_had_their_turn(many: int, held_s: int) -> None:
    bookings = WaitingBookings()
    await bookings.wait(many)
    await bookings.waking.back(HOSPITAL, "his")
    bookings.memory_app.clock.forward(seconds=held_s - 0.001)
    numbers = await bookings.wait(1)
    await bookings.waking.back(HOSPITAL, "his")
    assert await bookings.due(numbers) == [540]
    bookings.memory_app.clock.forward(seconds=0.001)
    await bookings.waking.back(HOSPITAL, "his")
    assert (await bookings.due(numbers))[0] < 1 / RATE_PER_S


async def test_a_waking_that_found_nothing_is_not_repeated_for_the_same_while() -> None:
    bookings = WaitingBookings()
    await bookings.waking.back(HOSPITAL, "his")
    bookings.memory_app.clock.forward(seconds=19.999)
    numbers = await bookings.wait()
    await bookings.waking.back(HOSPITAL, "his")
    assert await bookings.due(numbers) == [540]
    assert timedelta(seconds=20) == HELD


async def test_what_is_due_beyond_the_horizon_keeps_its_own_time() -> None:
    bookings = WaitingBookings()
    (within,) = await bookings.wait(after=timedelta(minutes=75))
    await bookings.waking.back(HOSPITAL, "his")
    assert (await bookings.due([within]))[0] < 1 / RATE_PER_S
    bookings = WaitingBookings()
    beyond = await bookings.wait(after=timedelta(minutes=75, milliseconds=1))
    await bookings.waking.back(HOSPITAL, "his")
    assert await bookings.due(beyond) == [HORIZON.total_seconds() + 0.001]


@pytest.mark.parametrize(("probes", "pages"), [(True, 5), (False, 25)])
async def test_one_round_reads_a_bounded_number_of_pages(probes: bool, pages: int) -> None:
    """Of a list without an end, on which nothing waits for a system."""
    memory_app, read = InMemoryApp(), list[datetime]()
    now = memory_app.clock.now()

    async def owing(since: datetime, until: datetime, limit: int) -> list[SimpleNamespace]:
        assert (until, limit) == (now + HORIZON, PAGE)
        read.append(since)
        due = since + timedelta(seconds=1)
        return [
            SimpleNamespace(hospital=HOSPITAL, id=f"{len(read)}-{which}", effects=tuple[Effect](), next_due=due)
            for which in range(limit)
        ]

    ledger = cast(Ledger[Payment], SimpleNamespace(documents=SimpleNamespace(owing=owing)))
    waking = Waking(ledger, Marks(), memory_app.clock, SeededIds(1))
    await (waking.probe() if probes else waking.back(HOSPITAL, "his"))
    assert read == [now - HORIZON + timedelta(seconds=which) for which in range(pages)]
    assert pages == (PROBE_PAGES_MAX if probes else WAKE_PAGES_MAX)


class Ended(BaseException):
    """Ends rounds that go on for ever."""


async def test_the_rounds_outlive_a_store_that_is_down_and_a_bug(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookings, pauses = WaitingBookings(), list[float]()
    numbers = await bookings.wait()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise Ended
        bookings.memory_app.payment_store.fail.clear()
        if len(pauses) == 1:
            bookings.memory_app.payment_store.fail_at(RuntimeError("a bug"), "owing")

    bookings.memory_app.payment_store.fail_at(StoreUnavailable(), "owing")
    monkeypatch.setattr(bookings.memory_app.clock, "sleep", sleep)
    with caplog.at_level(logging.WARNING, "zhenfu.waking"), pytest.raises(Ended):
        await bookings.waking.run()
    ids = SeededIds(1)
    assert pauses == [15 * (0.8 + 0.4 * ids.jitter()) for _ in range(3)]
    assert await bookings.due(numbers) == [0], "the third round found it"
    assert caplog.messages == ["probing why=StoreUnavailable", "probing"]


async def test_what_could_not_be_written_is_not_counted(caplog: pytest.LogCaptureFixture) -> None:
    bookings = WaitingBookings()
    numbers = await bookings.wait(2)
    bookings.memory_app.payment_store.fail_at(Unreadable("payment"), "save")
    with caplog.at_level(logging.INFO, "zhenfu.waking"):
        await bookings.waking.back(HOSPITAL, "his")
    assert (caplog.messages, await bookings.due(numbers)) == ([], [540, 540])
