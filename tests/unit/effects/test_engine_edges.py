"""What one run over a document leaves in the store, in the log and to others, to the version and to the second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.core.errors import ClockOff, LeaseLost, LostRace, NotSent, OutcomeUnknown, OutsideRefusal
from server.effects.engine import Decision, EffectRunner
from server.effects.leases import Pace
from server.effects.ledger import Ledger
from server.effects.model import Effect, EffectKind
from server.effects.timetable import Timetable, timetable_id, timetable_kind
from server.storage.memory_alerts import MemoryAlerts
from tests.support.clock_and_ids import MORNING, FakeClock, SeededIds
from tests.unit.effects.test_ledger import Documents, LocalWorker

pytestmark = pytest.mark.asyncio
ID = timetable_id("demo")
SECOND = timedelta(seconds=1)
FIRST = EffectKind.BOOK
BOOK, SEAL = (Effect(kind=kind, due_at=MORNING) for kind in (FIRST, EffectKind.SEAL))


class Store(Documents):
    """``races``: so many writes are lost to somebody else, who leaves ``theirs``, or changes nothing but the version."""

    def __init__(self) -> None:
        super().__init__()
        self.aside: list[datetime] = []
        self.races = 0
        self.theirs: tuple[Effect, ...] = ()

    async def set_aside(self, document: Timetable, until: datetime) -> None:
        self.aside.append(until)

    async def save(self, before: Timetable, after: Timetable) -> None:
        if self.races:
            self.races -= 1
            stored = self.kept["demo", ID]
            self.kept["demo", ID] = replace(stored, version=stored.version + 1, effects=self.theirs or stored.effects)
            raise LostRace(ID)
        await super().save(before, after)


class Bench:
    """A runner of timetables; each kind of effect is done by what ``does`` has for it."""

    def __init__(self, *effects: Effect, **fields: Any) -> None:
        self.clock, self.store, self.alerts = FakeClock(), Store(), MemoryAlerts()
        self.done: list[tuple[str, str]] = []
        self.does: dict[EffectKind, Callable[[Timetable, Effect], Decision[Timetable]]] = {}
        self.back: list[tuple[str, str]] = []
        ledger = Ledger(timetable_kind(), self.store, self.alerts, self.clock, LocalWorker())  # type: ignore[arg-type]
        pace = Pace(lease_s=60, deadline_s=40)
        runners = dict.fromkeys(EffectKind, self._run)
        self.runner = EffectRunner(ledger, runners, self.clock, SeededIds(), pace, self._is_back)
        self.document = Timetable(hospital="demo", version=3, effects=effects, **fields)
        self.store.kept["demo", ID] = self.document

    async def _is_back(self, hospital: str, system: str) -> None:
        self.back.append((hospital, system))

    async def _run(self, document: Timetable, effect: Effect) -> Decision[Timetable]:
        self.done.append((effect.key, effect.lease or ""))
        return self.does.get(effect.kind, self.ends)(document, effect)

    @staticmethod
    def ends(document: Timetable, effect: Effect) -> Decision[Timetable]:
        def without(current: Timetable) -> Timetable:
            left = tuple(one for one in current.effects if one.key != effect.key)
            return replace(current, effects=left, version=current.version + 5)

        return without

    def fails(self, error: Exception) -> None:
        def does(document: Timetable, effect: Effect) -> Decision[Timetable]:
            raise error

        self.does[FIRST] = does

    async def run(self, token: str = "") -> Timetable:
        await self.runner.run_due("demo", ID, token)
        return self.store.kept["demo", ID]


async def test_a_lease_and_an_end_are_a_version_each_whatever_a_decision_counts() -> None:
    bench = Bench(BOOK)
    after = await bench.run()
    assert (after.effects, after.version) == ((), 5)
    assert [(before.version, stored.version) for before, stored in bench.store.saved] == [(3, 4), (4, 5)]
    assert [len(token) for _, token in bench.done] == [20]


async def test_what_somebody_changed_is_set_aside_for_an_hour_with_an_alarm() -> None:
    bench = Bench(BOOK, tampered=True)
    await bench.run()
    assert (bench.done, bench.store.aside) == ([], [MORNING + timedelta(hours=1)])
    [alert] = await bench.alerts.latest("demo", 9)
    assert (alert.id, alert.kind) == (f"{ID}:timetable_tampered", "timetable_tampered")


async def test_nothing_is_begun_by_a_clock_that_is_off() -> None:
    bench = Bench(BOOK)

    async def off() -> None:
        raise ClockOff("5 s")

    bench.clock.must_agree = off  # type: ignore[method-assign]
    assert await bench.run() == bench.document
    assert bench.done == []


async def test_a_lease_that_was_lost_once_to_a_write_is_taken_on_what_is_stored_then() -> None:
    bench = Bench(BOOK)
    bench.store.races = 1
    assert (await bench.run()).effects == ()
    assert len(bench.done) == 1


@pytest.mark.parametrize(("slow_s", "begun"), [(39, True), (40, False)])
async def test_a_call_without_time_left_is_not_begun(slow_s: int, begun: bool) -> None:
    bench = Bench(BOOK)
    save = bench.store.save

    async def slow(before: Timetable, after: Timetable) -> None:
        bench.store.save = save  # type: ignore[method-assign]
        bench.clock.forward(slow_s)
        await save(before, after)

    bench.store.save = slow  # type: ignore[method-assign]
    after = await bench.run()
    assert (bool(bench.done), after.effects == ()) == (begun, begun)
    if not begun:
        assert after.effects[0].last_error == "NotSent worker"


async def test_what_another_run_holds_is_not_done_with_one_s_own() -> None:
    """Both ways of telling one thing run together, but for the one that somebody else is at."""
    message = Effect(kind=EffectKind.MESSAGE, subject="a", due_at=MORNING)
    others = replace(message, kind=EffectKind.SMS, lease="another", due_at=MORNING + SECOND)
    bench = Bench(message, others, replace(SEAL, lease="mine", due_at=MORNING + 50 * SECOND))
    after = await bench.run("mine")
    assert [key for key, _ in bench.done] == ["message:a", "seal"]
    assert after.effects == (others,)


async def test_what_another_run_took_first_is_left_to_it() -> None:
    message = Effect(kind=EffectKind.MESSAGE, subject="a", due_at=MORNING)
    sms = replace(message, kind=EffectKind.SMS)
    bench = Bench(message, sms)
    taken = replace(sms, lease="another", due_at=MORNING + timedelta(minutes=1))
    bench.store.races, bench.store.theirs = 1, (message, taken)
    assert (await bench.run()).effects == (taken,)
    assert [key for key, _ in bench.done] == ["message:a"]


async def test_what_an_end_makes_due_is_done_in_the_same_run_and_nothing_after_a_stop() -> None:
    def makes_seal(document: Timetable, effect: Effect) -> Decision[Timetable]:
        return lambda current: replace(current, effects=(SEAL,))

    for stopped, left in ((False, ()), (True, (SEAL,))):
        bench = Bench(BOOK)
        bench.does[FIRST] = makes_seal
        if stopped:
            bench.runner.stop()
        assert (await bench.run()).effects == left


async def test_what_comes_to_be_owed_later_is_left_for_then() -> None:
    later = replace(SEAL, due_at=MORNING + SECOND)
    bench = Bench(BOOK)
    bench.does[FIRST] = lambda document, effect: lambda current: replace(current, effects=(later,))
    assert (await bench.run()).effects == (later,)
    assert [key for key, _ in bench.done] == ["book"]


@pytest.mark.parametrize(
    ("error", "tries", "back"),
    [
        (None, 4, [("demo", "his")]),
        (None, 3, []),
        (OutsideRefusal("his", "BUSY"), 4, [("demo", "his")]),
        (NotSent("his"), 4, []),
        (OutcomeUnknown("his"), 4, []),
    ],
)
async def test_a_system_that_answers_after_an_outage_is_told_of(
    error: Exception | None, tries: int, back: list[tuple[str, str]]
) -> None:
    bench = Bench(replace(BOOK, tries=tries - 1, last_error="NotSent his"))
    if error is not None:
        bench.fails(error)
    await bench.run()
    assert bench.back == back


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (NotSent("his"), ["again timetable=timetable-demo effect=book try=1 why=NotSent his"]),
        (
            ZeroDivisionError(),
            [
                "effect failed timetable=timetable-demo effect=book",
                "again timetable=timetable-demo effect=book try=1 why=ZeroDivisionError",
            ],
        ),
    ],
)
async def test_a_failure_is_logged_by_its_kind(
    error: Exception, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(BOOK)
    bench.fails(error)
    await bench.run()
    assert caplog.messages == lines


@pytest.mark.parametrize(
    ("error", "first"),
    [
        (LeaseLost("book"), "lease lost timetable=timetable-demo effect=book"),
        (KeyError("x"), "decision failed timetable=timetable-demo effect=book"),
    ],
)
async def test_a_decision_that_can_not_be_made_is_logged(
    error: Exception, first: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "zhenfu.effects")

    def does(document: Timetable, effect: Effect) -> Decision[Timetable]:
        def decide(current: Timetable) -> Timetable:
            raise error

        return decide

    bench = Bench(BOOK)
    bench.does[FIRST] = does
    await bench.run()
    assert caplog.messages[0] == first
