"""The stores under test: each test of the contract runs once on every implementation."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from server.infrastructure.sealing import Keyring
from server.storage.memory import memory_stores
from server.storage.mongo import MongoDatabase, connect
from server.storage.stores import Stores
from tests.support.emptied_databases import EmptiedDatabases, Written, drop, own_database

OUTSIDE_URI = os.environ.get("ZHENFU_TEST_DATABASE_URI", "")
TWINS = ["memory", "embedded", *(["outside"] if OUTSIDE_URI else [])]
SEALER = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)


@pytest.fixture
def sealer() -> Keyring:
    return SEALER


@pytest.fixture(scope="session")
def emptied_databases(database_server: str) -> Iterator[EmptiedDatabases]:
    """Making all indexes costs more than most tests do: this worker makes them once on each server."""
    databases = EmptiedDatabases(SEALER)
    yield databases
    asyncio.run(databases.drop_all())


@pytest_asyncio.fixture(params=TWINS[1:])
async def unprepared_uri(request: pytest.FixtureRequest, database_server: str) -> AsyncIterator[str]:
    """A database that nobody has ever written to, on each real server; dropped afterwards."""
    uri = own_database(OUTSIDE_URI if request.param == "outside" else database_server)
    yield uri
    await drop(uri)


@pytest_asyncio.fixture(params=TWINS[1:])
async def mongo_uri(
    request: pytest.FixtureRequest, database_server: str, emptied_databases: EmptiedDatabases
) -> AsyncIterator[str]:
    """A prepared and empty database for this test alone, on each real server."""
    async with emptied_databases.lent(OUTSIDE_URI if request.param == "outside" else database_server) as uri:
        yield uri


@pytest_asyncio.fixture
async def mongo(mongo_uri: str, sealer: Keyring, emptied_databases: EmptiedDatabases) -> AsyncIterator[MongoDatabase]:
    written = Written()
    database = connect(mongo_uri, sealer, listeners=[written])
    yield database
    database.close()
    if written.failed_once:
        emptied_databases.unsettled(mongo_uri)


@pytest_asyncio.fixture(params=TWINS)
async def stores(
    request: pytest.FixtureRequest, database_server: str, emptied_databases: EmptiedDatabases
) -> AsyncIterator[Stores]:
    """Every implementation of the store ports, empty."""
    if request.param == "memory":
        yield memory_stores()
        return
    server = OUTSIDE_URI if request.param == "outside" else database_server
    async with emptied_databases.lent_stores(server) as lent:
        yield lent
