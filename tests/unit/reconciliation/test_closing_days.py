"""The close of a reconciliation day: what it says, what it goes without, and when it corrects another one. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.effects.model import find
from server.reconciliation.day_model import DayClose, DayState, LegAnswer, ReconciliationDay
from server.reconciliation.model import Leg
from server.reconciliation.rules import days as rules
from server.reconciliation.rules.result_text import result_sha256, result_text
from tests.unit.reconciliation.day_steps import (
    AGREES,
    BALANCE,
    CHANNEL,
    CLOSE,
    HIS,
    IN_TEN_MINUTES,
    NOW,
    TOKEN,
    a_result,
    held,
    last_line,
    leg,
    matched,
)


def closed(day: ReconciliationDay, now: datetime = NOW) -> ReconciliationDay:
    return rules.closed(held(day, CLOSE, now), TOKEN, now)


def test_a_day_that_differs_is_not_closed() -> None:
    day = closed(matched(state=DayState.OPEN))
    assert (day.state, day.closes, day.effects) == (DayState.DIFFERING, (), ())


def test_a_close_says_what_it_closes_and_without_what() -> None:
    gone = leg(Leg.FUND, LegAnswer.GIVEN_UP, balance=None)
    day = closed(matched(AGREES, state=DayState.OPEN))
    assert (day.state, find(day.effects, str(CLOSE))) == (DayState.CLOSED, None)
    assert day.closes == (
        DayClose(
            number=1, at=NOW, result_sha256=result_sha256(day.result), matched=AGREES.matched, decided=0, missing=(),
            absent=(Leg.OURS, Leg.BANK, Leg.RECEIPT), balance=BALANCE, corrects=0,
        ),
    )  # fmt: skip
    assert (last_line(day).what, last_line(day).at) == ("day_closed_reconciled", NOW)
    assert dict(last_line(day).detail) == {
        "close": "1", "sha256": result_sha256(day.result), "matched": str(AGREES.matched), "decided": "0",
        "without": "ours bank receipt", "corrects": "0", "opening_fen": "100", "came_fen": "50", "went_fen": "20",
        "fee_fen": "3", "closing_fen": "127",
    }  # fmt: skip
    without = closed(replace(matched(AGREES), legs=(leg(Leg.OURS), CHANNEL, gone, HIS)))
    assert (without.closes[0].missing, without.closes[0].balance) == ((Leg.FUND,), None)
    assert last_line(without).detail["without"] == "fund bank receipt"
    assert "opening_fen" not in last_line(without).detail
    no_fund = closed(replace(matched(AGREES), legs=(leg(Leg.OURS), CHANNEL, HIS)))
    assert no_fund.closes[0].balance is None


def test_a_close_after_another_one_is_a_correction_that_names_it() -> None:
    first = closed(matched(AGREES))
    again = closed(first)
    assert (again.closes, again.history, again.effects) == (first.closes, first.history, ())
    other = a_result("listed twice")
    changed = replace(first, result=result_text(replace(other, discrepancies=())), state=DayState.OPEN)
    second = closed(changed, IN_TEN_MINUTES)
    assert [(each.number, each.corrects, each.at) for each in second.closes] == [(1, 0, NOW), (2, 1, IN_TEN_MINUTES)]
    assert (last_line(second).what, last_line(second).detail["corrects"]) == ("day_corrected", "1")


def test_a_day_that_has_differed_meanwhile_is_closed_again_with_the_same_result() -> None:
    """It was open again: that it is closed after all must stand in the audit chain."""
    day = closed(replace(closed(matched(AGREES)), state=DayState.OPEN))
    assert ([each.corrects for each in day.closes], day.state) == ([0, 1], DayState.CLOSED)
