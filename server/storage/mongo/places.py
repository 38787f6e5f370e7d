"""Pages of documents that are named by their hospital and a keyed hash, in the order of their names.

The embedded database reads all that a query reaches before it answers the first few, so a query asks for a span of names. Hashes lie evenly,
so a span has as many as others of its length. An index must have the hospital and then the name.
"""

from __future__ import annotations

import re
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING

from server.storage.mongo.errors import translated
from server.storage.mongo.spans import next_span
from server.storage.rules import check_limit

DIGITS = 8
"""So many of a hash are looked at."""
ALL = 16**DIGITS
FIRST_SPAN = ALL >> 16
SHORTEST_SPAN = 1
_HEX = re.compile(r"[0-9a-f]*")
Document = dict[str, Any]


async def named_after(collection: AsyncIOMotorCollection[Any], hospital: str, after: str, limit: int) -> list[Document]:
    """At most ``limit`` documents of the hospital, named after ``after`` (empty: from the first on). Fewer only where there are no more.
    Raises StoreUnavailable.
    """
    found: list[Document] = []
    bounds, begin, span = {"$gt": after}, _number(hospital, after), FIRST_SPAN
    check_limit(limit)
    while True:
        end, missing = begin + span, limit - len(found)
        name = f"{hospital}/{end:0{DIGITS}x}"
        query = {"hospital": hospital, "_id": bounds if end >= ALL else {**bounds, "$lt": name}}
        with translated():
            some = await collection.find(query).sort("_id", ASCENDING).limit(missing).to_list(missing)
        found += some
        if end >= ALL or len(some) == missing:
            return found
        bounds, begin, span = {"$gte": name}, end, next_span(span, SHORTEST_SPAN, len(some), limit - len(found))


def _number(hospital: str, place: str) -> int:
    """What stands before it of all that a hash may be; everything of a name that has none, so that no span ends before it."""
    if not place:
        return 0
    of, _, name = place.rpartition("/")
    digits = name[:DIGITS]
    return int(digits.ljust(DIGITS, "0"), 16) if of == hospital and _HEX.fullmatch(digits) else ALL
