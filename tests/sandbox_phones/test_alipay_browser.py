"""The Alipay phone in Chromium, before the real sandbox process and a tiny app. Screenshots lie in tests/browser/screenshots/."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from tests.sandbox_phones.real_sandbox import answers, open_page, port_of, start_sandbox, stop, type_password
from tests.sandbox_phones.tiny_alipay import TinyAlipayApp
from tests.support.ports import pick_port
from tests.support.screenshots import shot

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def tiny(tmp_path: Path) -> AsyncIterator[TinyAlipayApp]:
    app_socket, app_port = bind_unused_port()
    port = pick_port()
    app = TinyAlipayApp(app_port, f"http://127.0.0.1:{port}")
    server = HTTPServer(app.application())
    server.add_socket(app_socket)
    own = {"ZHENFU_SANDBOX_PORT": str(port), "ZHENFU_PORT": str(app_port), "ZHENFU_DATA_DIR": str(tmp_path)}
    process = start_sandbox(own, tmp_path / "sandbox.log")
    try:
        await answers(f"{app.sandbox}/sandbox/credentials", process)
        await app.begin()
        yield app
    finally:
        stop(process)
        server.stop()
        await server.close_all_connections()


async def test_the_other_phone_is_chosen_and_pays(tiny: TinyAlipayApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"http://wechat-2.localhost:{port_of(tiny)}/sandbox/", desktop=True)
    await page.get_by_role("navigation", name="选一部手机").get_by_role("link", name="支付宝").click()
    await page.wait_for_url(f"http://alipay-2.localhost:{port_of(tiny)}/sandbox/")
    phone = page.frame_locator("#phone")
    await expect(phone.get_by_role("heading", name="支付宝")).to_be_visible()
    await page.get_by_role("button", name="用手机扫一扫").first.click()
    app = phone.frame_locator(".web iframe")
    await expect(app.locator("#who")).to_have_text(tiny.credentials["people"][1]["alipay_user_id"])
    assert all("AlipayClient" in agent and "MicroMessenger" not in agent for agent in tiny.user_agents)
    await shot(page, "alipay-desk")

    await app.locator("#pay").click()
    cashier = phone.get_by_role("dialog", name="收银台")
    await expect(cashier).to_contain_text("¥12.34")
    await shot(page, "alipay-cashier")
    await type_password(phone)
    await phone.get_by_role("button", name="完成").click()
    await expect(app.locator("#result")).to_have_text("9000")
    row = page.get_by_role("row").filter(has_text="支付宝收到")
    await expect(row).to_contain_text("¥12.34")
    assert dict(parse_qsl(tiny.notified[0].decode()))["trade_status"] == "TRADE_SUCCESS"
    assert errors == []


async def test_cancelled_failed_and_somebody_elses(tiny: TinyAlipayApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"http://alipay-1.localhost:{port_of(tiny)}/h/demo/bills")
    told: list[str] = []

    async def hear(dialog: object) -> None:
        told.append(dialog.message)  # type: ignore[attr-defined]
        await dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", hear)
    result = page.locator("#result")
    await page.locator("#bridge").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(result).to_have_text("6001")
    await page.locator("#bridge").click()
    await page.get_by_role("button", name="演练：让这次支付失败").click()
    await page.get_by_role("button", name="知道了").click()
    await expect(result).to_have_text("4000")
    await page.locator("#other").click()
    await expect(result).to_contain_text("不是同一个人")
    assert told == ["付款人与下单人不是同一个人"]
    money = await tiny.call("GET", "/sandbox/money")
    assert {trade["trade_status"] for trade in money["alipay"]["trades"]} == {"WAIT_BUYER_PAY"}
    assert errors == []


async def test_the_life_account(tiny: TinyAlipayApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"http://alipay-2.localhost:{port_of(tiny)}/")
    await expect(page.locator("#chats")).to_contain_text(tiny.credentials["hospital_name"])
    await shot(page, "alipay-home")
    await page.locator("#chats a").click()
    await page.get_by_role("button", name="关注生活号").click()
    await expect(page.locator("#talk")).to_contain_text("你已关注")
    await page.get_by_role("button", name="输入文字").click()
    await page.get_by_role("textbox", name="发消息").fill("你好")
    await page.keyboard.press("Enter")
    await expect(page.locator(".msg.mine")).to_contain_text("你好")
    await page.get_by_role("button", name="显示菜单").click()
    await page.get_by_role("button", name="我的").click()
    await page.get_by_role("button", name="帮助").click()
    await shot(page, "alipay-chat")
    await page.get_by_role("button", name="缴费", exact=True).click()
    await expect(page.frame_locator(".web iframe").locator("#pay")).to_be_visible()
    await page.get_by_role("button", name="关闭网页").click()
    heard = [dict(parse_qsl(body.decode(), encoding="gbk"))["biz_content"] for body in tiny.heard]
    assert ["<![CDATA[follow]]>" in heard[0], "<![CDATA[你好]]>" in heard[1], "<![CDATA[help]]>" in heard[2]] == [
        True
    ] * 3
    assert errors == []


async def test_scanning_in_the_phone(tiny: TinyAlipayApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"http://alipay-1.localhost:{port_of(tiny)}/phone/#/scan")
    await page.locator("#papers button").first.click()
    await expect(page.frame_locator(".web iframe").locator("#pay")).to_be_visible()
    assert errors == []


@pytest.mark.parametrize("host", ["localhost", "alipay-3.localhost"])
async def test_the_cashier_page_for_browsers(tiny: TinyAlipayApp, chromium: Browser, host: str) -> None:
    content = {"out_trade_no": "WAP1", "total_amount": "12.34", "subject": "门诊缴费", "product_code": "QUICK_WAP_WAY"}
    params = tiny.app.params("alipay.trade.wap.pay", content, return_url=f"{tiny.origin}/h/demo/back")
    page, errors = await open_page(chromium, f"http://{host}:{port_of(tiny)}/gateway.do?{urlencode(params)}")
    if host == "localhost":
        await page.get_by_role("link", name="张甜甜").click()
    await expect(page.locator(".amount").first).to_have_text("¥12.34")
    await shot(page, "alipay-wap")
    await page.get_by_role("button", name="确认付款").click()
    await expect(page.get_by_role("dialog", name="收银台")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#told")).to_contain_text("支付已取消")
    await page.get_by_role("button", name="确认付款").click()
    await expect(page.get_by_role("dialog", name="收银台")).to_be_visible()
    await page.keyboard.type("135790")
    await page.get_by_role("button", name="完成").click()
    await page.wait_for_url("**/h/demo/back?**")
    assert "out_trade_no=WAP1" in page.url
    trade = (await tiny.call("GET", "/sandbox/money"))["alipay"]["trades"][0]
    payer = tiny.credentials["people"][0 if host == "localhost" else 2]["alipay_user_id"]
    assert (trade["trade_status"], trade["buyer_id"]) == ("TRADE_SUCCESS", payer)
    assert errors == []
