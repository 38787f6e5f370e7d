"""What somebody without the key changes in the database is noticed when it is read, and nothing is written over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from bson.int64 import Int64

from server.core.errors import LostRace, Tampered
from server.infrastructure.sealing import Keyring
from server.payments.model import Payment, PaymentState, bumped
from server.payments.ports import PaymentStore
from server.payments.rules.going_back import begin_return
from server.payments.rules.tampering import accepted
from server.storage.genuine import holds
from server.storage.memory import MemoryPayments
from server.storage.mongo import MongoDatabase
from tests.support.builders import HOSPITAL, a_paid, a_payment
from tests.support.clock_and_ids import MORNING
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio
Document = dict[str, Any]
OTHER_DAY = MORNING + timedelta(days=1)


@pytest_asyncio.fixture
async def money(mongo: MongoDatabase) -> AsyncIterator[tuple[MongoDatabase, Payment]]:
    """A payment whose money is on its way back, stored in several steps."""
    paid = a_paid()
    await mongo.stores.payments.insert(paid)
    returning = begin_return(paid, "test", MORNING)
    await mongo.stores.payments.save(paid, returning)
    yield mongo, returning


def put(path: str, value: object) -> Callable[[Document], Document]:
    return lambda _: {"$set": {path: value}}


CHANGES: dict[str, Callable[[Document], Document]] = {
    "a refund's state": put("refunds.0.state", "succeeded"),
    "a refund's amount": put("refunds.0.amount_fen", Int64(99)),
    "who asked for a refund": put("refunds.0.asked_by", "1001"),
    "who agreed": put("refunds.0.decided_by", "2001"),
    "the paid sum": put("parts.0.paid_fen", Int64(99999)),
    "a transaction": put("parts.0.transaction_id", "4200000000000000000000000099"),
    "the state": put("state", "booked"),
    "the version": lambda _: {"$inc": {"version": Int64(1)}},
    "an effect's kind": put("effects.0.kind", "close"),
    "an effect's time": lambda _: {"$set": {"effects.0.due_at": OTHER_DAY, "next_due": OTHER_DAY}},
    "an effect's lease": put("effects.0.lease", "mine"),
    "an effect taken away": lambda _: {"$set": {"effects": []}, "$unset": {"next_due": ""}},
    "when it is due, alone": put("next_due", OTHER_DAY),
    "the owner": put("owner", "wechat:app:thief"),
    "the payer": put("payer.app_id", "thief"),
    "the asked amount": put("parts.0.request.amount_fen", Int64(1)),
    "the merchant": put("parts.0.request.merchant_id", "1900000000"),
    "the bills": put("bill_nos", ["B9"]),
    "what it is found by": put("search_keys", []),
    "what it was found by once": put("finds", ["card:1"]),
    "a claim": put("claims", ["bill:B9"]),
    "when it was paid": put("paid_at", OTHER_DAY),
    "why it is returned": put("return_reason", "other"),
    "what stands in the chain": put("sealed", Int64(3)),
    "a line of history": put("history.0.by", "1001"),
    "a line more": lambda _: {"$push": {"history": {"at": MORNING, "what": "refund_approved", "by": "2001", "detail": {}}}},
    "a line less": lambda document: {"$set": {"history": document["history"][:-1]}},
    "a field that nobody knows": put("insider", True),
    "its schema": put("schema", Int64(2)),
    "no MAC": lambda _: {"$unset": {"mac": ""}},
    "no MACs and the schema before them": lambda _: {"$unset": {"mac": "", "mac_fixed": ""}, "$set": {"schema": Int64(2)}},
    "a MAC that is none": put("mac", "k1.AAAA"),
    "a MAC that is no text": put("mac", 7),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_document_is_noticed(money: tuple[MongoDatabase, Payment], change: str) -> None:
    mongo, payment = money
    collection = mongo.database["payments"]
    assert await mongo.stores.payments.get(HOSPITAL, payment.id) == payment, "untouched it is genuine"
    document = await collection.find_one({"_id": payment.id})
    await collection.update_one({"_id": payment.id}, CHANGES[change](document))
    stored = await collection.find_one({"_id": payment.id})
    found = (await every_payment(mongo.stores.payments))[0]
    assert found.tampered
    with pytest.raises(Tampered):
        await mongo.stores.payments.save(found, bumped(found, state=PaymentState.BOOKED))
    assert await collection.find_one({"_id": payment.id}) == stored, "what was found stays for whoever looks into it"


async def test_macs_of_another_payment_or_hospital_prove_nothing(
    money: tuple[MongoDatabase, Payment], sealer: Keyring
) -> None:
    mongo, payment = money
    document = await mongo.database["payments"].find_one({"_id": payment.id})
    assert holds(document, sealer)
    assert not holds({**document, "_id": "ZF20261123OTHER0000001"}, sealer)
    assert not holds({**document, "hospital": "other"}, sealer)


async def test_the_form_of_numbers_and_times_is_not_a_change(money: tuple[MongoDatabase, Payment]) -> None:
    """A copy by another tool may bring 32-bit numbers, and a null where nothing was."""
    mongo, payment = money
    step = {"$set": {"parts.0.paid_fen": int(payment.paid_fen), "paid_at_by_hand": None, "booking": None}}
    await mongo.database["payments"].update_one({"_id": payment.id}, step)
    assert await mongo.stores.payments.get(HOSPITAL, payment.id) == payment


@pytest_asyncio.fixture(params=["memory", "mongo"])
async def twin(
    request: pytest.FixtureRequest, mongo: MongoDatabase
) -> tuple[PaymentStore, Callable[[Payment], Awaitable[None]]]:
    if request.param == "memory":
        store = MemoryPayments()

        async def tamper_in_memory(payment: Payment) -> None:
            store.documents[payment.id] = replace(store.documents[payment.id], state=PaymentState.BOOKED)

        return store, tamper_in_memory

    async def tamper_in_mongo(payment: Payment) -> None:
        await mongo.database["payments"].update_one({"_id": payment.id}, {"$set": {"state": "booked"}})

    return mongo.stores.payments, tamper_in_mongo


async def test_one_set_aside_waits_and_a_save_ends_it(
    twin: tuple[PaymentStore, Callable[[Payment], Awaitable[None]]],
) -> None:
    store, tamper = twin
    payment, later = a_payment(), MORNING + timedelta(days=30)
    await store.insert(payment)
    await store.set_aside(payment, later)
    assert await store.due(later - timedelta(seconds=1), 10) == []
    assert await store.due(later, 10) == [(HOSPITAL, payment.id)]
    assert await store.get(HOSPITAL, payment.id) == payment, "nothing of it has changed"
    goes_on = bumped(payment)
    await store.save(payment, goes_on)
    assert payment.next_due is not None
    assert await store.due(payment.next_due, 10) == [(HOSPITAL, payment.id)]
    await tamper(goes_on)
    for found in (
        await store.get(HOSPITAL, payment.id),
        await store.own(HOSPITAL, payment.owner, payment.id),
        (await store.by_claims(HOSPITAL, payment.claims))[0],
        (await store.by_owner(HOSPITAL, payment.owner, 5))[0],
        (await store.by_charge(HOSPITAL, payment.personal.subject.numbers[0], 5))[0],
        (await every_payment(store))[0],
    ):
        assert found is not None
        assert found.tampered
        with pytest.raises(Tampered):
            await store.save(found, bumped(found))
    await store.set_aside(found, later)
    assert await store.due(later - timedelta(seconds=1), 10) == []
    assert await store.due(later, 10) == [(HOSPITAL, payment.id)]


async def test_what_somebody_changed_is_ours_again_once_two_people_took_it(mongo: MongoDatabase) -> None:
    store = mongo.stores.payments
    await store.insert(a_paid())
    raw = mongo.database["payments"]
    await raw.update_one({}, {"$set": {"return_reason": "forged", "next_due": MORNING + timedelta(days=900)}})
    found = await store.get(HOSPITAL, a_paid().id)
    assert found is not None
    assert found.tampered
    taken = accepted(found, "staff:3002", "staff:3001", MORNING)
    with pytest.raises(ValueError, match="must not change what the payment is"):
        await store.accept(found, replace(taken, return_reason="another"))
    with pytest.raises(ValueError, match="only a payment that was changed"):
        await store.accept(replace(found, tampered=False), taken)
    await store.accept(found, taken)
    assert await store.get(HOSPITAL, a_paid().id) == taken
    assert list(await store.due(taken.next_due or MORNING, 5)) == [(HOSPITAL, taken.id)]
    await raw.update_one({}, {"$set": {"return_reason": "forged again"}})
    with pytest.raises(LostRace):
        await store.accept(found, taken)
