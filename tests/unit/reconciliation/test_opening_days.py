"""Which days are opened when, and in which order, and the bounds of what registers read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from server.core.errors import AlreadyStored, BadInput
from server.reconciliation.day_model import ReconciliationDay, day_id
from server.reconciliation.day_rounds import EVERY
from tests.support.builders import HOSPITAL
from tests.support.reconciled import CHANNEL, ReconciledApp
from tests.unit.reconciliation.test_reading_books import DAY, Desk

pytestmark = pytest.mark.asyncio


class Days:
    """A hospital that opens its days; the clock stands at 09:30 of ``today``."""

    def __init__(self) -> None:
        self.of = ReconciledApp()
        self.clock, self.today = self.of.app.clock, self.of.today

    async def opened(self) -> list[int]:
        """How many days before today each is, the newest first."""
        await self.of.open_days.once()
        found: list[ReconciliationDay] = list(await self.of.app.stores.days.latest(HOSPITAL, 100))
        return [(self.today - day.day).days for day in found]


async def test_a_hospital_begins_with_the_last_day_whose_statements_may_be_there() -> None:
    days = Days()
    days.clock.forward(minutes=34, seconds=59)
    assert await days.opened() == [2], "at 10:04:59"
    days.clock.forward(1)
    assert await days.opened() == [1, 2], "at 10:05"


async def test_a_day_is_asked_for_from_five_past_ten_of_the_next_one() -> None:
    days = Days()
    days.clock.forward(hours=9)
    await days.opened()
    found = await days.of.app.stores.days.get(HOSPITAL, day_id(CHANNEL, days.today - timedelta(days=1)))
    assert found is not None
    assert (found.channel, found.hospital, found.created_at) == (CHANNEL, HOSPITAL, days.clock.now())
    other = Days()
    other.clock.forward(minutes=20)
    await other.opened()
    early = await other.of.app.stores.days.get(HOSPITAL, day_id(CHANNEL, other.today - timedelta(days=2)))
    assert early is not None
    assert early.next_due == other.clock.now()
    assert timedelta(minutes=5) == EVERY


@pytest.mark.parametrize(("away_days", "opened"), [(1, 1), (2, 2), (13, 13), (14, 1), (15, 1)])
async def test_days_that_were_missed_are_opened_up_to_two_weeks_back(away_days: int, opened: int) -> None:
    """After a longer time away a hospital begins anew."""
    days = Days()
    days.clock.forward(hours=1)
    assert await days.opened() == [1]
    days.clock.forward(days=away_days)
    there = await days.opened()
    newest = 1 - away_days
    assert there == [*range(newest, newest + opened), 1]


async def test_days_are_opened_the_oldest_first_and_it_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "zhenfu.reconciliation")
    days = Days()
    days.clock.forward(hours=1)
    await days.opened()
    caplog.clear()
    days.clock.forward(days=2)
    await days.opened()
    first, second = days.today, days.today + timedelta(days=1)
    told = [f"day opened hospital=demo channel=wechat day={day}" for day in (first, second)]
    assert [line for line in caplog.messages if line.startswith("day opened")] == told


async def test_a_day_that_another_process_has_opened_meanwhile_is_its(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "zhenfu.reconciliation")
    days = Days()
    days.clock.forward(hours=1)

    async def another_was_faster(day: ReconciliationDay) -> None:
        raise AlreadyStored(day.id)

    days.of.app.stores.days.insert = another_was_faster  # type: ignore[method-assign]
    assert await days.opened() == []
    assert not [line for line in caplog.messages if line.startswith("day opened")]


# ---- registers ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (DAY, DAY + timedelta(days=30)),
        (date(2000, 1, 1), date(2000, 1, 1)),
        (date(2199, 12, 31), date(2199, 12, 31)),
    ],
)
async def test_so_many_days_are_read(first: date, last: date) -> None:
    books = await Desk().read(first, last)
    assert (books.first, books.last, books.unlisted) == (first, last, ())


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (DAY, DAY - timedelta(days=1), "日期不正确。"),
        (date(1999, 12, 31), date(2000, 1, 1), "日期不正确。"),
        (date(2199, 12, 31), date(2200, 1, 1), "日期不正确。"),
        (DAY, DAY + timedelta(days=31), "一次最多查31天。"),
    ],
)
async def test_which_days_are_not_read_is_said(first: date, last: date, words: str) -> None:
    with pytest.raises(BadInput) as told:
        await Desk().read(first, last)
    assert told.value.user_message == words


async def test_each_day_is_asked_of_the_his_once() -> None:
    desk = Desk()
    await desk.read(DAY, DAY + timedelta(days=2))
    assert desk.his.named("statement_day") == [DAY + timedelta(days=number) for number in range(3)]
