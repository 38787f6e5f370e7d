"""Everything by which staff find a payment stands in one array of keyed hashes under one index; older documents get theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bson import json_util

from server.infrastructure.sealing import Keyring
from server.payments.finder import PaymentFinder
from server.payments.rules.search import PaymentSearch
from server.payments.rules.search_keys import FindBy, search_keys_of
from server.storage.documents import SCHEMA_VERSION, search_keys
from server.storage.mongo import MongoDatabase
from server.storage.mongo.indexes import INDEXES
from server.storage.mongo.searching import OBSOLETE
from server.storage.stores import Stores
from tests.contract.storage.test_payments import payment
from tests.support.builders import CARD, HOSPITAL, PHONE, TRANSACTION, a_paid
from tests.support.clock_and_ids import MORNING, FakeClock

pytestmark = pytest.mark.asyncio
OLD = Path(__file__).parent / "old" / "payments-schema-4.json"
INDEXES_MAX = 4


async def of_schema_4(mongo: MongoDatabase) -> list[str]:
    """Real documents of schema 4: created, pending, paid, booked, and one with refunds of staff and of a window. Their ids."""
    documents = json_util.loads(OLD.read_text("utf-8"))
    await mongo.database["payments"].insert_many(documents)
    await mongo.database["schema"].update_one({"_id": "payments"}, {"$set": {"version": 4, "settled": 4}})
    return [document["_id"] for document in documents]


async def test_documents_of_schema_4_are_found_as_new_ones_are(mongo: MongoDatabase, sealer: Keyring) -> None:
    ids = await of_schema_4(mongo)
    assert await mongo.upgrade(MORNING) == len(ids)
    for payment_id in ids:
        document = await mongo.database["payments"].find_one({"_id": payment_id})
        today = await mongo.stores.payments.get(HOSPITAL, payment_id)
        assert today is not None
        assert not today.tampered
        assert document["schema"] == SCHEMA_VERSION
        assert set(document["search_keys"]) == set(search_keys(today, sealer))
        assert not {"finds", "tags"} & set(document)
        for mark in search_keys_of(today):
            assert today in await mongo.stores.payments.find(HOSPITAL, [mark], 10)


async def test_until_all_are_of_today_older_ones_are_found_by_what_decides(mongo: MongoDatabase) -> None:
    """A number of the HIS's window refund is good once in the whole hospital, and an erasure forgets no card."""
    ids = await of_schema_4(mongo)
    for mark, count in (((FindBy.TAG, "his_refund:HR-77"), 1), ((FindBy.CARD, CARD), 5)):
        found = await mongo.stores.payments.find(HOSPITAL, [mark], 10)
        assert len(found) == count
        assert {one.id for one in found} <= set(ids)
        await mongo.database["payments"].delete_many({})
        await of_schema_4(mongo)
    assert len(await mongo.stores.payments.by_charge(HOSPITAL, "B1", 10)) == 5


async def test_no_more_indexes_than_before_and_old_ones_go(mongo: MongoDatabase) -> None:
    payments = mongo.database["payments"]
    for name in OBSOLETE:
        await payments.create_index([("hospital", 1), (name, 1)], name=name)
    await mongo.prepare()
    names = set(await payments.index_information()) - {"_id_"}
    assert names == {index.document["name"] for index in INDEXES["payments"]}
    assert len(names) <= INDEXES_MAX


async def test_nothing_that_is_personal_stands_in_the_keys(mongo: MongoDatabase) -> None:
    await mongo.stores.payments.insert(a_paid())
    document = await mongo.database["payments"].find_one({})
    keys = json.dumps(document["search_keys"])
    assert len(document["search_keys"]) == len(set(document["search_keys"])) >= 6
    for personal in (PHONE, PHONE[-4:], CARD, CARD[-4:]):
        assert personal not in keys


@pytest.mark.parametrize(
    "typed",
    [
        PHONE,
        "138 0000 0001",
        PHONE[-5:],
        CARD,
        CARD.lower(),
        "c-0000001",
        CARD[-6:],
        TRANSACTION,
        TRANSACTION[-8:],
        "B1",
    ],
)
async def test_a_number_finds_its_payment_in_both_twins(stores: Stores, typed: str) -> None:
    paid = a_paid()
    await stores.payments.insert(paid)
    await stores.payments.insert(payment(424_242, "OTHER-BILL"))
    finder = PaymentFinder(stores.payments, FakeClock())
    found = (await finder.find(HOSPITAL, PaymentSearch(words=typed))).payments
    assert paid in found
    assert (await finder.find("other", PaymentSearch(words=typed))).payments == ()
    assert (await finder.find(HOSPITAL, PaymentSearch(words=f"{typed}9"))).payments == ()
