"""The channel sends a statement anew that was wrong, as it is asked to: a day takes it when a person has it matched again."""

from __future__ import annotations

import pytest

from server.reconciliation.day_model import DayState, DispositionAct, ReconciliationDay
from server.reconciliation.model import Category, Leg
from server.reconciliation.rules.days import differing_of
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, agreeing, categories, file_of

pytestmark = pytest.mark.asyncio
KINDS = {Leg.CHANNEL: StatementKind.TRADE, Leg.FUND: StatementKind.FUND}


async def listed_twice(days_app: ReconciledApp) -> ReconciliationDay:
    await agreeing(days_app)
    trades = days_app.statements.rows[StatementKind.TRADE]
    trades.append(trades[0])
    await days_app.next_morning()
    return await days_app.day()


async def corrected(days_app: ReconciledApp) -> ReconciliationDay:
    days_app.statements.rows[StatementKind.TRADE].pop()
    return await again(days_app)


async def again(days_app: ReconciledApp) -> ReconciliationDay:
    day = await days_app.day()
    await days_app.days.decisions.run_again(HOSPITAL, day.id, "staff:1")
    await days_app.work()
    return await days_app.day()


async def test_a_corrected_statement_closes_the_day_and_the_wrong_one_is_kept() -> None:
    days_app = ReconciledApp()
    before = await listed_twice(days_app)
    assert (before.state, categories(before)) == (DayState.DIFFERING, [Category.DOUBLE])
    after = await corrected(days_app)
    assert (after.state, differing_of(after), len(after.closes)) == (DayState.CLOSED, (), 1)
    files = [day.leg(Leg.CHANNEL) for day in (before, after)]
    assert files[0] != files[1]
    assert [await days_app.files.opened(leg.sha256) for leg in files if leg is not None]


async def test_one_that_comes_after_a_decision_is_a_correction_and_the_decision_stays() -> None:
    days_app = ReconciledApp()
    day = await listed_twice(days_app)
    (found,) = differing_of(day)
    await days_app.decide(day, [found.id], DispositionAct.CONFIRM, "staff:1", "渠道重新出账单")
    await days_app.work()
    settled = await days_app.day()
    assert settled.state is DayState.SETTLED
    after = await corrected(days_app)
    assert (after.state, after.dispositions) == (DayState.CLOSED, settled.dispositions)
    assert [(close.number, close.corrects, close.decided) for close in after.closes] == [(1, 0, 1), (2, 1, 0)]


@pytest.mark.parametrize("leg", list(KINDS))
@pytest.mark.parametrize(
    "answer", [StatementAnswer.NONE_THAT_DAY, StatementAnswer.NOT_YET, StatementAnswer.EMPTY_FILE, "half", "headers"]
)
async def test_what_is_worse_than_what_there_was_changes_nothing(leg: Leg, answer: StatementAnswer | str) -> None:
    days_app = ReconciledApp()
    before = await listed_twice(days_app)
    if isinstance(answer, StatementAnswer):
        days_app.statements.answers[KINDS[leg]] = answer
    else:
        days_app.statements.spoilt[KINDS[leg]] = b"kind,number\nhalf" if answer == "half" else file_of([])
    after = await again(days_app)
    assert (after.leg(leg), after.result, after.state) == (before.leg(leg), before.result, DayState.DIFFERING)


async def test_a_day_that_agrees_asks_for_its_statements_too() -> None:
    """What is wrong in both of them shows on the day after only."""
    days_app = ReconciledApp()
    await agreeing(days_app)
    await days_app.next_morning()
    before = await days_app.day()
    after = await again(days_app)
    assert [days_app.statements.asked.count((days_app.today, kind)) for kind in StatementKind] == [2, 2]
    assert (after.result, after.closes) == (before.result, before.closes)
