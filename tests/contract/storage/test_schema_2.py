"""A database of schema 2 with a payment in every state: each opens as what it was, is sealed by the sweep, and goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import json_util

from server.infrastructure.sealing import Keyring
from server.payments.model import Payment, PaymentState, bumped
from server.storage.documents import SCHEMA_VERSION
from server.storage.mongo import MongoDatabase, connect
from tests.contract.storage.older import as_of_schema_2
from tests.contract.storage.test_schema_5 import of_schema_5
from tests.support.clock_and_ids import MORNING
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio
GENUINE = Path(__file__).parent / "old" / "payment-schema-2.json"
"""One that the Zhenfu of that time has really written."""
ONLY_IN_SOME = {"booking", "claims", "next_due", "paid_at", "return_reason", "tags", "told_refunded_fen"}
"""What depends on where a payment is in its life."""
LATER = MORNING + timedelta(days=1)


async def payments_in(mongo: MongoDatabase) -> dict[str, Payment]:
    return {payment.id: payment for payment in await every_payment(mongo.stores.payments)}


async def taken_back(mongo: MongoDatabase, mongo_uri: str, sealer: Keyring) -> list[dict[str, Any]]:
    """The payments of the fixture of schema 5 as schema 2 had them; ``mongo`` has them as of today."""
    await of_schema_5(mongo, mongo_uri)
    await mongo.upgrade(MORNING)
    return [as_of_schema_2(document, sealer) async for document in mongo.database["payments"].find()]


async def test_they_have_the_shape_of_the_genuine_one(mongo: MongoDatabase, mongo_uri: str, sealer: Keyring) -> None:
    genuine = json_util.loads(GENUINE.read_text("utf-8"))
    for document in await taken_back(mongo, mongo_uri, sealer):
        assert document.keys() ^ genuine.keys() <= ONLY_IN_SOME
        assert document["request"].keys() == genuine["request"].keys()
        assert document["request"]["payer"].keys() == genuine["request"]["payer"].keys()
        assert document["parts"][0].keys() == genuine["parts"][0].keys()


async def test_each_opens_as_what_it_was_and_goes_on(
    mongo: MongoDatabase, mongo_uri: str, unprepared_uri: str, sealer: Keyring
) -> None:
    documents = await taken_back(mongo, mongo_uri, sealer)
    before = await payments_in(mongo)
    assert {payment.state for payment in before.values()} == set(PaymentState)
    old = connect(unprepared_uri, sealer)
    try:
        await old.database["schema"].insert_one({"_id": "payments", "version": 2})
        await old.database["payments"].insert_many(documents)
        await old.prepare()
        assert await payments_in(old) == {name: without_phone(payment) for name, payment in before.items()}
        await old.upgrade(MORNING)
        await old.upgrade(LATER)
        assert await old.all_sealed()
        assert await old.database["payments"].distinct("schema") == [SCHEMA_VERSION]
        for payment in (await payments_in(old)).values():
            assert not payment.tampered
            await old.stores.payments.save(payment, bumped(payment))
            assert await old.stores.payments.get(payment.hospital, payment.id) == bumped(payment)
    finally:
        old.close()


def without_phone(payment: Payment) -> Payment:
    """Schema 2 did not keep the phone that the hospital has of the patient."""
    return replace(payment, personal=replace(payment.personal, patient_phone=""))
