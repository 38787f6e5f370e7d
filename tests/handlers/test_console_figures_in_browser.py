"""Registers and figures as Chromium lays them out, on a desk and on a phone, on the screen and on paper."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from server.core.days import hospital_day
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import RowKind
from server.staff.model import Role
from tests.handlers.console import booked
from tests.handlers.test_console_in_browser import BEYOND, PALE, SMALL_TARGETS, Desk, a_desk
from tests.support.employees import an_employee
from tests.support.screenshots import shot

pytestmark = pytest.mark.asyncio(loop_scope="session")
WAYS = ("wechat", "cash", "card", "cash", "alipay")


def a_line(desk: Desk, number: int) -> HisRow:
    return HisRow(
        kind=RowKind.REFUND if number % 9 == 8 else RowKind.PAYMENT, way=WAYS[number % len(WAYS)], amount_fen=1000 + 137 * number,
        booked_at=desk.memory_app.clock.now() - timedelta(minutes=number * 7), his_trade_no=f"HIS{number:06d}", entrance="counter",
        operator=f"C010{number % 3}", shift="上午班", department=("骨科", "儿科", "中医科")[number % 3], doctor="韩模拟",
    )  # fmt: skip


SIDEWAYS = "() => [...document.querySelectorAll('.chart')].filter(one => one.scrollWidth > one.clientWidth).map(one => one.ariaLabel)"
"""The pictures that have to be scrolled sideways."""
WRITTEN = """() => [...document.querySelectorAll('.chart__live')].map(one => ({
  box: one.getBoundingClientRect().toJSON(),
  texts: [...one.querySelectorAll('text')].map(text => ({...text.getBoundingClientRect().toJSON(), says: text.textContent})),
}))"""


def ill_written(charts: list[dict[str, Any]]) -> list[str]:
    """The words in the pictures that are cut, too small, or run into others."""
    found = []
    for chart in charts:
        box, texts = chart["box"], chart["texts"]
        found += [t["says"] for t in texts if t["left"] < box["left"] - 1 or t["right"] > box["right"] + 1]
        found += [t["says"] for t in texts if t["height"] < 12]
        found += [
            f"{one['says']} on {other['says']}"
            for one, other in combinations(texts, 2)
            if one["left"] < other["right"] and other["left"] < one["right"]
            and one["top"] + 2 < other["bottom"] and other["top"] + 2 < one["bottom"]
        ]  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 900), (390, 844), (320, 720)], ids=["desk", "phone", "narrow phone"]
)
async def test_figures_fit_the_screen(chromium: Browser, width: int, height: int) -> None:
    async with a_desk(chromium) as desk:
        await booked(desk.memory_app)
        today = hospital_day(desk.memory_app.clock.now())
        lists = {today - timedelta(days=back): tuple(a_line(desk, n) for n in range(40 - back)) for back in range(20)}
        desk.memory_app.his.day_rows = lists
        await desk.seat(await an_employee(desk.memory_app, "3001", Role.FINANCE, name="钱财务"))
        await desk.page.set_viewport_size({"width": width, "height": height})
        await desk.open("/console/figures")
        await expect(desk.page.get_by_role("img", name="支付方式占比，数字见下表")).to_be_visible()
        await expect(desk.page.locator("table").first).to_contain_text("现金")
        await expect(desk.page.locator(".chart__live text").first).to_be_visible()
        assert await desk.page.evaluate(SIDEWAYS) == []
        assert ill_written(await desk.page.evaluate(WRITTEN)) == []
        assert await desk.page.evaluate(BEYOND) == []
        assert await desk.page.evaluate(SMALL_TARGETS) == []
        assert await desk.page.evaluate(PALE) == []
        await shot(desk.page, f"console-figures-{width}")
        await desk.page.emulate_media(media="print")
        await expect(desk.page.get_by_role("button", name="查看")).to_be_hidden()
        await expect(desk.page.get_by_role("heading", name="收款登记")).to_be_hidden()
        await expect(desk.page.get_by_text("制表")).to_be_visible()
        await expect(desk.page.locator("table").first).to_be_visible()
        await shot(desk.page, f"console-figures-print-{width}")
        assert desk.troubles == []


async def test_a_file_is_saved_with_its_name(chromium: Browser) -> None:
    async with a_desk(chromium) as desk:
        await booked(desk.memory_app)
        await desk.seat(await an_employee(desk.memory_app, "3001", Role.FINANCE, name="钱财务"))
        await desk.open("/console/figures")
        async with desk.page.expect_download() as saved:
            await desk.page.get_by_role("button", name="全部表格导出Excel").click()
        assert (await saved.value).suggested_filename == "month-20261101-20261123.xlsx"
