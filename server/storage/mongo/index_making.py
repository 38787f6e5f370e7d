"""Makes the indexes that are missing, however long it takes, and once more those whose making was cut off.

While it makes one the embedded database answers nobody, and of one over which it was killed it keeps a part without a word: what is asked by
that index then misses documents. So what is about to be made is noted, and the note goes when it is done: a note that stands is of a process
that did not come to its end. MongoDB takes such a part away itself, and there another process may be making the index just now, so nothing is
dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pymongo
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import IndexModel

from server.storage.mongo.errors import translated
from server.storage.mongo.upsert import upsert

EMBEDDED = "secantus"
"""The name that the embedded database gives to its replica set."""
MAKING_S_MAX = 600.0
"""Some hundred thousand documents. No other question may take so long."""
RECORDS, NOTE = "schema", "indexes"
Database = AsyncIOMotorDatabase[Any]
Names = dict[str, list[str]]


async def make_indexes(database: Database, indexes: Mapping[str, Sequence[IndexModel]]) -> None:
    """``indexes`` are told by collection. Safe to repeat, and beside others. Raises StoreUnavailable."""
    with translated():
        note = await database[RECORDS].find_one({"_id": NOTE})
        if note is not None and (await database.command("hello")).get("setName") == EMBEDDED:
            await _drop(database, note["making"])
        missing = await _missing(database, indexes)
        if missing:
            names = {of: [_name(index) for index in some] for of, some in missing.items()}
            await upsert(database[RECORDS], NOTE, {"$set": {"version": 1, "making": names}})
            with pymongo.timeout(MAKING_S_MAX):
                for of, some in missing.items():
                    await database[of].create_indexes(some)
        if missing or note is not None:
            await database[RECORDS].delete_one({"_id": NOTE})


async def _drop(database: Database, making: Names) -> None:
    for of, names in making.items():
        for name in set(names) & set(await database[of].index_information()):
            await database[of].drop_index(name)


async def _missing(database: Database, indexes: Mapping[str, Sequence[IndexModel]]) -> dict[str, list[IndexModel]]:
    missing: dict[str, list[IndexModel]] = {}
    for of, some in indexes.items():
        there = await database[of].index_information()
        if lacking := [index for index in some if _name(index) not in there]:
            missing[of] = lacking
    return missing


def _name(index: IndexModel) -> str:
    return str(index.document["name"])
