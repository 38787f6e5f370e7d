"""What `run.py audit verify` says of reconciliation days: changed, or with lines that the chain does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.audit.sources import AuditReport, Examination
from server.core.history import AuditableEvent, HistoryEvent
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.day_work import AuditedDays, day_kind
from server.reconciliation.rules import days as rules
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import FakeClock
from tests.support.in_memory_app import InMemoryApp
from tests.unit.reconciliation.day_steps import OPENED
from tests.unit.reconciliation.days import DAY

pytestmark = pytest.mark.asyncio
ONE = timedelta(days=1)


class Days:
    """Answers pages of three of these, the newest first, and notes before which day it was asked."""

    def __init__(self, *days: ReconciliationDay) -> None:
        self.days = sorted(days, key=lambda each: (-each.day.toordinal(), each.channel))
        self.asked: list[date | None] = []

    async def latest(self, hospital: str, limit: int, before: date | None = None) -> Sequence[ReconciliationDay]:
        self.asked.append(before)
        return [each for each in self.days if each.day < (before or date.max)][:3]


class Noted(Examination):
    """Notes which lines it is asked to find, and how often it rests."""

    def __init__(self) -> None:
        self.report = AuditReport(HOSPITAL)
        super().__init__(self.report, InMemoryApp().stores.audit, FakeClock())
        self.held: list[tuple[list[str], int]] = []
        self.rests = 0

    async def all_in(self, events: Sequence[AuditableEvent], audited_lines: int) -> None:
        self.held.append(([event.id for event in events], audited_lines))

    async def rest(self) -> None:
        self.rests += 1


def a_day(back: int, channel: str = "wechat", **fields: object) -> ReconciliationDay:
    day = rules.opened(HOSPITAL, channel, DAY - back * ONE, OPENED, OPENED)
    lines = tuple(HistoryEvent(at=OPENED, what=what) for what in ("fetched", "matched"))
    return replace(day, history=lines, **{"audited_lines": 1, **fields})  # type: ignore[arg-type]


def lines(*days: ReconciliationDay) -> list[tuple[list[str], int]]:
    return [([f"reconciliation/{day.id}/{which}" for which in range(2)], 1) for day in days]


async def test_every_day_is_looked_at_once_also_where_a_page_ends_between_two_channels() -> None:
    days = Days(*(a_day(back, channel) for back in (0, 1, 2) for channel in ("alipay", "wechat")))
    noted = Noted()
    await AuditedDays(days).examine(noted)  # type: ignore[arg-type]
    assert noted.held == lines(*days.days)
    assert (noted.report.problems, noted.rests) == ([], 3)
    assert days.asked == [None, DAY, DAY - ONE, DAY - ONE]


async def test_what_somebody_changed_is_said() -> None:
    noted, changed = Noted(), a_day(0, tampered=True)
    await AuditedDays(Days(changed)).examine(noted)  # type: ignore[arg-type]
    assert noted.report.problems == [f"{changed.id} was changed in the database by somebody without the key"]
    assert noted.held == lines(changed)


async def test_a_day_that_is_not_there_is_said_in_its_own_words() -> None:
    kind = day_kind()
    assert (kind.name, kind.not_found) == ("reconciliation_day", "没有找到这一天的对账。")
