"""Finance in the chat: a day, its figures, what differs; and nobody else hears of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.core.days import hospital_day
from server.reconciliation.chat.words import DAY, DIFFERENCES, FIGURES, Asked, day_said, heard
from server.reconciliation.day_model import DayState
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import RowKind
from server.staff.model import Role
from tests.support.days_in_store import LARGE, MISSING_IN_HIS, a_differing_day, matched_day, rows_of
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.staff_chat import say
from tests.unit.reconciliation.days import Day

TODAY = date(2026, 11, 23)
YESTERDAY = TODAY - timedelta(days=1)


# ---- words --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("对账", Asked(DAY, YESTERDAY)), ("对 账 昨天", Asked(DAY, YESTERDAY)), ("对账　今日", Asked(DAY, TODAY)),
        ("对账11月2日", Asked(DAY, date(2026, 11, 2))), ("对账 １１－０２。", Asked(DAY, date(2026, 11, 2))),
        ("日报 2026-10-31", Asked(FIGURES, date(2026, 10, 31))), ("日报20261031", Asked(FIGURES, date(2026, 10, 31))),
        ("差异", Asked(DIFFERENCES, YESTERDAY)), ("对账 某天", Asked(DAY, None)), ("对账 2月30日", Asked(DAY, None)),
        ("我要对账", None), ("缴费", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_said(text: str, asked: Asked | None) -> None:
    assert heard(text, TODAY) == asked


@pytest.mark.parametrize(
    ("text", "day"),
    [("12月1日", date(2025, 12, 1)), ("11月23日", TODAY), ("24号", date(2026, 10, 24)), ("23日", TODAY), ("前天", date(2026, 11, 21)),
     ("2026年1月5日", date(2026, 1, 5)), ("31号", date(2026, 10, 31)), ("2026/9/8", date(2026, 9, 8)), ("99号", None)],
)  # fmt: skip
def test_a_day_without_a_year_or_month_is_the_last_one(text: str, day: date | None) -> None:
    assert day_said(text, TODAY) == day


# ---- answers ------------------------------------------------------------------------------------------------------------------------------


async def finance(memory_app: InMemoryApp) -> Employee:
    return await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务")


@pytest.mark.asyncio
async def test_what_differs_on_a_day_that_the_channel_has_closed_before_us_is_told() -> None:
    """As the sandbox's clock does."""
    memory_app = InMemoryApp()
    later = hospital_day(memory_app.clock.now()) + timedelta(days=1)
    await memory_app.stores.days.insert(matched_day(later, rows_of(later)))
    assert "待处理的差异 3 条" in await say(memory_app, await finance(memory_app), "差异")


@pytest.mark.asyncio
async def test_a_day_is_told_by_channel() -> None:
    memory_app = InMemoryApp()
    await a_differing_day(memory_app)
    before = hospital_day(memory_app.clock.now()) - timedelta(days=2)
    await memory_app.stores.days.insert(matched_day(before, Day(), state=DayState.CLOSED))
    employee = await finance(memory_app)
    told = await say(memory_app, employee, "对账")
    assert "11月22日对账" in told
    assert "微信支付：有差异" in told
    assert "3条差异待处理" in told
    assert "/console/reconciliation" in told
    assert "微信支付：已关账" in await say(memory_app, employee, "对账 前天")
    assert "11月1日还没有对账" in await say(memory_app, employee, "对账 11月1日")
    assert "日期看不懂" in await say(memory_app, employee, "对账 什么时候")


@pytest.mark.asyncio
async def test_what_differs_is_listed_without_names() -> None:
    memory_app = InMemoryApp()
    employee = await finance(memory_app)
    assert await say(memory_app, employee, "差异") == "最近14天没有待处理的差异。"
    await a_differing_day(memory_app)
    told = await say(memory_app, employee, "差异")
    assert "待处理的差异 3 条" in told
    assert f"…{MISSING_IN_HIS[-6:]} 医院系统没有 长款12.01元" in told
    assert f"…{LARGE[-6:]} 医院系统没有 长款2,000.00元" in told


@pytest.mark.asyncio
async def test_the_figures_of_a_day_have_every_way_of_payment() -> None:
    memory_app = InMemoryApp()
    employee = await finance(memory_app)
    yesterday = hospital_day(memory_app.clock.now()) - timedelta(days=1)
    row = HisRow(
        kind=RowKind.PAYMENT, way="cash", amount_fen=3000, booked_at=memory_app.clock.now() - timedelta(days=1), his_trade_no="H1"
    )  # fmt: skip
    card = HisRow(kind=RowKind.PAYMENT, way="card", amount_fen=1000, booked_at=row.booked_at, his_trade_no="H2")
    memory_app.his.day_rows = {yesterday: (row, card)}
    told = await say(memory_app, employee, "日报")
    assert "11月22日日报\n收款2笔 40.00元\n退费0笔 0.00元\n净额 40.00元\n现金 30.00元 75%\n银行卡 10.00元 25%" in told
    thirds = [replace(row, way=way, amount_fen=1000) for way in ("cash", "card", "cheque")]
    memory_app.his.day_rows = {yesterday: tuple(thirds)}
    told = await say(memory_app, employee, "日报")
    assert sorted(re.findall(r"(\d+)%", told)) == ["33", "33", "34"], "they add up to the whole"
    memory_app.his.day_rows = None
    assert "医院系统没有提供当日账目" in await say(memory_app, employee, "日报 昨天")


@pytest.mark.asyncio
@pytest.mark.parametrize("who", ["patient", *sorted(set(Role) - {Role.FINANCE})])
async def test_nobody_else_hears_of_it(who: str) -> None:
    memory_app = InMemoryApp()
    await a_differing_day(memory_app)
    sender = "openid-somebody" if who == "patient" else await an_employee(memory_app, role=Role(who))
    for text in ("对账", "日报", "差异"):
        told = await say(memory_app, sender, text)
        assert "有差异" not in told
        assert "收款" not in told
        assert "待处理" not in told


@pytest.mark.asyncio
async def test_help_names_the_words_to_finance_only() -> None:
    memory_app = InMemoryApp()
    employee = await finance(memory_app)
    told = await say(memory_app, employee, "帮助")
    assert "查单" in told
    assert "对账 11月27日" in told
    assert "对账" not in await say(memory_app, await an_employee(memory_app), "帮助")


@pytest.mark.asyncio
async def test_other_words_of_staff_are_answered_as_before() -> None:
    memory_app = InMemoryApp()
    employee = await finance(memory_app)
    assert await say(memory_app, employee, "待办") == "没有待办的退费。"
