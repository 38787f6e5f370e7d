"""A day is compared without the HIS's list, or not at all: what the HIS took over later is in the list of another day, and settles there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from server.core.days import hospital_day
from server.payments.model import Payment
from server.reconciliation.day_model import DayState, LegAnswer
from server.reconciliation.model import Category, Leg, MatchResult, Reason
from server.reconciliation.rules.result_text import result_from_text
from tests.support.payment_fixtures import paid
from tests.support.reconciled import ReconciledApp, a_booked_payment, row_of

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
