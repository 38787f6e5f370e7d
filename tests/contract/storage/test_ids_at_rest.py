"""Nobody is named in the database: neither by a platform's id nor by what the HIS says of a booking; older documents move out of sight."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.audit.model import AuditEntry
from server.core.days import hospital_day
from server.infrastructure.sealing import Keyring
from server.patients.model import BoundCard
from server.payments.model import Booking
from server.payments.unclaimed_model import UnclaimedMoney
from server.storage.mongo import MongoDatabase
from tests.contract.storage.older import as_of_schema_2
from tests.contract.storage.test_staff import one as a_member
from tests.support.builders import HOSPITAL, a_paid, a_scan, a_session, an_identity, with_first
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
WHO = an_identity("openid-canary", union_id="unionid-canary")
GUIDE, RECEIPT, NEWS = "请到二楼肿瘤科", "https://his.example/receipt/canary", "肿瘤科停诊"
CANARIES = ("openid-canary", "unionid-canary", GUIDE, RECEIPT, NEWS)
CARD = BoundCard(hospital=HOSPITAL, owner=WHO.key, card_no="C1", name="张测试", identity_proofs=("own:1",))


def a_payment_of_who() -> Any:
    paid = a_paid()
    booking = Booking(his_trade_no="H1", receipt_no="R1", receipt_url=RECEIPT, guide_text=GUIDE, news=NEWS)
    created = replace(paid.history[0], by=WHO.key)  # as it stood there until 2026-11
    of_who = with_first(paid, request=replace(paid.parts[0].request, payer=WHO))
    return replace(
        of_who,
        owner=WHO.key,
        payer=WHO,
        booking=booking,
        history=(created, *paid.history[1:]),
    )


def an_entry(number: int = 1, by: str = WHO.key) -> AuditEntry:
    return AuditEntry(
        hospital=HOSPITAL, number=number, day=hospital_day(MORNING), id=f"payment/P/{number}", at=MORNING, what="created",
        by=by, detail={}, previous="0" * 64, mac="1" * 64,
    )  # fmt: skip


async def fill(mongo: MongoDatabase) -> None:
    stores = mongo.stores
    await stores.payments.insert(a_payment_of_who())
    await stores.cards.bind(CARD)
    await stores.people.add_identity_proofs(HOSPITAL, WHO, ["account:1"])
    await stores.sessions.put(replace(a_session("x", a_scan()), identity=WHO))
    await stores.staff.insert(replace(a_member(), identity=WHO))
    await stores.audit.append(an_entry())
    await stores.short_lived.put("proven_phone", WHO.key, WHO.key, MORNING)
    await stores.unclaimed.keep(
        UnclaimedMoney(
            hospital=HOSPITAL, id="u1", channel="wechat", out_trade_no="x", transaction_id="y", kind="payment",
            amount_fen=1, reason="no such payment", at=MORNING,
        )
    )  # fmt: skip


async def everything(mongo: MongoDatabase) -> dict[str, list[Any]]:
    names = await mongo.database.list_collection_names()
    return {name: await mongo.database[name].find({}).to_list(100) for name in names}


async def test_no_collection_names_anybody(mongo: MongoDatabase) -> None:
    await fill(mongo)
    stored = await everything(mongo)
    filled = {name for name, documents in stored.items() if documents}
    assert filled >= {"payments", "cards", "people", "sessions", "staff", "audit", "short_lived", "unclaimed"}
    assert {(name, word) for name, found in stored.items() for word in CANARIES if word in repr(found)} == set()


async def test_and_everything_is_found_and_read_as_it_was(mongo: MongoDatabase) -> None:
    await fill(mongo)
    stores, payment = mongo.stores, a_payment_of_who()
    assert await stores.payments.get(HOSPITAL, payment.id) == payment
    assert await stores.payments.own(HOSPITAL, WHO.key, payment.id) == payment
    assert list(await stores.payments.by_owner(HOSPITAL, WHO.key, 5)) == [payment]
    assert await stores.payments.own("other", WHO.key, payment.id) is None
    assert list(await stores.cards.of_owner(HOSPITAL, WHO.key)) == [CARD]
    assert (await stores.audit.page(HOSPITAL, 0, 5))[0] == an_entry()
    known = await stores.people.get(HOSPITAL, WHO.key)
    assert known is not None
    assert (known.key, known.identity_proofs) == (WHO.key, {"account:1"})


async def test_a_mark_that_somebody_writes_into_the_database_joins_nobody(mongo: MongoDatabase) -> None:
    other = an_identity("thief")
    await mongo.stores.people.add_identity_proofs(HOSPITAL, WHO, ["account:1"])
    await mongo.stores.people.add_identity_proofs(HOSPITAL, other, ["account:2"])
    raw = mongo.database["people"]
    victim = await raw.find_one({"marks": "account:1"})
    await raw.update_one({"marks": "account:2"}, {"$addToSet": {"marks": "account:1", "proofs": victim["proofs"][0]}})
    assert [one.key for one in await mongo.stores.people.sharing(HOSPITAL, ["account:1"], 5)] == [WHO.key]


async def older(mongo: MongoDatabase, sealer: Keyring) -> None:
    """The same as Zhenfu left it before, documents and all."""
    payments = mongo.database["payments"]
    document = await payments.find_one({})
    await payments.replace_one({"_id": document["_id"]}, as_of_schema_2(document, sealer))
    stored = await mongo.database["cards"].find_one({})
    await mongo.database["cards"].delete_many({})
    await mongo.database["people"].delete_many({})
    was = f"card:{HOSPITAL}:{WHO.key}"
    entry = {
        "key": stored["cards"][0]["key"],
        "sealed": sealer.seal(was, '["C1","张测试","own:1"]'.encode()),
    }
    place = f"{HOSPITAL}/{WHO.key}"
    card = {"_id": place, "hospital": HOSPITAL, "owner": WHO.key, "version": 1, "cards": [entry]}
    await mongo.database["cards"].insert_one(card)
    person = {"_id": place, "hospital": HOSPITAL, "key": WHO.key, "app": f"wechat:{WHO.app_id}", "marks": ["account:1"]}
    await mongo.database["people"].insert_one(person)
    await mongo.database["audit"].update_one({}, {"$set": {"by": WHO.key}})
    await mongo.database["schema"].replace_one({"_id": "payments"}, {"version": 2})


async def test_older_documents_are_found_before_they_are_swept_and_then_name_nobody(
    mongo: MongoDatabase, sealer: Keyring
) -> None:
    await fill(mongo)
    await older(mongo, sealer)
    assert "openid-canary" in repr(await everything(mongo)), "they do name somebody"
    assert await mongo.stores.payments.own(HOSPITAL, WHO.key, a_paid().id) == a_payment_of_who()
    assert await mongo.upgrade(MORNING) == 3, "cards, person and entry; the payment's reader has written it down"
    stored = await everything(mongo)
    assert {(name, word) for name, found in stored.items() for word in CANARIES if word in repr(found)} == set()
    assert list(await mongo.stores.payments.by_owner(HOSPITAL, WHO.key, 5)) == [a_payment_of_who()]
    assert list(await mongo.stores.cards.of_owner(HOSPITAL, WHO.key)) == [CARD]
    assert (await mongo.stores.audit.page(HOSPITAL, 0, 5))[0] == an_entry()
    assert [one.key for one in await mongo.stores.people.sharing(HOSPITAL, ["account:1"], 5)] == [WHO.key]


async def test_an_older_card_can_be_looked_for_once_its_owner_has_come(mongo: MongoDatabase, sealer: Keyring) -> None:
    await fill(mongo)
    await older(mongo, sealer)
    assert list(await mongo.stores.cards.of_card(HOSPITAL, "C1", 5)) == []
    assert list(await mongo.stores.cards.of_owner(HOSPITAL, WHO.key)) == [CARD]
    assert list(await mongo.stores.cards.of_card(HOSPITAL, "C1", 5)) == [CARD]
    stored = await mongo.database["cards"].find({}).to_list(5)
    assert [document["version"] for document in stored] == [2]
    assert list(await mongo.stores.cards.of_owner(HOSPITAL, WHO.key)) == [CARD]
    assert await mongo.database["cards"].find({}).to_list(5) == stored, "it is written once"


async def test_a_binding_that_somebody_writes_into_the_database_is_passed_over(mongo: MongoDatabase) -> None:
    await fill(mongo)
    cards = mongo.database["cards"]
    mine = await cards.find_one({})
    await mongo.stores.cards.bind(replace(CARD, owner="wechat:app:li"))
    other = await cards.find_one({"_id": {"$ne": mine["_id"]}})
    assert other is not None
    await cards.update_one({"_id": other["_id"]}, {"$set": {"cards.0.binding": "k1.forged"}})
    assert list(await mongo.stores.cards.of_card(HOSPITAL, "C1", 5)) == [CARD]


async def test_cards_and_people_move_when_they_are_met(mongo: MongoDatabase, sealer: Keyring) -> None:
    await fill(mongo)
    await older(mongo, sealer)
    await mongo.stores.cards.bind(replace(CARD, card_no="C2", name="李测试"))
    assert [card.card_no for card in await mongo.stores.cards.of_owner(HOSPITAL, WHO.key)] == ["C1", "C2"]
    assert [one.key for one in await mongo.stores.people.sharing(HOSPITAL, ["account:1"], 5)] == [WHO.key]
    for name in ("cards", "people"):
        assert await mongo.database[name].count_documents({}) == 1
    await mongo.stores.people.drop_identity_proofs(HOSPITAL, WHO.key, ["account:1"])
    known = await mongo.stores.people.get(HOSPITAL, WHO.key)
    assert known is not None
    assert known.identity_proofs == frozenset()
