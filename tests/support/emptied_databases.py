"""Databases that are prepared once and lent to one test after another: each borrower finds the first morning."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from server.core.ports import Sealer
from server.storage.mongo import MongoDatabase, connect
from server.storage.stores import Stores

RECORDS = "schema"
"""The one collection that is not empty on the first morning."""
WRITES = frozenset({"insert", "update", "delete", "findAndModify"})
Shape = dict[str, Any]


def own_database(uri: str) -> str:
    """``uri`` with a database name that nobody else uses."""
    address, _, options = uri.partition("?")
    scheme, _, rest = address.partition("://")
    name = f"zhenfu_test_{secrets.token_hex(8)}"
    return f"{scheme}://{rest.partition('/')[0]}/{name}?{options}"


async def drop(uri: str) -> None:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(uri)
    await client.drop_database(client.get_default_database().name)
    client.close()


class EmptiedDatabases:
    """At most one on each server. What a borrower stored is deleted; a database whose indexes or records it changed is dropped, and the
    next borrower gets a new one, as after a borrower that never came back.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._free: dict[str, tuple[str, Shape]] = {}
        self._unsettled: set[str] = set()

    def unsettled(self, uri: str) -> None:
        """A write to the lent database at ``uri`` may still come: nobody gets it again."""
        self._unsettled.add(uri)

    @asynccontextmanager
    async def lent_stores(self, server: str) -> AsyncIterator[Stores]:
        """The stores of such a database. Every write of theirs is seen, so only what they wrote to is emptied."""
        uri, shape = self._free.pop(server, None) or await self._prepared(server)
        written = Written()
        mongo = connect(uri, self._sealer, listeners=[written])
        yield mongo.stores
        for name in list(written.collections):
            await mongo.database[name].delete_many({})
        mongo.close()
        if RECORDS in written.collections or written.failed_once or server in self._free:
            await drop(uri)
        else:
            self._free[server] = uri, shape

    @asynccontextmanager
    async def lent(self, server: str) -> AsyncIterator[str]:
        """The address of a database on ``server``, prepared and empty, whose documents stay when they have expired."""
        uri, shape = self._free.pop(server, None) or await self._prepared(server)
        yield uri
        async with _opened(uri) as database:
            await _empty(database)
            if uri not in self._unsettled and server not in self._free and await _shape(database) == shape:
                self._free[server] = uri, shape
                return
        await drop(uri)

    async def drop_all(self) -> None:
        while self._free:
            _, (uri, _) = self._free.popitem()
            await drop(uri)

    async def _prepared(self, server: str) -> tuple[str, Shape]:
        uri = own_database(server)
        mongo = connect(uri, self._sealer)
        await mongo.prepare()
        await keep_expired(mongo)
        mongo.close()
        async with _opened(uri) as database:
            return uri, await _shape(database)


async def keep_expired(mongo: MongoDatabase) -> None:
    """The database deletes what has expired by the machine's clock, each minute; the days of the tests' own clock have passed by it."""
    for name in ("sessions", "short_lived"):
        await mongo.database[name].drop_index("expiry")


class Written(CommandListener):
    """The collections that one connection has written to, and whether a command of it got no good answer: its write may come later."""

    def __init__(self) -> None:
        self.collections: set[str] = set()
        self.failed_once = False

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in WRITES:
            self.collections.add(event.command[event.command_name])

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        self.failed_once = True


@asynccontextmanager
async def _opened(uri: str) -> AsyncIterator[AsyncIOMotorDatabase[Any]]:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(uri)
    yield client.get_default_database()
    client.close()


async def _empty(database: AsyncIOMotorDatabase[Any]) -> None:
    for name in await database.list_collection_names():
        if name != RECORDS and await database[name].find_one({}, {"_id": 1}) is not None:
            await database[name].delete_many({})


async def _shape(database: AsyncIOMotorDatabase[Any]) -> Shape:
    """The indexes of every collection, and the records of the schemas."""
    names = await database.list_collection_names()
    shape: Shape = {name: await database[name].index_information() for name in sorted(names)}
    return {"indexes": shape, "records": await database[RECORDS].find().sort("_id").to_list(100)}
