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
from server.effects.model import Effect, EffectKind
from server.payments.model import PageCursor, Payment, bumped, changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
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
from tests.support.chance import MORNING

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


async def test_an_owner_s_payments_newest_first_page_by_page(stores: Stores) -> None:
    mine = [payment(number, at=MORNING + number * SECOND) for number in range(7)]
    for made in [mine[3], mine[0], *mine[4:], mine[1], mine[2], payment(99, owner="somebody else")]:
        await stores.payments.insert(made)
    page = await stores.payments.by_owner(HOSPITAL, mine[0].owner, 3)
    assert page == [mine[6], mine[5], mine[4]]
    page = await stores.payments.by_owner(HOSPITAL, mine[0].owner, 3, before=page[-1].page_cursor)
    assert page == [mine[3], mine[2], mine[1]]
    assert await stores.payments.by_owner(HOSPITAL, mine[0].owner, 3, before=page[-1].page_cursor) == [mine[0]]
    assert await stores.payments.by_owner(HOSPITAL, "nobody", 3) == []


async def test_payments_that_began_between_two_moments(stores: Stores) -> None:
    made = [payment(number, at=MORNING + number * SECOND) for number in (2, 0, 3, 1)]
    for one in made:
        await stores.payments.insert(one)
    newest_first = [made[2], made[0], made[3], made[1]]
    assert await stores.payments.between(HOSPITAL, MORNING, (MORNING + 4 * SECOND, ""), 9) == newest_first
    assert await stores.payments.between(HOSPITAL, MORNING + SECOND, (MORNING + 3 * SECOND, ""), 9) == newest_first[1:3]
    assert await stores.payments.between(HOSPITAL, MORNING, (MORNING + 4 * SECOND, ""), 1) == [made[2]]
    assert await stores.payments.between("other", MORNING, (MORNING + 4 * SECOND, ""), 9) == []


def refunded(number: int, *finished: datetime | None) -> Payment:
    """With a refund for each of ``finished``; None: still running."""
    refunds = tuple(
        Refund(
            id=f"ZF20261123{number:012}R{at:02}", amount_fen=1, origin=RefundOrigin.STAFF, reason="other", at=MORNING,
            state=RefundState.SUBMITTED if moment is None else RefundState.SUCCEEDED, finished_at=moment,
        )
        for at, moment in enumerate(finished, start=1)
    )  # fmt: skip
    return payment(number, refunds=refunds)


async def test_payments_of_which_money_moved_on_a_day(stores: Stores) -> None:
    """Newest first and in pages; a refund counts on the hospital day on which it was finished, whatever day the payment is of."""
    today, day = MORNING.date(), 24 * 3600 * SECOND
    paid = [payment(number, paid_at=MORNING + number * SECOND) for number in (2, 0, 1)]
    late = payment(4, paid_at=MORNING.replace(hour=17))  # 01:00 of the next day in Shanghai
    back, running = refunded(5, MORNING - day, MORNING + 9 * SECOND), refunded(6, None)
    for one in [*paid, late, back, running, payment(9)]:
        await stores.payments.insert(one)
    wanted = sorted([*paid, back], key=lambda one: one.page_cursor, reverse=True)
    ask = stores.payments.moved_on
    assert await ask(HOSPITAL, today, 9) == wanted
    assert await ask(HOSPITAL, today, 2) == wanted[:2]
    assert await ask(HOSPITAL, today, 9, wanted[1].page_cursor) == wanted[2:]
    assert await ask(HOSPITAL, today + timedelta(days=1), 9) == [late]
    assert await ask(HOSPITAL, today - timedelta(days=1), 9) == [back]
    assert await ask("other", today, 9) == []


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_no_payment_falls_between_two_pages_whatever_began_in_one_instant(stores: Stores, size: int) -> None:
    """Inserted in any order; the moment before and the one after have payments, too."""
    made = [payment(number, at=MORNING + (number // 5) * SECOND) for number in (7, 2, 14, 5, 0, 9, 6, 3, 8, 12)]
    for one in made:
        await stores.payments.insert(one)
    newest_first = sorted(made, key=lambda p: p.page_cursor, reverse=True)
    for since, wanted in ((MORNING, newest_first), (MORNING + SECOND, newest_first[:7])):
        of_day: list[Payment] = []
        before: PageCursor = (MORNING + 60 * SECOND, "")
        while page := await stores.payments.between(HOSPITAL, since, before, size):
            of_day += page
            before = page[-1].page_cursor
        assert of_day == wanted
    mine: list[Payment] = []
    while page := await stores.payments.by_owner(HOSPITAL, made[0].owner, size, mine[-1].page_cursor if mine else None):
        mine += page
    assert mine == newest_first
    assert await stores.payments.between(HOSPITAL, MORNING + SECOND, (MORNING, "ZZ"), size) == []


async def test_payments_of_a_bill_whatever_their_state(stores: Stores) -> None:
    old, new = payment(1, "B1", "B2"), payment(2, "B1", at=MORNING + SECOND)
    await stores.payments.insert(old)
    ended = closed(old, "test", MORNING)
    await stores.payments.save(old, ended)
    await stores.payments.insert(new)
    assert await stores.payments.by_charge(HOSPITAL, "B1", 5) == [new, ended]
    assert await stores.payments.by_charge(HOSPITAL, "B1", 1) == [new]
    assert await stores.payments.by_charge(HOSPITAL, "B2", 5) == [ended]


async def test_what_is_due_is_found_most_overdue_first(stores: Stores) -> None:
    store = stores.payments
    assert await store.next_due() is None
    for number in (3, 1, 2):
        due_at = MORNING + number * SECOND
        later = Effect(kind=EffectKind.CLOSE, due_at=due_at + SECOND)
        await store.insert(payment(number, effects=(later, Effect(kind=EffectKind.QUERY, due_at=due_at))))
    await store.insert(payment(4, effects=()))
    assert await store.due(MORNING, 10) == []
    assert await store.due(MORNING + 2 * SECOND, 10) == [(HOSPITAL, payment(1).id), (HOSPITAL, payment(2).id)]
    assert await store.due(MORNING + 60 * SECOND, 1) == [(HOSPITAL, payment(1).id)]
    assert await store.next_due() == MORNING + SECOND
    first = await store.get(HOSPITAL, payment(1).id)
    assert first is not None
    await store.save(first, bumped(first, effects=()))
    assert await store.next_due() == MORNING + 2 * SECOND
    assert await store.due(MORNING + 60 * SECOND, 10) == [(HOSPITAL, payment(2).id), (HOSPITAL, payment(3).id)]


async def test_owing_is_what_is_due_between_two_moments_the_earliest_first(stores: Stores) -> None:
    for number in range(5):
        one = payment(number)
        due = replace(one.effects[0], due_at=MORNING + (5 - number) * SECOND)
        await stores.payments.insert(replace(one, effects=(due,)))
    await stores.payments.insert(replace(payment(9), effects=()))
    found = await stores.payments.owing(MORNING + 2 * SECOND, MORNING + 4 * SECOND, 10)
    assert [p.id for p in found] == [payment(3).id, payment(2).id, payment(1).id]
    assert [p.id for p in await stores.payments.owing(MORNING, MORNING + 60 * SECOND, 1)] == [payment(4).id]


async def test_every_payment_page_by_page(stores: Stores) -> None:
    made = [payment(number) for number in range(5)]
    for one in reversed(made):
        await stores.payments.insert(one)
    assert await stores.payments.page("", 3) == made[:3]
    assert await stores.payments.page(made[2].id, 3) == made[3:]
    assert await stores.payments.page(made[4].id, 3) == []


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_no_answer_without_a_bound(stores: Stores, limit: int) -> None:
    for ask in (
        stores.payments.by_owner(HOSPITAL, "anybody", limit),
        stores.payments.by_charge(HOSPITAL, "B1", limit),
        stores.payments.between(HOSPITAL, MORNING, (MORNING, ""), limit),
        stores.payments.moved_on(HOSPITAL, MORNING.date(), limit),
        stores.payments.due(MORNING, limit),
        stores.payments.page("", limit),
        stores.unclaimed.latest(HOSPITAL, limit),
        stores.alerts.latest(HOSPITAL, limit),
    ):
        with pytest.raises(ValueError, match="limit"):
            await ask


async def test_own_asks_for_the_owner_too(stores: Stores) -> None:
    mine = payment(1, owner="owner-1")
    await stores.payments.insert(mine)
    assert await stores.payments.own(HOSPITAL, "owner-1", mine.id) == mine
    assert await stores.payments.own(HOSPITAL, "owner-2", mine.id) is None
    assert await stores.payments.own("another", "owner-1", mine.id) is None
