"""Documents of an older schema: read as today's, written down once, swept beside the work. The older schema here is invented."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from server.core.errors import StoreError
from server.infrastructure.sealing import Keyring
from server.payments.model import PaymentState
from server.payments.part import PartState
from server.payments.rules.paying import closed
from server.payments.rules.search_keys import FindBy, search_keys_of
from server.refunds.rules.requests import RefundAsk, request_refund, window_refund
from server.storage.documents import SCHEMA_VERSION
from server.storage.migrations import upgraded
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.payments import MongoPayments
from server.storage.sealed_parts import owner_key
from tests.contract.storage.older import make_older
from tests.contract.storage.test_payments import payment
from tests.support.builders import CARD, HOSPITAL
from tests.support.clock_and_ids import MORNING

SEALER = Keyring("k", {"k": bytes(32)}, bytes([1] * 32))


def older(document: dict[str, Any]) -> dict[str, Any]:
    """Schema 0, as it might have been: the owner was called payer_key."""
    return {**{k: v for k, v in document.items() if k != "owner"}, "payer_key": document["owner"], "schema": 0}


def newer(document: dict[str, Any]) -> dict[str, Any]:
    return {**{k: v for k, v in document.items() if k != "payer_key"}, "owner": document["payer_key"]}


STEPS = {0: newer}


def test_steps_follow_each_other_and_gaps_are_said() -> None:
    steps = {0: lambda d: {**d, "a": 1}, 1: lambda d: {**d, "b": d["a"] + 1}}
    assert upgraded({"_id": "x", "schema": 0}, steps, 2) == {"_id": "x", "schema": 2, "a": 1, "b": 2}
    today = {"_id": "x", "schema": 2}
    assert upgraded(today, steps, 2) is today
    with pytest.raises(StoreError, match="start the newer one"):
        upgraded({"_id": "x", "schema": 3}, steps, 2)
    with pytest.raises(StoreError, match="no step leads from schema 1"):
        upgraded({"_id": "x", "schema": 1}, {}, 2)


@pytest_asyncio.fixture
async def database(database_uri: str) -> AsyncIterator[MongoDatabase]:
    database = connect(database_uri, SEALER)
    await database.prepare()
    yield database
    database.close()


async def store_of_yesterday(database: MongoDatabase, count: int) -> MongoPayments:
    """``count`` payments as an older Zhenfu left them, and the store of today."""
    collection = database.database["payments"]
    for number in range(count):
        await database.stores.payments.insert(payment(number))
    async for document in collection.find({}):
        await collection.replace_one({"_id": document["_id"]}, older(document))
    return MongoPayments(collection, SEALER, STEPS, 1)


@pytest.mark.asyncio
async def test_a_reader_sees_today_and_writes_it_down(database: MongoDatabase) -> None:
    store = await store_of_yesterday(database, 1)
    assert await store.get(HOSPITAL, payment(0).id) == payment(0)
    stored, whose = await database.database["payments"].find_one({}), owner_key(HOSPITAL, payment(0).owner, SEALER)
    assert (stored["schema"], stored["owner"], "payer_key" in stored) == (1, whose, False)
    await store.save(payment(0), closed(payment(0), "goes on", MORNING))


@pytest.mark.asyncio
async def test_the_sweep_takes_all_and_may_be_repeated(database: MongoDatabase) -> None:
    store = await store_of_yesterday(database, 210)
    assert await store.upgrade_all() == 210
    assert await store.upgrade_all() == 0
    assert await database.database["payments"].count_documents({"schema": 1}) == 210


@pytest.mark.asyncio
async def test_sweeps_and_writers_do_not_undo_each_other(database: MongoDatabase) -> None:
    """Two sweeps and a reader that closes every payment, all at once: each step of each is there afterwards."""
    store = await store_of_yesterday(database, 40)

    async def close_all() -> None:
        for number in range(40):
            before = await store.get(HOSPITAL, payment(number).id)
            assert before is not None
            await store.save(before, closed(before, "while sweeping", MORNING))

    await asyncio.gather(store.upgrade_all(), store.upgrade_all(), close_all())
    for number in range(40):
        after = await store.get(HOSPITAL, payment(number).id)
        assert after == closed(payment(number), "while sweeping", MORNING)


class _BesideAWriter:
    """The collection as an upgrade sees it: just before its first write, somebody else writes."""

    def __init__(self, collection: Any, change: dict[str, Any]) -> None:
        self._collection = collection
        self._change: dict[str, Any] | None = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collection, name)

    async def replace_one(self, key: dict[str, Any], document: dict[str, Any]) -> Any:
        change, self._change = self._change, None
        if change is not None:
            await self._collection.update_one({"_id": key["_id"]}, change)
        return await self._collection.replace_one(key, document)


@pytest.mark.asyncio
@pytest.mark.parametrize("sweeps", [False, True])
async def test_an_upgrade_never_overwrites_what_was_written_since_it_read(
    database: MongoDatabase, sweeps: bool
) -> None:
    """An older Zhenfu that still serves writes a step of its own, in its own schema, between the upgrade's read and its write."""
    await store_of_yesterday(database, 1)
    written = {"$set": {"state": "closed", "claims": []}, "$inc": {"version": 1}}
    store = MongoPayments(_BesideAWriter(database.database["payments"], written), SEALER, STEPS, 1)  # type: ignore[arg-type]
    if sweeps:
        await store.upgrade_all()
    after = await store.get(HOSPITAL, payment(0).id)
    assert after is not None
    assert (after.state, after.version) == (PaymentState.CLOSED, payment(0).version + 1)
    stored = await database.database["payments"].find_one({"_id": payment(0).id})
    assert (stored["schema"], stored["state"]) == (1, "closed")


async def found_of_schema(database: MongoDatabase, version: int) -> MongoDatabase:
    """A process that starts on the database now, and finds the note that an older Zhenfu left of the payments."""
    await database.database["schema"].replace_one({"_id": "payments"}, {"version": version})
    return MongoDatabase(database.database.client, database.database, SEALER)


@pytest.mark.asyncio
async def test_the_worker_s_upgrade_notes_the_schema(database: MongoDatabase) -> None:
    database = await found_of_schema(database, 0)
    assert await database.upgrade(MORNING) == 0
    assert (await database.database["schema"].find_one({"_id": "payments"}))["version"] == SCHEMA_VERSION


class Sweeps(CommandListener):
    """Counts the reads of payments."""

    def __init__(self) -> None:
        self.reads = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.reads += event.command_name == "find" and event.command["find"] == "payments"

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


@pytest.mark.asyncio
async def test_a_start_on_today_s_schema_reads_no_payment(database_uri: str) -> None:
    """At 100,000 payments it kept the database busy for half a minute."""
    sweeps = Sweeps()
    database = connect(database_uri, SEALER, listeners=[sweeps])
    await database.prepare()
    await database.stores.payments.insert(payment(0))
    assert await database.upgrade(MORNING) == 0
    assert sweeps.reads == 0
    await (await found_of_schema(database, SCHEMA_VERSION - 1)).upgrade(MORNING)
    assert sweeps.reads > 0, "the counter counts"
    database.close()


@pytest.mark.asyncio
async def test_an_older_process_that_writes_on_is_swept_up_a_day_later(database: MongoDatabase) -> None:
    database = await found_of_schema(database, 1)
    payments = database.database["payments"]
    await database.upgrade(MORNING)
    await database.stores.payments.insert(payment(7))
    await make_older(payments, payment(7).id, SEALER)
    assert await database.upgrade(MORNING + timedelta(hours=23)) == 0
    assert await database.upgrade(MORNING + timedelta(hours=25)) == 1
    await payments.update_one({"_id": payment(7).id}, {"$set": {"schema": 1}})
    assert await database.upgrade(MORNING + timedelta(days=9)) == 0, "two sweeps are enough"


@pytest.mark.asyncio
async def test_payments_of_schema_1_are_found_by_staff(database: MongoDatabase) -> None:
    """2 added the words by which staff find a payment."""
    store, collection = database.stores.payments, database.database["payments"]
    await store.insert(payment(7))
    await make_older(collection, payment(7).id, SEALER)
    assert await store.find(HOSPITAL, [(FindBy.CARD, CARD)], 5) == []
    database = await found_of_schema(database, 1)
    assert await database.upgrade(MORNING) == 1
    store = database.stores.payments
    for mark in search_keys_of(payment(7)):
        assert await store.find(HOSPITAL, [mark], 5) == [payment(7)]


@pytest.mark.asyncio
async def test_names_without_a_source_are_read_as_whose_they_were(database: MongoDatabase) -> None:
    """A refund by our cashier 1001 and one by the HIS's operator 1001, as they were stored until now."""
    asked = RefundAsk(
        request_id="T1",
        amount_fen=1,
        lines=(),
        reason="other",
        note="",
        by="staff:1001",
        requested_via="chat",
        approval_reasons=("old",),
    )
    told = replace(asked, request_id="HR-1", by="his:1001", requested_via="his", approval_reasons=())
    new = payment(1)
    before = replace(new, state=PaymentState.BOOKED, parts=(replace(new.parts[0], state=PartState.PAID, paid_fen=2),))
    kept = window_refund(request_refund(before, asked, MORNING, MORNING), told, "HR-1", MORNING)
    store = database.stores.payments
    await store.insert(kept)
    old = [{"asked_by": "1001"}, {"asked_by": "1001", "decided_by": "2001"}]
    for place, fields in enumerate(old):
        await database.database["payments"].update_one(
            {"_id": kept.id}, {"$set": {f"refunds.{place}.{name}": value for name, value in fields.items()}}
        )
    read = await store.get(HOSPITAL, kept.id)
    assert read is not None
    assert [refund.asked_by for refund in read.refunds] == ["staff:1001", "his:1001"]
    assert [refund.decided_by for refund in read.refunds] == ["", "staff:2001"]
