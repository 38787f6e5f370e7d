"""An old key can retire: everything is brought under the new one while others write, and `keys status` says what still needs which."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from server.app.cli_keys import lines
from server.infrastructure.sealing import Keyring
from server.patients.relations import Relation
from server.payments.model import bumped
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.reconciliation.bank_model import BankBook
from server.staff.model import bound, secured
from server.storage.mongo import MongoDatabase, connect, resealing
from tests.contract.storage.test_bank_books import FULL
from tests.contract.storage.test_days import a_full_day
from tests.contract.storage.test_ids_at_rest import CARD, WHO, a_payment_of_who, an_entry, fill
from tests.contract.storage.test_staff import one as a_member
from tests.contract.storage.test_timetables import a_timetable
from tests.support.builders import HOSPITAL, a_scan, a_session
from tests.support.clock_and_ids import MORNING
from tests.support.emptied_databases import keep_expired
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio
OLD, NEW, LOOKUP = b"1" * 32, b"3" * 32, b"2" * 32
NEW_ONLY = Keyring("k2", {"k2": NEW}, LOOKUP)
BOTH = Keyring("k2", {"k1": OLD, "k2": NEW}, LOOKUP)
CHILD = replace(CARD, card_no="C2", family=Relation.CHILD)
SEALED = {
    "payments",
    "cards",
    "people",
    "staff",
    "audit",
    "short_lived",
    "schema",
    "unclaimed",
    "sessions",
    "reconciliation_days",
    "bank_books",
    "timetables",
}
"""What has something sealed in it, as the database names it."""


@pytest_asyncio.fixture
async def rotated(mongo: MongoDatabase, mongo_uri: str, sealer: Keyring) -> AsyncIterator[MongoDatabase]:
    """Filled under the old key, opened with the new one."""
    await fill(mongo)
    await mongo.stores.cards.bind(CHILD)
    await mongo.stores.days.insert(a_full_day())
    await mongo.stores.bank.save(BankBook(hospital=HOSPITAL), FULL)
    await mongo.stores.timetables.insert(a_timetable())
    await mongo.database["short_lived"].delete_many({})
    await mongo.stores.short_lived.put("draft", "d", "a refund", MORNING)
    payment = await mongo.stores.payments.get(HOSPITAL, a_payment_of_who().id)
    assert payment is not None
    note, words = (sealer.seal(f"{of}:{payment.id}", of.encode()) for of in ("refund_note", "his_words"))
    refund = Refund(
        id="R1", amount_fen=1, origin=RefundOrigin.STAFF, reason="other", state=RefundState.REJECTED, at=MORNING,
        note=note, his_words=words,
    )  # fmt: skip
    await mongo.stores.payments.save(payment, bumped(payment, refunds=(refund,)))
    member = replace(a_member("1002"), identity=None)
    await mongo.stores.staff.insert(member)
    totp = sealer.seal(f"staff_totp:{HOSPITAL}/1002", b"secret")
    there = bound(member, replace(WHO, subject="another"), MORNING)
    await mongo.stores.staff.save(member, there)
    await mongo.stores.staff.save(there, secured(there, "pin", totp, 7, MORNING))
    database = connect(mongo_uri, BOTH)
    await database.prepare()
    await keep_expired(database)
    yield database
    database.close()


async def test_afterwards_nothing_needs_the_old_key(rotated: MongoDatabase, mongo_uri: str) -> None:
    before = await rotated.keys_in_use()
    assert set(before) == {"k1"}
    assert set(before["k1"]) == SEALED
    told: list[tuple[str, int]] = []
    assert await rotated.reseal(lambda name, count: told.append((name, count))) > 0
    assert ("payments", 1) in told
    assert set(await rotated.keys_in_use()) == {"k2"}
    assert await rotated.reseal(lambda name, count: None) == 0, "again there is nothing to do"
    only_new = connect(mongo_uri, NEW_ONLY)
    try:
        await only_new.prepare()
        stores = only_new.stores
        payment = await stores.payments.get(HOSPITAL, a_payment_of_who().id)
        assert payment is not None
        assert (payment.tampered, payment.owner, payment.booking) == (False, WHO.key, a_payment_of_who().booking)
        opened = BOTH.open(f"refund_note:{payment.id}", payment.refunds[0].note)
        assert opened == b"refund_note"
        assert payment.refunds[0].note.startswith("k2.")
        assert list(await stores.cards.of_owner(HOSPITAL, WHO.key)) == [CARD, CHILD]
        assert (await stores.audit.page(HOSPITAL, 0, 5))[0] == an_entry()
        member = await stores.staff.get(HOSPITAL, "1002")
        assert member is not None
        assert NEW_ONLY.open(f"staff_totp:{HOSPITAL}/1002", member.totp) == b"secret"
        day = await stores.days.get(HOSPITAL, a_full_day().id)
        assert day == a_full_day(), "a day that people have decided about is still ours"
        assert not (await stores.bank.get(HOSPITAL)).tampered
        assert await stores.timetables.get(HOSPITAL, a_timetable().id) == a_timetable()
        session = await stores.sessions.get(a_session("x", a_scan()).id, MORNING.replace(year=2020))
        assert session is not None, "nobody is logged out"
        assert session.identity == WHO
        assert await stores.short_lived.get("draft", "d", MORNING.replace(year=2020)) == "a refund"
    finally:
        only_new.close()


async def test_the_old_key_may_not_go_before(rotated: MongoDatabase, mongo_uri: str) -> None:
    only_new = connect(mongo_uri, NEW_ONLY)
    try:
        assert list(await only_new.stores.cards.of_owner(HOSPITAL, WHO.key)) == [], "what can't be read is passed over"
    finally:
        only_new.close()


async def test_writers_beside_it_lose_nothing(rotated: MongoDatabase) -> None:
    store, payment_id = rotated.stores.payments, a_payment_of_who().id

    async def write() -> int:
        for _ in range(20):
            payment = await store.get(HOSPITAL, payment_id)
            assert payment is not None
            await store.save(payment, bumped(payment))
        return payment.version + 1

    async def reseal() -> None:
        for _ in range(5):
            await rotated.reseal(lambda name, count: None)

    version, _ = await asyncio.gather(write(), reseal())
    after = await store.get(HOSPITAL, payment_id)
    assert after is not None
    assert (after.version, after.tampered) == (version, False)


async def test_what_is_written_between_the_reading_and_the_resealing_stays(
    rotated: MongoDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A card is unbound, and its proof of who the person is goes from what is known of them."""
    people = rotated.stores.people
    pages = resealing.pages

    async def slow(collection: Any) -> AsyncIterator[list[dict[str, Any]]]:
        async for page in pages(collection):
            if collection.name == "people":
                await people.drop_identity_proofs(HOSPITAL, WHO.key, ["account:1"])
            yield page

    monkeypatch.setattr(resealing, "pages", slow)
    await rotated.reseal(lambda name, count: None)
    known = await people.get(HOSPITAL, WHO.key)
    assert known is not None
    assert known.identity_proofs == frozenset()
    assert set(await rotated.keys_in_use()) == {"k2"}


async def test_what_somebody_changed_does_not_become_ours(rotated: MongoDatabase) -> None:
    raw = rotated.database["payments"]
    await raw.update_one({}, {"$set": {"state": "closed"}})
    await rotated.reseal(lambda name, count: None)
    assert (await raw.find_one({}))["mac"].startswith("k1.")
    assert (await every_payment(rotated.stores.payments))[0].tampered
    assert (await rotated.keys_in_use())["k1"] == {"payments": 1}


async def test_status_says_which_key_may_go_and_which_is_missing() -> None:
    in_use = {"k1": {"payments": 2}, "k3": {"cards": 1}, "k9": {"staff": 1}}
    said = lines("k3", {"k1": OLD, "k2": OLD, "k3": NEW}, in_use)
    assert said[0] == "k1: still needed by 2 in payments"
    assert said[1].startswith("k2: nothing in the database needs it")
    assert said[2] == "k3: seals; 1 in cards"
    assert said[3] == "k9: NOT IN THE KEYRING, and needed by 1 in staff"
