"""Recurring tasks are owed work: a piece at a time, under a lease, with retries and an alarm."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from server.alerts.model import CAUSE_GONE, Alert, AlertState
from server.app.timetables import PACE
from server.core.errors import NotSent, StoreUnavailable, Unreadable
from server.effects.engine import EffectRunner
from server.effects.ledger import Ledger
from server.effects.model import PACE_S, RECURRING, EffectKind, find
from server.effects.recurring import MORE_AFTER, Piece, Recurring, RecurringWork, TimetableKeeper
from server.effects.timetable import TASK_STUCK, Timetable, timetable_id, timetable_kind
from server.effects.worker import OnlyPolled
from server.storage.memory_alerts import MemoryAlerts
from server.storage.memory_documents import MemoryTimetables
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
EVERY = timedelta(minutes=10)
FIRST, SECOND = EffectKind.RETENTION, EffectKind.ALERT_ROUND


class CountedTimetables(MemoryTimetables):
    """Counts its writes. ``spoilt`` is what a reader finds in the place of what is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.spoilt: Timetable | Unreadable | None = None

    async def get(self, hospital: str, document_id: str) -> Timetable | None:
        if isinstance(self.spoilt, Unreadable):
            raise self.spoilt
        return self.spoilt or await super().get(hospital, document_id)

    async def save(self, before: Timetable, after: Timetable) -> None:
        self.writes += 1
        await super().save(before, after)

    async def begin_anew(self, timetable: Timetable) -> None:
        self.spoilt = None
        await super().begin_anew(timetable)


class PlayedTask:
    """Counts to ``pieces`` and begins again; ``fails`` is raised instead."""

    def __init__(self, pieces: int = 1) -> None:
        self.pieces = pieces
        self.places: list[str] = []
        self.fails: Exception | None = None

    async def piece(self, hospital: str, place: str) -> Piece:
        self.places.append(place)
        if self.fails is not None:
            raise self.fails
        await asyncio.sleep(0)
        done = int(place or 0) + 1
        return Piece(str(done), more=True) if done < self.pieces else Piece()


class TimetableParts:
    """A store of timetables, a clock, and the tasks that each worker knows."""

    def __init__(self, *tasks: PlayedTask, hospitals: Collection[str] = (HOSPITAL,)) -> None:
        self.clock, self.ids, self.alerts, self.store = FakeClock(), SeededIds(), MemoryAlerts(), CountedTimetables()
        kinds = (FIRST, SECOND)[: len(tasks)]
        self.tasks = {kind: Recurring(task.piece, EVERY) for kind, task in zip(kinds, tasks, strict=True)}
        self.ledger = Ledger(timetable_kind(), self.store, self.alerts, self.clock, OnlyPolled[Timetable]())
        self.work = RecurringWork(self.ledger, self.tasks, hospitals, self.clock)
        self.keeper = self.keeper_of(*kinds)

    def keeper_of(self, *kinds: EffectKind) -> TimetableKeeper:
        return TimetableKeeper(self.ledger, self.store, kinds, [HOSPITAL], self.clock)

    def worker(self) -> EffectRunner[Timetable]:
        return EffectRunner(self.ledger, self.work.runners(), self.clock, self.ids, PACE)

    async def poll(self) -> None:
        """As a worker that looks for what is due."""
        for hospital, document_id in await self.store.due(self.clock.now(), 10):
            await self.worker().run_due(hospital, document_id)

    async def timetable(self) -> Timetable:
        found = await self.store.get(HOSPITAL, timetable_id(HOSPITAL))
        assert found is not None
        return found

    async def alert(self) -> Alert:
        (found,) = await self.alerts.latest(HOSPITAL, 10)
        return found


async def test_a_task_is_owed_again_after_its_time_and_goes_on_at_its_place_meanwhile() -> None:
    task = PlayedTask(pieces=3)
    parts = TimetableParts(task)
    await parts.keeper.keep()
    for _ in range(3):
        await parts.poll()
        await parts.poll()
        parts.clock.forward(MORE_AFTER.total_seconds())
    assert task.places == ["", "1", "2"], "a piece a poll, and none before its time"
    assert (await parts.timetable()).places == {}
    parts.clock.forward(EVERY.total_seconds() - 2 * MORE_AFTER.total_seconds())
    await parts.poll()
    assert len(task.places) == 3
    parts.clock.forward(MORE_AFTER.total_seconds())
    await parts.poll()
    assert task.places[3:] == [""], "it begins anew"


async def test_tasks_that_are_due_together_share_their_two_writes() -> None:
    tasks = PlayedTask(), PlayedTask()
    parts = TimetableParts(*tasks)
    await parts.keeper.keep()
    await parts.poll()
    assert [len(task.places) for task in tasks] == [1, 1]
    assert parts.store.writes == 2


async def test_of_two_workers_one_does_the_piece() -> None:
    task = PlayedTask()
    parts = TimetableParts(task)
    await parts.keeper.keep()
    await asyncio.gather(parts.poll(), parts.poll())
    assert task.places == [""]


async def test_what_a_worker_died_over_is_done_by_another_when_its_lease_is_over() -> None:
    task = PlayedTask(pieces=2)
    parts = TimetableParts(task)
    await parts.keeper.keep()
    await parts.poll()
    parts.clock.forward(MORE_AFTER.total_seconds())
    task.fails = StoreUnavailable("gone")
    with pytest.raises(StoreUnavailable):
        await parts.poll()
    task.fails = None
    parts.clock.forward(PACE.lease_s - 1)
    await parts.poll()
    assert task.places == ["", "1"], "somebody may be at it"
    parts.clock.forward(1)
    await parts.poll()
    assert task.places == ["", "1", "1"]


async def test_a_task_that_fails_again_and_again_alarms_until_it_works_and_holds_up_no_other() -> None:
    failing, well = PlayedTask(), PlayedTask()
    parts = TimetableParts(failing, well)
    failing.fails = NotSent("audit", "the end of the chain moves")
    await parts.keeper.keep()
    tries = len(PACE_S[FIRST])
    for _ in range(tries):
        assert not await parts.alerts.latest(HOSPITAL, 10)
        await parts.poll()
        parts.clock.forward(2 * max(PACE_S[FIRST]))
    alert = await parts.alert()
    assert (alert.kind, alert.subject, alert.live) == (TASK_STUCK, str(FIRST), True)
    assert len(well.places) == tries
    failing.fails = None
    await parts.poll()
    alert = await parts.alert()
    assert (alert.state, alert.why) == (AlertState.CLOSED, CAUSE_GONE)
    task = find((await parts.timetable()).effects, str(FIRST))
    assert task is not None
    assert (task.tries, task.last_error) == (0, None)


async def test_a_timetable_owes_what_this_version_knows() -> None:
    parts = TimetableParts(PlayedTask(), PlayedTask())
    await parts.keeper.keep()
    await parts.poll()
    before = await parts.timetable()
    await parts.keeper.keep()
    assert await parts.timetable() == before, "nothing to write"
    await parts.keeper_of(SECOND, EffectKind.OPEN_DAYS).keep()
    after = await parts.timetable()
    assert [effect.kind for effect in after.effects] == [SECOND, EffectKind.OPEN_DAYS]
    assert after.effects[1].due_at == parts.clock.now()


@pytest.mark.parametrize("why", ["changed", "damaged"])
async def test_a_timetable_that_can_not_be_used_is_told_of_and_begun_anew(why: str) -> None:
    task = PlayedTask(pieces=2)
    parts = TimetableParts(task)
    await parts.keeper.keep()
    await parts.poll()
    found = await parts.timetable()
    parts.store.spoilt = replace(found, tampered=True) if why == "changed" else Unreadable("KeyError")
    parts.clock.forward(600)
    await parts.keeper.keep()
    await parts.poll()
    assert task.places == ["", ""]
    assert (await parts.alert()).kind == {"changed": "timetable_tampered", "damaged": "timetable_unreadable"}[why]


async def test_the_timetable_of_a_newer_version_is_left_to_it() -> None:
    parts = TimetableParts(PlayedTask())
    await parts.keeper.keep()
    parts.store.spoilt = Unreadable("schema", newer=True)
    await parts.keeper.keep()
    assert parts.store.spoilt is not None
    assert not await parts.alerts.latest(HOSPITAL, 10)


async def test_a_hospital_that_this_process_does_not_know_is_left_to_others() -> None:
    task = PlayedTask()
    parts = TimetableParts(task, hospitals=())
    await parts.keeper.keep()
    await parts.poll()
    assert task.places == []
    assert (await parts.timetable()).next_due == parts.clock.now() + EVERY


async def test_every_recurring_task_is_wired() -> None:
    assert set(InMemoryApp().composition.timetables.tasks) == RECURRING
