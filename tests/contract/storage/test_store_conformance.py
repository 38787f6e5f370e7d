"""What `run.py doctor --store` tries, one by one, on the same server as the rest of this suite; and that it notices broken ones."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from server.infrastructure.sealing import Keyring
from server.payments.model import Payment
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.store_conformance import PROMISES, check_store, one_of_many_puts_it_once

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def scratch(database_uri: str) -> AsyncIterator[MongoDatabase]:
    uri = os.environ.get("ZHENFU_TEST_DATABASE_URI") or database_uri
    database = connect(
        uri, Keyring("k", {"k": bytes(32)}, bytes([1] * 32)), name=f"test_promises_{os.urandom(6).hex()}"
    )
    await database.prepare()
    yield database
    if "ZHENFU_TEST_DATABASE_URI" in os.environ:  # somebody's own server; ours goes with the run
        await database.drop()
    database.close()


@pytest.mark.parametrize("promise", PROMISES)
async def test_the_promise_is_kept(scratch: MongoDatabase, promise: str) -> None:
    await PROMISES[promise](scratch)


async def test_nothing_of_the_check_has_expired_by_the_clock_of_a_machine(scratch: MongoDatabase) -> None:
    """The database deletes what has, each minute: a counter would have lost its count at a good server."""
    await one_of_many_puts_it_once(scratch)
    kept = await scratch.database["short_lived"].find({}).to_list(10)
    assert len(kept) == 2
    assert all(one["expires_at"] > datetime.now(UTC) for one in kept)


async def test_a_server_without_the_unique_index_is_found_out(
    scratch: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scratch.database["payments"].drop_index("claims")

    async def as_it_is() -> None:
        return None

    monkeypatch.setattr(scratch, "prepare", as_it_is)
    broken = [kept for kept in await check_store(scratch) if kept.why]
    assert [kept.why for kept in broken] == ["50 of 50 rivals got the same claim"]


async def test_a_server_that_ignores_the_guard_is_found_out(
    scratch: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def save(before: Payment, after: Payment) -> None:
        return None

    monkeypatch.setattr(scratch.stores.payments, "save", save)
    broken = {kept.promise for kept in await check_store(scratch) if kept.why}
    assert "a guarded update lets one of many writers change a version" in broken
