"""A day whose day before has no result says so and names the day to begin with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.app.cli_days import _told, reconciled
from server.app.cli_reconcile import NOT_RUN
from server.reconciliation.days_before import first_to_match
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.builders import HOSPITAL
from tests.support.reconciled import CHANNEL, ReconciledApp, agreeing

pytestmark = pytest.mark.asyncio


async def waiting(days_app: ReconciledApp, days: int) -> None:
    """So many days in a row without the channel's statement."""
    days_app.statements.answers[StatementKind.TRADE] = StatementAnswer.NOT_YET
    for number in range(days):
        day = days_app.today + timedelta(days=number)
        days_app.app.clock.forward(days=1)
        await reconciled(days_app.days, HOSPITAL, [CHANNEL], day, days_app.app.clock)
    del days_app.statements.answers[StatementKind.TRADE]


async def test_the_sentence_names_the_oldest_day_without_a_result_and_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    await waiting(days_app, 2)
    last = days_app.today + timedelta(days=2)
    days_app.app.clock.forward(days=1)
    (day,) = await reconciled(days_app.days, HOSPITAL, [CHANNEL], last, days_app.app.clock)
    first = await first_to_match(days_app.days.ledger.documents, day)
    assert first is not None
    assert (day.result, first.day) == ("", days_app.today)
    assert _told(day, first) == NOT_RUN
    said = capsys.readouterr().err
    assert f"{days_app.today} 还没有对完账" in said
    assert f"python run.py reconcile --hospital {HOSPITAL} --day {days_app.today}" in said


async def test_a_day_without_an_open_day_before_waits_for_its_own_statement() -> None:
    days_app = ReconciledApp()
    await waiting(days_app, 1)
    assert await first_to_match(days_app.days.ledger.documents, await days_app.day()) is None


async def test_once_the_first_day_is_matched_nothing_is_waited_for() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    await waiting(days_app, 2)
    await reconciled(days_app.days, HOSPITAL, [CHANNEL], days_app.today, days_app.app.clock)
    second = await days_app.day(days_app.today + timedelta(days=1))
    assert await first_to_match(days_app.days.ledger.documents, second) is None
