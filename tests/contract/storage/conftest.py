"""The stores under test: each test of the contract runs once on every implementation."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from motor.motor_asyncio import AsyncIOMotorClient

from server.infrastructure.sealing import Keyring
from server.storage.memory import memory_stores
from server.storage.mongo import MongoDatabase, connect
from server.storage.stores import Stores

OUTSIDE_URI = os.environ.get("ZHENFU_TEST_DATABASE_URI", "")
TWINS = ["memory", "embedded", *(["outside"] if OUTSIDE_URI else [])]


@pytest.fixture
def sealer() -> Keyring:
    return Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)


def own_database(uri: str) -> str:
    """``uri`` with a database name that nobody else uses."""
    address, _, options = uri.partition("?")
    scheme, _, rest = address.partition("://")
    name = f"zhenfu_test_{secrets.token_hex(8)}"
    return f"{scheme}://{rest.partition('/')[0]}/{name}?{options}"


async def drop(uri: str) -> None:
    client = AsyncIOMotorClient(uri)
    await client.drop_database(client.get_default_database().name)
    client.close()


async def keep_expired(database: MongoDatabase) -> None:
    """The database deletes what has expired by the machine's clock, each minute; the days of the tests' own clock have passed by it."""
    for name in ("sessions", "short_lived"):
        await database._database[name].drop_index("expiry")


@pytest_asyncio.fixture(params=TWINS[1:])
async def mongo_uri(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A database of this test's own, on each real server; dropped afterwards."""
    uri = own_database(OUTSIDE_URI if request.param == "outside" else request.getfixturevalue("database_server"))
    yield uri
    await drop(uri)


@pytest_asyncio.fixture
async def mongo(mongo_uri: str, sealer: Keyring) -> AsyncIterator[MongoDatabase]:
    database = connect(mongo_uri, sealer)
    await database.prepare()
    await keep_expired(database)
    yield database
    database.close()


@pytest_asyncio.fixture(params=TWINS)
async def stores(request: pytest.FixtureRequest, sealer: Keyring) -> AsyncIterator[Stores]:
    """Every implementation of the store ports, empty."""
    if request.param == "memory":
        yield memory_stores()
        return
    uri = own_database(OUTSIDE_URI if request.param == "outside" else request.getfixturevalue("database_server"))
    database = connect(uri, sealer)
    await database.prepare()
    await keep_expired(database)
    yield database.stores
    await drop(uri)
    database.close()
