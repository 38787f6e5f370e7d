"""Two differences that are one thing: linked only when their money cancels out, and only as long as both differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import BadInput
from server.reconciliation.day_model import DayState, DispositionAct, ReconciliationDay
from server.reconciliation.model import Leg, Row
from server.reconciliation.rules.days import undecided
from server.reconciliation.rules.linking import partners
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp
from tests.unit.reconciliation.test_day_work import agreeing, row_of

LINK = DispositionAct.LINK


def test_only_two_whose_money_cancels_out_are_one() -> None:
    assert partners(LINK, {"a": 5, "b": -5}) == {"a": "b", "b": "a"}
    assert partners(DispositionAct.CONFIRM, {"a": 5}) == {}
    for found in ({"a": 5}, {"a": 5, "b": -5, "c": 0}, {"a": 5, "b": 5}, {"a": 0, "b": 0}):
        with pytest.raises(BadInput):
            partners(LINK, found)


async def a_pair(house: ReconciledApp, fen: int) -> tuple[Row, ReconciliationDay]:
    """Another system's payment that the channel has under one number and the HIS under another."""
    payment = await agreeing(house)
    here = row_of(payment, number="KIOSK1", payment_number="KIOSK1", channel_no="4200", amount_fen=fen)
    house.take(here)
    house.book(here._replace(leg=Leg.HIS, number="KIOSK2", payment_number="KIOSK2", channel_no=""))
    await house.next_morning()
    day = await house.day()
    assert [each.id for each in undecided(day)] == ["payment:KIOSK2", "payment:KIOSK1"]
    return here, day


async def link(house: ReconciledApp, day: ReconciliationDay) -> ReconciliationDay:
    await house.days.decisions.decide(
        HOSPITAL, day.id, [each.id for each in undecided(day)], LINK, "staff:1", "窗口换号"
    )
    await house.work()
    return await house.day()


@pytest.mark.asyncio
async def test_a_linked_pair_closes_the_day() -> None:
    house = ReconciledApp()
    _, day = await a_pair(house, 900)
    after = await link(house, day)
    assert (after.state, [each.other for each in after.dispositions]) == (
        DayState.SETTLED, ["payment:KIOSK1", "payment:KIOSK2"],
    )  # fmt: skip


@pytest.mark.asyncio
async def test_the_second_person_agrees_with_both_ends_at_once() -> None:
    house = ReconciledApp()
    _, day = await a_pair(house, 200_000)
    after = await link(house, day)
    assert len(undecided(after)) == 2
    await house.days.decisions.agree(HOSPITAL, day.id, "payment:KIOSK1", "staff:2")
    await house.work()
    assert ((await house.day()).state, undecided(await house.day())) == (DayState.SETTLED, ())


@pytest.mark.asyncio
async def test_when_one_end_explains_itself_the_other_is_open_again() -> None:
    house = ReconciledApp()
    here, day = await a_pair(house, 900)
    await link(house, day)
    assert house.list.rows is not None
    house.list.rows[-1] = replace(house.list.rows[-1], out_trade_no="KIOSK3", transaction_id="")
    house.book(here)
    await house.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await house.work()
    after = await house.day()
    assert (after.state, [each.id for each in undecided(after)]) == (DayState.DIFFERING, ["payment:KIOSK3"])
    house.list.rows[-2] = replace(house.list.rows[-2], out_trade_no="KIOSK2")
    await house.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await house.work()
    assert [each.id for each in undecided(await house.day())] == ["payment:KIOSK2"], (
        "its other end is no difference any more"
    )
