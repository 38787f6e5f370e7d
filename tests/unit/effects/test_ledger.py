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
from tests.support.clock_and_ids import MORNING, FakeClock

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


class LedgerParts:
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
    parts, document = LedgerParts(), Timetable(hospital="demo", effects=effects)
    await parts.ledger.insert(document)
    assert (parts.documents.kept, parts.worker.woken, parts.stored) == ({("demo", ID): document}, woken, [1])
    assert parts.ledger.remembered("demo", ID) is document


async def test_a_step_is_stored_remembered_told_and_woken_for() -> None:
    parts = LedgerParts()
    before = await parts.put(DUE)
    after = await parts.ledger.apply("demo", ID, step)
    assert after == step(before)
    assert parts.documents.saved == [(before, after)]
    assert (parts.stored, parts.worker.steps, parts.worker.woken) == ([4], [(3, 4)], [(ID, "")])
    assert parts.ledger.remembered("demo", ID) is after
    [alert] = await parts.alerted()
    assert (alert.id, alert.kind, alert.text, alert.at, alert.hospital) == (
        f"{ID}:task_stuck:3-4", "task_stuck", f"{ID} 3-4", MORNING, "demo",
    )  # fmt: skip


async def test_a_worker_of_one_s_own_takes_the_place_of_the_process_s() -> None:
    parts, own = LedgerParts(), LocalWorker("T")
    await parts.put(LATER)
    await parts.ledger.apply("demo", ID, step, worker=own)
    assert (own.woken, own.steps, parts.worker.woken) == ([(ID, "T")], [(3, 4)], [])


async def test_what_is_known_is_not_read_and_what_changes_nothing_is_not_written() -> None:
    parts = LedgerParts()
    before = await parts.put(DUE)
    assert await parts.ledger.apply("demo", ID, lambda same: same, known=before) is before
    assert (parts.documents.reads, parts.documents.saved, parts.worker.woken) == (0, [], [])
    await parts.ledger.apply("demo", ID, step)
    assert parts.documents.reads == 1


async def test_only_effects_change_and_the_very_same_ones_write_nothing() -> None:
    parts = LedgerParts()
    before = await parts.put(DUE)
    same = await parts.ledger.apply_effects("demo", ID, lambda effects: effects)
    assert (same, parts.documents.saved) == (before, [])
    after = await parts.ledger.apply_effects("demo", ID, lambda effects: (LATER,), known=before, worker=LocalWorker())
    assert after == replace(before, version=4, effects=(LATER,))
    assert parts.worker.woken == []


async def test_what_is_not_there_is_said_in_words() -> None:
    with pytest.raises(NotFound) as told:
        await LedgerParts().ledger.apply("demo", ID, step)
    assert (str(told.value), told.value.user_message) == ("no such timetable", "没有找到这家医院的时间表。")


@pytest.mark.parametrize("known", [False, True])
async def test_what_somebody_changed_is_left_alone_and_a_person_is_alarmed(known: bool) -> None:
    parts = LedgerParts()
    document = await parts.put(DUE, tampered=True)
    with pytest.raises(Tampered):
        await parts.ledger.apply("demo", ID, step, known=document if known else None)
    assert parts.documents.saved == []
    [alert] = await parts.alerted()
    assert (alert.id, alert.kind) == (f"{ID}:timetable_tampered", "timetable_tampered")
    assert alert.text.startswith(f"{ID} was changed in the database")


async def test_what_could_not_be_stored_is_forgotten_and_told_to_nobody() -> None:
    parts = LedgerParts()
    before = await parts.put()
    await parts.ledger.apply("demo", ID, step)
    parts.documents.fails = StoreUnavailable("down")
    with pytest.raises(StoreUnavailable):
        await parts.ledger.apply("demo", ID, step)
    assert (parts.ledger.remembered("demo", ID), parts.stored) == (None, [before.version + 1])


async def test_a_house_that_remembers_nothing_stores_all_the_same() -> None:
    parts = LedgerParts(remembers=False)
    await parts.put(DUE)
    assert (await parts.ledger.apply("demo", ID, step)).version == 4
    assert parts.ledger.remembered("demo", ID) is None
    parts.documents.fails = StoreUnavailable("down")
    with pytest.raises(StoreUnavailable):
        await parts.ledger.apply("demo", ID, step)
