"""The one write that takes a person out of a payment: guarded, under new MACs, and no way to change anything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from server.core.errors import LostRace, Tampered
from server.infrastructure.sealing import Keyring
from server.payments.model import Payment, PaymentState, bumped
from server.payments.rules.erasing import without_patient, without_payer
from server.payments.rules.search_keys import FindBy, search_keys_of
from server.storage.documents import search_key
from server.storage.mongo import MongoDatabase
from server.storage.stores import Stores
from tests.support.builders import CARD, HOSPITAL, PHONE, a_paid, with_first
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
BY = "cli:wang"


async def test_what_is_erased_is_read_back_and_found_by_the_person_no_more(stores: Stores) -> None:
    before = a_paid()
    await stores.payments.insert(before)
    await stores.payments.pseudonymise(before, without_payer(before, "p1", MORNING, BY))
    after = await stores.payments.get(HOSPITAL, before.id)
    assert after is not None
    assert not after.tampered
    for gone in (before.payer.subject, CARD, PHONE, before.personal.patient_name):
        assert gone not in repr(after)
    assert list(await stores.payments.by_owner(HOSPITAL, before.owner, 10)) == []
    assert list(await stores.payments.find(HOSPITAL, [(FindBy.CARD, CARD)], 10)) == []
    assert list(await stores.payments.find(HOSPITAL, [(FindBy.PHONE, PHONE)], 10)) == []
    assert [p.id for p in await stores.payments.find(HOSPITAL, [(FindBy.TAIL, before.id[-4:])], 10)] == [before.id]
    await stores.payments.save(after, bumped(after, effects=()))  # it lives on


async def test_a_step_that_was_faster_wins(stores: Stores) -> None:
    before = a_paid()
    await stores.payments.insert(before)
    await stores.payments.save(before, bumped(before, effects=()))
    with pytest.raises(LostRace):
        await stores.payments.pseudonymise(before, without_patient(before, MORNING, BY))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda after: replace(after, state=PaymentState.BOOKED),
        lambda after: replace(after, parts=()),
        lambda after: with_first(after, request=replace(after.parts[0].request, amount_fen=1)),
        lambda after: replace(after, owner="wechat:wx:thief"),
        lambda after: replace(after, personal=replace(after.personal, phone="13900000000")),
        lambda after: replace(after, history=after.history[-1:]),
        lambda after: replace(after, claims=()),
    ],
)
async def test_nothing_else_changes_by_an_erasure(stores: Stores, wrong: Callable[[Payment], Payment]) -> None:
    before = a_paid()
    await stores.payments.insert(before)
    with pytest.raises(ValueError, match="an erasure"):
        await stores.payments.pseudonymise(before, wrong(without_payer(before, "p1", MORNING, BY)))
    assert await stores.payments.get(HOSPITAL, before.id) == before


async def test_what_was_changed_by_others_is_not_put_under_our_mac(stores: Stores) -> None:
    before = replace(a_paid(), tampered=True)
    with pytest.raises(Tampered):
        await stores.payments.pseudonymise(before, without_patient(before, MORNING, BY))


async def test_nothing_of_the_person_is_in_the_document(mongo: MongoDatabase, sealer: Keyring) -> None:
    paid = a_paid()
    part = replace(paid.parts[0], transaction_id="4200000000202611230000007777")
    before = replace(paid, id="ZF20261123OTHERENDOFITXYZ", parts=(part,))
    await mongo.stores.payments.insert(before)
    collection = mongo.database["payments"]
    old = await collection.find_one({"_id": before.id})
    await mongo.stores.payments.pseudonymise(before, without_payer(before, "p1", MORNING, BY))
    new = await collection.find_one({"_id": before.id})
    assert old["owner"] != new["owner"]
    of_person = {search_key(HOSPITAL, by, text, sealer) for by, text in search_keys_of(before) if text in CARD + PHONE}
    assert len(of_person) >= 3
    assert of_person <= set(old["search_keys"])
    assert not of_person & set(new["search_keys"])
    assert old["personal"] != new["personal"]
