"""Payouts are matched by withdrawal and never by day: what is late, what is short, what waits."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from server.reconciliation.model import Act, Category, Leg, MatchResult, Reason, Row, RowKind, RowState
from server.reconciliation.rules.payouts import with_payouts
from tests.unit.reconciliation.days import BOUNDS, DAY, at

LATER = DAY + timedelta(days=5)


def payout(number: str, amount_fen: int, day: date = DAY) -> Row:
    return Row(Leg.FUND, RowKind.WITHDRAWAL, number, "", amount_fen, RowState.DONE, at(6, day=day))


def arrival(note: str, amount_fen: int, day: date = DAY, number: str = "") -> Row:
    when = at(10, day=day)
    return Row(Leg.BANK, RowKind.WITHDRAWAL, number or note, "", amount_fen, RowState.DONE, when, note=note)


def found(withdrawals: list[Row], arrivals: list[Row], until: date = LATER) -> list[tuple[str, Category, Reason, int]]:
    result = with_payouts(MatchResult(day=DAY), withdrawals, arrivals, until, BOUNDS)
    return [(each.id, each.category, each.reason, each.difference_fen) for each in result.discrepancies]


def test_several_payouts_that_arrive_on_other_days_agree() -> None:
    tomorrow = DAY + timedelta(days=1)
    withdrawals = [payout("WD1", 100), payout("WD2", 100), payout("WD3", 300)]
    arrivals = [arrival("结算 WD3", 300, tomorrow), arrival("WD2", 100, LATER), arrival("WD1", 100), arrival("货款", 7)]
    assert found(withdrawals, arrivals) == []


def test_a_bank_that_tells_no_number_is_matched_by_amount_each_once() -> None:
    assert found([payout("WD1", 100), payout("WD2", 100)], [arrival("结算款", 100, number="B1")]) == [
        ("withdrawal:WD2", Category.BANK_NOT_ARRIVED, Reason.PAYOUT_LATE, -100)
    ]


def test_a_payout_that_is_short_says_by_how_much() -> None:
    assert found([payout("WD1", 100)], [arrival("WD1", 94)]) == [
        ("withdrawal:WD1", Category.BANK_NOT_ARRIVED, Reason.PAYOUT_SHORT, -6)
    ]


def test_money_that_came_before_is_other_money() -> None:
    early = arrival("结算款", 100, DAY - timedelta(days=1))
    assert [one[2] for one in found([payout("WD1", 100)], [early])] == [Reason.PAYOUT_LATE]


@pytest.mark.parametrize("first", ["WD1", "WD2"])
def test_an_arrival_that_names_its_payout_is_not_taken_for_another_of_the_same_amount(first: str) -> None:
    """Finance would look for the payout that has arrived."""
    missing = "WD2" if first == "WD1" else "WD1"
    assert found([payout("WD1", 100), payout("WD2", 100)], [arrival(f"结算 {first}", 100)]) == [
        (f"withdrawal:{missing}", Category.BANK_NOT_ARRIVED, Reason.PAYOUT_LATE, -100)
    ]


@pytest.mark.parametrize("note", ["结算12", "WD21", "0WD22"])
def test_a_number_inside_a_longer_one_is_another_number(note: str) -> None:
    assert found([payout("2", 100), payout("WD2", 100)], [arrival(note, 7, number="B1")]) == [
        ("withdrawal:2", Category.BANK_NOT_ARRIVED, Reason.PAYOUT_LATE, -100),
        ("withdrawal:WD2", Category.BANK_NOT_ARRIVED, Reason.PAYOUT_LATE, -100),
    ]


def test_the_business_s_number_is_as_good_and_letters_may_stand_beside_it() -> None:
    by_business = payout("WD1", 100)._replace(channel_no="7700")
    for note in ("TX7700", "结算7700号"):
        assert found([by_business], [arrival("别的", 100, number="B1"), arrival(note, 94)]) == [
            ("withdrawal:WD1", Category.BANK_NOT_ARRIVED, Reason.PAYOUT_SHORT, -6)
        ]


@pytest.mark.parametrize(("days", "counts"), [(0, False), (2, False), (3, True)])
def test_a_payout_has_some_days_to_arrive(days: int, counts: bool) -> None:
    until = DAY + timedelta(days=days)
    (each,) = with_payouts(MatchResult(day=DAY), [payout("WD1", 100)], [], until, BOUNDS).discrepancies
    assert (each.counts, each.act) == (counts, Act.CHECK_BANK if counts else Act.WAIT)


def test_a_payout_that_waits_says_whose_money_it_is_and_since_when() -> None:
    (each,) = with_payouts(MatchResult(day=DAY), [payout("WD1", 100)], [], DAY, BOUNDS).discrepancies
    assert (each.id, each.category, each.reason) == ("withdrawal:WD1", Category.CROSS_DAY, Reason.PAYOUT_LATE)
    assert (each.rows, each.difference_fen, each.since, each.ours) == ((payout("WD1", 100),), -100, DAY, True)
    short = arrival("WD1", 94)
    (each,) = with_payouts(MatchResult(day=DAY), [payout("WD1", 100)], [short], DAY, BOUNDS).discrepancies
    assert (each.category, each.act, each.rows) == (
        Category.BANK_NOT_ARRIVED,
        Act.CHECK_BANK,
        (payout("WD1", 100), short),
    )


def test_the_older_of_two_arrivals_is_the_older_payout_s() -> None:
    tomorrow = DAY + timedelta(days=1)
    sent = [payout("WD2", 100, tomorrow), payout("WD1", 100)]
    assert found(sent, [arrival("结算款", 100, tomorrow, "B2"), arrival("结算款", 100, DAY, "B1")]) == []
    assert [one[0] for one in found(sent, [arrival("结算款", 100, tomorrow, "B2")])] == ["withdrawal:WD2"]


def test_what_the_bank_adds_stands_in_order_among_the_others() -> None:
    result = with_payouts(MatchResult(day=DAY), [payout(f"WD{n}", 100) for n in (2, 1)], [], LATER, BOUNDS)
    assert [each.id for each in result.discrepancies] == ["withdrawal:WD1", "withdrawal:WD2"]
    more = with_payouts(result, [payout("WD0", 100)], [], DAY, BOUNDS)
    assert [each.id for each in more.discrepancies] == ["withdrawal:WD1", "withdrawal:WD2", "withdrawal:WD0"], (
        "by category, then by number"
    )
