"""Real documents of schema 5, one in every state: they open as what they were, are written down as today's, and go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bson import json_util
from motor.motor_asyncio import AsyncIOMotorClient

from server.infrastructure.sealing import Keyring
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.search_keys import search_keys_of
from server.storage.documents import SCHEMA_VERSION
from server.storage.mongo import MongoDatabase
from server.storage.sealed_parts import opened_facts
from tests.support.builders import CARD, HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
OLD = Path(__file__).parent / "old" / "payments-schema-5.json"
Document = dict[str, Any]


async def of_schema_5(mongo: MongoDatabase, uri: str) -> list[Document]:
    """The old documents, written by somebody who waits for the database as long as it takes."""
    documents: list[Document] = json_util.loads(OLD.read_text("utf-8"))
    patient: AsyncIOMotorClient[Document] = AsyncIOMotorClient(uri)
    await patient.get_default_database()["payments"].insert_many(documents)
    patient.close()
    await mongo.database["schema"].update_one({"_id": "payments"}, {"$set": {"version": 5, "settled": 5}})
    return documents


async def today(mongo: MongoDatabase, old: Document) -> Payment:
    payment = await mongo.stores.payments.get(HOSPITAL, old["_id"])
    assert payment is not None
    return payment


async def test_the_fixture_has_every_state() -> None:
    documents = json_util.loads(OLD.read_text("utf-8"))
    assert {document["state"] for document in documents} == set(PaymentState)
    refunds = {refund["state"] for document in documents for refund in document["refunds"]}
    assert refunds >= {"requested", "approved", "released", "submitted", "abnormal", "succeeded"} <= set(RefundState)
    assert all(document["schema"] == 5 for document in documents)


async def test_each_opens_as_what_it_was(mongo: MongoDatabase, mongo_uri: str, sealer: Keyring) -> None:
    for old in await of_schema_5(mongo, mongo_uri):
        payment, bills = (
            await today(mongo, old),
            opened_facts(HOSPITAL, old["_id"], old["personal"], sealer)["bills"],
        )
        assert not payment.tampered
        assert (str(payment.state), payment.version, payment.claims) == (
            old["state"],
            old["version"],
            tuple(old.get("claims", ())),
        )
        assert (payment.amount_fen, payment.paid_fen) == (old["request"]["amount_fen"], old["parts"][0]["paid_fen"])
        assert [refund.id for refund in payment.refunds] == [refund["id"] for refund in old["refunds"]]
        assert [effect.key.partition(":")[0] for effect in payment.effects] == [
            effect["kind"] for effect in old["effects"]
        ]
        assert len(payment.history) == len(old["history"])
        [part], [paid] = payment.parts, old["parts"]
        assert (part.order_no, part.kind, part.channel) == (old["_id"], "cash", old["request"]["channel"])
        assert (part.request.payer, payment.owner) == (payment.payer, payment.payer.key)
        assert (part.request.expires_at.replace(tzinfo=None), part.request.description) == (
            old["request"]["expires_at"],
            old["request"]["description"],
        )
        assert str(part.state) == ("closed" if old["state"] == "closed" else paid["state"])
        assert (part.transaction_id, part.order_ref) == (paid["transaction_id"], paid["order_ref"])
        assert part.told_refunded_fen == old.get("told_refunded_fen", 0)
        assert {refund.part for refund in payment.refunds} <= {"cash"}
        assert payment.personal.card_no == CARD
        assert payment.personal.subject.numbers == tuple(old["bill_nos"])
        for charge, bill in zip(payment.personal.subject.charges, bills, strict=True):
            assert (charge.own_fen, charge.total_fen, charge.fund_fen) == (
                bill["own_fen"],
                bill["total_fen"],
                bill["fund_fen"],
            )
            assert (charge.department, charge.doctor, charge.kind) == (bill["department"], bill["doctor"], bill["kind"])
            assert [item.amount_fen for item in charge.items] == [item["amount_fen"] for item in bill["items"]]


async def test_it_is_written_down_as_today_s_and_names_no_bill_in_clear(mongo: MongoDatabase, mongo_uri: str) -> None:
    olds = await of_schema_5(mongo, mongo_uri)
    assert await mongo.upgrade(MORNING) == len(olds)
    for old in olds:
        stored = await mongo.database["payments"].find_one({"_id": old["_id"]})
        assert stored["schema"] == SCHEMA_VERSION
        assert "bill_nos" not in stored
        payment = await today(mongo, old)
        assert not payment.tampered
        for number in old["bill_nos"]:
            assert [one.id for one in await mongo.stores.payments.by_charge(HOSPITAL, number, 5)] == [old["_id"]]
        for mark in search_keys_of(payment):
            assert payment in await mongo.stores.payments.find(HOSPITAL, [mark], 40)


async def test_an_older_one_is_found_before_it_is_swept(mongo: MongoDatabase, mongo_uri: str) -> None:
    for old in await of_schema_5(mongo, mongo_uri):
        for number in old["bill_nos"]:
            assert [one.id for one in await mongo.stores.payments.by_charge(HOSPITAL, number, 5)] == [old["_id"]]
