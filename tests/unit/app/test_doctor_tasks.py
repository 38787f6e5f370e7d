"""`run.py doctor` says which recurring tasks are overdue, fail again and again, or were changed by somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from server.app.doctor import diagnose
from server.app.services import Services
from server.effects.model import PACE_S, Effect, EffectKind, find, later, with_effect
from server.effects.timetable import Timetable, timetable_id
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.unit.app.test_doctor import RightClock, nothing

pytestmark = pytest.mark.asyncio
KIND = EffectKind.ALERT_ROUND


async def told(memory_app: InMemoryApp) -> list[str]:
    services = SimpleNamespace(hospitals=memory_app.hospitals, stores=memory_app.stores, clock=memory_app.clock)
    findings = await diagnose(RightClock(), cast("Services", services), nothing())
    return [finding.text for finding in findings if finding.to_mend]


async def with_task(memory_app: InMemoryApp, **fields: object) -> None:
    """The timetable as a worker has begun it, with the alert round as ``fields`` say."""
    await memory_app.composition.timetables.keeper.keep()
    timetable = await memory_app.stores.timetables.get(HOSPITAL, timetable_id(HOSPITAL))
    assert timetable is not None
    task = find(timetable.effects, str(KIND))
    assert task is not None
    changed: Effect = replace(later(task, memory_app.clock.now()), **fields)  # type: ignore[arg-type]
    after = replace(timetable, version=timetable.version + 1, effects=with_effect(timetable.effects, changed))
    await memory_app.stores.timetables.save(timetable, after)


async def test_nothing_is_to_mend_where_tasks_are_done_in_time() -> None:
    memory_app = InMemoryApp()
    await with_task(memory_app)
    assert await told(memory_app) == []


async def test_a_task_that_nobody_does_is_named() -> None:
    memory_app = InMemoryApp()
    await with_task(memory_app, due_at=memory_app.clock.now() - timedelta(minutes=11))
    (finding,) = await told(memory_app)
    assert finding.startswith(f"{HOSPITAL}: alert_round waits since")


async def test_a_task_that_fails_again_and_again_is_named_with_its_error() -> None:
    memory_app = InMemoryApp()
    await with_task(memory_app, tries=len(PACE_S[KIND]), last_error="NotSent audit")
    assert await told(memory_app) == [f"{HOSPITAL}: alert_round has failed 7 times, last: NotSent audit"]


async def test_a_timetable_that_somebody_changed_is_told_of() -> None:
    memory_app = InMemoryApp()

    async def get(hospital: str, document_id: str) -> Timetable:
        return Timetable(hospital=hospital, tampered=True)

    memory_app.stores.timetables.get = get  # type: ignore[method-assign]
    (finding,) = await told(memory_app)
    assert "changed in the database" in finding
