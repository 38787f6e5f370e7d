"""What a hospital's recurring tasks cost while nothing happens, and that all of them are done by the engine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.effects.model import RECURRING
from server.effects.recurring import Piece, Recurring
from server.effects.timetable import timetable_id
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
POLL = timedelta(seconds=5)
HOURS = 2


async def test_a_quiet_hospital_costs_few_writes_a_minute_and_every_task_is_done() -> None:
    memory_app = InMemoryApp()
    timetables = memory_app.composition.timetables
    done: dict[str, int] = {}
    for kind, task in timetables.tasks.items():
        timetables.tasks[kind] = counted(task, str(kind), done)  # type: ignore[index]
    await timetables.keeper.keep()
    for _ in range(timedelta(hours=HOURS) // POLL):
        for hospital, document_id in await memory_app.stores.timetables.due(memory_app.clock.now(), 10):
            await timetables.runner.run_due(hospital, document_id)
        memory_app.clock.forward(POLL.total_seconds())
    timetable = await memory_app.stores.timetables.get(HOSPITAL, timetable_id(HOSPITAL))
    assert timetable is not None
    assert timetable.version <= 3 * 60 * HOURS, "each write is a version"
    assert [effect.tries for effect in timetable.effects] == [0] * len(RECURRING)
    each_minute = 60 * HOURS
    assert {kind: count for kind, count in done.items() if count < each_minute} == {
        "open_days": each_minute // 5,
        "days_again": each_minute // 5,
        "refund_looks": each_minute // 10,
        "retention": HOURS,
        "low_deposits": 1,
        "old_balances": 1,
        "new_reports": HOURS * 2,
        "unused_cards": 1,
        "unused_people": 1,
    }
    assert await memory_app.alerts() == []


def counted(task: Recurring, name: str, done: dict[str, int]) -> Recurring:
    async def piece(hospital: str, place: str) -> Piece:
        done[name] = done.get(name, 0) + 1
        return await task.piece(hospital, place)

    return Recurring(piece, task.every)
