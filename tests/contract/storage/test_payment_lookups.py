"""How payments are found: by owner, time, day, bill and what is due; page by page and bounded."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.effects.model import Effect, EffectKind
from server.infrastructure.sealing import Keyring
from server.payments.model import PageCursor, Payment, bumped
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.paying import closed
from server.storage.mongo import MongoDatabase, connect
from server.storage.stores import Stores
from tests.contract.storage.reached import Reached
from tests.contract.storage.test_payments import SECOND, payment
from tests.support.builders import (
    HOSPITAL,
)
from tests.support.clock_and_ids import MORNING
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio


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


async def test_an_owner_s_payments_of_one_purpose(stores: Stores) -> None:
    mine = [
        replace(payment(number, at=MORNING + number * SECOND), purpose="registration" if number % 2 else "bills")
        for number in range(5)
    ]
    for made in mine:
        await stores.payments.insert(made)
    owner = mine[0].owner
    assert await stores.payments.by_owner(HOSPITAL, owner, 5, purpose="registration") == [mine[3], mine[1]]
    assert await stores.payments.by_owner(HOSPITAL, owner, 1, mine[3].page_cursor, "registration") == [mine[1]]
    assert await stores.payments.by_owner(HOSPITAL, owner, 5, purpose="deposit") == []


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


def crowded_and_empty_days() -> list[Payment]:
    """Some in one instant, a crowd within a minute, an empty week, and one of a year ago."""
    crowd = [payment(number, at=MORNING + (number % 40) * SECOND) for number in range(60)]
    week = [payment(100 + number, at=MORNING - timedelta(days=7, hours=number)) for number in range(30)]
    return [*crowd, *week, payment(200, at=MORNING - timedelta(days=365))]


@pytest.mark.parametrize("size", [1, 7, 20, 89, 200])
async def test_payments_of_crowded_and_of_empty_days_page_by_page(stores: Stores, size: int) -> None:
    made = crowded_and_empty_days()
    for one in made:
        await stores.payments.insert(one)
    newest_first = sorted(made, key=lambda p: p.page_cursor, reverse=True)
    found: list[Payment] = []
    before: PageCursor = (MORNING + timedelta(days=3), "")
    while page := await stores.payments.between(HOSPITAL, MORNING - timedelta(days=10_000), before, size):
        assert len(page) == size or page[-1] == newest_first[-1], "fewer only where there are no more"
        found += page
        before = page[-1].page_cursor
    assert found == newest_first
    of_week = await stores.payments.between(HOSPITAL, MORNING - timedelta(days=8), (MORNING, ""), 200)
    assert list(of_week) == newest_first[60:85]


async def test_the_newest_of_a_long_time_reach_little_more_than_themselves(mongo_uri: str, sealer: Keyring) -> None:
    reached = Reached()
    with closing(connect(mongo_uri, sealer, listeners=[reached])) as database:
        payments = database.stores.payments
        for number in range(400):
            await payments.insert(payment(number, at=MORNING - number * timedelta(minutes=7)))
        reached.forget()
        found = await payments.between(HOSPITAL, MORNING - timedelta(days=30), (MORNING + SECOND, ""), 20)
        assert [one.id for one in found] == [payment(number).id for number in range(20)]
        assert await reached.documents(database) <= 60
        assert len(reached.queries) <= 4


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
    for number in (3, 1, 2):
        due_at = MORNING + number * SECOND
        later = Effect(kind=EffectKind.CLOSE, due_at=due_at + SECOND)
        await store.insert(payment(number, effects=(later, Effect(kind=EffectKind.QUERY, due_at=due_at))))
    await store.insert(payment(4, effects=()))
    assert await store.due(MORNING, 10) == []
    assert await store.due(MORNING + 2 * SECOND, 10) == [(HOSPITAL, payment(1).id), (HOSPITAL, payment(2).id)]
    assert await store.due(MORNING + 60 * SECOND, 1) == [(HOSPITAL, payment(1).id)]
    first = await store.get(HOSPITAL, payment(1).id)
    assert first is not None
    await store.save(first, bumped(first, effects=()))
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


async def test_owing_of_one_hospital_is_its_own_however_many_others_owe_before(stores: Stores) -> None:
    for number in range(6):
        owner = HOSPITAL if number in {2, 5} else "other"
        due = replace(payment(number).effects[0], due_at=MORNING + number * SECOND)
        await stores.payments.insert(replace(payment(number), hospital=owner, effects=(due,)))
    found = await stores.payments.owing(MORNING, MORNING + 60 * SECOND, 2, HOSPITAL)
    assert [one.id for one in found] == [payment(2).id, payment(5).id]
    assert await stores.payments.owing(MORNING, MORNING + 60 * SECOND, 2, "nobody") == []


async def test_owing_of_one_hospital_reads_by_the_index_of_what_is_due(mongo: MongoDatabase) -> None:
    for number in range(6):
        effects = payment(number).effects if number in {2, 5} else ()
        await mongo.stores.payments.insert(replace(payment(number), effects=effects))
    due = {"next_due": {"$gte": MORNING - SECOND, "$lte": MORNING + 60 * SECOND}, "hospital": HOSPITAL}
    asked = {"find": "payments", "filter": due, "sort": {"next_due": 1}, "limit": 100, "hint": "due"}
    told = await mongo.database.command({"explain": asked, "verbosity": "executionStats"})
    assert told["executionStats"]["totalDocsExamined"] == 2


async def test_every_payment_page_by_page(stores: Stores) -> None:
    assert [page async for page in stores.payments.pages()] == []
    made = [payment(number) for number in range(5)]
    for one in reversed(made):
        await stores.payments.insert(one)
    assert await every_payment(stores.payments) == made


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_no_answer_without_a_bound(stores: Stores, limit: int) -> None:
    for ask in (
        stores.payments.by_owner(HOSPITAL, "anybody", limit),
        stores.payments.by_charge(HOSPITAL, "B1", limit),
        stores.payments.between(HOSPITAL, MORNING, (MORNING, ""), limit),
        stores.payments.moved_on(HOSPITAL, MORNING.date(), limit),
        stores.payments.due(MORNING, limit),
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
