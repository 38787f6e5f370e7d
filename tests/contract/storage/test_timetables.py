"""Timetables: one a hospital, guarded writes, found when something is due, begun anew where they can't be used."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from server.core.errors import AlreadyStored, LostRace, Tampered, Unreadable
from server.effects.model import Effect, EffectKind
from server.effects.timetable import Timetable, piece_done, timetable_id
from server.storage.mongo import MongoDatabase
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
PLACE = '{"before": ["2026-01-02T03:04:05+00:00", "ZF1"]}'


def a_timetable(hospital: str = HOSPITAL, due_in: int = 0) -> Timetable:
    leased = Effect(
        kind=EffectKind.RETENTION, due_at=MORNING + timedelta(minutes=due_in), tries=3, lease="T", last_error="NotSent his",
        unknown_at=MORNING,
    )  # fmt: skip
    waiting = Effect(kind=EffectKind.ALERT_ROUND, due_at=MORNING + timedelta(hours=9))
    return Timetable(
        hospital=hospital, effects=(leased, waiting), places=MappingProxyType({str(EffectKind.RETENTION): PLACE})
    )


async def test_a_timetable_comes_back_as_it_was(stores: Stores) -> None:
    await stores.timetables.insert(a_timetable())
    assert await stores.timetables.get(HOSPITAL, timetable_id(HOSPITAL)) == a_timetable()
    assert await stores.timetables.get("other", timetable_id("other")) is None
    with pytest.raises(AlreadyStored):
        await stores.timetables.insert(a_timetable())


async def test_of_two_changes_at_once_one_is_lost(stores: Stores) -> None:
    before = a_timetable()
    await stores.timetables.insert(before)
    done = piece_done(before, str(EffectKind.RETENTION), "T", "", MORNING)
    await stores.timetables.save(before, done)
    with pytest.raises(LostRace):
        await stores.timetables.save(before, done)
    assert await stores.timetables.get(HOSPITAL, before.id) == done
    with pytest.raises(ValueError, match="version"):
        await stores.timetables.save(done, replace(done, places=MappingProxyType({})))
    with pytest.raises(ValueError, match="whose"):
        await stores.timetables.save(done, replace(done, hospital="other", version=9))


async def test_what_is_due_is_found_the_most_overdue_first(stores: Stores) -> None:
    for hospital, due_in in (("b", 2), ("a", 1), ("c", 9)):
        await stores.timetables.insert(a_timetable(hospital, due_in))
    now = MORNING + timedelta(minutes=5)
    assert await stores.timetables.due(now, 10) == [("a", timetable_id("a")), ("b", timetable_id("b"))]
    assert await stores.timetables.due(now, 10, [timetable_id("a")]) == [("b", timetable_id("b"))]
    await stores.timetables.set_aside(a_timetable("a", 1), now + timedelta(hours=1))
    assert await stores.timetables.due(now, 10) == [("b", timetable_id("b"))]


async def test_one_that_is_begun_anew_is_not_what_was_there(stores: Stores) -> None:
    before = a_timetable()
    fresh = Timetable(hospital=HOSPITAL, effects=(Effect(kind=EffectKind.AUDIT_DAY, due_at=MORNING),))
    await stores.timetables.begin_anew(before)
    after = piece_done(before, str(EffectKind.RETENTION), "T", PLACE, MORNING)
    await stores.timetables.save(before, after)
    await stores.timetables.begin_anew(fresh)
    assert await stores.timetables.get(HOSPITAL, before.id) == fresh
    with pytest.raises(LostRace):
        await stores.timetables.save(after, replace(after, version=9))


async def test_a_timetable_that_somebody_changed_is_not_ours_any_more(mongo: MongoDatabase) -> None:
    timetables, collection = mongo.stores.timetables, mongo.database["timetables"]
    await timetables.insert(a_timetable())
    (stored,) = await collection.find({}).to_list(None)
    await collection.update_one({}, {"$set": {"text": stored["text"].replace("ZF1", "ZF2")}})
    found = await timetables.get(HOSPITAL, timetable_id(HOSPITAL))
    assert found is not None
    assert found.tampered
    with pytest.raises(Tampered):
        await timetables.save(found, replace(found, version=9))
    await timetables.begin_anew(a_timetable())
    assert await timetables.get(HOSPITAL, timetable_id(HOSPITAL)) == a_timetable()


@pytest.mark.parametrize(
    ("found", "put", "newer"),
    [
        ('"hospital"', '"clinic"', False),
        ("alert_round", "of_tomorrow", True),
    ],
)
async def test_one_that_can_not_be_read_says_whether_a_newer_version_wrote_it(
    mongo: MongoDatabase, found: str, put: str, newer: bool
) -> None:
    collection = mongo.database["timetables"]
    await mongo.stores.timetables.insert(a_timetable())
    (stored,) = await collection.find({}).to_list(None)
    await collection.update_one({}, {"$set": {"text": stored["text"].replace(found, put)}})
    with pytest.raises(Unreadable) as why:
        await mongo.stores.timetables.get(HOSPITAL, timetable_id(HOSPITAL))
    assert why.value.newer is newer
    assert not [one async for one in mongo.unreadable() if one.newer is not newer]
