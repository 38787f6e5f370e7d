"""ports.UnclaimedStore: guarded steps, owed work, and a MAC under a key outside the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import LostRace, StoreError, Tampered
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.infrastructure.sealing import Keyring
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney, UnclaimedState
from server.storage.mongo import MongoDatabase, connect
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
MONEY = UnclaimedMoney(
    hospital=HOSPITAL,
    id="wechat:4200001",
    channel="wechat",
    out_trade_no="ZF20261123LOST",
    transaction_id="4200001",
    kind="payment",
    amount_fen=4_000_000_000,
    reason="no such payment",
    at=MORNING,
)
ENDING = UnclaimedEnding(
    act=UnclaimedAct.SEND_BACK, by="staff:3001", at=MORNING, mark=0, ticket="t", proof="", agreed_by=""
)
SEND = Effect(kind=EffectKind.REFUND, subject="ZF20261123LOSTU01", due_at=MORNING)
RETURNING = replace(
    MONEY,
    version=2,
    state=UnclaimedState.RETURNING,
    ended=replace(ENDING, agreed_by="staff:3002"),
    refund_no="ZF20261123LOSTU01",
    effects=(SEND,),
    history=(HistoryEvent(at=MORNING, what="unclaimed_agreed", by="staff:3002", detail={"act": "send_back"}),),
)


async def test_a_step_is_stored_whole_and_only_over_the_version_that_was_read(stores: Stores) -> None:
    assert await stores.unclaimed.keep(MONEY) == MONEY
    await stores.unclaimed.save(MONEY, RETURNING)
    stored = await stores.unclaimed.get(HOSPITAL, MONEY.id)
    assert stored == RETURNING
    with pytest.raises(LostRace):
        await stores.unclaimed.save(MONEY, replace(RETURNING, version=3))
    assert await stores.unclaimed.keep(MONEY) == RETURNING, "told again: what became of it since stays"
    assert await stores.unclaimed.get("other", MONEY.id) is None


@pytest.mark.parametrize(
    "step",
    [{"amount_fen": 1}, {"version": 1}, {"id": "wechat:2"}, {"out_trade_no": "another"}, {"transaction_id": "another"}],
)
async def test_a_step_changes_nothing_of_whose_money_it_is(stores: Stores, step: dict[str, object]) -> None:
    await stores.unclaimed.keep(MONEY)
    with pytest.raises(ValueError, match="a step must"):
        await stores.unclaimed.save(MONEY, replace(replace(MONEY, version=2), **step))  # type: ignore[arg-type]


async def test_a_step_keeps_the_history(stores: Stores) -> None:
    await stores.unclaimed.keep(MONEY)
    await stores.unclaimed.save(MONEY, RETURNING)
    with pytest.raises(ValueError, match="history"):
        await stores.unclaimed.save(RETURNING, replace(RETURNING, version=3, history=()))


async def test_what_is_owed_is_found_when_it_is_due(stores: Stores) -> None:
    await stores.unclaimed.keep(MONEY)
    await stores.unclaimed.save(MONEY, RETURNING)
    await stores.unclaimed.keep(replace(MONEY, id="wechat:2", transaction_id="2"))
    due = [(HOSPITAL, MONEY.id)]
    assert list(await stores.unclaimed.due(MORNING, 5)) == due
    assert list(await stores.unclaimed.due(MORNING - timedelta(seconds=1), 5)) == []
    assert list(await stores.unclaimed.due(MORNING, 5, [MONEY.id])) == []
    assert list(await stores.unclaimed.owing(MORNING, MORNING, 5)) == [RETURNING]
    await stores.unclaimed.set_aside(RETURNING, MORNING + timedelta(hours=1))
    assert list(await stores.unclaimed.due(MORNING, 5)) == []
    assert await stores.unclaimed.get(HOSPITAL, MONEY.id) == RETURNING, "put off, and still as we wrote it"
    assert list(await stores.unclaimed.due(MORNING + timedelta(hours=1), 5)) == due


async def test_each_list_has_the_money_that_it_is_asked_for(stores: Stores) -> None:
    settled = replace(MONEY, id="wechat:9", version=2, state=UnclaimedState.SETTLED, at=MORNING + timedelta(hours=1))
    await stores.unclaimed.keep(MONEY)
    await stores.unclaimed.keep(settled)
    await stores.unclaimed.keep(replace(MONEY, hospital="other"))
    await stores.unclaimed.keep(replace(MONEY, id="alipay:1", channel="alipay"))
    assert [one.id for one in await stores.unclaimed.unsettled(HOSPITAL, 5)] == [MONEY.id, "alipay:1"]
    found = await stores.unclaimed.of_order(HOSPITAL, "wechat", MONEY.out_trade_no)
    assert [one.id for one in found] == [settled.id, MONEY.id]
    assert await stores.unclaimed.of_order(HOSPITAL, "wechat", "another") == []
    every = [one.id async for page in stores.unclaimed.pages(HOSPITAL) for one in page]
    assert sorted(every) == ["alipay:1", MONEY.id, settled.id]
    assert [page async for page in stores.unclaimed.pages("nowhere")] == []


FORGED = {
    "its state": {"$set": {"state": "settled"}},
    "its amount": {"$set": {"amount_fen": 1}},
    "whose it is": {"$set": {"out_trade_no": "another"}},
    "a refund of an intruder's": {"$set": {"refund_no": "ZF20261123LOSTU09"}},
    "an effect": {"$set": {"effects": []}},
    "when it is due": {"$set": {"next_due": MORNING + timedelta(days=900)}},
    "its history": {"$set": {"history": []}},
    "its MAC": {"$unset": {"mac": ""}},
    "the form of before": {"$unset": {"mac": "", "schema": "", "version": "", "history": "", "effects": ""}},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED.keys())
async def test_a_change_without_the_key_is_seen_and_never_saved(
    mongo: MongoDatabase, change: dict[str, object]
) -> None:
    store = mongo.stores.unclaimed
    await store.keep(MONEY)
    await store.save(MONEY, RETURNING)
    await mongo.database["unclaimed"].update_one({}, change)
    found = (await store.latest(HOSPITAL, 5))[0]
    assert found.tampered
    assert not found.settled
    assert found in await store.unsettled(HOSPITAL, 5)
    with pytest.raises(Tampered):
        await store.save(found, replace(found, version=found.version + 1, tampered=False))


async def test_another_one_s_document_in_its_place_is_seen(mongo: MongoDatabase) -> None:
    raw = mongo.database["unclaimed"]
    await mongo.stores.unclaimed.keep(MONEY)
    document = await raw.find_one({})
    await raw.insert_one({**document, "_id": f"{HOSPITAL}/wechat:2"})
    moved = await mongo.stores.unclaimed.get(HOSPITAL, "wechat:2")
    assert moved is not None
    assert moved.tampered


async def as_before(mongo: MongoDatabase) -> None:
    """The database of a Zhenfu that kept unclaimed money without MACs, with one record of it."""
    facts = {name: getattr(MONEY, name) for name in MONEY.__dataclass_fields__}
    kept = ["hospital", "id", "channel", "out_trade_no", "transaction_id", "kind", "amount_fen", "reason", "at"]
    document = {"_id": f"{HOSPITAL}/{MONEY.id}", **{name: facts[name] for name in kept}}
    await mongo.database["unclaimed"].insert_one(document)
    await mongo.database["schema"].delete_one({"_id": "unclaimed.macs"})


async def test_what_an_older_zhenfu_kept_is_signed_and_told_of(mongo: MongoDatabase) -> None:
    await as_before(mongo)
    told: list[tuple[str, int]] = []

    async def hear(hospital: str, count: int, digest: str) -> None:
        told.append((hospital, count))

    assert await mongo.upgrade(MORNING, None, hear) == 1
    assert told == [(HOSPITAL, 1)]
    assert await mongo.stores.unclaimed.get(HOSPITAL, MONEY.id) == MONEY
    await mongo.stores.unclaimed.save(MONEY, RETURNING)
    assert await mongo.upgrade(MORNING + timedelta(days=2), None, hear) == 0


async def test_it_is_read_and_changed_before_the_sweep_too(mongo: MongoDatabase) -> None:
    await as_before(mongo)
    found = await mongo.stores.unclaimed.get(HOSPITAL, MONEY.id)
    assert found == MONEY
    await mongo.stores.unclaimed.save(MONEY, RETURNING)
    assert await mongo.stores.unclaimed.get(HOSPITAL, MONEY.id) == RETURNING


async def test_once_all_is_signed_a_record_without_a_mac_is_an_intruder_s(
    mongo: MongoDatabase, mongo_uri: str, sealer: Keyring
) -> None:
    await as_before(mongo)
    await mongo.upgrade(MORNING)
    await mongo.upgrade(MORNING + timedelta(days=2))
    raw = mongo.database["unclaimed"]
    document = await raw.find_one({})
    forged = {name: value for name, value in document.items() if name not in {"mac", "schema", "version", "state"}}
    await raw.insert_one({**forged, "_id": f"{HOSPITAL}/wechat:2", "id": "wechat:2", "effects": [], "history": []})
    again = connect(mongo_uri, sealer)
    await again.prepare()
    found = await again.stores.unclaimed.get(HOSPITAL, "wechat:2")
    assert found is not None
    assert found.tampered
    await mongo.database["schema"].update_one({"_id": "unclaimed.macs"}, {"$set": {"mac": "k1.x"}})
    last = connect(mongo_uri, sealer)
    with pytest.raises(StoreError, match="changed by somebody else"):
        await last.prepare()
    last.close()
    again.close()


async def test_its_proof_and_its_mac_go_under_a_new_key(mongo: MongoDatabase, mongo_uri: str, sealer: Keyring) -> None:
    proof = sealer.seal(f"unclaimed_proof:{HOSPITAL}/{MONEY.id}", b"receipt 42")
    await mongo.stores.unclaimed.keep(MONEY)
    await mongo.stores.unclaimed.save(MONEY, replace(MONEY, version=2, ending=replace(ENDING, proof=proof)))
    both = Keyring("k2", {"k1": b"1" * 32, "k2": b"3" * 32}, b"2" * 32)
    rotating = connect(mongo_uri, both)
    await rotating.prepare()
    await rotating.reseal(lambda name, count: None)
    assert set(await rotating.keys_in_use()) == {"k2"}
    found = await rotating.stores.unclaimed.get(HOSPITAL, MONEY.id)
    assert found is not None
    assert found.ending is not None
    assert (found.tampered, both.open(f"unclaimed_proof:{HOSPITAL}/{MONEY.id}", found.ending.proof)) == (
        False,
        b"receipt 42",
    )
    await rotating.database["unclaimed"].update_one({}, {"$set": {"amount_fen": 1}})
    assert await rotating.reseal(lambda name, count: None) == 0, "what somebody changed does not become ours"
    rotating.close()
