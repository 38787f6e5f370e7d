"""ports.BankBookStore: a hospital's bank book, changed by one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from server.core.errors import LostRace, Tampered
from server.reconciliation.bank_model import Arrival, BankBook, BankFile, Payout
from server.storage.mongo import MongoDatabase
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
ARRIVAL = Arrival(account="尾号0001", number="B1", amount_fen=2**40, at=MORNING, numbers=("1107000001",))
PAYOUT = Payout(channel="wechat", number="1107000001", channel_no="42", amount_fen=5, at=MORNING, arrivals=(ARRIVAL,))
FILE = BankFile(
    sha256="ab" * 32, account="尾号0001", first=date(2026, 11, 1), last=date(2026, 11, 30), rows=1, came_fen=2**40, by="staff:1", at=MORNING
)  # fmt: skip
FULL = BankBook(hospital=HOSPITAL, payouts=(PAYOUT,), waiting=(ARRIVAL,), files=(FILE,))


async def test_a_book_comes_back_as_it_was(stores: Stores) -> None:
    assert await stores.bank.get(HOSPITAL) == BankBook(hospital=HOSPITAL)
    kept = await stores.bank.save(BankBook(hospital=HOSPITAL), FULL)
    assert await stores.bank.get(HOSPITAL) == kept == replace(FULL, version=1)
    assert await stores.bank.get("other") == BankBook(hospital="other")


async def test_of_two_changes_at_once_one_is_lost(stores: Stores) -> None:
    empty = BankBook(hospital=HOSPITAL)
    first = await stores.bank.save(empty, FULL)
    with pytest.raises(LostRace):
        await stores.bank.save(empty, FULL)
    await stores.bank.save(first, replace(first, waiting=()))
    with pytest.raises(LostRace):
        await stores.bank.save(first, replace(first, files=()))
    assert (await stores.bank.get(HOSPITAL)).files == (FILE,)


async def test_another_hospital_s_book_is_another_book(stores: Stores) -> None:
    with pytest.raises(ValueError, match="hospital"):
        await stores.bank.save(BankBook(hospital=HOSPITAL), BankBook(hospital="other"))


async def test_a_book_that_somebody_changed_is_not_ours_any_more(mongo: MongoDatabase) -> None:
    await mongo.stores.bank.save(BankBook(hospital=HOSPITAL), FULL)
    collection = mongo.database["bank_books"]
    (stored,) = await collection.find({}).to_list(None)
    await collection.update_one({}, {"$set": {"text": stored["text"].replace('"amount_fen": 5', '"amount_fen": 6')}})
    found = await mongo.stores.bank.get(HOSPITAL)
    assert found.tampered
    with pytest.raises(Tampered):
        await mongo.stores.bank.save(found, replace(found, files=()))
