"""What a person decides about a difference, step by step: what is refused, what counts, and when the day may close. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotAllowed, NotFound
from server.effects.model import EffectKind, find
from server.reconciliation.day_model import DayState, Disposition, DispositionAct, ReconciliationDay
from server.reconciliation.rules import days as rules
from tests.support.days_in_store import LARGE, MISSING_IN_HIS, ONLY_IN_HIS, matched_day, rows_of
from tests.unit.reconciliation.days import DAY, at

NOW = at(11, day=DAY + timedelta(days=1))
ONE, OTHER, THIRD = (f"payment:{number}" for number in (MISSING_IN_HIS, ONLY_IN_HIS, LARGE))
FEN = {ONE: 1201, OTHER: -999, THIRD: 200_000}


def a_day() -> ReconciliationDay:
    return matched_day(DAY, rows_of(DAY))


def about(key: str, **fields: object) -> Disposition:
    facts: dict[str, object] = {
        "discrepancy": key, "act": DispositionAct.CONFIRM, "by": "staff:1", "at": NOW, "remark": "已核实", "difference_fen": FEN[key],
    }  # fmt: skip
    return Disposition(**{**facts, **fields})  # type: ignore[arg-type]


def decided(day: ReconciliationDay, *made: Disposition) -> ReconciliationDay:
    for each in made:
        day = rules.decided(day, each, NOW)
    return day


def owes_close(day: ReconciliationDay) -> bool:
    return find(day.effects, str(EffectKind.CLOSE_DAY)) is not None


def test_a_decision_stands_in_the_history_and_the_last_one_lets_the_day_close() -> None:
    day = decided(a_day(), about(ONE), about(OTHER))
    assert ([each.id for each in rules.undecided(day)], owes_close(day)) == ([THIRD], False)
    line = day.history[-1]
    assert (line.what, line.by, dict(line.detail)) == (
        "discrepancy_decided", "staff:1", {"discrepancy": OTHER, "act": "confirm"},
    )  # fmt: skip
    day = decided(day, about(THIRD))
    effect = find(day.effects, str(EffectKind.CLOSE_DAY))
    assert effect is not None
    assert (effect.due_at, rules.undecided(day)) == (NOW, ())


@pytest.mark.parametrize(
    ("made", "error", "words"),
    [
        (replace(about(ONE), discrepancy="payment:X"), NotFound, "没有找到这条差异，请刷新后再看。"),
        (about(ONE, difference_fen=1200), NotAllowed, "这条差异的金额已经变化，请刷新后再处理。"),
        (about(ONE, remark="核"), NotAllowed, "请填写原因，2至200字。"),
        (about(ONE, remark=" 核 "), NotAllowed, "请填写原因，2至200字。"),
        (about(ONE, remark="核" * 201), NotAllowed, "请填写原因，2至200字。"),
    ],
)
def test_what_can_not_be_decided_is_refused_in_words(
    made: Disposition, error: type[NotFound | NotAllowed], words: str
) -> None:
    with pytest.raises(error) as refused:
        rules.decided(a_day(), made, NOW)
    assert refused.value.user_message == words


@pytest.mark.parametrize("remark", ["核实", "核" * 200])
def test_a_reason_has_two_to_two_hundred_characters(remark: str) -> None:
    assert rules.decided(a_day(), about(ONE, remark=remark), NOW).dispositions[0].remark == remark


def test_nothing_can_be_decided_before_a_run() -> None:
    with pytest.raises(NotFound):
        rules.decided(replace(a_day(), result=""), about(ONE), NOW)
    assert rules.undecided(replace(a_day(), result="")) == ()


def test_a_decision_about_another_amount_or_without_the_second_person_does_not_count() -> None:
    day = replace(a_day(), dispositions=(about(ONE, difference_fen=1), about(OTHER), about(THIRD, needs_second=True)))
    assert [each.id for each in rules.undecided(day)] == [ONE, THIRD]


# ---- the second person ----------------------------------------------------------------------------------------------------------


def waiting(**fields: object) -> ReconciliationDay:
    return decided(a_day(), about(ONE), about(OTHER), about(THIRD, needs_second=True, **fields))


def test_when_the_second_person_agrees_it_counts() -> None:
    day = waiting()
    assert (owes_close(day), [each.id for each in rules.undecided(day)]) == (False, [THIRD])
    agreed = rules.agreed(day, THIRD, "staff:2", NOW)
    assert (owes_close(agreed), rules.undecided(agreed)) == (True, ())
    assert (len(agreed.dispositions), agreed.dispositions[-1]) == (
        4, about(THIRD, needs_second=True, second_by="staff:2"),
    )  # fmt: skip
    line = agreed.history[-1]
    assert (line.what, line.by, dict(line.detail)) == (
        "discrepancy_agreed", "staff:2", {"discrepancy": THIRD, "act": "confirm"},
    )  # fmt: skip
    assert find(agreed.effects, str(EffectKind.MATCH_DAY)) is None


@pytest.mark.parametrize(
    ("key", "by", "error", "words"),
    [
        ("payment:X", "staff:2", NotFound, "这条差异没有待复核的处理。"),
        (ONE, "staff:2", NotFound, "这条差异没有待复核的处理。"),
        (THIRD, "staff:1", NotAllowed, "请由另一人复核。"),
    ],
    ids=["nothing decided", "it needs nobody", "one's own"],
)
def test_what_can_not_be_agreed_with_is_refused_in_words(
    key: str, by: str, error: type[NotFound | NotAllowed], words: str
) -> None:
    with pytest.raises(error) as refused:
        rules.agreed(waiting(), key, by, NOW)
    assert refused.value.user_message == words


def test_money_that_goes_back_has_the_day_matched_again_in_ten_minutes() -> None:
    agreed = rules.agreed(waiting(sends="ZF1", act=DispositionAct.SEND_BACK), THIRD, "staff:2", NOW)
    again = find(agreed.effects, str(EffectKind.MATCH_DAY))
    assert again is not None
    assert again.due_at == NOW + timedelta(minutes=10)


def test_a_day_that_people_have_decided_is_settled_and_says_how_much_was_decided() -> None:
    day = decided(a_day(), about(ONE), about(OTHER), about(THIRD))
    effect = find(day.effects, str(EffectKind.CLOSE_DAY))
    assert effect is not None
    day = rules.closed(replace(day, effects=(replace(effect, lease="t"),)), "t", NOW)
    assert (day.state, day.closes[0].decided) == (DayState.SETTLED, 3)
