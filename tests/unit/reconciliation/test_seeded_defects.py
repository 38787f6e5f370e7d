"""Matching and days are broken in known ways: the checks of this folder must notice each. A check that can't fail proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

import server.reconciliation.rules.comparing as comparing
import server.reconciliation.rules.concluding as concluding
import server.reconciliation.rules.days as day_rules
import server.reconciliation.rules.judging as judging
import server.reconciliation.rules.matching as matching
import server.reconciliation.rules.parts as parts
from server.reconciliation.model import Leg, Row
from tests.unit.reconciliation import test_day_decisions, test_matching
from tests.unit.reconciliation.days import DAY, NUMBER, TRADES, clean_day, put


def every_injection_is_found() -> None:
    for what in TRADES:
        day = clean_day()
        put(day, what, NUMBER)
        assert [(each.category, each.id) for each in day.run().discrepancies] == day.put, what


def other_systems_rows_are_apart() -> None:
    day = clean_day()
    day.drop("payment:KIOSK0002", Leg.HIS)
    (found,) = day.run().discrepancies
    assert not found.ours
    assert day.run((Leg.OURS, Leg.CHANNEL, Leg.FUND)).discrepancies == ()


def carried_rows_come_back() -> None:
    test_matching.test_a_booking_after_midnight_settles_on_the_next_day()
    test_matching.test_what_nobody_tells_of_counts_after_three_days_and_only_once()
    test_matching.test_a_booking_that_was_counted_is_known_when_it_comes_late()


def decisions_survive() -> None:
    asyncio.run(test_day_decisions.test_what_was_decided_survives_every_run())
    asyncio.run(test_day_decisions.test_over_the_limit_a_second_person_must_agree())


CHECKS = (every_injection_is_found, other_systems_rows_are_apart, carried_rows_come_back, decisions_survive)


def fee_ignored() -> Any:
    def without_fee(row: Row) -> Iterator[Row]:
        return real(row._replace(fee_fen=0))

    real = parts.fund_rows
    return patch.object(parts, "fund_rows", without_fee)


def carry_forgotten() -> Any:
    real = matching.conclude
    return patch.object(matching, "conclude", lambda *given: replace(real(*given), carried=()))


def carried_counted_each_day() -> Any:
    real = concluding._carried_over

    def forgets(named: Any, day: Any, bounds: Any, since: Any) -> Any:
        final, carried = real(named, day, bounds, since)
        return final, [replace(each, counted=False, since=DAY + timedelta(days=9)) for each in carried]

    return patch.object(concluding, "_carried_over", forgets)


def prefix_ignored() -> Any:
    real = concluding._judged_trades

    def all_ours(trades: Any, legs: Any, bounds: Any, *rest: Any) -> Any:
        return real(trades, legs, replace(bounds, prefix=""), *rest)

    return patch.object(concluding, "_judged_trades", all_ours)


def doubles_not_seen() -> Any:
    return patch.object(comparing, "Counter", lambda heads: {})


def amounts_not_compared() -> Any:
    real = comparing.agreed_and_odd

    def without_amounts(part: Any, looked_at: Any = ()) -> Any:
        stripped = {
            leg: [line.partition(b"\t")[0] + b"\t0\tdone\x1f" + line.partition(b"\x1f")[2] for line in lines]
            for leg, lines in part.items()
        }
        return real(stripped, looked_at)

    return patch.object(matching, "agreed_and_odd", without_amounts)


def midnight_unknown() -> Any:
    return patch.object(judging, "near_midnight", lambda row, edge: False)


def decision_wiped_by_a_run() -> Any:
    real = day_rules.run_again
    return patch.object(
        day_rules, "run_again", lambda day, by, now: replace(real(day, by, now), dispositions=(), result="")
    )


def second_person_not_asked() -> Any:
    real = day_rules._is_decided
    return patch.object(
        day_rules, "_is_decided", lambda day, each: real(day, each) or day.disposition(each.id) is not None
    )


DEFECTS: tuple[Callable[[], Any], ...] = (
    fee_ignored, carry_forgotten, carried_counted_each_day, prefix_ignored, doubles_not_seen, amounts_not_compared,
    midnight_unknown, decision_wiped_by_a_run, second_person_not_asked,
)  # fmt: skip


def failing() -> list[str]:
    failed = []
    for check in CHECKS:
        try:
            check()
        except Exception:
            failed.append(check.__name__)
    return failed


def test_without_a_defect_every_check_passes() -> None:
    assert failing() == []


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_a_defect_is_noticed(defect: Callable[[], Any]) -> None:
    with ExitStack() as stack:
        stack.enter_context(defect())
        assert failing() != []
