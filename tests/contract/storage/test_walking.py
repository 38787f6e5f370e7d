"""Every document of a collection is found once, wherever somebody has put it, and no more is reached than there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import Int64

from server.infrastructure.sealing import Keyring
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.walking import PAGE, pages
from tests.contract.storage.reached import Reached

pytestmark = pytest.mark.asyncio
BEGAN = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
ODD = (None, 7, Int64(-3), 0.5, "soon", "", {"a": 1}, b"x", False, True)
CROWD = 3 * PAGE


async def begun(mongo: MongoDatabase, *hospitals: str) -> None:
    """Hospitals that have worked since `BEGAN`."""
    for hospital in hospitals:
        await mongo.database["timetables"].insert_one({"_id": f"{hospital}/timetable", "hospital": hospital})
        await mongo.database["audit"].insert_one(
            {"_id": f"{hospital}/1", "hospital": hospital, "entry": "first", "number": Int64(1), "at": BEGAN}
        )


async def put(mongo: MongoDatabase, name: str, documents: list[dict[str, Any]]) -> list[str]:
    await mongo.database[name].insert_many(documents)
    return sorted(str(each["_id"]) for each in documents)


async def walked(mongo: MongoDatabase, name: str) -> list[str]:
    found = [page async for page in pages(mongo.database[name])]
    assert all(found), "no page is empty"
    return sorted(str(document["_id"]) for page in found for document in page)


def moments() -> list[datetime]:
    """One a day for some weeks, a crowd within one minute, long before and long after."""
    daily = [BEGAN + timedelta(days=day) for day in range(40)]
    crowd = [BEGAN + timedelta(days=3, milliseconds=number) for number in range(CROWD)]
    return [*daily, *crowd, BEGAN - timedelta(days=9000), BEGAN + timedelta(days=9000)]


@pytest.mark.parametrize(("name", "field"), [("payments", "created_at"), ("unclaimed", "at"), ("alerts", "at")])
async def test_what_is_dated_is_found_whatever_its_date_and_hospital(
    mongo: MongoDatabase, name: str, field: str
) -> None:
    await begun(mongo, "demo", "other")
    hospitals = ("demo", "another", "elsewhere", "zoo", "", 5, {"a": 1}, None)
    made = [{"hospital": "demo", field: at} for at in moments()]
    made += [{"hospital": "demo", field: odd} for odd in ODD]
    made += [{"hospital": hospital, field: BEGAN} for hospital in hospitals]
    made += [{"hospital": "demo"}, {field: BEGAN}, {}]
    assert await walked(mongo, name) == []
    await mongo.database["timetables"].insert_many([{"_id": "odd", "hospital": 7}, {"_id": "none"}])
    stored = await put(mongo, name, [{"_id": f"{number:05d}", **each} for number, each in enumerate(made)])
    assert await walked(mongo, name) == stored


async def test_an_alert_that_is_raised_again_meanwhile_is_found(mongo: MongoDatabase) -> None:
    """Its time is then the present one, whichever span it stood in before."""
    await begun(mongo, "demo")
    alerts = mongo.database["alerts"]
    await put(
        mongo, "alerts", [{"_id": f"{day}", "hospital": "demo", "at": at} for day, at in enumerate(moments()[:40])]
    )
    found: list[dict[str, Any]] = []
    async for page in pages(alerts):
        found += page
        await alerts.update_one({"_id": "39"}, {"$set": {"at": BEGAN + timedelta(days=9000)}})
    assert [document["_id"] for document in found] == [str(day) for day in range(40)]


async def test_a_chain_is_found_whole_beyond_what_was_cut_out(mongo: MongoDatabase) -> None:
    await begun(mongo, "demo", "other")
    numbers = [*range(2, PAGE + 5), *range(4 * PAGE, 5 * PAGE)]
    made: list[dict[str, Any]] = [{"hospital": "demo", "number": Int64(number)} for number in numbers]
    made += [{"hospital": "demo", "number": odd} for odd in ODD if odd != 7]
    made += [{"hospital": hospital, "number": Int64(1)} for hospital in ("another", 5, None)]
    stored = await put(
        mongo, "audit", [{"_id": f"{place:05d}", "entry": f"e{place}", **each} for place, each in enumerate(made)]
    )
    assert await walked(mongo, "audit") == sorted([*stored, "demo/1", "other/1"])


async def test_no_query_reaches_more_than_a_day_or_a_page(mongo_uri: str, sealer: Keyring) -> None:
    """The embedded database puts together all that a query reaches, and pages by ``_id`` would reach everything again and again."""
    reached = Reached()
    database = connect(mongo_uri, sealer, listeners=[reached])
    dated = [{"hospital": "demo", "created_at": at + timedelta(minutes=n)} for n in range(20) for at in moments()[:40]]
    dated += [{"hospital": "demo", "created_at": at} for at in moments()[40:]]
    chain = [{"hospital": "demo", "entry": f"e{n}", "number": Int64(n)} for n in range(2, 4 * PAGE)]
    try:
        await begun(database, "demo")
        for name, made, most in (("payments", dated, CROWD + 20), ("audit", chain, PAGE)):
            await put(database, name, [{"_id": f"{number:05d}", **each} for number, each in enumerate(made)])
            reached.forget()
            await walked(database, name)
            by_query = await reached.by_query(database)
            assert sum(by_query) <= len(made) + 5, "each once, beside what says since when the hospital has worked"
            assert max(by_query) <= most
    finally:
        database.close()


async def test_hospitals_without_a_timetable_are_found_too(mongo: MongoDatabase) -> None:
    stored = await put(mongo, "payments", [{"_id": "1", "hospital": "demo", "created_at": BEGAN}, {"_id": "2"}])
    assert await walked(mongo, "payments") == stored
