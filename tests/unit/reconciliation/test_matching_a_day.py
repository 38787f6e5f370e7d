"""Which legs of a day are compared, and that a day waits for the day before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.effects.model import EffectKind, find
from server.reconciliation.day_model import DayState
from server.reconciliation.model import Category, Leg
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, agreeing, categories

pytestmark = pytest.mark.asyncio


async def test_a_trade_that_the_account_does_not_show_differs() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.rows[StatementKind.FUND].clear()
    await days_app.next_morning()
    assert set(categories(await days_app.day())) == {Category.SETTLEMENT, Category.FEE}


async def test_no_account_statement_beside_trades_is_none_at_all_and_says_nothing_against_them() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.FUND] = StatementAnswer.NONE_THAT_DAY
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, categories(day)) == (DayState.CLOSED, [])
    assert set(result_from_text(day.result).sums) == {Leg.OURS, Leg.CHANNEL, Leg.HIS}


async def test_where_the_channel_says_that_there_was_nothing_the_account_s_nothing_agrees() -> None:
    days_app = ReconciledApp()
    days_app.statements.answers = dict.fromkeys(StatementKind, StatementAnswer.NONE_THAT_DAY)
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, categories(day)) == (DayState.CLOSED, [])
    assert set(result_from_text(day.result).sums) == {Leg.OURS, Leg.CHANNEL, Leg.FUND, Leg.HIS}


async def test_a_day_that_waits_for_the_day_before_has_not_failed() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    days_app.app.clock.forward(days=1)
    await days_app.open_days.once()
    days_app.statements.answers.clear()
    tomorrow = hospital_day(days_app.app.clock.now()) - timedelta(days=1)
    for _ in range(2):
        await days_app.days.runner.run_due(HOSPITAL, f"wechat-{tomorrow}")
    waits = find((await days_app.day(tomorrow)).effects, str(EffectKind.MATCH_DAY))
    assert waits is not None
    assert waits.last_error == "NotSent reconciliation"
