"""Alipay's cashier as the page's script opens it, in a real browser: every word of the client, and a client that is none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from server.app.routes import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORIGIN = "http://pay.example"
BRIDGE = """
window.asked = [];
const bridge = { call(name, params, done) {
  window.asked.push([name, params]);
  setTimeout(done, 10, { resultCode: window.cashierSays });
} };
setTimeout(() => {
  window.AlipayJSBridge = bridge;
  document.dispatchEvent(new Event("AlipayJSBridgeReady"));
}, 50);
"""
OPENED = """
async ([name, params]) => (await import(`/js/bridges/${name}.js`)).open(params)
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """An empty page that our scripts can be imported into."""
    page = await chromium.new_page()
    await page.route(f"{ORIGIN}/", lambda route: route.fulfill(content_type="text/html", body="<!doctype html>"))
    await page.route(
        f"{ORIGIN}/js/**",
        lambda route: route.fulfill(
            content_type="text/javascript", path=ROOT / "static" / route.request.url.removeprefix(f"{ORIGIN}/")
        ),
    )
    await page.goto(f"{ORIGIN}/")
    yield page


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("9000", "ok"),
        ("8000", "ok"),
        ("6004", "ok"),
        ("6001", "cancel"),
        ("4000", "fail"),
        ("4", "fail"),
        ("99", "fail"),
    ],
)
async def test_what_the_client_says(page: Page, code: str, expected: str) -> None:
    """8000 and 6004 mean that nobody knows: the server then asks, so the page goes to look."""
    await page.evaluate(f"window.cashierSays = '{code}'; {BRIDGE}")
    said = await page.evaluate(OPENED, ["alipay_jsapi", {"tradeNO": "2026112322001400000000000001"}])
    assert said == {"result": expected, "why": code}
    assert await page.evaluate("window.asked") == [["tradePay", {"tradeNO": "2026112322001400000000000001"}]]


async def test_a_browser_without_the_bridge(page: Page) -> None:
    assert await page.evaluate(OPENED, ["alipay_jsapi", {"tradeNO": "1"}]) == {"result": "absent", "why": ""}


async def test_a_bridge_without_a_cashier_says_so(page: Page) -> None:
    await page.evaluate(
        BRIDGE.replace("{ resultCode: window.cashierSays }", '{ error: 1, errorMessage: "not implemented" }')
    )
    said = await page.evaluate(OPENED, ["alipay_jsapi", {"tradeNO": "1"}])
    assert said == {"result": "unsupported", "why": "not implemented"}


async def test_a_cashier_that_is_a_page(page: Page) -> None:
    await page.route(
        "https://openapi.alipay.com/**", lambda route: route.fulfill(content_type="text/html", body="收银台")
    )
    await page.evaluate(
        "(url) => { import('/js/bridges/redirect.js').then((bridge) => bridge.open({ url })); }",
        "https://openapi.alipay.com/gateway.do?sign=1",
    )
    await page.wait_for_url("https://openapi.alipay.com/gateway.do?sign=1")
