"""ports.AuditStore: added at the end, once, by however many."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest

from server.audit.model import BEGINNING, AuditEntry
from server.core.errors import AlreadyStored
from server.infrastructure.sealing import Keyring
from server.storage.mongo import connect
from server.storage.stores import Stores
from tests.contract.storage.reached import Reached
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio


def entry(number: int = 1, day: date = date(2026, 11, 23), hospital: str = HOSPITAL) -> AuditEntry:
    return AuditEntry(
        hospital=hospital, number=number, day=day, id=f"payment/ZF1/{number}", at=MORNING, what="refund_requested", by="1001",
        detail=MappingProxyType({"refund": "ZF1R01", "amount_fen": "1234"}), previous=BEGINNING, mac="ab" * 32,
    )  # fmt: skip


async def test_an_entry_comes_back_as_it_was(stores: Stores) -> None:
    big = replace(entry(2**40), at=MORNING + timedelta(microseconds=1))
    await stores.audit.append(big)
    assert await stores.audit.last(HOSPITAL) == entry(2**40)
    assert await stores.audit.by_id(HOSPITAL, big.id) == entry(2**40)
    assert await stores.audit.by_id("other", big.id) is None
    assert await stores.audit.last("other") is None


async def test_a_number_and_an_id_are_there_once(stores: Stores) -> None:
    await stores.audit.append(entry())
    for other in (replace(entry(), id="payment/ZF2/0"), replace(entry(), number=2), entry()):
        with pytest.raises(AlreadyStored):
            await stores.audit.append(other)
    await stores.audit.append(entry(hospital="other"))
    assert await stores.audit.page(HOSPITAL, 0, 10) == [entry()]


async def test_of_many_at_once_one_gets_the_number(stores: Stores) -> None:
    rivals = [stores.audit.append(replace(entry(), id=f"payment/ZF{n}/0")) for n in range(10)]
    outcomes = await asyncio.gather(*rivals, return_exceptions=True)
    assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["AlreadyStored"] * 9 + ["NoneType"]


async def test_the_chain_is_read_from_either_end_and_by_day(stores: Stores) -> None:
    days = [date(2026, 11, 22), date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 25)]
    for number in (9, 10, 11, 12):
        await stores.audit.append(entry(number, days[number - 9]))
    assert [e.number for e in await stores.audit.page(HOSPITAL, 9, 2)] == [10, 11]
    assert [e.number for e in await stores.audit.latest(HOSPITAL, 3)] == [12, 11, 10]
    assert [e.number for e in await stores.audit.latest(HOSPITAL, 3, before=10)] == [9]
    for before, number in ((date(2026, 11, 23), 10), (date(2026, 11, 24), 11), (date(2026, 12, 1), 12)):
        last = await stores.audit.last(HOSPITAL, before)
        assert last is not None
        assert last.number == number
    assert await stores.audit.last(HOSPITAL, date(2026, 11, 22)) is None


async def test_the_chain_is_read_whole_over_gaps_and_damage(stores: Stores) -> None:
    """Whoever took entries out left gaps: what stands on both sides is read all the same, and the end stays the end."""
    numbers = [1, 2, 3, 700, 701, 5_000, 5_001, 5_002]
    for number in numbers:
        await stores.audit.append(entry(number, date(2026, 1, 1) + timedelta(days=number)))
    newest = [e.number for e in await stores.audit.latest(HOSPITAL, 7)]
    assert newest == [5_002, 5_001, 5_000, 701, 700, 3, 2]
    assert [e.number for e in await stores.audit.latest(HOSPITAL, 7, before=700)] == [3, 2, 1]
    assert await stores.audit.latest(HOSPITAL, 7, before=1) == []
    assert [e.number for e in await stores.audit.page(HOSPITAL, 0, 4)] == [1, 2, 3, 700]
    assert [e.number for e in await stores.audit.page(HOSPITAL, 701, 9)] == [5_000, 5_001, 5_002]
    assert await stores.audit.page(HOSPITAL, 5_002, 9) == []
    last = await stores.audit.last(HOSPITAL, date(2026, 1, 1) + timedelta(days=650))
    assert last is not None
    assert last.number == 3


async def test_the_end_is_found_whoever_added_to_the_chain(mongo_uri: str, sealer: Keyring) -> None:
    """A process remembers where the end was: another one adds to it, and a restored backup takes it back."""
    with (
        closing(connect(mongo_uri, sealer)) as ours,
        closing(connect(mongo_uri, sealer)) as theirs,
        closing(connect(mongo_uri, sealer)) as new,
    ):
        for number in range(1, 4):
            await ours.stores.audit.append(entry(number))
        assert await ours.stores.audit.last(HOSPITAL) == entry(3)
        for number in range(4, 240):
            await theirs.stores.audit.append(entry(number))
        assert await ours.stores.audit.last(HOSPITAL) == entry(239)
        assert await new.stores.audit.last(HOSPITAL) == entry(239), "which it finds by strides"
        await ours.database["audit"].delete_many({"number": {"$gt": 2}})
        assert await ours.stores.audit.last(HOSPITAL) == entry(2)
        assert [each.number for each in await new.stores.audit.latest(HOSPITAL, 5)] == [2, 1]


async def test_the_end_of_a_long_chain_is_read_and_not_the_chain(mongo_uri: str, sealer: Keyring) -> None:
    reached = Reached()
    with closing(connect(mongo_uri, sealer, listeners=[reached])) as database:
        audit = database.stores.audit
        for number in range(1, 901):
            await audit.append(entry(number, date(2026, 1, 1) + timedelta(days=number // 10)))
        for ask, most in (
            (audit.last(HOSPITAL), 110),  # by strides: 200, 400, 800 are there
            (audit.last(HOSPITAL), 1),
            (audit.last(HOSPITAL, date(2026, 3, 30)), 220),
            (audit.latest(HOSPITAL, 30), 30),
            (audit.latest(HOSPITAL, 30, 500), 30),
            (audit.page(HOSPITAL, 400, 30), 30),
        ):
            reached.forget()
            await ask
            assert await reached.documents(database) <= most


BY_PAYER, BY_NOBODY = "wechat:wx1:openid-zhang", "wechat:wx1:erased-abc"


async def test_a_payer_s_id_gives_way_to_a_pseudonym(stores: Stores) -> None:
    named = replace(entry(), by=BY_PAYER)
    await stores.audit.append(named)
    await stores.audit.append(replace(entry(2), by=BY_PAYER))
    for _ in range(2):
        await stores.audit.rename(named, replace(named, by=BY_NOBODY))
    assert [each.by for each in await stores.audit.page(HOSPITAL, 0, 10)] == [BY_NOBODY, BY_PAYER]
    assert await stores.audit.by_id(HOSPITAL, named.id) == replace(named, by=BY_NOBODY)


@pytest.mark.parametrize(
    ("before", "fields"),
    [
        (BY_PAYER, {"by": BY_NOBODY, "what": "refund_rejected"}),
        (BY_PAYER, {"by": BY_NOBODY, "mac": "cd" * 32}),
        (BY_PAYER, {"by": "wechat:wx1:openid-li"}),
        (BY_PAYER, {"by": "1001"}),
        ("1001", {"by": BY_NOBODY}),
        ("staff:1001", {"by": BY_NOBODY}),
    ],
)
async def test_nothing_else_of_an_entry_ever_changes(stores: Stores, before: str, fields: dict[str, str]) -> None:
    named = replace(entry(), by=before)
    await stores.audit.append(named)
    with pytest.raises(ValueError, match=r"entry|payer"):
        await stores.audit.rename(named, replace(named, **fields))  # type: ignore[arg-type]
    assert await stores.audit.page(HOSPITAL, 0, 10) == [named]
