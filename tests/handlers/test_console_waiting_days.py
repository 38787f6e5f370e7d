"""A day that waits says for what and since when, and when finance were told; and the calendar marks today on its own month only."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from server.alerts.model import Alert, closed_by_itself, said
from server.core.days import hospital_day
from server.reconciliation.day_model import DayState, LegAnswer, ReconciliationDay
from server.reconciliation.model import Leg
from tests.handlers.conftest import Browser, text_of
from tests.handlers.test_console_reconciliation import finance
from tests.support.builders import HOSPITAL
from tests.support.days_in_store import matched_day
from tests.support.in_memory_app import InMemoryApp
from tests.unit.reconciliation.day_steps import leg
from tests.unit.reconciliation.days import Day

pytestmark = pytest.mark.gen_test


async def a_day(memory_app: InMemoryApp, **fields: object) -> ReconciliationDay:
    day = replace(matched_day(hospital_day(memory_app.clock.now()), Day()), created_at=memory_app.clock.now(), **fields)  # type: ignore[arg-type]
    await memory_app.stores.days.insert(day)
    return day


async def alert(memory_app: InMemoryApp, kind: str, day: ReconciliationDay) -> Alert:
    raised = Alert(hospital=HOSPITAL, id=f"{kind}:{day.id}", kind=kind, text="", at=memory_app.clock.now())
    await memory_app.stores.alerts.raise_alert(raised)
    later = memory_app.clock.now() + timedelta(minutes=5)
    await memory_app.stores.alerts.change(HOSPITAL, raised.id, lambda current: said(current, later))
    return raised


async def test_a_day_that_waits_says_for_what_since_when_and_that_finance_were_told(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    legs = (leg(Leg.CHANNEL, LegAnswer.REFUSED), leg(Leg.FUND), leg(Leg.HIS, LegAnswer.FAILED))
    day = await a_day(memory_app, result="", state=DayState.WAITING, legs=legs)
    await finance(memory_app, desk)
    waits = "11月23日 09:30:00起在等渠道交易账单、医院系统，每10分钟再取一次。"
    assert f"<p>{waits}</p>" in text_of(await desk.get(f"/console/reconciliation/{day.id}"))
    await alert(memory_app, "day_waits", day)
    shown = text_of(await desk.get(f"/console/reconciliation/{day.id}"))
    assert f"<p>{waits}11月23日 09:35:00已告知财务。</p>" in shown


async def test_a_day_that_differs_says_when_finance_were_told_until_it_differs_no_more(
    memory_app: InMemoryApp, desk: Browser
) -> None:
    day = await a_day(memory_app, state=DayState.DIFFERING)
    raised = await alert(memory_app, "day_differs", day)
    await finance(memory_app, desk)
    assert "<p>11月23日 09:35:00已告知财务。</p>" in text_of(await desk.get(f"/console/reconciliation/{day.id}"))
    now = memory_app.clock.now()
    await memory_app.stores.alerts.change(
        HOSPITAL, raised.id, lambda current: closed_by_itself(current, "cause_gone", now)
    )
    shown = text_of(await desk.get(f"/console/reconciliation/{day.id}"))
    assert "已告知财务" not in shown
    assert "起在等" not in shown


async def test_today_is_marked_on_its_own_month_only(memory_app: InMemoryApp, desk: Browser) -> None:
    memory_app.clock.forward(days=7)  # 30 November stands in an empty cell of December
    await finance(memory_app, desk)
    for month, marked in (("2026-11", 1), ("2026-12", 0)):
        page = text_of(await desk.get(f"/console/reconciliation?month={month}"))
        assert len(re.findall('aria-current="date"', page)) == marked, month
