"""A day that is corrected later carries other rows: the days after it, which have been compared already, take over what waits for them now."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.day_model import DayState, ReconciliationDay
from server.reconciliation.model import Act, Category, Leg, Row, RowKind, RowState
from server.reconciliation.rules.anew import carried_anew
from server.reconciliation.rules.result_text import result_text
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, agreeing
from tests.unit.reconciliation.day_steps import AGREES, MATCH, NOW, OPENED, a_day, due, held
from tests.unit.reconciliation.test_asking_his import told

WAITS = [(Category.CROSS_DAY, Act.WAIT)]


async def waiting(mornings: int) -> tuple[ReconciledApp, Row]:
    """A window took money ten minutes before midnight, and the HIS's list of that day lacks it."""
    days_app = ReconciledApp()
    await agreeing(days_app)
    late = datetime.combine(days_app.today, time(23, 50), HOSPITAL_ZONE)
    row = Row(Leg.CHANNEL, RowKind.PAYMENT, "KIOSK1", "KIOSK1", 500, RowState.DONE, late, channel_no="99")
    days_app.take(row)
    for _ in range(mornings):
        await days_app.next_morning()
    return days_app, row


async def days_of(days_app: ReconciledApp, count: int) -> list[ReconciliationDay]:
    return [await days_app.day(days_app.today + timedelta(days=number)) for number in range(count)]


@pytest.mark.asyncio
async def test_what_a_corrected_list_explains_waits_on_no_later_day_and_never_counts() -> None:
    days_app, row = await waiting(3)
    assert [told(day) for day in await days_of(days_app, 3)] == [WAITS] * 3
    days_app.book(row)
    await days_app.days.decisions.run_again(HOSPITAL, (await days_app.day()).id, "staff:1")
    await days_app.work()
    assert [(day.state, told(day)) for day in await days_of(days_app, 3)] == [(DayState.CLOSED, [])] * 3
    await days_app.next_morning()
    assert told((await days_of(days_app, 4))[-1]) == []


@pytest.mark.asyncio
async def test_what_a_corrected_list_lacks_waits_for_the_days_after_it() -> None:
    days_app, row = await waiting(0)
    days_app.book(row)
    for _ in range(2):
        await days_app.next_morning()
    assert [told(day) for day in await days_of(days_app, 2)] == [[], []]
    assert days_app.list.rows is not None
    days_app.list.rows.pop()
    await days_app.days.decisions.run_again(HOSPITAL, (await days_app.day()).id, "staff:1")
    await days_app.work()
    assert [told(day) for day in await days_of(days_app, 2)] == [WAITS] * 2


@pytest.mark.asyncio
async def test_a_day_that_is_matched_again_with_the_same_result_leaves_the_next_one_alone() -> None:
    days_app, _ = await waiting(2)
    before = await days_of(days_app, 2)
    await days_app.days.decisions.run_again(HOSPITAL, before[0].id, "staff:1")
    await days_app.work()
    assert (await days_of(days_app, 2))[1] == before[1]


def test_a_run_that_has_begun_with_the_rows_of_before_is_done_anew() -> None:
    first = held(a_day(), MATCH)
    assert due(carried_anew(first, NOW), MATCH) == NOW
    done = a_day(result=result_text(AGREES), effects=())
    assert due(carried_anew(done, NOW), MATCH) == NOW
    fresh = a_day()
    assert carried_anew(fresh, NOW) is fresh, "it is compared when its legs have come"
    assert OPENED < NOW
