"""Indexes that are missing are made at the start; one whose making was cut off is made once more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from server.infrastructure.sealing import Keyring
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.index_making import make_indexes
from server.storage.mongo.indexes import INDEXES
from tests.support.emptied_databases import drop, own_database

pytestmark = pytest.mark.asyncio
NAMES = {of: {index.document["name"] for index in indexes} for of, indexes in INDEXES.items()}
PLACE = [("hospital", ASCENDING), ("_id", ASCENDING)]


@pytest_asyncio.fixture
async def embedded(database_server: str, sealer: Keyring) -> AsyncIterator[MongoDatabase]:
    """A database of this test alone, prepared, on the embedded server."""
    uri = own_database(database_server)
    database = connect(uri, sealer)
    await database.prepare()
    yield database
    database.close()
    await drop(uri)


async def made(mongo: MongoDatabase) -> dict[str, set[str]]:
    return {of: set(await mongo.database[of].index_information()) - {"_id_"} for of in INDEXES}


async def a_part_of_one(mongo: MongoDatabase) -> None:
    """As the database leaves it when it is killed over it: an index by its name that has none of the documents."""
    people = mongo.database["people"]
    await people.drop_index("place")
    await people.create_index(PLACE, name="place", partialFilterExpression={"never": {"$exists": True}})


async def is_whole(mongo: MongoDatabase) -> bool:
    told: dict[str, Any] = (await mongo.database["people"].index_information())["place"]
    return "partialFilterExpression" not in told


async def test_what_an_older_installation_lacks_is_made_at_its_start(embedded: MongoDatabase) -> None:
    assert await made(embedded) == NAMES
    for of, name in (("people", "place"), ("unclaimed", "state")):
        await embedded.database[of].drop_index(name)
    await embedded.prepare()
    assert await made(embedded) == NAMES
    assert await embedded.database["schema"].find_one({"_id": "indexes"}) is None, "nothing is left to be done"


async def test_one_whose_making_was_cut_off_is_made_once_more(embedded: MongoDatabase) -> None:
    await a_part_of_one(embedded)
    await embedded.prepare()
    assert not await is_whole(embedded), "nobody has said that its making was cut off"
    await embedded.database["schema"].insert_one(
        {"_id": "indexes", "version": 1, "making": {"people": ["place"], "cards": ["never begun"]}}
    )
    await embedded.prepare()
    assert await is_whole(embedded)
    assert await made(embedded) == NAMES
    assert await embedded.database["schema"].find_one({"_id": "indexes"}) is None


async def test_the_note_stands_until_all_are_made(embedded: MongoDatabase) -> None:
    """The second one can't be made, as where the database goes away."""
    await embedded.database["cards"].insert_many([{"_id": "1", "same": 1}, {"_id": "2", "same": 1}])
    wanted = {
        "people": [IndexModel([("more", ASCENDING)], name="more")],
        "cards": [IndexModel([("same", ASCENDING)], name="bad", unique=True)],
    }
    with pytest.raises(DuplicateKeyError):
        await make_indexes(embedded.database, wanted)
    note = await embedded.database["schema"].find_one({"_id": "indexes"})
    assert note is not None
    assert note["making"] == {"people": ["more"], "cards": ["bad"]}
    await make_indexes(embedded.database, {"people": wanted["people"]})
    assert await embedded.database["schema"].find_one({"_id": "indexes"}) is None
    assert "more" in await embedded.database["people"].index_information()


async def test_elsewhere_nothing_is_dropped(mongo: MongoDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may be making it just now."""
    monkeypatch.setattr("server.storage.mongo.index_making.EMBEDDED", "another")
    await a_part_of_one(mongo)
    await mongo.database["schema"].insert_one({"_id": "indexes", "version": 1, "making": {"people": ["place"]}})
    await mongo.prepare()
    assert not await is_whole(mongo)
    assert await mongo.database["schema"].find_one({"_id": "indexes"}) is None
