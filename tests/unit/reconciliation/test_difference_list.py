"""Differences of several days in one list: what a search finds, in which order, and how each stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.reconciliation.day_model import Disposition, DispositionAct, ReconciliationDay
from server.reconciliation.model import Category, Leg
from server.reconciliation.rules.difference_list import DifferenceSearch, Standing, as_facts, from_facts, listed
from tests.support.days_in_store import LARGE, MISSING_IN_HIS, ONLY_IN_HIS, matched_day, rows_of
from tests.unit.reconciliation.days import at

FIRST, LAST = date(2026, 11, 20), date(2026, 11, 22)
ALL = DifferenceSearch(since=FIRST, until=LAST, standing=None)


def days() -> list[ReconciliationDay]:
    """Three of each channel, each with three differences: of 12.01, of 9.99 and of 2,000 yuan."""
    dates = [FIRST + timedelta(days=number) for number in range(3)]
    return [matched_day(day, rows_of(day), channel) for day in reversed(dates) for channel in ("wechat", "alipay")]


def numbers(search: DifferenceSearch, of: list[ReconciliationDay] | None = None) -> list[str]:
    return [one.found.rows[0].number for one in listed(of or days(), search)]


def test_the_oldest_day_comes_first_and_of_one_day_each_channel() -> None:
    found = listed(days(), ALL)
    assert [(one.day.day, one.day.channel) for one in found[::3]] == [
        (FIRST + timedelta(days=number), channel) for number in range(3) for channel in ("alipay", "wechat")
    ]
    assert len(found) == 18


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({"since": LAST}, 6), ({"until": FIRST}, 6), ({"channel": "wechat"}, 9), ({"channel": "other"}, 0),
        ({"category": Category.MISSING_AT_CHANNEL}, 6), ({"leg": Leg.HIS}, 6), ({"leg": Leg.CHANNEL}, 12),
        ({"least_fen": 1201}, 12), ({"least_fen": 1202}, 6), ({"most_fen": 999}, 6), ({"most_fen": 998}, 0),
        ({"standing": Standing.OPEN}, 18), ({"standing": Standing.DECIDED}, 0),
    ],
)  # fmt: skip
def test_every_filter_counts(changed: dict[str, object], count: int) -> None:
    assert len(numbers(replace(ALL, **changed))) == count  # type: ignore[arg-type]


def test_how_a_difference_stands() -> None:
    (day,) = [each for each in days() if each.day == LAST and each.channel == "wechat"]
    about = {"act": DispositionAct.CONFIRM, "by": "staff:1", "at": at(9), "remark": "核实"}
    decided = Disposition(discrepancy=f"payment:{MISSING_IN_HIS}", difference_fen=1201, **about)  # type: ignore[arg-type]
    waits = Disposition(discrepancy=f"payment:{LARGE}", difference_fen=200_000, needs_second=True, **about)  # type: ignore[arg-type]
    day = replace(day, dispositions=(decided, waits))
    assert numbers(replace(ALL, standing=Standing.DECIDED), [day]) == [MISSING_IN_HIS]
    assert numbers(replace(ALL, standing=Standing.WAITING), [day]) == [LARGE]
    assert numbers(replace(ALL, standing=Standing.OPEN), [day]) == [ONLY_IN_HIS]


def test_a_search_that_is_kept_comes_back_for_as_many_days() -> None:
    search = replace(ALL, channel="wechat", leg=Leg.HIS, category=Category.AMOUNT, least_fen=1, most_fen=2)
    later = timedelta(days=9)
    back = from_facts(as_facts(search), FIRST + later, LAST + later)
    assert back == replace(search, since=FIRST + later, until=LAST + later)
    assert as_facts(search)["days"] == 3
