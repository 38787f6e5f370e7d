"""A reconciliation day's steps by themselves: legs that are waited for, a run's result, what is owed. Pure, each bound on both of its sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.core.errors import LeaseLost
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, find
from server.reconciliation.day_model import DayState, LegAnswer, ReconciliationDay
from server.reconciliation.model import Leg
from server.reconciliation.rules import days as rules
from server.reconciliation.rules.result_text import result_sha256, result_text
from tests.unit.reconciliation.day_steps import (
    AGREES,
    CHANNEL,
    CLOSE,
    DIFFERS,
    FETCH,
    FUND,
    GIVE_UP,
    HIS,
    IN_TEN_MINUTES,
    MATCH,
    NO_FUND,
    NOW,
    OPENED,
    REPORT,
    TOKEN,
    a_day,
    due,
    held,
    last_line,
    leg,
    matched,
)
from tests.unit.reconciliation.days import DAY, KEY, TOMORROW, at

STEPS: list[Callable[[ReconciliationDay, str], ReconciliationDay]] = [
    lambda day, token: rules.fetched(held(day, FETCH), [CHANNEL], token, NOW),
    lambda day, token: rules.matched(held(day, MATCH), AGREES, [], token, NOW),
    lambda day, token: rules.reported(held(day, REPORT), [], token, NOW),
    lambda day, token: rules.closed(held(day, CLOSE), token, NOW),
    lambda day, token: rules.history_audited(held(day, EffectKind.SEAL), 0, token, NOW),
]


@pytest.mark.parametrize("step", STEPS)
def test_who_has_lost_the_lease_changes_nothing(step: Callable[[ReconciliationDay, str], ReconciliationDay]) -> None:
    day = matched(AGREES)
    assert step(day, TOKEN).version == day.version + 1
    with pytest.raises(LeaseLost):
        step(day, "another")


# ---- legs that are waited for ---------------------------------------------------------------------------------------------------


def test_a_day_is_fetched_when_its_statements_may_be_there() -> None:
    day = rules.opened("demo", "wechat", DAY, OPENED, NOW)
    assert (due(day, FETCH), day.version, day.state) == (NOW, 1, DayState.OPEN)
    assert due(rules.opened("demo", "wechat", DAY, NOW, OPENED), FETCH) == NOW, "opened late: at once"


def test_a_leg_that_is_not_there_is_asked_for_again_in_ten_minutes() -> None:
    day = rules.fetched(held(a_day(), FETCH), [NO_FUND, HIS, CHANNEL], TOKEN, NOW)
    assert (day.state, day.history, day.legs) == (DayState.WAITING, (), (CHANNEL, NO_FUND, HIS))
    assert due(day, FETCH) == IN_TEN_MINUTES
    effect = find(day.effects, str(FETCH))
    assert effect is not None
    assert effect.last_error == "waiting for fund"
    assert due(day, MATCH) is None


def test_a_day_that_has_a_result_keeps_its_state_while_it_waits_again() -> None:
    day = rules.fetched(held(matched(state=DayState.SETTLED), FETCH), [NO_FUND], TOKEN, NOW)
    assert day.state is DayState.SETTLED


@pytest.mark.parametrize(
    ("created_at", "end"),
    [(OPENED, GIVE_UP), (at(9), at(6, day=TOMORROW))],
    ids=["six hours after it was opened", "six hours after midnight"],
)
def test_a_leg_is_gone_without_after_six_hours_to_the_second(created_at: datetime, end: datetime) -> None:
    before, at_end = (
        rules.fetched(held(a_day(created_at=created_at), FETCH, now), [CHANNEL, NO_FUND, HIS], TOKEN, now)
        for now in (end - timedelta(seconds=1), end)
    )
    assert (before.state, before.leg(Leg.FUND)) == (DayState.WAITING, NO_FUND)
    given_up = at_end.leg(Leg.FUND)
    assert given_up is not None
    assert (given_up.answer, given_up.detail, given_up.at) == (LegAnswer.GIVEN_UP, "not_yet", NO_FUND.at)
    assert (due(at_end, MATCH), find(at_end.effects, str(FETCH))) == (end, None)
    assert (last_line(at_end).what, last_line(at_end).at) == ("day_fetched", end)
    assert dict(last_line(at_end).detail) == {"channel": "ab" * 8, "fund": "given_up", "his": "ab" * 8}


def test_the_trade_statement_is_waited_for_without_end() -> None:
    late = GIVE_UP + timedelta(days=30)
    day = rules.fetched(held(a_day(), FETCH, late), [leg(Leg.CHANNEL, LegAnswer.EMPTY_FILE), FUND, HIS], TOKEN, late)
    assert (day.state, due(day, MATCH)) == (DayState.WAITING, None)


def test_a_fresh_answer_takes_the_place_of_the_one_before() -> None:
    day = rules.fetched(held(a_day(legs=(CHANNEL, NO_FUND)), FETCH), [FUND, HIS], TOKEN, NOW)
    assert (day.legs, due(day, MATCH)) == ((CHANNEL, FUND, HIS), NOW)


# ---- a run's result -------------------------------------------------------------------------------------------------------------


def test_a_result_is_told_and_closed_and_says_whether_anything_differs() -> None:
    ours = leg(Leg.OURS)
    day = rules.matched(held(a_day(legs=(CHANNEL, HIS)), MATCH), DIFFERS, [ours], TOKEN, NOW)
    assert (day.state, day.result, day.legs) == (DayState.DIFFERING, result_text(DIFFERS), (ours, CHANNEL, HIS))
    assert (due(day, REPORT), due(day, CLOSE), find(day.effects, str(MATCH))) == (NOW, NOW, None)
    assert last_line(day).what == "day_matched"
    assert dict(last_line(day).detail) == {
        "matched": str(DIFFERS.matched), "differing": "1", "sha256": result_sha256(day.result),
    }  # fmt: skip
    agrees = rules.matched(held(a_day(), MATCH), AGREES, [], TOKEN, NOW)
    assert agrees.state is DayState.OPEN


def test_the_same_result_is_told_to_nobody_again() -> None:
    ours = leg(Leg.OURS)
    day = rules.matched(held(matched(state=DayState.SETTLED), MATCH), DIFFERS, [ours], TOKEN, NOW)
    assert (day.effects, day.history, day.state, day.leg(Leg.OURS)) == ((), (), DayState.SETTLED, ours)


def test_what_was_set_going_is_looked_at_again_in_ten_minutes() -> None:
    day = rules.reported(held(matched(), REPORT), [KEY, "payment:X"], TOKEN, NOW)
    assert (due(day, MATCH), find(day.effects, str(REPORT))) == (IN_TEN_MINUTES, None)
    assert (last_line(day).what, dict(last_line(day).detail)) == (rules.REPAIRED, {"count": "2", "first": KEY})
    nothing = rules.reported(held(matched(), REPORT), [], TOKEN, NOW)
    assert (nothing.effects, nothing.history) == ((), ())


@pytest.mark.parametrize(("times", "more"), [(0, True), (2, True), (3, False), (4, False)])
def test_a_day_is_repaired_three_times(times: int, more: bool) -> None:
    repaired = HistoryEvent(at=NOW, what=rules.REPAIRED)
    other = HistoryEvent(at=NOW, what="day_matched")
    assert rules.may_repair(a_day(history=(other, *[repaired] * times, other))) is more


# ---- what is owed ---------------------------------------------------------------------------------------------------------------


def test_a_run_again_is_owed_at_once_and_no_later_than_before() -> None:
    day = replace(matched(), effects=())
    again = rules.run_again(day, "staff:1", NOW)
    assert (due(again, FETCH), last_line(again).by, last_line(again).what) == (NOW, "staff:1", "day_run_again")
    earlier = (Effect(kind=FETCH, due_at=OPENED),)
    assert due(rules.run_again(replace(day, effects=earlier), "staff:1", NOW), FETCH) == OPENED
    later = (Effect(kind=FETCH, due_at=IN_TEN_MINUTES),)
    assert due(rules.run_again(replace(day, effects=later), "staff:1", NOW), FETCH) == NOW
    tried = (Effect(kind=FETCH, due_at=NOW, tries=2),)
    assert rules.run_again(replace(day, effects=tried), "staff:1", NOW).effects[0].tries == 2, "its pace is kept"
    at_work = held(day, FETCH, OPENED).effects
    assert due(rules.run_again(replace(day, effects=at_work), "staff:1", NOW), FETCH) == NOW, (
        "who is at work has read what was there before"
    )


def test_a_bank_s_file_has_a_matched_day_matched_again() -> None:
    day = replace(matched(), effects=())
    told = rules.bank_told(day, "staff:1", NOW)
    assert (due(told, MATCH), last_line(told).what, last_line(told).by) == (NOW, "day_bank_told", "staff:1")
    unmatched = a_day()
    assert rules.bank_told(unmatched, "staff:1", NOW) is unmatched


def test_lines_that_are_in_the_audit_chain_are_not_sealed_again() -> None:
    lines = tuple(HistoryEvent(at=NOW, what="day_matched") for _ in range(3))
    day = held(matched(history=lines, audited_lines=1), EffectKind.SEAL)
    some = rules.history_audited(day, 2, TOKEN, NOW)
    assert (some.audited_lines, due(some, EffectKind.SEAL)) == (2, NOW)
    all_of_them = rules.history_audited(day, 3, TOKEN, NOW)
    assert (all_of_them.audited_lines, all_of_them.effects) == (3, ())
    assert rules.history_audited(replace(day, audited_lines=3), 2, TOKEN, NOW).audited_lines == 3
