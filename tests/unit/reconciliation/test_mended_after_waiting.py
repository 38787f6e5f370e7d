"""A refund in the merchant's console near midnight waits three days; the repair that follows ends the difference, and nobody need decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from server.core.days import HOSPITAL_ZONE
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from server.reconciliation.day_model import DayState, ReconciliationDay, day_id
from server.reconciliation.model import Act, Category, Leg, RowKind
from tests.support.builders import HOSPITAL
from tests.support.reconciled import CHANNEL, ReconciledApp, agreeing, row_of
from tests.unit.reconciliation.test_asking_his import told

pytestmark = pytest.mark.asyncio
CONSOLE = "CONSOLE1"


async def counted() -> tuple[ReconciledApp, ReconciliationDay]:
    """34 fen went back in the console ten minutes before midnight, and nobody heard of it; it counts when three days have passed."""
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    late = datetime.combine(days_app.today, time(23, 50), HOSPITAL_ZONE)
    row = row_of(payment, kind=RowKind.REFUND, number=CONSOLE, amount_fen=34, channel_no="5098", fee_fen=0, at=late)
    days_app.take(row)
    channel = days_app.app.channel
    channel.refunds[CONSOLE] = (34, RefundOutcome.SUCCEEDED)
    played = channel.refund_word

    def made(payment_id: str, refund_id: str) -> ChannelRefund:
        answer = played(payment_id, refund_id)
        return replace(answer, finished_at=late) if refund_id == CONSOLE else answer

    channel.refund_word = made  # type: ignore[method-assign]
    await days_app.next_morning()
    assert told(await days_app.day()) == [(Category.CROSS_DAY, Act.WAIT)]
    for _ in range(3):
        await days_app.next_morning()
    return days_app, await days_app.day(days_app.today + timedelta(days=3))


def ours_of(day: ReconciliationDay) -> str:
    leg = day.leg(Leg.OURS)
    assert leg is not None
    return leg.sha256


async def test_what_a_repair_has_recorded_since_it_waited_is_no_difference_any_more() -> None:
    days_app, before = await counted()
    assert told(before) == [(Category.MISSING_HERE, Act.RECORD_REFUND)]
    await days_app.app.work()
    days_app.app.clock.forward(minutes=11)
    await days_app.work()
    day = await days_app.day(before.day)
    assert (day.state, told(day)) == (DayState.CLOSED, [(Category.CROSS_DAY, Act.WAIT)]), "the HIS writes it off later"
    assert ours_of(day) != ours_of(before), "what was recorded since is kept with what the run has read"


async def test_a_run_that_reads_the_same_has_the_same_result() -> None:
    days_app, before = await counted()
    await days_app.app.work()
    days_app.app.clock.forward(minutes=11)
    await days_app.work()
    first = await days_app.day(before.day)
    await days_app.days.decisions.run_again(HOSPITAL, day_id(CHANNEL, before.day), "staff:3001")
    await days_app.work()
    again = await days_app.day(before.day)
    assert (ours_of(again), again.result) == (ours_of(first), first.result)
