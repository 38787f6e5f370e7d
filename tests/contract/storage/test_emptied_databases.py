"""A database that is lent to one test after another: nobody finds anything of an earlier borrower."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.mongo import connect
from server.storage.mongo.database import COLLECTIONS
from tests.contract.storage.conftest import SEALER
from tests.support.builders import HOSPITAL, a_payment
from tests.support.clock_and_ids import MORNING
from tests.support.emptied_databases import EmptiedDatabases

pytestmark = pytest.mark.asyncio
Raw = AsyncIOMotorDatabase[Any]


async def test_what_a_borrower_stored_is_gone_and_the_database_is_the_same(database_server: str) -> None:
    databases, addresses = EmptiedDatabases(SEALER), set()
    for _ in range(2):
        async with databases.lent(database_server) as uri:
            addresses.add(uri)
            mongo = connect(uri, SEALER)
            assert await mongo.stores.payments.get(HOSPITAL, a_payment().id) is None
            await mongo.stores.payments.insert(a_payment())
            mongo.close()
    await databases.drop_all()
    assert len(addresses) == 1


async def test_what_was_stored_through_the_ports_is_gone_too(database_server: str) -> None:
    databases = EmptiedDatabases(SEALER)
    for _ in range(2):
        async with databases.lent_stores(database_server) as stores:
            assert await stores.payments.get(HOSPITAL, a_payment().id) is None
            assert await stores.short_lived.get("code", "zhang", MORNING) is None
            assert await stores.short_lived.count("tries", "zhang", MORNING, MORNING + timedelta(minutes=5)) == 1
            await stores.payments.insert(a_payment())
            await stores.short_lived.put("code", "zhang", "1", MORNING + timedelta(minutes=5))
    async with databases.lent(database_server) as uri:
        mongo = connect(uri, SEALER)
        filled = [name for name in COLLECTIONS if await mongo.database[name].find_one() is not None]
        mongo.close()
    await databases.drop_all()
    assert filled == []


async def _an_index_less(database: Raw) -> None:
    await database["payments"].drop_index("due")


async def _another_record(database: Raw) -> None:
    await database["schema"].update_one({"_id": "payments"}, {"$set": {"version": 1}})


async def _another_collection(database: Raw) -> None:
    await database["of_a_borrower"].insert_one({})


@pytest.mark.parametrize("change", [_an_index_less, _another_record, _another_collection])
async def test_a_database_that_a_borrower_changed_is_lent_to_nobody(
    database_server: str, change: Callable[[Raw], Awaitable[None]]
) -> None:
    databases = EmptiedDatabases(SEALER)
    async with databases.lent(database_server) as first:
        mongo = connect(first, SEALER)
        await change(mongo.database)
        mongo.close()
    async with databases.lent(database_server) as second:
        assert second != first
    await databases.drop_all()


async def test_one_that_is_lent_is_lent_to_nobody_else(database_server: str) -> None:
    databases = EmptiedDatabases(SEALER)
    async with databases.lent(database_server) as first, databases.lent(database_server) as second:
        assert first != second
    await databases.drop_all()
