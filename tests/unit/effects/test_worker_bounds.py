"""What a worker takes when it is full, stopping or woken twice, and what it says when something fails."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.core.errors import ClockOff, StoreUnavailable, Unreadable
from server.effects.engine import EffectRunner
from server.effects.leases import Pace
from server.effects.worker import CLOCK_OFF_PAUSE_S, OnlyPolled, Worker, WorkerToBe
from server.payments.model import Payment
from tests.support.builders import HOSPITAL, a_paid
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
FIRST, SECOND = "ZF20261123ABCDEFGH0001", "ZF20261123ABCDEFGH0002"


class Ends(Exception):
    """Ends a loop that goes on for ever."""


class Bench:
    """A worker for one document at a time, whose runner notes what it is given and ends when it is let go."""

    def __init__(self) -> None:
        self.memory_app, self.go = InMemoryApp(), asyncio.Event()
        self.ran: list[tuple[str, str]] = []
        self.polled = 0
        self.error: Exception | None = None
        documents = SimpleNamespace(due=self.due)
        self.ledger = SimpleNamespace(
            kind=self.memory_app.transitions.kind, documents=documents, alerts=self.memory_app.stores.alerts
        )
        runner = SimpleNamespace(
            ledger=self.ledger, pace=Pace(concurrency=1), run_document=self.run_document, run_due=self.run_due,
            stop=lambda: None, leases=lambda: SimpleNamespace(lease_new=lambda before, after: (after, "leased")),
        )  # fmt: skip
        clock = self.memory_app.clock
        self.worker = Worker(cast(EffectRunner[Payment], runner), clock, self.memory_app.ids, polls=True)

    def document(self, number: str = FIRST) -> Payment:
        return replace(a_paid(self.memory_app.clock.now()), id=number)

    async def run_document(self, document: Payment, token: str = "") -> None:
        await self.run_due(document.hospital, document.id, token)

    async def run_due(self, hospital: str, number: str, token: str = "") -> None:
        self.ran.append((number, token))
        await self.go.wait()
        if self.error is not None:
            raise self.error

    async def due(self, *_: Any) -> list[tuple[str, str]]:
        self.polled += 1
        if self.error is not None:
            raise self.error
        return []

    async def poll_once(self) -> None:
        async def end(_: float) -> None:
            raise Ends

        self.memory_app.clock.sleep = end  # type: ignore[method-assign]
        with pytest.raises(Ends):
            await self.worker.run()

    async def end(self) -> None:
        self.go.set()
        await self.worker.rest()


async def test_woken_while_it_runs_it_runs_once_more_under_the_lease_that_was_given() -> None:
    bench = Bench()
    bench.worker.wake(bench.document(), "")
    await asyncio.sleep(0)
    bench.worker.wake(bench.document(), "lease")
    bench.worker.wake(bench.document(), "")
    await bench.end()
    assert bench.ran == [(FIRST, ""), (FIRST, "lease")]
    await bench.end()
    assert len(bench.ran) == 2, "nothing is left to run again"


async def test_beyond_the_concurrency_only_what_is_leased_is_begun() -> None:
    bench = Bench()
    bench.worker.wake(bench.document(), "")
    bench.worker.wake(bench.document(SECOND), "")
    bench.worker.nudge(HOSPITAL, SECOND)
    await asyncio.sleep(0)
    assert bench.ran == [(FIRST, "")]
    bench.worker.wake(bench.document(SECOND), "lease")
    await bench.end()
    assert bench.ran == [(FIRST, ""), (SECOND, "lease")]


async def test_one_that_stops_begins_only_what_it_holds() -> None:
    bench = Bench()
    bench.go.set()
    await bench.worker.stop()
    bench.worker.wake(bench.document(), "")
    bench.worker.wake(bench.document(SECOND), "lease")
    await bench.end()
    assert bench.ran == [(SECOND, "lease")]


async def test_one_that_is_full_does_not_ask_the_store() -> None:
    bench = Bench()
    await bench.poll_once()
    bench.worker.wake(bench.document(), "")
    await bench.poll_once()
    assert bench.polled == 1, "the first time alone"
    await bench.end()


@pytest.mark.parametrize(("in_s", "token"), [(None, ""), (0, "leased"), (0.001, "")])
async def test_what_is_new_is_leased_when_it_is_due(in_s: float | None, token: str) -> None:
    bench = Bench()
    document = bench.document()
    (effect,) = document.effects
    due_at = bench.memory_app.clock.now() + timedelta(seconds=in_s or 0)
    effects = () if in_s is None else (replace(effect, due_at=due_at),)
    after = replace(document, effects=effects)
    assert bench.worker.lease_new(document, after) == (after, token)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreUnavailable(), f"store payment={FIRST} why=StoreUnavailable"),
        (RuntimeError("a bug"), f"worker payment={FIRST}"),
        (Unreadable("KeyError", newer=True), f"set aside payment={FIRST} newer=True why=KeyError"),
    ],
)
async def test_a_document_that_fails_is_named_in_the_log(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    bench.error = error
    with caplog.at_level(logging.WARNING, "zhenfu.effects"):
        bench.worker.nudge(HOSPITAL, FIRST)
        await bench.end()
    assert caplog.messages == [said]


@pytest.mark.parametrize(
    ("error", "said", "pause_s"),
    [
        (StoreUnavailable(), ["polling why=StoreUnavailable"], Pace().poll_s),
        (RuntimeError("a bug"), ["polling"], Pace().poll_s),
        (ClockOff(), [], CLOCK_OFF_PAUSE_S),
        (None, [], Pace().poll_s),
    ],
)
async def test_a_poll_that_fails_is_said_and_tried_again(
    error: Exception | None, said: list[str], pause_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    bench, pauses = Bench(), list[float]()
    bench.error = error

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            await bench.worker.stop()

    bench.memory_app.clock.sleep = sleep  # type: ignore[method-assign]
    bench.memory_app.ids.jitter = lambda: 0.75  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING, "zhenfu.effects"):
        await bench.worker.run()
    assert caplog.messages == said * 2
    assert pauses == [pause_s * 1.25] * 2


async def test_one_that_stands_for_another_hands_everything_on() -> None:
    bench, stands = Bench(), WorkerToBe[Payment]()
    stands.worker = bench.worker
    before, after = bench.document(), bench.document(SECOND)
    assert stands.lease_new(before, after) == bench.worker.lease_new(before, after) == (after, "leased")
    stands.wake(after, "lease")
    await bench.end()
    assert bench.ran == [(SECOND, "lease")]
    assert OnlyPolled[Payment]().lease_new(before, after) == (after, "")


async def test_of_what_could_not_be_told_the_next_try_speaks_as_of_something_new(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.go.set()
    alerts = bench.ledger.alerts
    bench.error = Unreadable("KeyError")

    async def refuse(*_: Any) -> None:
        raise StoreUnavailable

    bench.ledger.alerts = cast(Any, SimpleNamespace(raise_alert=refuse))
    with caplog.at_level(logging.WARNING, "zhenfu.effects"):
        for _ in range(2):
            bench.worker.nudge(HOSPITAL, FIRST)
            await bench.worker.rest()
            bench.ledger.alerts = alerts
    aside = f"set aside payment={FIRST} newer=False why=KeyError"
    assert caplog.messages == [aside, f"store payment={FIRST} why=StoreUnavailable", aside]


async def test_what_could_be_read_again_is_new_when_it_fails_anew(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.go.set()
    with caplog.at_level(logging.WARNING, "zhenfu.effects"):
        for error in (Unreadable("KeyError", newer=True), None, Unreadable("KeyError", newer=True)):
            bench.error = error
            bench.worker.nudge(HOSPITAL, FIRST)
            await bench.worker.rest()
    assert len(caplog.messages) == 2
