"""Reconciliation as Chromium lays it out and as fingers use it: the month, a day, a decision about two differences."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from server.staff.model import Role
from tests.handlers.test_console_bank import pays_out, statement
from tests.handlers.test_console_in_browser import BEYOND, PALE, SMALL_TARGETS, SMALL_TEXT, a_desk
from tests.support.builders import HOSPITAL
from tests.support.days_in_store import LARGE, MISSING_IN_HIS, ONLY_IN_HIS, a_differing_day
from tests.support.employees import an_employee
from tests.support.screenshots import shot

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIDEWAYS = (
    "() => { const box = document.querySelector('.calendar').parentElement; return box.scrollWidth - box.clientWidth }"
)
"""How far the calendar scrolls sideways, in pixels."""


A4 = 718
"""The width of a sheet of paper between its margins, in pixels."""


async def printed_beyond(page: Page) -> int:
    """By how many pixels the page is wider than paper."""
    await page.set_viewport_size({"width": A4, "height": 1000})
    await page.emulate_media(media="print")
    await expect(page.locator(".chart__still").first).to_be_visible()
    await expect(page.locator(".chart__live").first).to_be_hidden()
    beyond: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    await page.emulate_media(media="screen")
    return beyond


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)], ids=["desk", "phone"])
async def test_two_differences_are_decided_with_a_summary(chromium: Browser, width: int, height: int) -> None:
    async with a_desk(chromium) as desk:
        day_id = await a_differing_day(desk.memory_app)
        finance = await an_employee(desk.memory_app, "3001", Role.FINANCE, name="钱财务")
        await desk.seat(finance)
        page = desk.page
        await page.set_viewport_size({"width": width, "height": height})
        await desk.open("/console/reconciliation")
        await shot(page, f"console-reconciliation-{width}", full_page=True)
        for measure in (SMALL_TEXT, SMALL_TARGETS, BEYOND, PALE):
            assert await page.evaluate(measure) == []
        assert await page.evaluate(SIDEWAYS) <= 0, "a month is seen whole"
        await page.get_by_role("link", name="微信支付 有差异 3条").click()
        await expect(page.get_by_role("img", name="各方收款与退费，数字见下表")).to_be_visible()
        await page.locator(".chart__live path[fill='#06753a']").first.hover()
        await expect(page.locator(".chart__live text", has_text="本系统 收款")).to_be_visible()
        await shot(page, f"console-reconciled-day-{width}", full_page=True)
        for measure in (SMALL_TEXT, SMALL_TARGETS, BEYOND, PALE):
            assert await page.evaluate(measure) == []
        assert await printed_beyond(page) <= 0, "a day fits on paper"
        await page.set_viewport_size({"width": width, "height": height})
        for number in (MISSING_IN_HIS, ONLY_IN_HIS):
            await page.get_by_label(f"选 …{number[-6:]}").check()
        await page.get_by_label("退回责任方更正").check()
        await page.get_by_label("原因（2至200字，不要写姓名）").fill("已请医院系统更正")
        await page.get_by_role("button", name="下一步：核对").click()
        await expect(page.get_by_text("2条")).to_be_visible()
        await shot(page, f"console-decision-{width}", full_page=True)
        proof = finance.proof()
        await page.get_by_label("PIN").fill(proof.pin)
        await page.get_by_label("动态码").fill(proof.totp)
        await page.get_by_role("button", name="确认处理").click()
        await expect(page.get_by_text("已处理。")).to_be_visible()
        await expect(page.get_by_label(f"选 …{LARGE[-6:]}")).to_be_visible()
        await expect(page.get_by_label(f"选 …{MISSING_IN_HIS[-6:]}")).to_have_count(0)
        day = await desk.memory_app.stores.days.get(HOSPITAL, day_id)
        assert day is not None
        assert {each.remark for each in day.dispositions} == {"已请医院系统更正"}
        assert desk.troubles == []


async def test_a_bank_file_is_handed_in_on_a_phone(chromium: Browser) -> None:
    async with a_desk(chromium) as desk:
        await pays_out(desk.memory_app)
        await desk.seat(await an_employee(desk.memory_app, "3001", Role.FINANCE, name="钱财务"))
        page = desk.page
        await page.set_viewport_size({"width": 390, "height": 844})
        await desk.open("/console/reconciliation/bank")
        for measure in (SMALL_TEXT, SMALL_TARGETS, BEYOND, PALE):
            assert await page.evaluate(measure) == []
        file = {"name": "流水.csv", "mimeType": "text/csv", "buffer": statement(desk.memory_app)}
        await page.get_by_label("网上银行下载的文件").set_input_files(file)
        await page.get_by_role("button", name="下一步：核对").click()
        await expect(page.get_by_text("尾号0001")).to_be_visible()
        await shot(page, "console-bank-file-390", full_page=True)
        await page.get_by_role("button", name="记入").click()
        await expect(page.get_by_text("已记入。")).to_be_visible()
        await expect(page.get_by_role("cell", name="已到账")).to_be_attached()
        await shot(page, "console-bank-390", full_page=True)
        await page.set_viewport_size({"width": 1280, "height": 900})
        await shot(page, "console-bank-1280", full_page=True)
        assert desk.troubles == []
