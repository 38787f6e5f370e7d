"""What only a real database can show: what lies on its disk, how it is asked, and what happens when it is not there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorClient

from server.core.errors import Forged, StoreError, Unreadable
from server.infrastructure.sealing import Keyring
from server.patients.model import BoundCard
from server.payments.rules.going_back import begin_return
from server.storage.documents import SCHEMA_VERSION
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.database import COLLECTIONS
from tests.support.builders import HOSPITAL, PHONE, a_bill, a_paid, a_payment, a_scan, a_session, paying_for
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
END = MORNING + timedelta(minutes=5)
OLD_KEY, NEW_KEY, LOOKUP = b"1" * 32, b"3" * 32, b"2" * 32
PERSONAL = (
    "张测试",
    "C0000001",
    PHONE,
    "11010119900101000X",
    "血常规",
    "李虚构",
    "123456",
    "session-zhang",
    "card-of-zhang",
)


async def raw_documents(uri: str) -> dict[str, list[dict[str, Any]]]:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(uri)
    database = client.get_default_database()
    names = await database.list_collection_names()
    found = {name: await database[name].find().to_list(1000) for name in names}
    client.close()
    return found


async def fill(database: MongoDatabase) -> None:
    """Something personal in every collection that may hold it."""
    stores = database.stores
    await stores.payments.insert(a_payment())
    await stores.cards.bind(BoundCard(hospital=HOSPITAL, owner="wechat:app:o1", card_no="C0000001", name="张测试"))
    await stores.sessions.put(a_session("zhang", a_scan(), phone=PHONE))
    await stores.short_lived.put("code", "card-of-zhang", '["123456", "C0000001", "张测试"]', END)
    await stores.short_lived.count("tries", "card-of-zhang", MORNING, END)


async def test_nothing_personal_lies_in_the_database_in_clear(mongo: MongoDatabase, mongo_uri: str) -> None:
    await fill(mongo)
    documents = await raw_documents(mongo_uri)
    assert {name for name, found in documents.items() if found} >= {"payments", "cards", "sessions", "short_lived"}
    text = repr(documents)
    assert [canary for canary in PERSONAL if canary in text] == []
    assert "ZF20261123" in text, "the search itself works"


async def test_money_is_int64_and_absent_is_absent(mongo: MongoDatabase, mongo_uri: str) -> None:
    paid = a_paid()
    await mongo.stores.payments.insert(paid)
    await mongo.stores.payments.save(paid, replace(begin_return(paid, "test", MORNING), effects=()))
    ((document,)) = (await raw_documents(mongo_uri))["payments"]
    amounts = [
        document["parts"][0]["request"]["amount_fen"],
        document["parts"][0]["paid_fen"],
        document["refunds"][0]["amount_fen"],
    ]
    assert amounts == [1234] * 3
    assert {type(amount) for amount in amounts} == {Int64}
    assert not {"claims", "next_due", "booking"} & document.keys()
    assert (document["schema"], document["state"]) == (SCHEMA_VERSION, "returning")


async def test_a_rotated_key_reads_the_old_and_writes_the_new(mongo: MongoDatabase, mongo_uri: str) -> None:
    await fill(mongo)
    rotated = connect(mongo_uri, Keyring("k2", {"k1": OLD_KEY, "k2": NEW_KEY}, LOOKUP))
    stores = rotated.stores
    assert await stores.payments.get(HOSPITAL, a_payment().id) == a_payment()
    assert [card.name for card in await stores.cards.of_owner(HOSPITAL, "wechat:app:o1")] == ["张测试"]
    assert await stores.sessions.get("session-zhang", MORNING) is not None
    assert await stores.short_lived.count("tries", "card-of-zhang", MORNING, END) == 2
    assert await stores.short_lived.swap("code", "card-of-zhang", '["123456", "C0000001", "张测试"]', "new", END)
    rotated.close()
    forgotten = connect(mongo_uri, Keyring("k2", {"k2": NEW_KEY}, LOOKUP))
    assert await forgotten.stores.short_lived.get("code", "card-of-zhang", MORNING) == "new"
    with pytest.raises(Unreadable) as told:
        await forgotten.stores.payments.get(HOSPITAL, a_payment().id)
    assert isinstance(told.value.__cause__, Forged)
    forgotten.close()


async def test_a_sealed_text_moved_to_another_payment_does_not_open(mongo: MongoDatabase, mongo_uri: str) -> None:
    other = replace(a_payment(), id="ZF20261123OTHER0000001", claims=())
    await mongo.stores.payments.insert(a_payment())
    await mongo.stores.payments.insert(other)
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(mongo_uri)
    payments = client.get_default_database()["payments"]
    document = await payments.find_one({"_id": a_payment().id})
    assert document is not None
    await payments.update_one({"_id": other.id}, {"$set": {"personal": document["personal"]}})
    client.close()
    with pytest.raises(Unreadable) as told:
        await mongo.stores.payments.get(HOSPITAL, other.id)
    assert isinstance(told.value.__cause__, Forged)


HOT = {
    "due": ({"next_due": {"$lte": MORNING}}, [("next_due", 1)], "due"),
    "next_due": ({"next_due": {"$gt": MORNING - timedelta(days=9999)}}, [("next_due", 1)], "due"),
    "by_claims": ({"hospital": HOSPITAL, "search_keys": {"$in": ["0a1b", "0c2d"]}}, None, "search"),
    "between": (
        {"hospital": HOSPITAL, "created_at": {"$gte": MORNING, "$lt": MORNING + timedelta(days=1)}},
        [("created_at", -1)],
        "created",
    ),
    "by_owner_or_day": (
        {"hospital": HOSPITAL, "search_keys": "0a1b", "created_at": {"$lt": MORNING}},
        [("created_at", -1)],
        "search",
    ),
    "began_at_once": ({"hospital": HOSPITAL, "created_at": MORNING}, [("created_at", -1)], "created"),
    "an_owner_s_at_once": (
        {"hospital": HOSPITAL, "search_keys": "0a1b", "created_at": MORNING},
        [("created_at", -1)],
        "search",
    ),
    "find": ({"hospital": HOSPITAL, "search_keys": "0a1b"}, [("created_at", -1)], "search"),
    "find_any": ({"hospital": HOSPITAL, "search_keys": {"$in": ["0a1b", "0c2d"]}}, [("created_at", -1)], "search"),
}


@pytest.mark.parametrize("name", HOT)
async def test_every_hot_question_is_answered_by_an_index(mongo: MongoDatabase, mongo_uri: str, name: str) -> None:
    query, order, index = HOT[name]
    await mongo.stores.payments.insert(a_payment())
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(mongo_uri)
    plan = await client.get_default_database()["payments"].find(query, sort=order, limit=5).explain()
    client.close()
    text = repr(plan["queryPlanner"]["winningPlan"])
    assert ("IXSCAN" in text, "COLLSCAN" in text, f"'{index}" in text) == (True, False, True), text


async def test_preparing_is_repeatable_and_may_happen_at_once(
    mongo: MongoDatabase, mongo_uri: str, sealer: Keyring
) -> None:
    others = [connect(mongo_uri, sealer) for _ in range(3)]
    await asyncio.gather(mongo.prepare(), *(other.prepare() for other in others))
    for other in others:
        other.close()
    documents = await raw_documents(mongo_uri)
    versions = dict.fromkeys(COLLECTIONS, SCHEMA_VERSION) | {"unclaimed.macs": 1}
    assert {document["_id"]: document["version"] for document in documents["schema"]} == versions


async def test_a_newer_database_is_refused(mongo: MongoDatabase, mongo_uri: str) -> None:
    client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(mongo_uri)
    await client.get_default_database()["schema"].update_one(
        {"_id": "payments"}, {"$set": {"version": SCHEMA_VERSION + 1}}
    )
    client.close()
    with pytest.raises(StoreError, match="start the newer one"):
        await mongo.prepare()


async def test_an_address_can_t_weaken_the_writes(mongo_uri: str, sealer: Keyring) -> None:
    weak = connect(mongo_uri.replace("w=majority", "w=0").replace("journal=true", "journal=false"), sealer)
    await weak.prepare()
    await weak.stores.payments.insert(a_payment())
    await weak.stores.payments.save(a_payment(), begin_return(a_payment(), "test", MORNING))
    weak.close()


async def test_the_biggest_payment_is_one_document(mongo: MongoDatabase) -> None:
    """Twenty bills of twenty items."""
    item = a_bill().items[0]
    bills = tuple(a_bill(f"B{n}", items=tuple(replace(item, item_no=str(i)) for i in range(20))) for n in range(20))
    big = paying_for(a_payment(), *bills)
    await mongo.stores.payments.insert(big)
    assert await mongo.stores.payments.get(HOSPITAL, big.id) == big
