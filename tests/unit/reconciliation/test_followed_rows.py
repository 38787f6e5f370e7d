"""What a day has counted is followed, so that the other side is known when it comes, and named when it is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.reconciliation.model import Carried, Category, Leg, Reason
from tests.unit.reconciliation.days import DAY, KEY, NUMBER, TOMORROW, Day, at, clean_day, payment, put, refund


def after_days(earlier: tuple[Carried, ...], days: int) -> tuple[Carried, ...]:
    """What is carried into the day that comes ``days`` after `DAY`, when the days between tell of nothing."""
    for later in range(1, days):
        earlier = Day().run(earlier=earlier, day=DAY + timedelta(days=later)).carried
    return earlier


@pytest.mark.parametrize("days", [4, 10, 31])
@pytest.mark.parametrize("what", ["near midnight", "missing in the HIS"])
def test_a_booking_long_after_it_was_counted_settles_and_is_not_the_his_s_alone(what: str, days: int) -> None:
    """The HIS was told again by a repair, or a person had it booked, when the days of waiting were over."""
    day = clean_day()
    put(day, what, NUMBER)
    carried, late = after_days(day.run().carried, days), DAY + timedelta(days=days)
    result = Day([payment(Leg.HIS, NUMBER, 1004, at(9, day=late))]).run(earlier=carried, day=late)
    assert (result.discrepancies, result.carried, result.settled) == ((), (), ((KEY, DAY),))


def test_money_that_leaves_long_after_the_his_wrote_it_off_settles() -> None:
    carried, late = after_days(Day([refund(Leg.HIS, "ZH1", 100)]).run().carried, 9), DAY + timedelta(days=9)
    sent = Day([refund(leg, "ZH1", 100, at(9, day=late)) for leg in (Leg.OURS, Leg.CHANNEL, Leg.FUND)])
    result = sent.run(earlier=carried, day=late)
    assert (result.discrepancies, result.settled) == ((), (("refund:ZH1R01", DAY),))


def test_what_was_counted_is_followed_for_a_month_where_it_is_ours_and_else_as_long_as_it_waits() -> None:
    day = clean_day()
    put(day, "missing in the HIS", NUMBER)
    day.drop("payment:KIOSK0002", Leg.HIS)
    first = day.run().carried
    followed = [[each.key for each in after_days(first, days)] for days in (3, 4, 31, 32)]
    assert followed == [["payment:KIOSK0002", KEY], [KEY], [KEY], []]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([900], [(Category.AMOUNT, Reason.AMOUNT_IN_HIS, 104)]),
        ([1004, 1004], [(Category.DOUBLE, Reason.BOOKED_TWICE, -1004)]),
        ([1000, 4], []),
    ],
    ids=["another amount", "twice", "in two rows"],
)
def test_a_late_booking_that_is_wrong_is_another_difference_than_the_one_that_was_counted(
    rows: list[int], found: list[tuple[Category, Reason, int]]
) -> None:
    day = clean_day()
    put(day, "missing in the HIS", NUMBER)
    late = [payment(Leg.HIS, NUMBER, fen, at(9, day=TOMORROW), note=str(place)) for place, fen in enumerate(rows)]
    second = Day(late).run(earlier=day.run().carried, day=TOMORROW)
    assert [(each.category, each.reason, each.difference_fen) for each in second.discrepancies] == found
    assert second.carried == ()
