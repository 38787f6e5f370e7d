"""A day is compared without the HIS's list, or not at all: what the HIS took over later is in the list of another day, and settles there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from server.core.days import hospital_day
from server.payments.model import Payment, changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.reconciliation.day_model import DayState, LegAnswer
from server.reconciliation.model import Category, Leg, MatchResult, Reason, Row, RowKind
from server.reconciliation.rules.result_text import result_from_text
from tests.support.payment_fixtures import paid
from tests.support.reconciled import ReconciledApp, a_booked_payment, agreeing, row_of

pytestmark = pytest.mark.asyncio


async def without_a_list(days_app: ReconciledApp) -> None:
    """The day closes with what it has."""
    days_app.list.down = True
    await days_app.next_morning()
    for _ in range(3):
        days_app.app.clock.forward(hours=3)
        await days_app.work()
    days_app.list.down = False
    day = await days_app.day()
    his = day.leg(Leg.HIS)
    assert his is not None
    assert (day.state, his.answer) == (DayState.CLOSED, LegAnswer.GIVEN_UP)


async def booked_now(days_app: ReconciledApp, payment: Payment, **as_listed: object) -> date:
    """The day that has it in the HIS's list, and has been compared."""
    await days_app.app.work()
    (line,) = [line for line in (await days_app.app.payment(payment.id)).history if line.what == "booked"]
    days_app.book(row_of(payment, at=line.at, **as_listed))
    await days_app.next_morning()
    return hospital_day(line.at)


async def result(days_app: ReconciledApp, day: date) -> MatchResult:
    return result_from_text((await days_app.day(day)).result)


@pytest.mark.parametrize(
    ("mornings", "as_listed"),
    [(0, {}), (0, {"payment_number": ""}), (4, {})],
    ids=["at once", "by the channel's number", "days later"],
)
async def test_what_the_his_books_when_it_is_back_settles_on_that_day(
    mornings: int, as_listed: dict[str, object]
) -> None:
    days_app = ReconciledApp()
    payment = await paid(days_app.app)
    days_app.take(row_of(payment))
    await without_a_list(days_app)
    for _ in range(mornings):
        await days_app.next_morning()
    found = await result(days_app, await booked_now(days_app, payment, **as_listed))
    assert (found.discrepancies, found.carried, found.matched) == ((), (), 1)
    assert found.settled == ((f"payment:{payment.id}", days_app.today),)
    assert found.sums[Leg.OURS].payments == 0, "it was counted on its own day"


async def test_what_was_paid_before_the_first_day_that_is_compared_settles() -> None:
    days_app = ReconciledApp()
    payment = await paid(days_app.app)
    days_app.app.clock.forward(days=1)
    found = await result(days_app, await booked_now(days_app, payment))
    assert (found.discrepancies, found.settled) == ((), ((f"payment:{payment.id}", days_app.today),))


async def test_what_it_books_with_another_amount_differs_by_that() -> None:
    days_app = ReconciledApp()
    payment = await paid(days_app.app)
    days_app.take(row_of(payment))
    await without_a_list(days_app)
    day = await booked_now(days_app, payment, amount_fen=payment.amount_fen - 100)
    (each,) = (await result(days_app, day)).discrepancies
    assert (each.category, each.reason, each.difference_fen) == (Category.AMOUNT, Reason.AMOUNT_IN_HIS, 100)


async def test_what_the_list_of_its_own_day_has_is_a_second_booking_on_another_day() -> None:
    """The answer to the booking came after midnight; the HIS has it on both days."""
    days_app = ReconciledApp()
    payment = await paid(days_app.app)
    days_app.take(row_of(payment))
    days_app.book(row_of(payment))
    days_app.app.clock.forward(days=1)
    await days_app.open_days.once()
    await days_app.work()
    day = await booked_now(days_app, payment)
    assert (await result(days_app, days_app.today)).discrepancies == ()
    (each,) = (await result(days_app, day)).discrepancies
    assert (each.category, each.reason) == (Category.MISSING_AT_CHANNEL, Reason.ONLY_IN_HIS)


async def test_what_was_booked_on_its_own_day_is_not_looked_for_on_the_next() -> None:
    days_app = ReconciledApp()
    days_app.take(row_of(await a_booked_payment(days_app)))
    await without_a_list(days_app)
    await days_app.next_morning()
    found = await result(days_app, days_app.today + timedelta(days=1))
    assert (found.discrepancies, found.settled, found.carried) == ((), (), ())


async def a_refund_sent_after(days_app: ReconciledApp, payment: Payment, **hours: float) -> Row:
    """The HIS wrote it off on the day without a list, and the channel gets it as many hours later. Returns the channel's row."""
    known, number = await days_app.app.payment(payment.id), f"{payment.id}R01"
    written_off, sent = days_app.app.clock.now(), days_app.app.clock.now() + timedelta(**hours)
    refund = Refund(
        id=number, amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED, at=written_off,
        finished_at=sent, his_settled_at=written_off,
    )  # fmt: skip
    released = changed(known, "refund_released", at=written_off, detail={"refund": number}, refunds=(refund,))
    await days_app.app.payment_store.save(
        known, changed(released, "refund_submitted", at=sent, detail={"refund": number}, refunds=(refund,))
    )
    row = row_of(payment, kind=RowKind.REFUND, number=number, amount_fen=34, channel_no="5002", fee_fen=0, at=sent)
    days_app.take(row)
    return row


async def test_a_refund_that_the_his_wrote_off_on_a_day_without_a_list_agrees_when_it_is_sent() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    await a_refund_sent_after(days_app, payment, days=1)
    await without_a_list(days_app)
    await days_app.next_morning()
    found = await result(days_app, days_app.today + timedelta(days=1))
    assert (found.discrepancies, found.carried, found.matched) == ((), (), 1)


async def test_it_is_compared_with_the_list_of_the_day_on_which_it_is_sent_where_that_has_it() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    row = await a_refund_sent_after(days_app, payment, days=1)
    days_app.book(row._replace(amount_fen=row.amount_fen - 1))
    await without_a_list(days_app)
    await days_app.next_morning()
    (each,) = (await result(days_app, days_app.today + timedelta(days=1))).discrepancies
    assert (each.category, each.reason) == (Category.AMOUNT, Reason.AMOUNT_IN_HIS)


async def test_a_refund_that_the_his_wrote_off_on_a_day_with_a_list_must_be_in_it() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    await a_refund_sent_after(days_app, payment, days=1)
    for _ in range(5):
        await days_app.next_morning()
    waited = [(await result(days_app, days_app.today + timedelta(days=days))).discrepancies for days in range(1, 5)]
    assert [(each.category, each.reason) for found in waited for each in found] == [
        *[(Category.CROSS_DAY, Reason.NEAR_MIDNIGHT)] * 3,
        (Category.MISSING_IN_HIS, Reason.NOT_WRITTEN_OFF),
    ]


async def test_a_refund_that_only_the_channel_tells_of_is_found_however_old_its_payment_is() -> None:
    days_app = ReconciledApp()
    payment = await agreeing(days_app)
    days_app.app.clock.forward(days=20)
    days_app.today = hospital_day(days_app.app.clock.now())
    await a_refund_sent_after(days_app, payment, hours=0)
    await without_a_list(days_app)
    found = await result(days_app, days_app.today)
    assert (found.discrepancies, found.sums[Leg.OURS].refunds) == ((), 1)
