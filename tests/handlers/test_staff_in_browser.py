"""The pages of staff on a small phone, with scripts and without: PIN and authenticator are set up, a refund of one item is confirmed."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from server.payments.refund_model import RefundState
from server.staff.model import Role
from tests.handlers.doors import WECHAT, an_app, doors_of
from tests.handlers.page_measures import scale_text
from tests.support.builders import HOSPITAL, a_bill, a_session, an_identity
from tests.support.employees import LIMITS, PIN, Employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.support.screenshots import shot

pytestmark = pytest.mark.asyncio(loop_scope="session")
BEYOND = """() => [...document.querySelectorAll("body *")].filter(e => !e.closest(".unseen"))
  .filter(e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
SMALL_TEXT = """() => [...document.querySelectorAll("body *")]
  .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .filter(e => parseFloat(getComputedStyle(e).fontSize) < 17).map(e => e.outerHTML.slice(0, 80))"""


async def fits(page: Page, name: str) -> None:
    assert await page.evaluate(BEYOND) == []
    assert await page.evaluate(SMALL_TEXT) == []
    await shot(page, f"staff-{name}", full_page=True)
    await scale_text(page, 1.5)
    assert await page.evaluate(BEYOND) == [], "large"
    await page.evaluate("document.adoptedStyleSheets = []")


async def set_up(memory_app: InMemoryApp, page: Page, address: str) -> Employee:
    await page.goto(f"{address}/h/demo/staff/setup")
    link = await page.get_by_role("link", name="在本机的验证器里添加").get_attribute("href")
    secret = re.search(r"secret=([A-Z2-7]{32})", link or "")
    assert secret
    employee = Employee(memory_app, "3001", secret[1])
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.get_by_label("再输一次PIN").fill("280518")
    await page.get_by_label("动态码", exact=True).fill(pyotp.TOTP(secret[1]).at(memory_app.clock.now()))
    await page.get_by_role("button", name="完成设置").click()
    await expect(page.get_by_role("alert")).to_have_text("两次输入的PIN不一致。")
    await fits(page, "1-setup")
    await page.get_by_label("PIN", exact=True).fill(PIN)
    await page.get_by_label("再输一次PIN").fill(PIN)
    await page.get_by_label("动态码", exact=True).fill(pyotp.TOTP(secret[1]).at(memory_app.clock.now()))
    await page.get_by_role("button", name="完成设置").click()
    await expect(page.get_by_role("heading", name="设置完成")).to_be_visible()
    return employee


async def refund_one_item(memory_app: InMemoryApp, page: Page, address: str, employee: Employee) -> None:
    payment = await paid(memory_app)
    await memory_app.work()
    drafted = await memory_app.refund_desk.draft(await employee.now(), payment.id, None, "not_done", "未到检查")
    await page.goto(f"{address}/h/demo/staff/confirm/{drafted.draft.ticket}")
    await expect(page.get_by_text("¥37.20").first).to_be_visible()
    await fits(page, "2-confirm")
    await page.get_by_role("link", name="只退其中几项").click()
    await page.get_by_label("血常规 退费金额").fill("12.5")
    await fits(page, "3-items")
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_text("退费明细")).to_be_visible()
    proof = employee.proof()
    await page.get_by_label("PIN").fill(proof.pin)
    await page.get_by_label("动态码").fill(proof.totp)
    await fits(page, "4-confirm-items")
    await page.get_by_role("button", name="确认退费 ¥12.50").click()
    await expect(page.get_by_role("status")).to_contain_text("正在办理")
    await fits(page, "5-done")
    (refund,) = (await memory_app.payment(payment.id)).refunds
    assert (refund.state, refund.amount_fen, len(refund.lines)) == (RefundState.APPROVED, 1250, 1)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_set_up_and_confirm(chromium: Browser, scripts: bool) -> None:
    socket, port = bind_unused_port()
    address = f"http://localhost:{port}"
    memory_app = an_app(a_bill("B1", 3720), public_url=address)
    server = HTTPServer(doors_of(memory_app))
    server.add_socket(socket)
    code = await memory_app.staff.invite(HOSPITAL, "3001", "孙收费", Role.CASHIER, LIMITS, "cli:root")
    await memory_app.staff.bind(HOSPITAL, an_identity("openid-sun"), code)
    session = a_session("openid-sun")
    await memory_app.stores.sessions.put(session)
    troubles: list[str] = []

    def note(line: Any) -> None:
        if "Content Security" in line.text:
            troubles.append(line.text)

    context = await chromium.new_context(
        viewport={"width": 320, "height": 640}, user_agent=WECHAT, java_script_enabled=True, locale="zh-CN"
    )
    await context.add_cookies([{"name": "session-demo", "value": session.id, "url": address}])
    if not scripts:
        await context.route("**/*.js", lambda route: route.abort())
    page = await context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    employee = await set_up(memory_app, page, address)
    await refund_one_item(memory_app, page, address, employee)
    await context.close()
    server.stop()
    await server.close_all_connections()
    assert troubles == []
