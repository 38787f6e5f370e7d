"""The one way in which a document changes: what is stored, who is woken, who is alarmed, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.alerts.model import Alert
from server.core.errors import NotFound, StoreUnavailable, Tampered
from server.effects.ledger import Ledger
from server.effects.model import Effect, EffectKind
from server.effects.remembered import Remembered
from server.effects.timetable import Timetable, timetable_id, timetable_kind
from server.storage.memory_alerts import MemoryAlerts
from tests.support.chance import MORNING, FakeClock

pytestmark = pytest.mark.asyncio
SECOND = timedelta(seconds=1)
ID = timetable_id("demo")
DUE = Effect(kind=EffectKind.RETENTION, due_at=MORNING)
LATER = replace(DUE, due_at=MORNING + SECOND)


class Documents:
    """Timetables by their ids. ``fails`` is raised by `save`."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Timetable] = {}
        self.saved: list[tuple[Timetable, Timetable]] = []
        self.reads = 0
        self.fails: Exception | None = None

    async def insert(self, document: Timetable) -> None:
        self.kept[document.hospital, document.id] = document

    async def get(self, hospital: str, document_id: str) -> Timetable | None:
        self.reads += 1
        return self.kept.get((hospital, document_id))

    async def save(self, before: Timetable, after: Timetable) -> None:
        if self.fails is not None:
            raise self.fails
        self.saved.append((before, after))
        self.kept[after.hospital, after.id] = after


class LocalWorker:
    """Notes what it is woken for; leases under ``token`` what a step is told to lease."""

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.steps: list[tuple[int, int]] = []
        self.woken: list[tuple[str, str]] = []

    def lease_new(self, before: Timetable, after: Timetable) -> tuple[Timetable, str]:
        self.steps.append((before.version, after.version))
        return after, self.token

    def wake(self, document: Timetable, token: str) -> None:
        self.woken.append((document.id, token))


class House:
    def __init__(self, *, remembers: bool = True) -> None:
        self.documents, self.alerts, self.worker, self.stored = Documents(), MemoryAlerts(), LocalWorker(), list[int]()
        self.remembered = Remembered[Timetable]() if remembers else None
        self.kind = replace(timetable_kind(), alarms=self.alarms)
        self.ledger = Ledger(
            self.kind, self.documents, self.alerts, FakeClock(), self.worker, self.remembered,
            (lambda document: self.stored.append(document.version)) if remembers else None,
        )  # type: ignore[arg-type] # fmt: skip

    @staticmethod
    def alarms(before: Timetable, after: Timetable) -> Iterable[tuple[str, str]]:
        return [("task_stuck", f"{before.version}-{after.version}")] if after.effects else []

    async def put(self, *effects: Effect, **fields: bool) -> Timetable:
        document = Timetable(hospital="demo", version=3, effects=effects, **fields)
        await self.documents.insert(document)
        return document

    async def alerted(self) -> list[Alert]:
        return list(await self.alerts.latest("demo", 9))


def step(document: Timetable) -> Timetable:
    return replace(document, version=document.version + 1)


@pytest.mark.parametrize(("effects", "woken"), [((DUE,), [(ID, "")]), ((LATER,), []), ((), [])])
async def test_a_new_document_is_stored_remembered_and_worked_at_once_if_it_is_due(
    effects: tuple[Effect, ...], woken: list[tuple[str, str]]
) -> None:
    house, document = House(), Timetable(hospital="demo", effects=effects)
    await house.ledger.insert(document)
    assert (house.documents.kept, house.worker.woken, house.stored) == ({("demo", ID): document}, woken, [1])
    assert house.ledger.remembered("demo", ID) is document


async def test_a_step_is_stored_remembered_told_and_woken_for() -> None:
    house = House()
    before = await house.put(DUE)
    after = await house.ledger.apply("demo", ID, step)
    assert after == step(before)
    assert house.documents.saved == [(before, after)]
    assert (house.stored, house.worker.steps, house.worker.woken) == ([4], [(3, 4)], [(ID, "")])
    assert house.ledger.remembered("demo", ID) is after
    [alert] = await house.alerted()
    assert (alert.id, alert.kind, alert.text, alert.at, alert.hospital) == (
        f"{ID}:task_stuck:3-4", "task_stuck", f"{ID} 3-4", MORNING, "demo",
    )  # fmt: skip


async def test_a_worker_of_one_s_own_takes_the_place_of_the_process_s() -> None:
    house, own = House(), LocalWorker("T")
    await house.put(LATER)
    await house.ledger.apply("demo", ID, step, worker=own)
    assert (own.woken, own.steps, house.worker.woken) == ([(ID, "T")], [(3, 4)], [])


async def test_what_is_known_is_not_read_and_what_changes_nothing_is_not_written() -> None:
    house = House()
    before = await house.put(DUE)
    assert await house.ledger.apply("demo", ID, lambda same: same, known=before) is before
    assert (house.documents.reads, house.documents.saved, house.worker.woken) == (0, [], [])
    await house.ledger.apply("demo", ID, step)
    assert house.documents.reads == 1


async def test_only_effects_change_and_the_very_same_ones_write_nothing() -> None:
    house = House()
    before = await house.put(DUE)
    same = await house.ledger.apply_effects("demo", ID, lambda effects: effects)
    assert (same, house.documents.saved) == (before, [])
    after = await house.ledger.apply_effects("demo", ID, lambda effects: (LATER,), known=before, worker=LocalWorker())
    assert after == replace(before, version=4, effects=(LATER,))
    assert house.worker.woken == []


async def test_what_is_not_there_is_said_in_words() -> None:
    with pytest.raises(NotFound) as told:
        await House().ledger.apply("demo", ID, step)
    assert (str(told.value), told.value.user_message) == ("no such timetable", "没有找到这家医院的时间表。")


@pytest.mark.parametrize("known", [False, True])
async def test_what_somebody_changed_is_left_alone_and_a_person_is_alarmed(known: bool) -> None:
    house = House()
    document = await house.put(DUE, tampered=True)
    with pytest.raises(Tampered):
        await house.ledger.apply("demo", ID, step, known=document if known else None)
    assert house.documents.saved == []
    [alert] = await house.alerted()
    assert (alert.id, alert.kind) == (f"{ID}:timetable_tampered", "timetable_tampered")
    assert alert.text.startswith(f"{ID} was changed in the database")


async def test_what_could_not_be_stored_is_forgotten_and_told_to_nobody() -> None:
    house = House()
    before = await house.put()
    await house.ledger.apply("demo", ID, step)
    house.documents.fails = StoreUnavailable("down")
    with pytest.raises(StoreUnavailable):
        await house.ledger.apply("demo", ID, step)
    assert (house.ledger.remembered("demo", ID), house.stored) == (None, [before.version + 1])


async def test_a_house_that_remembers_nothing_stores_all_the_same() -> None:
    house = House(remembers=False)
    await house.put(DUE)
    assert (await house.ledger.apply("demo", ID, step)).version == 4
    assert house.ledger.remembered("demo", ID) is None
    house.documents.fails = StoreUnavailable("down")
    with pytest.raises(StoreUnavailable):
        await house.ledger.apply("demo", ID, step)
