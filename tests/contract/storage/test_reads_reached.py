"""What processes ask for again and again reaches little more than it answers, however much a hospital has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from server.alerts.model import CAUSE_GONE, closed_by_itself
from server.effects.model import Effect, EffectKind
from server.infrastructure.sealing import Keyring
from server.payments.model import PageCursor, Payment
from server.payments.unclaimed_model import UnclaimedMoney, UnclaimedState
from server.storage.mongo import MongoDatabase, connect
from server.storage.stores import Stores
from tests.contract.storage.reached import Reached
from tests.contract.storage.test_alerts import alert
from tests.contract.storage.test_payments import SECOND, payment
from tests.contract.storage.test_unclaimed import MONEY
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TODAY = MORNING.date()


class Watched:
    """A database, and what its queries reach."""

    def __init__(self, mongo: MongoDatabase, reached: Reached) -> None:
        self.stores: Stores = mongo.stores
        self.queries = reached.queries
        self.forget = reached.forget
        self._mongo, self._reached = mongo, reached

    async def documents(self) -> int:
        return await self._reached.documents(self._mongo)


@pytest_asyncio.fixture
async def watched(mongo_uri: str, sealer: Keyring) -> AsyncIterator[Watched]:
    reached = Reached()
    mongo = connect(mongo_uri, sealer, listeners=[reached])
    yield Watched(mongo, reached)
    mongo.close()


def moved(number: int, at: datetime) -> Payment:
    return payment(number, at=at, paid_at=MORNING + number * SECOND)


async def all_moved_on(stores: Stores, size: int) -> list[Payment]:
    found: list[Payment] = []
    before: PageCursor | None = None
    while page := await stores.payments.moved_on(HOSPITAL, TODAY, size, before):
        found += page
        before = page[-1].page_cursor
    return found


@pytest.mark.parametrize("size", [1, 4, 7, 100])
async def test_a_day_s_payments_whenever_they_began(stores: Stores, size: int) -> None:
    """Some at once, one long ago, and some that began after the day by the clock of another machine."""
    began = [MORNING, MORNING, MORNING, MORNING - 400 * DAY, MORNING + 3 * DAY, MORNING + 3 * DAY, MORNING + 2 * DAY]
    made = [moved(number, at) for number, at in enumerate(began)]
    for one in made:
        await stores.payments.insert(one)
    assert await all_moved_on(stores, size) == sorted(made, key=lambda one: one.page_cursor, reverse=True)


async def test_a_page_of_a_day_s_payments_reaches_little_more_than_itself(watched: Watched) -> None:
    for number in range(300):
        await watched.stores.payments.insert(moved(number, MORNING + number * MINUTE))
    watched.forget()
    found = await all_moved_on(watched.stores, 20)
    assert len(found) == 300
    assert await watched.documents() <= 4 * 300, "each page reached the rest of the day"


async def test_an_owner_s_payments_of_one_purpose_are_found_among_many_others(stores: Stores) -> None:
    """More than are read at once."""
    mine = [
        replace(payment(number, at=MORNING + number * SECOND), purpose="bills" if number % 60 else "registration")
        for number in range(250)
    ]
    for one in mine:
        await stores.payments.insert(one)
    wanted = [mine[number] for number in (240, 180, 120, 60, 0)]
    assert await stores.payments.by_owner(HOSPITAL, mine[0].owner, 9, purpose="registration") == wanted
    assert (
        await stores.payments.by_owner(HOSPITAL, mine[0].owner, 2, wanted[1].page_cursor, "registration")
        == (wanted[2:4])
    )


async def test_an_owner_s_payments_of_one_purpose_reach_nobody_else_s(watched: Watched) -> None:
    for number in range(60):
        await watched.stores.payments.insert(payment(number, owner="mine" if number < 3 else "somebody else"))
    watched.forget()
    assert len(await watched.stores.payments.by_owner(HOSPITAL, "mine", 5, purpose="bills")) == 3
    assert await watched.documents() <= 2 * 3 + 1, "each is looked at and then read; the record of the schema is one"


async def test_what_is_due_is_read_by_its_index_whatever_is_set_aside(watched: Watched) -> None:
    effect = Effect(kind=EffectKind.QUERY, due_at=MORNING)
    for number in range(60):
        await watched.stores.payments.insert(payment(number, effects=(effect,) if number < 3 else ()))
        await watched.stores.unclaimed.insert(
            replace(MONEY, id=f"wechat:{number}", effects=(effect,) if number < 3 else ())
        )
    watched.forget()
    aside = [payment(0).id, "wechat:0"]
    assert await watched.stores.payments.due(MORNING, 1, aside) == [(HOSPITAL, payment(1).id)]
    assert await watched.stores.unclaimed.due(MORNING, 2, aside) == [(HOSPITAL, "wechat:1"), (HOSPITAL, "wechat:2")]
    assert await watched.documents() <= 6


def money(number: int, **fields: object) -> UnclaimedMoney:
    at = MORNING - number * 60 * MINUTE
    made = replace(MONEY, id=f"wechat:{number:04d}", out_trade_no=f"ZF{number}", at=at)
    return replace(made, **fields)  # type: ignore[arg-type]


async def test_the_newest_alerts_and_the_newest_money_reach_little_more_than_themselves(watched: Watched) -> None:
    """Also where the newest are of a year ago, or of tomorrow."""
    for number in range(300):
        await watched.stores.alerts.raise_alert(alert(number * 60, at=MORNING - number * 60 * MINUTE))
        await watched.stores.unclaimed.insert(money(number))
    await watched.stores.alerts.change(HOSPITAL, alert(0).id, lambda one: closed_by_itself(one, CAUSE_GONE, MORNING))
    watched.forget()
    assert [one.at for one in await watched.stores.alerts.latest(HOSPITAL, 20)] == [money(n).at for n in range(20)]
    assert [one.id for one in await watched.stores.unclaimed.latest(HOSPITAL, 20)] == [money(n).id for n in range(20)]
    assert await watched.documents() <= 2 * 100
    assert len(watched.queries) <= 2 * 6


@pytest.mark.parametrize("ahead", [0, -400, 30_000])
async def test_the_newest_are_found_whenever_they_were(stores: Stores, ahead: int) -> None:
    at = MORNING + timedelta(days=ahead)
    moments = [at, at - MINUTE, at - 3000 * DAY, at - 10_000 * DAY]
    for number, moment in enumerate(moments):
        await stores.alerts.raise_alert(alert(number, at=moment))
        await stores.unclaimed.insert(money(number, at=moment))
    for limit in (1, 3, 4, 9):
        assert [one.at for one in await stores.alerts.latest(HOSPITAL, limit)] == moments[:limit]
        assert [one.at for one in await stores.unclaimed.latest(HOSPITAL, limit)] == moments[:limit]


async def test_the_money_of_an_order_reaches_no_other_order_s(watched: Watched) -> None:
    for number in range(60):
        await watched.stores.unclaimed.insert(money(number))
    await watched.stores.unclaimed.insert(money(99, out_trade_no="ZF7", channel="alipay"))
    watched.forget()
    assert [one.id for one in await watched.stores.unclaimed.of_order(HOSPITAL, "wechat", "ZF7")] == [money(7).id]
    assert await watched.documents() <= 2


async def test_what_people_must_still_look_at_reaches_nothing_that_is_settled(watched: Watched) -> None:
    for number in range(200):
        state = UnclaimedState.SETTLED if number % 50 else UnclaimedState.OPEN
        await watched.stores.unclaimed.insert(money(number, state=state))
    watched.forget()
    found = await watched.stores.unclaimed.unsettled(HOSPITAL, 5)
    assert [one.id for one in found] == [money(number).id for number in (0, 50, 100, 150)]
    assert await watched.documents() <= 4 + 40, "and the newest, for what somebody has changed"


async def test_all_money_is_read_once(watched: Watched) -> None:
    for number in range(300):
        await watched.stores.unclaimed.insert(money(number))
    watched.forget()
    found = [one.id async for page in watched.stores.unclaimed.pages(HOSPITAL) for one in page]
    assert sorted(found) == [money(number).id for number in range(300)]
    assert await watched.documents() <= 300 + 5
