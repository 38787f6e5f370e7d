"""A page of payments whose range is open at an end."""

from __future__ import annotations

import pytest

from server.infrastructure.sealing import Keyring
from server.storage.documents import SCHEMA_VERSION
from server.storage.migrations import payment_steps
from server.storage.mongo import MongoDatabase
from server.storage.mongo.payment_pages import PaymentPages
from server.storage.mongo.payment_reader import PaymentReader
from tests.contract.storage.test_payments import SECOND, payment
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio


async def test_a_first_page_keeps_to_the_time_it_is_asked_for(mongo: MongoDatabase, sealer: Keyring) -> None:
    """Also one that begins nowhere, which no port asks for."""
    for number in range(4):
        await mongo.stores.payments.insert(payment(number, at=MORNING + number * SECOND))
    collection = mongo.database["payments"]
    pages = PaymentPages(collection, PaymentReader(collection, sealer, payment_steps(sealer), SCHEMA_VERSION, None))
    found = await pages.between({"hospital": HOSPITAL}, 9, MORNING + 2 * SECOND, None)
    assert [one.id for one in found] == [payment(3).id, payment(2).id]
