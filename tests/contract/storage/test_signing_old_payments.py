"""Payments from before the MACs: read, sealed once, and witnessed before they are signed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bson import json_util

from server.core.errors import NotSent, StoreError
from server.infrastructure.sealing import Keyring
from server.payments.model import bumped
from server.payments.refund_model import RefundState
from server.payments.rules.replay import contradictions
from server.storage.mongo import MongoDatabase, connect
from server.storage.signing import digest
from tests.support.clock_and_ids import MORNING
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio


Document = dict[str, Any]
OTHER_DAY = MORNING + timedelta(days=1)
OLD = Path(__file__).parent / "old" / "payment-schema-2.json"


@pytest_asyncio.fixture
async def old(unprepared_uri: str, sealer: Keyring) -> AsyncIterator[MongoDatabase]:
    """A database of an older Zhenfu with one payment that it has really written."""
    first = connect(unprepared_uri, sealer)
    await first.database["schema"].insert_one({"_id": "payments", "version": 2})
    await first.database["payments"].insert_one(json_util.loads(OLD.read_text("utf-8")))
    yield first
    first.close()


@pytest.fixture
def again(unprepared_uri: str, sealer: Keyring) -> Iterator[Callable[[], MongoDatabase]]:
    """Opens the database as another process would."""
    opened: list[MongoDatabase] = []

    def connected() -> MongoDatabase:
        opened.append(connect(unprepared_uri, sealer))
        return opened[-1]

    yield connected
    for database in opened:
        database.close()


async def test_a_payment_of_schema_2_is_read_and_sealed_once(old: MongoDatabase) -> None:
    await old.prepare()
    (payment,) = await every_payment(old.stores.payments)
    assert not payment.tampered
    assert (payment.paid_fen, payment.refunds[0].state, payment.refunds[0].asked_by) == (
        1234,
        RefundState.REQUESTED,
        "staff:1001",
    )
    assert contradictions(payment) == ()
    assert await old.upgrade(MORNING) == 0, "the reader has done it"
    assert not await old.all_sealed(), "an older process may still write"
    await old.upgrade(OTHER_DAY)
    assert await old.all_sealed()
    after = bumped(payment)
    await old.stores.payments.save(payment, after)
    assert await old.stores.payments.get(payment.hospital, payment.id) == after


async def test_a_second_witness_hears_what_is_signed_before_it_is(old: MongoDatabase) -> None:
    await old.prepare()
    heard: list[tuple[str, int, str]] = []

    async def told(hospital: str, count: int, digest: str) -> None:
        stored = await old.database["payments"].find_one({})
        assert (stored["schema"], "mac" in stored) == (2, False), "nothing is signed yet"
        heard.append((hospital, count, digest))

    assert await old.upgrade(MORNING, told) == 1
    document = json_util.loads(OLD.read_text("utf-8"))
    assert [(hospital, count, len(digest)) for hospital, count, digest in heard] == [(document["hospital"], 1, 64)]
    await old.upgrade(OTHER_DAY, told)
    assert len(heard) == 1, "what is signed already is not signed again"


async def test_nothing_is_signed_while_the_witness_can_not_hear(old: MongoDatabase) -> None:
    await old.prepare()

    async def deaf(hospital: str, count: int, digest: str) -> None:
        raise NotSent("audit")

    with pytest.raises(NotSent):
        await old.upgrade(MORNING, deaf)
    stored = await old.database["payments"].find_one({})
    assert (stored["schema"], "mac" in stored) == (2, False)


async def test_another_sum_is_another_digest(old: MongoDatabase) -> None:
    document = json_util.loads(OLD.read_text("utf-8"))
    assert digest([document]) == digest([{**document}])
    assert digest([document]) != digest([{**document, "version": document["version"] + 1}])


async def test_after_the_upgrade_one_without_macs_was_changed(
    old: MongoDatabase, again: Callable[[], MongoDatabase]
) -> None:
    await old.prepare()
    assert await old.upgrade(MORNING) == 1
    assert await old.upgrade(OTHER_DAY) == 0
    document = json_util.loads(OLD.read_text("utf-8"))
    await old.database["payments"].replace_one({"_id": document["_id"]}, document)
    for database in (old, again()):
        await database.prepare()
        (payment,) = await every_payment(database.stores.payments)
        assert payment.tampered
    assert (await old.database["payments"].find_one({}))["schema"] == 2


@pytest.mark.parametrize(
    "step", [{"$unset": {"mac": ""}}, {"$set": {"mac": "k1.AAAA"}}, {"$set": {"version": 1, "mac": "x"}}]
)
async def test_a_changed_record_of_the_schema_stops_a_process(
    old: MongoDatabase, again: Callable[[], MongoDatabase], step: Document
) -> None:
    await old.prepare()
    await old.upgrade(MORNING)
    await old.upgrade(OTHER_DAY)
    await old.database["schema"].update_one({"_id": "payments"}, step)
    assert await old.all_sealed(), "who knew it goes on knowing it"
    with pytest.raises(StoreError, match="changed by somebody else"):
        await again().prepare()
    await old.database["schema"].delete_one({"_id": "payments"})
    with pytest.raises(StoreError, match="somebody removed it"):
        await again().prepare()
