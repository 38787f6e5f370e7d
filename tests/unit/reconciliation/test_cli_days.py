"""`run.py reconcile --hospital H --day D` does at once what a worker would do, and says how it stands by its exit status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.app.cli_days import _told, reconciled
from server.app.cli_reconcile import CLOSED, DIFFERING, NOT_RUN
from server.effects.model import EffectKind, take
from server.reconciliation.day_model import DayState, LegAnswer, ReconciliationDay
from server.reconciliation.model import Leg
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import HOSPITAL
from tests.support.reconciled import CHANNEL, ReconciledApp, agreeing

pytestmark = pytest.mark.asyncio


async def reconcile(days_app: ReconciledApp) -> int:
    days_app.app.clock.forward(days=1)
    (day,) = await reconciled(days_app.days, HOSPITAL, [CHANNEL], days_app.today, days_app.app.clock)
    days_app.app.clock.forward(days=-1)
    return _told(day)


async def test_a_day_is_opened_and_closed_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    assert await reconcile(days_app) == CLOSED
    said = capsys.readouterr().out
    assert "已关账" in said
    assert "已勾兑 1 笔，差异 0 笔" in said
    assert await reconcile(days_app) == CLOSED


async def test_a_day_that_differs_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    assert days_app.list.rows is not None
    days_app.list.rows.clear()
    assert await reconcile(days_app) == DIFFERING
    assert "医院系统没有" in capsys.readouterr().out


async def test_a_day_whose_statement_is_not_there_could_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    assert await reconcile(days_app) == NOT_RUN
    assert "渠道交易账单：还在生成" in capsys.readouterr().out
    assert (await days_app.day()).state is DayState.WAITING


async def test_a_worker_that_is_faster_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    insert, apply = days_app.days.ledger.insert, days_app.days.ledger.apply_effects

    async def polled_at_once(day: ReconciliationDay) -> None:
        await insert(day)
        now, lease = days_app.app.clock.now(), timedelta(seconds=300)
        key = str(EffectKind.FETCH_LEGS)
        await apply(HOSPITAL, day.id, lambda effects: take(effects, key, token="worker", now=now, lease=lease))

    monkeypatch.setattr(days_app.days.ledger, "insert", polled_at_once)
    assert await reconcile(days_app) == CLOSED, "its lease is waited for, and what it left is done"
    assert "已关账" in capsys.readouterr().out


async def test_the_list_of_a_day_that_goes_on_is_not_taken_for_the_day() -> None:
    days_app = ReconciledApp()
    days_app.statements.answers = dict.fromkeys(StatementKind, StatementAnswer.NOT_YET)
    (day,) = await reconciled(days_app.days, HOSPITAL, [CHANNEL], days_app.today, days_app.app.clock)
    assert {leg.leg: leg.answer for leg in day.legs} == dict.fromkeys(
        (Leg.CHANNEL, Leg.FUND, Leg.HIS), LegAnswer.NOT_YET
    )
    await agreeing(days_app)  # later on the same day
    days_app.statements.answers.clear()
    days_app.app.clock.forward(hours=8)  # after the six hours for which legs are waited for, had the day been over
    await days_app.work()
    days_app.app.clock.forward(days=1)
    await days_app.work()
    after = await days_app.day()
    assert (after.state, after.closes[0].matched, after.closes[0].missing) == (DayState.CLOSED, 1, ())
