"""ports.PaymentStore: what is put in comes out, one writer wins, claims hold, and what is due is found."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from types import MappingProxyType

import pytest

from server.core.errors import AlreadyStored, ClaimTaken, LostRace
from server.core.history import HistoryEvent
from server.effects.model import EffectKind
from server.payments.model import Payment, bumped, changed
from server.payments.rules.booking import booked
from server.payments.rules.going_back import begin_return
from server.payments.rules.paying import closed, money_arrived, ordered
from server.storage.stores import Stores
from tests.support.builders import (
    HOSPITAL,
    TOKEN,
    a_bill,
    a_booking,
    a_payment,
    a_trade,
    leased,
    paying_for,
    renumbered,
)
from tests.support.clock_and_ids import MORNING

SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.asyncio


def payment(number: int, *bills: str, at: datetime = MORNING, **fields: object) -> Payment:
    """One of many: its own id, its own bill unless bills are given."""
    bill_nos = bills or (f"B{number}",)
    made = renumbered(a_payment(at), f"ZF20261123{number:012}")
    made = paying_for(made, *(a_bill(bill_no) for bill_no in bill_nos))
    return replace(made, **{"claims": tuple(f"bill:{bill}" for bill in bill_nos), **fields})  # type: ignore[arg-type]


async def test_a_whole_life_is_read_back_as_it_was(stores: Stores) -> None:
    store = stores.payments
    steps = [a_payment()]
    await store.insert(steps[0])
    steps.append(ordered(steps[-1], "prepay-1", MORNING + SECOND))
    steps.append(money_arrived(steps[-1], a_trade(steps[-1]), MORNING + 2 * SECOND, at_the_source=False))
    steps.append(leased(steps[-1], EffectKind.BOOK, MORNING + 3 * SECOND))
    steps.append(booked(steps[-1], TOKEN, a_booking(), MORNING + 4 * SECOND))
    steps.append(begin_return(steps[-1], "asked_by_a_person", MORNING + 5 * SECOND))
    for before, after in pairwise(steps):
        assert await store.get(HOSPITAL, before.id) == before
        await store.save(before, after)
    assert await store.get(HOSPITAL, steps[-1].id) == steps[-1]
    assert len(steps[-1].history) >= 5


async def test_types_come_back_too(stores: Stores) -> None:
    """A number that is read back is a plain int, a time is in UTC, a detail can't be changed."""
    await stores.payments.insert(a_payment())
    stored = await stores.payments.get(HOSPITAL, a_payment().id)
    assert stored is not None
    assert {type(stored.version), type(stored.parts[0].request.amount_fen), type(stored.effects[0].tries)} == {int}
    assert stored.created_at.tzinfo is UTC
    assert stored.personal.subject.charges[0].issued_at.tzinfo is UTC
    with pytest.raises(TypeError):
        stored.history[0].detail["a"] = "b"  # type: ignore[index]


async def test_times_are_cut_to_milliseconds_in_utc(stores: Stores) -> None:
    shanghai = timezone(timedelta(hours=8))
    fine = datetime(2026, 11, 23, 9, 30, 1, 123999, tzinfo=shanghai)
    cut = datetime(2026, 11, 23, 1, 30, 1, 123000, tzinfo=UTC)
    await stores.payments.insert(a_payment(fine))
    stored = await stores.payments.get(HOSPITAL, a_payment().id)
    assert stored is not None
    assert (stored.created_at, stored.created_at.isoformat()) == (cut, cut.isoformat())
    assert stored.history[0].at.isoformat() == cut.isoformat()
    assert await stores.payments.by_owner(HOSPITAL, stored.owner, 5, before=(fine, "")) == []
    later = (fine + timedelta(milliseconds=1), "")
    assert await stores.payments.by_owner(HOSPITAL, stored.owner, 5, before=later) == [stored]


async def test_a_time_without_a_zone_is_a_fault(stores: Stores) -> None:
    naive = replace(a_payment(), created_at=datetime(2026, 11, 23))  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="zone"):
        await stores.payments.insert(naive)


async def test_what_the_caller_still_holds_can_t_change_what_is_stored(stores: Stores) -> None:
    detail = {"code": "1"}
    line = HistoryEvent(at=MORNING, what="created", detail=detail)
    await stores.payments.insert(replace(a_payment(), history=(line,)))
    detail["code"] = "2"
    stored = await stores.payments.get(HOSPITAL, a_payment().id)
    assert stored is not None
    assert stored.history[0].detail == MappingProxyType({"code": "1"})


async def test_nothing_of_another_hospital_is_seen(stores: Stores) -> None:
    await stores.payments.insert(payment(1))
    assert await stores.payments.get("other", payment(1).id) is None
    assert await stores.payments.by_claims("other", ["bill:B1"]) == []
    assert await stores.payments.by_owner("other", payment(1).owner, 5) == []
    assert await stores.payments.by_charge("other", "B1", 5) == []
    theirs = replace(payment(1), hospital="other")
    with pytest.raises(LostRace):
        await stores.payments.save(theirs, bumped(theirs))
    with pytest.raises(AlreadyStored):
        await stores.payments.insert(theirs)
    await stores.payments.insert(replace(payment(2, "B1"), hospital="other"))


async def test_the_same_insert_again_is_no_error_but_another_one_is(stores: Stores) -> None:
    """The answer to the first may have been lost; an id is nevertheless given once only."""
    fine = a_payment(MORNING + timedelta(microseconds=7))
    await stores.payments.insert(fine)
    await stores.payments.insert(fine)
    with pytest.raises(AlreadyStored):
        await stores.payments.insert(replace(fine, owner="somebody else"))
    with pytest.raises(AlreadyStored):
        await stores.payments.insert(replace(fine, claims=()))
    await stores.payments.save(fine, bumped(fine))
    with pytest.raises(AlreadyStored):
        await stores.payments.insert(fine)


async def test_a_claim_is_held_once_and_freed_by_the_write_that_lets_go(stores: Stores) -> None:
    store = stores.payments
    first = payment(1, "B1", "B2")
    await store.insert(first)
    with pytest.raises(ClaimTaken):
        await store.insert(payment(2, "B2", "B3"))
    assert await store.get(HOSPITAL, payment(2).id) is None
    await store.insert(payment(3, "B3"))
    assert await store.by_claims(HOSPITAL, ["bill:B1", "bill:B2", "bill:B9"]) == [first]
    assert await store.by_claims(HOSPITAL, ["bill:B2", "bill:B3"]) == [first, payment(3, "B3")]
    assert await store.by_claims(HOSPITAL, []) == []
    await store.save(first, closed(first, "test", MORNING))
    assert await store.by_claims(HOSPITAL, ["bill:B1", "bill:B2"]) == []
    await store.insert(payment(4, "B2"))


async def test_part_of_the_claims_can_be_freed(stores: Stores) -> None:
    first = payment(1, "B1", "B2")
    await stores.payments.insert(first)
    await stores.payments.save(first, bumped(first, claims=("bill:B1",)))
    await stores.payments.insert(payment(2, "B2"))
    with pytest.raises(ClaimTaken):
        await stores.payments.insert(payment(3, "B1"))


async def test_many_payments_may_claim_nothing(stores: Stores) -> None:
    for number in range(3):
        await stores.payments.insert(payment(number, "B1", claims=()))
    assert len(await stores.payments.by_charge(HOSPITAL, "B1", 5)) == 3


async def test_only_the_version_that_was_read_can_be_changed(stores: Stores) -> None:
    first = payment(1)
    await stores.payments.insert(first)
    second = ordered(first, "prepay-1", MORNING)
    await stores.payments.save(first, second)
    with pytest.raises(LostRace):
        await stores.payments.save(first, ordered(first, "prepay-2", MORNING))
    assert await stores.payments.get(HOSPITAL, first.id) == second
    with pytest.raises(LostRace):
        await stores.payments.save(payment(2), bumped(payment(2)))
    assert await stores.payments.get(HOSPITAL, payment(2).id) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"owner": "somebody else"}, "owner"),
        ({"purpose": "another"}, "purpose"),
        ({"personal": paying_for(a_payment(), a_bill("B7")).personal}, "personal"),
        ({"created_at": MORNING + SECOND}, "created_at"),
        ({"claims": ("bill:B1", "bill:B7")}, "claim"),
        ({"history": ()}, "history"),
    ],
)
async def test_a_step_that_no_transition_may_make_is_not_written(
    stores: Stores, wrong: dict[str, object], said: str
) -> None:
    first = payment(1)
    await stores.payments.insert(first)
    with pytest.raises(ValueError, match=said):
        await stores.payments.save(first, bumped(first, **wrong))
    with pytest.raises(ValueError, match="version"):
        await stores.payments.save(first, first)
    assert await stores.payments.get(HOSPITAL, first.id) == first


async def test_one_of_many_inserts_gets_the_claim(stores: Stores) -> None:
    rivals = [payment(number, "B1") for number in range(50)]
    outcomes = await asyncio.gather(*(stores.payments.insert(p) for p in rivals), return_exceptions=True)
    lost = [outcome for outcome in outcomes if outcome is not None]
    assert len(lost) == 49
    assert {type(outcome) for outcome in lost} == {ClaimTaken}
    (winner,) = await stores.payments.by_claims(HOSPITAL, ["bill:B1"])
    assert outcomes[rivals.index(winner)] is None
    assert [await stores.payments.get(HOSPITAL, p.id) for p in rivals if p != winner] == [None] * 49


async def test_one_of_many_saves_from_one_version_wins(stores: Stores) -> None:
    first = payment(1)
    await stores.payments.insert(first)
    rivals = [changed(first, f"step_{number}", at=MORNING) for number in range(20)]
    outcomes = await asyncio.gather(*(stores.payments.save(first, r) for r in rivals), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LostRace"] * 19 + ["NoneType"]
    assert await stores.payments.get(HOSPITAL, first.id) == rivals[outcomes.index(None)]


async def test_no_step_is_lost_among_racing_writers(stores: Stores) -> None:
    """Twelve writers add their line each, reading again after a lost race: every line is there once."""
    await stores.payments.insert(payment(1))

    async def add(name: str) -> None:
        while True:
            before = await stores.payments.get(HOSPITAL, payment(1).id)
            assert before is not None
            try:
                return await stores.payments.save(before, changed(before, name, at=MORNING))
            except LostRace:
                continue

    names = [f"writer_{number}" for number in range(12)]
    await asyncio.gather(*(add(name) for name in names))
    stored = await stores.payments.get(HOSPITAL, payment(1).id)
    assert stored is not None
    assert (stored.version, sorted(line.what for line in stored.history[1:])) == (13, sorted(names))
