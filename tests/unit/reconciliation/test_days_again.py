"""A day is compared anew when our books say something else by now of what differs on it, however late; else it rests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.core.errors import NotSent, OutsideRefusal
from server.effects.model import EffectKind, find
from server.effects.recurring import PIECE, Piece
from server.reconciliation.day_model import DayState, DispositionAct, ReconciliationDay, day_id
from server.reconciliation.model import Act, Category, Leg, Row, RowKind, RowState
from server.reconciliation.rules.anew import compared_anew, rests
from server.reconciliation.rules.our_rows import our_rows, says_otherwise
from server.reconciliation.rules.result_text import result_from_text
from tests.support.builders import HOSPITAL, a_booking
from tests.support.payment_fixtures import waiting
from tests.support.reconciled import CHANNEL, ReconciledApp, a_booked_payment, differing, row_of
from tests.unit.reconciliation.day_steps import NOW, a_day
from tests.unit.reconciliation.test_asking_his import found, lacking, told
from tests.unit.reconciliation.test_repairs import a_difference

pytestmark = pytest.mark.asyncio


async def owes_match(days_app: ReconciledApp) -> bool:
    await days_app.days_again.once()
    return find((await days_app.day()).effects, str(EffectKind.MATCH_DAY)) is not None


async def settled_while_the_his_was_down(days_app: ReconciledApp) -> None:
    """The HIS has lost a booking and answers nobody for an hour; finance decides meanwhile, and the day is closed."""
    await lacking(days_app)
    days_app.app.his.booked.clear()
    await days_app.next_morning()
    for _ in range(6):
        days_app.app.his.will("check", NotSent("his", "down"))
        await days_app.app.work()
        days_app.app.clock.forward(minutes=11)
        await days_app.work()
    day = await days_app.day()
    assert told(day) == [(Category.MISSING_IN_HIS, Act.ASK_HIS)]
    ids = [each.id for each in found(day)]
    await days_app.decide(day, ids, DispositionAct.WRITE_OFF, "staff:3001", "医院系统一直没有回答")
    await days_app.work()
    assert (await days_app.day()).state is DayState.SETTLED


async def test_a_settled_day_is_corrected_when_the_his_takes_the_booking_over_later() -> None:
    days_app = ReconciledApp()
    await settled_while_the_his_was_down(days_app)
    assert not await owes_match(days_app), "the HIS has not answered yet"
    days_app.app.clock.forward(minutes=11)
    await days_app.app.work()
    assert await owes_match(days_app)
    await days_app.work()
    day = await days_app.day()
    assert (day.state, told(day)) == (DayState.CLOSED, [(Category.CROSS_DAY, Act.WAIT)])
    assert [(close.decided, close.corrects) for close in day.closes] == [(1, 0), (0, 1)]
    assert len(day.dispositions) == 1, "what finance decided is kept"
    assert not await owes_match(days_app), "nothing is new any more"


async def test_a_day_is_compared_anew_when_an_earlier_call_lands_days_after() -> None:
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    days_app.app.his.will("confirm", OutsideRefusal("his", "BILL_CHANGED"))
    await days_app.next_morning()
    await days_app.app.work()
    assert await owes_match(days_app), "the HIS refuses it: that is another question"
    await days_app.work()
    days_app.app.clock.forward(days=2)
    days_app.app.his.booked[payment.id] = a_booking("HIS-2")
    await days_app.app.work()
    assert await owes_match(days_app)
    await days_app.work()
    assert (await days_app.day()).state is DayState.CLOSED


async def test_the_day_on_which_the_his_took_it_over_agrees_with_it() -> None:
    """Both days are closed, whichever was compared first."""
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    days_app.app.his.will("check", *[NotSent("his", "down")] * 9)
    await days_app.next_morning()
    days_app.book(row_of(payment, at=days_app.app.clock.now() + timedelta(hours=2)))
    next_day = days_app.today + timedelta(days=1)
    for _ in range(12):
        days_app.app.clock.forward(minutes=11)
        await days_app.app.work()
        await days_app.work()
    assert found(await days_app.day())[0].category is Category.MISSING_IN_HIS
    await days_app.next_morning()
    assert await owes_match(days_app)
    await days_app.work()
    assert [(await days_app.day(day)).state for day in (days_app.today, next_day)] == [DayState.CLOSED] * 2
    assert [line for line, _ in result_from_text((await days_app.day(next_day)).result).settled] == [
        f"payment:{payment.id}"
    ]


async def test_an_order_is_looked_at_that_only_the_statement_had() -> None:
    days_app = ReconciledApp()
    payment = await waiting(days_app.app)
    row = Row(
        Leg.CHANNEL, RowKind.PAYMENT, payment.id, payment.id, payment.amount_fen, RowState.DONE, payment.created_at
    )
    missing = a_difference(row)
    assert not says_otherwise(payment, "wechat", missing)
    paid = await a_booked_payment(days_app)
    theirs = row_of(paid)
    assert says_otherwise(paid, "wechat", a_difference(theirs))
    assert not says_otherwise(paid, "alipay", a_difference(theirs))
    other = theirs._replace(number="OTHER")
    assert not says_otherwise(paid, "wechat", a_difference(other))
    assert not says_otherwise(paid, "wechat", replace(a_difference(theirs), category=Category.DOUBLE)), (
        "it has been here all along"
    )


async def test_where_a_refund_is_sought_is_the_affair_of_the_run() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    (ours,) = our_rows(payment, "wechat", days_app.today)
    assert not says_otherwise(payment, "wechat", a_difference(ours))
    assert says_otherwise(payment, "wechat", a_difference(ours._replace(expected_in=frozenset({Leg.CHANNEL}))))
    assert says_otherwise(payment, "wechat", a_difference(ours._replace(amount_fen=1)))
    assert not says_otherwise(payment, "wechat", a_difference(ours._replace(payment_number="ANOTHER", amount_fen=1)))


async def test_a_difference_of_somebody_else_is_left_alone() -> None:
    days_app = ReconciledApp()
    await differing(days_app)
    assert not await owes_match(days_app)


@pytest.mark.parametrize(("days", "looked_at"), [(13, True), (14, False)])
async def test_days_of_two_weeks_are_looked_at(days: int, looked_at: bool) -> None:
    """The day was settled on the morning after it, so that it is one day older."""
    days_app = ReconciledApp()
    await settled_while_the_his_was_down(days_app)
    days_app.app.clock.forward(days=days)
    await days_app.app.work()
    assert await owes_match(days_app) is looked_at


async def test_a_long_look_goes_on_after_the_last_day_that_it_has_done() -> None:
    days_app = ReconciledApp()
    await settled_while_the_his_was_down(days_app)
    await days_app.next_morning()
    await days_app.app.work()
    settled, newer = (day_id(CHANNEL, days_app.today + timedelta(days=after)) for after in (0, 1))
    await days_app.days.again.piece(HOSPITAL, settled)
    assert rests(await days_app.day()), "it was done before"
    await days_app.days.again.piece(HOSPITAL, newer)
    assert not rests(await days_app.day())


async def test_a_look_that_takes_too_long_says_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    days_app = ReconciledApp()
    await settled_while_the_his_was_down(days_app)
    await days_app.next_morning()
    store, clock = days_app.app.stores.days, days_app.app.clock
    latest = store.latest

    async def slow(hospital: str, limit: int, since: date) -> Sequence[ReconciliationDay]:
        days = await latest(hospital, limit, since=since)
        clock.forward(PIECE.total_seconds())
        return days

    newer = day_id(CHANNEL, days_app.today + timedelta(days=1))
    monkeypatch.setattr(store, "latest", slow)
    assert await days_app.days.again.piece(HOSPITAL, newer) == Piece(newer, more=True)
    assert await days_app.days.again.piece(HOSPITAL, day_id(CHANNEL, days_app.today)) == Piece(), "nothing was left"


async def test_a_day_that_was_never_compared_is_not_compared_again() -> None:
    day = a_day()
    assert not rests(replace(day, effects=()))
    assert compared_anew(day, NOW) is day
