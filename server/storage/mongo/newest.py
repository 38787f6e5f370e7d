"""The newest of a range of time, read in spans that grow backwards from its end.

The embedded database puts everything in order that a query reaches before it answers the first few, so a query may not reach more of a long range
than is asked for. To MongoDB, which walks the index backwards, a span more is a small query more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.storage.mongo.errors import translated
from server.storage.mongo.spans import next_span
from server.storage.precision import whole_ms
from server.storage.rules import check_limit

One = TypeVar("One")
Read = Callable[[datetime, datetime, int], Awaitable[Sequence[One]]]
"""(begin, end, limit) → at most ``limit`` from ``begin`` on and before ``end``, newest first."""
Document = dict[str, Any]

EVER = datetime.min.replace(tzinfo=UTC)
FIRST_SPAN = timedelta(minutes=5)
RARE_SPAN = timedelta(days=1)
"""The first span for what is not made all the time."""
SHORTEST_SPAN = timedelta(seconds=1)


async def newest_between(
    read: Read[One], begin: datetime, end: datetime, limit: int, span: timedelta = FIRST_SPAN
) -> list[One]:
    """At most ``limit`` from ``begin`` on and before ``end``, newest first. Fewer only where there are no more. ``span`` is the first one."""
    found: list[One] = []
    while len(found) < limit and begin < end:
        since = whole_ms(end - min(span, end - begin))
        some = await read(since, end, limit - len(found))
        found += some
        span, end = next_span(span, SHORTEST_SPAN, len(some), limit - len(found)), since
    return found


async def newest_rare(
    collection: AsyncIOMotorCollection[Any], query: Document, field: str, limit: int
) -> list[Document]:
    """At most ``limit`` that ``query`` finds, newest first, whenever they were; an index must have its fields and then ``field``, their time.
    What is dated later than now comes first. Raises StoreUnavailable.
    """
    check_limit(limit)

    async def read(times: Document, at_most: int) -> list[Document]:
        found = collection.find({**query, field: times}).sort(field, DESCENDING).limit(at_most)
        with translated():
            return cast("list[Document]", await found.to_list(at_most))

    async def of_span(begin: datetime, end: datetime, at_most: int) -> list[Document]:
        return await read({"$gte": begin, "$lt": end}, at_most)

    now = await database_time(cast("AsyncIOMotorDatabase[Any]", collection.database))
    later = await read({"$gte": now}, limit)
    return later + await newest_between(of_span, EVER, now, limit - len(later), RARE_SPAN)


async def database_time(database: AsyncIOMotorDatabase[Any]) -> datetime:
    """Raises StoreUnavailable."""
    with translated():
        return whole_ms((await database.command("hello", codec_options=database.codec_options))["localTime"])
