"""Every document of a collection, page by page, each once (an alert that is raised again meanwhile perhaps twice) and in no order that anybody
may count on.

To MongoDB a range of ``_id`` would do. The embedded database has none: whatever a query reaches is put together before it answers, and by
``_id`` each page would reach the whole collection. So what grows for ever is read in spans of what its index ends with. No document stands
outside of them: what belongs to no hospital that is known, what lies before and after, and what has another kind of value there is asked for
as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from bson import Int64, ObjectId, Timestamp
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase

from server.storage.mongo.errors import translated
from server.storage.mongo.newest import database_time
from server.storage.precision import whole_ms

PAGE = 200
DATED: Mapping[str, str] = {"payments": "created_at", "unclaimed": "at", "alerts": "at"}
"""By collection: the time with which an index of it ends, after the hospital."""
AUDIT, NUMBER = "audit", "number"
LONGEST_SPAN = timedelta(days=1)
SHORTEST_SPAN = timedelta(seconds=1)
LEAST: Mapping[type, object] = {
    float: float("-inf"), str: "", dict: {}, bytes: b"", ObjectId: ObjectId(bytes(12)), bool: False, Timestamp: Timestamp(0, 0),
}  # fmt: skip
"""The least value of each kind: a comparison reaches only values of its own kind."""
Document = dict[str, Any]
Database = AsyncIOMotorDatabase[Any]


async def pages(collection: AsyncIOMotorCollection[Any]) -> AsyncIterator[list[Document]]:
    """None is empty. What is written before it begins is in them; what is written meanwhile may be. Raises StoreUnavailable."""
    name = collection.name
    database = cast("Database", collection.database)  # which the driver's types call a collection
    if name in DATED or name == AUDIT:
        hospitals = await _hospitals(database)
        async for page in _elsewhere(database, name, hospitals):
            yield page
        for hospital in hospitals:
            of = _by_date(database, name, hospital) if name in DATED else _by_number(database, hospital)
            async for page in of:
                yield page
    else:
        async for page in _found(database, name, {}):
            yield page


async def pages_of(collection: AsyncIOMotorCollection[Any], hospital: str) -> AsyncIterator[list[Document]]:
    """As `pages`, what belongs to one hospital of a collection in DATED."""
    async for page in _by_date(cast("Database", collection.database), collection.name, hospital):
        yield page


async def _hospitals(database: Database) -> list[str]:
    """In order. Each has a timetable; one that has none is read with whatever is elsewhere."""
    with translated():
        found = await database["timetables"].find({}, {"hospital": 1}).to_list(None)
    return sorted({each["hospital"] for each in found if isinstance(each.get("hospital"), str)})


async def _elsewhere(database: Database, name: str, hospitals: list[str]) -> AsyncIterator[list[Document]]:
    """What belongs to none of ``hospitals``."""
    between = [{"$gt": one, "$lt": other} for one, other in pairwise(hospitals)]
    around = [{"$lt": hospitals[0]}, *between, {"$gt": hospitals[-1]}, *_of_no(str)] if hospitals else []
    for query in [{"hospital": each} for each in around] or [{}]:
        async for page in _found(database, name, query):
            yield page


async def _by_date(database: Database, name: str, hospital: str) -> AsyncIterator[list[Document]]:
    """In spans of a day at most, shorter where a day has many, from the first line of the hospital's audit chain until now. What is later comes
    last: an alert that is raised again meanwhile has moved there.
    """
    field = DATED[name]
    begin, end = await _life(database, hospital)
    async for page in _of(database, name, hospital, field, {"$lt": begin}, *_of_no(datetime)):
        yield page
    span = LONGEST_SPAN
    while begin < end:
        until, read = whole_ms(min(end, begin + span)), 0
        async for page in _of(database, name, hospital, field, {"$gte": begin, "$lt": until}):
            read += len(page)
            yield page
        begin, span = until, min(LONGEST_SPAN, max(SHORTEST_SPAN, span * PAGE / max(read, PAGE // 2)))
    async for page in _of(database, name, hospital, field, {"$gte": end}):
        yield page


async def _life(database: Database, hospital: str) -> tuple[datetime, datetime]:
    """When something was first told of the hospital, and the database's time."""
    now = await database_time(database)
    with translated():
        first = await database[AUDIT].find_one({"hospital": hospital, NUMBER: Int64(1)})
    begin = (first or {}).get("at")
    return (min(begin, now) if isinstance(begin, datetime) else now), now


async def _by_number(database: Database, hospital: str) -> AsyncIterator[list[Document]]:
    """Nearly every number is taken: a span without any is the end, or a cut after which all the rest is read at once."""
    after, read = 0, PAGE
    while read:
        read = 0
        async for page in _of(database, AUDIT, hospital, NUMBER, {"$gt": Int64(after), "$lte": Int64(after + PAGE)}):
            read += len(page)
            yield page
        after += PAGE
    async for page in _of(database, AUDIT, hospital, NUMBER, {"$lte": Int64(0)}, {"$gt": Int64(after)}, *_of_no(float)):
        yield page


async def _of(
    database: Database, name: str, hospital: str, field: str, *values: object
) -> AsyncIterator[list[Document]]:
    for value in values:
        async for page in _found(database, name, {"hospital": hospital, field: value}):
            yield page


def _of_no(kind: type) -> Sequence[object]:
    """The queries for whatever is not of this kind, or missing."""
    return [None, *({"$gte": least} for other, least in LEAST.items() if other is not kind)]


async def _found(database: Database, name: str, query: Document) -> AsyncIterator[list[Document]]:
    with translated():
        cursor = database[name].find(query, batch_size=PAGE)
        while page := await cursor.to_list(PAGE):
            yield page
