"""The console's pages as Chromium lays them out: large text, strong contrast, room for a click, nothing beyond the screen, scripts that follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from server.payments.sms_choice import sms_to
from server.staff.model import RefundLimits, Role
from tests.handlers.doors import an_app, doors_of
from tests.handlers.page_measures import broken_dates
from tests.handlers.test_console_alerts import raised
from tests.support.builders import HOSPITAL, PHONE, a_bill, a_scan, a_session
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.screenshots import shot

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE: ViewportSize = {"width": 1024, "height": 768}
NARROW: ViewportSize = {"width": 390, "height": 844}
SMALL_TEXT = """() => [...document.querySelectorAll("body *")]
  .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .filter(e => parseFloat(getComputedStyle(e).fontSize) < 17).map(e => e.outerHTML.slice(0, 80))"""
SMALL_TARGETS = """() => [...document.querySelectorAll("button, .button, .input, .choice, .rooms__room")]
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < 39).map(e => e.outerHTML.slice(0, 80))"""
BEYOND = """() => [...document.querySelectorAll("body *")].filter(e => !e.closest(".scroll > *, .unseen, .skip"))
  .filter(e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
OUT_OF_PANEL = """() => [...document.querySelectorAll(".panel input, .panel select, .panel .button")]
  .filter(e => e.offsetParent && !e.closest(".scroll > *, .unseen"))
  .filter(e => e.getBoundingClientRect().right > e.closest(".panel").getBoundingClientRect().right - 2).map(e => e.outerHTML.slice(0, 80))"""
SQUEEZED = """() => { const range = document.createRange();
  const lines = e => { range.selectNodeContents(e); return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size; };
  return [...document.querySelectorAll("main *")]
    .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => e.clientWidth && e.clientWidth < 4 * parseFloat(getComputedStyle(e).fontSize) && lines(e) > 3)
    .map(e => e.outerHTML.slice(0, 80)); }"""
LARGE = """share => { const sheet = new CSSStyleSheet(); sheet.replaceSync(`html { font-size: ${share}% !important }`);
  document.adoptedStyleSheets = [sheet]; }"""
PALE = """() => {
  const parts = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  return [...document.querySelectorAll("body *")]
    .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => { const [a, b] = [light(parts(getComputedStyle(e).color)), light(ground(e))];
      return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5; }).map(e => e.outerHTML.slice(0, 80)); }"""


class Desk:
    """A computer at which one after the other sits down."""

    def __init__(self, memory_app: InMemoryApp, address: str, context: BrowserContext, page: Page) -> None:
        self.memory_app, self.address, self.context, self.page = memory_app, address, context, page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda line: self.troubles.append(line.text) if "Content Security" in line.text else None)

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.address}{path}")

    async def seat(self, employee: Employee) -> None:
        session = await self.memory_app.console.sessions.open(await employee.now())
        await self.context.add_cookies([{"name": "console", "value": session, "url": self.address}])


@asynccontextmanager
async def a_desk(chromium: Browser, **hospital: object) -> AsyncIterator[Desk]:
    """``hospital``: what of the hospital differs from the usual one."""
    socket, port = bind_unused_port()
    address = f"http://localhost:{port}"
    memory_app = an_app(a_bill("B1", 3720, department="医学影像科与放射治疗中心"), public_url=address, **hospital)
    server = HTTPServer(doors_of(memory_app))
    server.add_socket(socket)
    try:
        context = await chromium.new_context(viewport=WIDE, locale="zh-CN")
        yield Desk(memory_app, address, context, await context.new_page())
        await context.close()
    finally:
        server.stop()
        await server.close_all_connections()


async def a_waiting_refund(memory_app: InMemoryApp) -> tuple[str, str, Employee]:
    """(payment, the ticket of a decision on its refund, finance who decides)."""
    begun = await memory_app.payments.start(
        "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
    )
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.work()
    cashier = await an_employee(memory_app, limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
    finance = await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务")
    asked = await memory_app.refund_desk.draft(await cashier.now(), begun.payment_id, 1000, "other", "一句说明")
    _, refund = await memory_app.refund_desk.confirm(await cashier.now(), asked.draft.ticket, cashier.proof(), "chat")
    decision = await memory_app.refund_desk.draft_decision(await finance.now(), refund.id, agree=True)
    await memory_app.work()
    return begun.payment_id, decision.draft.ticket, finance


async def is_readable_and_fits(desk: Desk, path: str) -> None:
    """On a desk and on a phone, in ordinary and in large text."""
    page = desk.page
    await desk.open(f"/console/{path}")
    for measure in (SMALL_TEXT, SMALL_TARGETS, BEYOND, PALE):
        assert (path, await page.evaluate(measure)) == (path, [])
    await page.evaluate(LARGE, 175)
    assert (path, "large", await page.evaluate(BEYOND)) == (path, "large", [])
    await page.set_viewport_size(NARROW)
    await desk.open(f"/console/{path}")
    assert (path, "narrow", await page.evaluate(BEYOND)) == (path, "narrow", [])
    if path != "audit":  # an entry's own words may break at the hyphen of a date
        assert (path, "narrow", await broken_dates(page)) == (path, "narrow", [])
    await page.evaluate(LARGE, 150)
    for measure in (BEYOND, OUT_OF_PANEL, SQUEEZED):
        assert (path, "narrow and large", await page.evaluate(measure)) == (path, "narrow and large", [])
    await page.set_viewport_size(WIDE)


async def test_every_page_is_readable_and_fits(chromium: Browser) -> None:
    async with a_desk(chromium) as desk:
        payment_id, ticket, finance = await a_waiting_refund(desk.memory_app)
        await raised(desk.memory_app, 1, "payment_unreadable", payment_id)
        admin = await an_employee(desk.memory_app, "9001", Role.ADMIN, name="管理甲")
        of_finance = ("payments", "payments/waiting", f"payments/{payment_id}", f"payments/{payment_id}/refund")
        of_finance += (
            f"confirm/{ticket}",
            "money",
            "figures",
            "reconciliation",
            "audit",
            "alerts",
            "alerts?kind=payment_unreadable",
            "manual",
            "login",
            "payments/none",
        )
        of_admin = ("staff", "staff/invite", "staff/employee/1001")
        for employee, paths in ((finance, of_finance), (admin, of_admin)):
            await desk.seat(employee)
            for path in paths:
                await is_readable_and_fits(desk, path)
        await desk.open("/console/staff/employee/1001")
        await shot(desk.page, "console-9-employee", full_page=True)
        assert desk.troubles == []


async def test_the_login_page_goes_on_by_itself_when_the_phone_says_yes(chromium: Browser) -> None:
    async with a_desk(chromium) as desk:
        cashier = await an_employee(desk.memory_app)
        await desk.open("/console/login")
        await desk.page.get_by_text("扫不了？").click()
        ticket = (await desk.page.locator("#address").inner_text()).rpartition("/")[2]
        await desk.memory_app.console.login.answer(await cashier.now(), ticket, agrees=True)
        await expect(desk.page.get_by_label("PIN")).to_be_visible(timeout=30_000)
        assert desk.troubles == []


async def test_a_search_with_conditions_and_its_file(chromium: Browser) -> None:
    async with a_desk(chromium) as desk:
        payment_id, _, finance = await a_waiting_refund(desk.memory_app)
        await desk.seat(finance)
        page = desk.page
        await desk.open("/console/payments")
        await page.get_by_text("更多条件、排序和列").click()
        await page.get_by_label("渠道").first.select_option("wechat")
        await page.get_by_label("金额从（元）").fill("37.20")
        await page.get_by_label("交易单号", exact=True).check()
        await page.get_by_role("button", name="查找").click()
        await expect(page.get_by_text("共 1 笔，已付合计 ¥37.20")).to_be_visible()
        for measure in (SMALL_TEXT, SMALL_TARGETS, BEYOND, PALE):
            assert await page.evaluate(measure) == []
        await shot(page, "console-10-search", full_page=True)
        await page.get_by_label(f"选 …{payment_id[-6:]}").check()
        async with page.expect_download() as begun:
            await page.get_by_role("button", name="导出 CSV").click()
        file = await asyncio.to_thread((await (await begun.value).path()).read_bytes)
        assert file.startswith(b"\xef\xbb\xbf")
        assert payment_id in file.decode("utf-8-sig")
        await page.get_by_label("存为常用查询").fill("微信大额")
        await page.get_by_role("button", name="保存").click()
        await page.get_by_role("button", name="微信大额", exact=True).click()
        await expect(page.get_by_text("共 1 笔")).to_be_visible()
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate(BEYOND) == []
        await shot(page, "console-10-search-narrow", full_page=True)
        assert desk.troubles == []
