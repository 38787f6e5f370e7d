"""Documents that can't be read stop nobody else, and nobody writes to them (decision 0021). On the real server only: the twin keeps objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson.int64 import Int64

from server.alerts.model import Alert
from server.audit.model import AuditEntry
from server.core.days import hospital_day
from server.core.errors import AlreadyStored, LostRace, Unreadable
from server.infrastructure.sealing import Keyring
from server.patients.model import BoundCard
from server.payments.rules.paying import closed
from server.payments.unclaimed_model import UnclaimedMoney
from server.storage.documents import SCHEMA_VERSION
from server.storage.mongo import MongoDatabase
from tests.contract.storage.test_payments import payment
from tests.contract.storage.test_staff import one
from tests.support.builders import HOSPITAL, a_scan, a_session, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio
END = MORNING + timedelta(days=400)

DAMAGES: dict[str, dict[str, Any]] = {
    "unknown state": {"$set": {"state": "dreaming"}},
    "unknown effect": {"$set": {"effects.0.kind": "sing"}},
    "unknown field of an effect": {"$set": {"effects.0.colour": "red"}},
    "missing field": {"$unset": {"payer": ""}},
    "no schema": {"$unset": {"schema": ""}},
    "wrong type": {"$set": {"parts": 7}},
    "wrong time": {"$set": {"parts.0.request.expires_at": "tomorrow", "history": None}},
    "undecryptable": {"$set": {"personal": "k1.AAAA"}},
    "sealed by a key that is gone": {"$set": {"personal": "k9.AAAA"}},
    "newer schema": {"$set": {"schema": Int64(SCHEMA_VERSION + 1), "state": "dreaming"}},
}


async def damaged(database: MongoDatabase, damage: str, number: int = 1) -> dict[str, Any]:
    """Payments 0, 1 and 2, of which 1 is damaged; its raw document."""
    for each in range(3):
        await database.stores.payments.insert(payment(each, owner="o"))
    await database.database["payments"].update_one({"_id": payment(number).id}, DAMAGES[damage])
    return await raw(database, number)


async def raw(database: MongoDatabase, number: int) -> dict[str, Any]:
    found: dict[str, Any] = await database.database["payments"].find_one({"_id": payment(number).id})
    return found


@pytest.mark.parametrize("damage", DAMAGES)
async def test_whoever_asks_for_it_is_told_and_lists_have_the_others(mongo: MongoDatabase, damage: str) -> None:
    before = await damaged(mongo, damage)
    store = mongo.stores.payments
    newer = damage == "newer schema"
    with pytest.raises(Unreadable) as told:
        await store.get(HOSPITAL, payment(1).id)
    assert told.value.newer is newer
    with pytest.raises(Unreadable):
        await store.by_claims(HOSPITAL, payment(1).claims)
    with pytest.raises(AlreadyStored):
        await store.insert(payment(1, owner="o"))
    others = [payment(2).id, payment(0).id]
    assert [p.id for p in await store.by_owner(HOSPITAL, "o", 2)] == others, "the page is full all the same"
    assert [p.id for p in await store.between(HOSPITAL, MORNING, (END, ""), 10)] == others
    assert {p.id for p in await every_payment(store)} == {payment(0).id, payment(2).id}
    assert await mongo.upgrade(END) == 0
    assert await mongo.stores.payments.upgrade_all() == 0, "a sweep goes on"  # type: ignore[attr-defined]
    found = [document async for document in mongo.unreadable()]
    assert [(d.collection, d.id, d.newer) for d in found] == [("payments", payment(1).id, newer)]
    assert await raw(mongo, 1) == before, "nobody has touched it"


async def test_due_passes_over_what_is_set_aside(mongo: MongoDatabase) -> None:
    await damaged(mongo, "unknown state")
    ids = [p for _, p in await mongo.stores.payments.due(END, 10)]
    assert ids == [payment(0).id, payment(1).id, payment(2).id]
    assert [p for _, p in await mongo.stores.payments.due(END, 1, [payment(0).id])] == [payment(1).id]
    assert [p for _, p in await mongo.stores.payments.due(END, 10, ids[:2])] == ids[2:]


async def test_an_older_process_never_saves_over_a_newer_schema(mongo: MongoDatabase) -> None:
    """The newer one upgraded the document after the older one had read it: the version is still the same."""
    before = payment(1)
    await mongo.stores.payments.insert(before)
    await mongo.database["payments"].update_one(
        {"_id": before.id}, {"$set": {"schema": Int64(SCHEMA_VERSION + 1), "new": "fact"}}
    )
    kept = await raw(mongo, 1)
    with pytest.raises(LostRace):
        await mongo.stores.payments.save(before, closed(before, "older", MORNING))
    assert await raw(mongo, 1) == kept


async def _staff(mongo: MongoDatabase) -> list[object]:
    return list(await mongo.stores.staff.all(HOSPITAL))


async def _cards(mongo: MongoDatabase) -> list[object]:
    return list(await mongo.stores.cards.of_owner(HOSPITAL, "o"))


async def _people(mongo: MongoDatabase) -> list[object]:
    return list(await mongo.stores.people.sharing(HOSPITAL, ["m"], 10))


async def _audit(mongo: MongoDatabase) -> list[object]:
    return list(await mongo.stores.audit.latest(HOSPITAL, 10))


async def _unclaimed(mongo: MongoDatabase) -> list[object]:
    return list(await mongo.stores.unclaimed.latest(HOSPITAL, 10))


async def _alerts(mongo: MongoDatabase) -> list[object]:
    return list(await mongo.stores.alerts.latest(HOSPITAL, 10))


LISTS: dict[str, tuple[Callable[[MongoDatabase], Any], dict[str, Any]]] = {
    "staff": (_staff, {"$set": {"sealed": "k1.AAAA"}}),
    "cards": (_cards, {"$set": {"cards.0.sealed": "k1.AAAA"}}),
    "people": (_people, {"$set": {"sealed": "k9.AAAA"}}),
    "audit": (_audit, {"$set": {"day": "a fine one"}}),
    "unclaimed": (_unclaimed, {"$set": {"colour": "red"}}),
    "alerts": (_alerts, {"$set": {"colour": "red"}}),
}


async def filled(mongo: MongoDatabase) -> None:
    """Two of everything."""
    for number in (1, 2):
        await mongo.stores.staff.insert(replace(one(f"100{number}"), identity=None))
        card = BoundCard(hospital=HOSPITAL, owner="o", card_no=f"C{number}", name="试测某", identity_proofs=())
        await mongo.stores.cards.bind(card)
        await mongo.stores.people.add_identity_proofs(HOSPITAL, an_identity(f"s{number}"), ["m"])
        day = hospital_day(MORNING)
        entry = AuditEntry(
            hospital=HOSPITAL, number=number, day=day, id=f"e{number}", at=MORNING, what="w", by="b", detail={},
            previous="p", mac="m",
        )  # fmt: skip
        await mongo.stores.audit.append(entry)
        money = UnclaimedMoney(
            hospital=HOSPITAL, id=f"u{number}", channel="c", out_trade_no="", transaction_id="", kind="payment",
            amount_fen=1, reason="", at=MORNING,
        )  # fmt: skip
        await mongo.stores.unclaimed.keep(money)
        await mongo.stores.alerts.raise_alert(Alert(hospital=HOSPITAL, id=f"a{number}", kind="k", text="", at=MORNING))


@pytest.mark.parametrize("collection", LISTS)
async def test_one_of_any_collection_is_passed_over_and_listed(mongo: MongoDatabase, collection: str) -> None:
    await filled(mongo)
    ask, damage = LISTS[collection]
    assert len(await ask(mongo)) == 2
    assert [d async for d in mongo.unreadable()] == []
    first = (await mongo.database[collection].find({}).sort("_id", 1).to_list(1))[0]["_id"]
    await mongo.database[collection].update_one({"_id": first}, damage)
    assert len(await ask(mongo)) == 1
    assert [d.collection async for d in mongo.unreadable()] == [collection]


async def test_a_session_that_can_t_be_opened_has_ended(mongo: MongoDatabase, sealer: Keyring) -> None:
    """Its key is gone: the person logs in again instead of seeing an error for ever."""
    session = a_session("someone", a_scan("B1"))
    await mongo.stores.sessions.put(session)
    await mongo.database["sessions"].update_many({}, {"$set": {"sealed": "k9.AAAA"}})
    assert await mongo.stores.sessions.get(session.id, MORNING) is None
    assert await mongo.stores.sessions.change(session.id, MORNING, lambda s: s) is None
    assert (
        await mongo.stores.sessions.change(session.id, MORNING, lambda s: replace(s, phone="1"), known=session) is None
    )


async def test_a_short_lived_fact_that_can_t_be_opened_has_ended(mongo: MongoDatabase) -> None:
    store = mongo.stores.short_lived
    await store.put("k", "x", "1", END)
    await store.count("n", "x", MORNING, END)
    await mongo.database["short_lived"].update_many({}, {"$set": {"sealed": "k9.AAAA"}})
    assert await store.get("k", "x", MORNING) is None
    assert await store.count("n", "x", MORNING, END) == 1
    assert await store.count("n", "x", MORNING, END) == 2
