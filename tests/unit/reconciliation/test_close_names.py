"""A close names what it goes without: what was waited for in vain, what is not offered, and what the hospital does not have at all."""

from __future__ import annotations

import pytest

from handlers.console.views.days import day_page
from server.reconciliation.day_model import DayState
from server.reconciliation.model import Leg
from server.reconciliation.statements import StatementAnswer, StatementKind
from tests.support.reconciled import ReconciledApp, a_booked_payment, row_of

pytestmark = pytest.mark.asyncio


async def test_legs_that_a_hospital_never_has_stand_in_the_close_and_on_the_page() -> None:
    days_app = ReconciledApp()
    payment = await a_booked_payment(days_app)
    days_app.take(row_of(payment))
    days_app.book(row_of(payment))
    days_app.statements.answers[StatementKind.FUND] = StatementAnswer.NOT_YET
    await days_app.next_morning()
    for _ in range(3):
        days_app.app.clock.forward(hours=3)
        await days_app.work()
    day = await days_app.day()
    (close,) = day.closes
    assert (day.state, close.missing, close.absent) == (DayState.CLOSED, (Leg.FUND,), (Leg.BANK, Leg.RECEIPT))
    (told,) = day_page(day, {}, "ZF", "open", "")["closes"]  # type: ignore[misc]
    assert "不含渠道资金账单、银行到账、电子票据" in told
    (line,) = [line for line in day.history if line.what == "day_closed_reconciled"]
    assert line.detail["without"] == "fund bank receipt", "the sealed line says so, too"
