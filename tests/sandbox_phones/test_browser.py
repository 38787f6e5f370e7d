"""A person at the desk, in Chromium, before the real sandbox process and a tiny app. Screenshots lie in tests/browser/screenshots/."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from tests.sandbox_phones.real_sandbox import (
    DESK_SIZE,
    answers,
    open_page,
    port_of,
    start_sandbox,
    stop,
    type_password,
)
from tests.sandbox_phones.tiny_app import FRAMES, TinyApp
from tests.support.ports import pick_port
from tests.support.screenshots import shot


@pytest_asyncio.fixture(loop_scope="session")
async def tiny(tmp_path: Path) -> AsyncIterator[TinyApp]:
    app_socket, app_port = bind_unused_port()
    port = pick_port()
    app = TinyApp(app_port, f"http://127.0.0.1:{port}")
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


@pytest.mark.asyncio(loop_scope="session")
async def test_the_desk_says_what_to_do_and_shows_the_scan_button_without_scrolling(
    tiny: TinyApp, chromium: Browser
) -> None:
    page, errors = await open_page(chromium, f"{tiny.sandbox}/sandbox/", desktop=True)
    await page.set_viewport_size({"width": 1280, "height": 800})
    button = page.get_by_role("button", name="用手机扫一扫").first
    await expect(button).to_be_in_viewport(ratio=1)
    steps = page.locator(".steps li")
    await expect(steps).to_have_count(3)
    await expect(steps.nth(1)).to_contain_text("任意六位数字")
    await expect(steps.nth(1)).to_contain_text("any six digits pay")
    link = await page.get_by_role("link", name="控制台").get_attribute("href")
    assert link is not None
    assert link.endswith("/console")
    await page.get_by_role("button", name="全部重来").click()
    await expect(page.locator("#reset")).to_contain_text("诊付自己的数据还在")
    await expect(page.locator("#reset")).to_contain_text("make reset")
    await shot(page, "desk-1280")
    assert errors == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_bill_is_scanned_and_paid_at_the_desk(tiny: TinyApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"{tiny.sandbox}/sandbox/", desktop=True)
    await expect(page.get_by_role("button", name="用手机扫一扫").first).to_be_visible()
    assert page.url == f"http://wechat-1.localhost:{port_of(tiny)}/sandbox/"
    await shot(page, "desk")

    await page.get_by_role("button", name="用手机扫一扫").first.click()
    phone = page.frame_locator("#phone")
    app = phone.frame_locator(".web iframe")
    person = tiny.credentials["people"][0]
    await expect(app.locator("#who")).to_have_text(person["openid"])
    await expect(phone.locator("#web-title")).to_have_text("待缴费")
    assert all("MicroMessenger" in agent for agent in tiny.user_agents)

    await app.locator("#pay").click()
    cashier = phone.get_by_role("dialog", name="收银台")
    await expect(cashier).to_contain_text("¥12.34")
    await shot(page, "desk-cashier")
    await type_password(phone)
    await phone.get_by_role("button", name="完成").click()
    await expect(app.locator("#result")).to_have_text("get_brand_wcpay_request:ok")
    await expect(page.locator("#money")).to_contain_text("¥12.34")
    await shot(page, "desk-paid")
    assert errors == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_bill_scanned_before_the_phone_is_drawn_is_not_lost(tiny: TinyApp, chromium: Browser) -> None:
    page = await chromium.new_page(viewport=DESK_SIZE)
    tapped = asyncio.Event()

    async def hold(route: Route) -> None:
        await tapped.wait()
        await route.continue_()

    await page.route("**/phone/", hold)
    await page.goto(f"http://wechat-1.localhost:{port_of(tiny)}/sandbox/", wait_until="commit")
    await page.get_by_role("button", name="用手机扫一扫").first.click()
    tapped.set()
    await expect(page.frame_locator("#phone").frame_locator(".web iframe").locator("#pay")).to_be_enabled()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("missing", ["weixin:", "weixinping:", "weixinpreinject:", "wvjbscheme:", FRAMES])
async def test_a_page_whose_policy_forbids_the_bridge_s_frames_gets_no_bridge(
    tiny: TinyApp, chromium: Browser, missing: str
) -> None:
    """As in the clients whose bridge speaks through frames: the phone opens nothing of the policy for itself."""
    there = "() => 'WeixinJSBridge' in window"
    page, _ = await open_page(chromium, f"http://wechat-2.localhost:{port_of(tiny)}/h/demo/bills")
    await page.wait_for_function(there)
    tiny.policy = tiny.policy.replace(f" {missing}", "" if missing != FRAMES else " img-src data:")
    await page.reload()
    await page.wait_for_function("() => performance.now() > 600 && !('WeixinJSBridge' in window)")


@pytest.mark.asyncio(loop_scope="session")
async def test_cancel_fail_and_a_forged_signature(tiny: TinyApp, chromium: Browser) -> None:
    page, _ = await open_page(chromium, f"http://wechat-2.localhost:{port_of(tiny)}/h/demo/bills")
    await expect(page.locator("#who")).to_have_text(tiny.credentials["people"][1]["openid"])
    result = page.locator("#result")

    await page.locator("#pay").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await shot(page, "phone-cashier")
    await page.keyboard.press("Escape")
    await expect(result).to_have_text("get_brand_wcpay_request:cancel")

    await page.locator("#pay").click()
    await page.get_by_role("button", name="演练：让这次支付失败").click()
    await shot(page, "phone-failed")
    await page.get_by_role("button", name="知道了").click()
    await expect(result).to_have_text("get_brand_wcpay_request:fail")

    told: list[str] = []

    async def hear(dialog: object) -> None:
        told.append(dialog.message)  # type: ignore[attr-defined]
        await dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", hear)
    await page.goto(f"http://wechat-2.localhost:{port_of(tiny)}/h/demo/bills?forged=1")
    await page.locator("#pay").click()
    await expect(result).to_have_text("get_brand_wcpay_request:fail")
    assert told == ["支付验证签名失败"]
    money = await tiny.call("GET", "/sandbox/money")
    assert {trade["trade_state"] for trade in money["wechatpay"]["trades"]} == {"NOTPAY"}


@pytest.mark.asyncio(loop_scope="session")
async def test_following_talking_and_the_menu(tiny: TinyApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"http://wechat-2.localhost:{port_of(tiny)}/")
    await expect(page.locator("#chats")).to_contain_text(tiny.credentials["hospital_name"])
    await shot(page, "phone-chats")
    await page.get_by_text(tiny.credentials["hospital_name"]).first.click()
    await page.get_by_role("button", name="关注公众号").click()
    await expect(page.locator("#talk")).to_be_visible()

    await page.get_by_role("button", name="输入文字").click()
    await page.get_by_role("textbox", name="发消息").fill("你好")
    await page.keyboard.press("Enter")
    await expect(page.locator(".msg.mine")).to_contain_text("你好")

    await page.get_by_role("button", name="显示菜单").click()
    await page.get_by_role("button", name="我的").click()
    await expect(page.get_by_role("button", name="帮助")).to_be_visible()
    await shot(page, "phone-menu")
    await page.get_by_role("button", name="帮助").click()
    await page.get_by_role("button", name="缴费", exact=True).click()
    app = page.frame_locator(".web iframe")
    await expect(page.locator("#web-title")).to_have_text("待缴费")  # the way back counts pages that have been loaded
    await app.get_by_role("link", name="说明").click()
    await expect(page.locator("#web-title")).to_have_text("说明")
    await page.get_by_role("button", name="后退").click()
    await expect(page.locator("#web-title")).to_have_text("待缴费")
    await shot(page, "phone-web")
    await page.get_by_role("button", name="关闭网页").click()
    await expect(page.locator("#talk")).to_be_visible()
    assert errors == []


@pytest.mark.asyncio(loop_scope="session")
async def test_scanning_in_the_phone(tiny: TinyApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"http://wechat-1.localhost:{port_of(tiny)}/phone/#/scan")
    await expect(page.locator("#papers button").first).to_be_visible()
    await shot(page, "phone-scan")
    await page.locator("#papers button").first.click()
    await expect(page.frame_locator(".web iframe").locator("#pay")).to_be_visible()
    assert errors == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_drill_is_begun_and_ended_by_keyboard(tiny: TinyApp, chromium: Browser) -> None:
    page, errors = await open_page(chromium, f"http://wechat-1.localhost:{port_of(tiny)}/sandbox/")
    await page.get_by_text("演练故障").press("Enter")
    await page.get_by_label("出什么事").select_option("支付通知来两遍")
    await page.get_by_role("button", name="开始演练").press("Enter")
    await expect(page.get_by_label("正在演练")).to_contain_text("支付通知来两遍 · 还有 1 次")
    rules = (await tiny.call("GET", "/sandbox/faults"))["rules"]
    assert [(rule["where"], rule["what"]) for rule in rules] == [("notify.payment", "doubled")]
    await shot(page, "desk-small", full_page=True)
    await page.get_by_role("button", name="撤掉").press("Enter")
    await expect(page.get_by_label("正在演练")).to_be_empty()
    assert (await tiny.call("GET", "/sandbox/faults"))["rules"] == []
    assert errors == []


@pytest.mark.asyncio(loop_scope="session")
async def test_the_js_sdk_pays_only_for_a_page_that_was_signed(tiny: TinyApp, chromium: Browser) -> None:
    host = f"http://wechat-3.localhost:{port_of(tiny)}"
    page, errors = await open_page(chromium, f"{host}/h/demo/bills")
    await page.goto(f"{host}/h/demo/sdk?forged=1")
    await expect(page.locator("#result")).to_have_text("config:invalid signature")
    await page.goto(f"{host}/h/demo/sdk")
    await expect(page.get_by_role("dialog", name="收银台")).to_be_visible()
    await page.keyboard.type("246802")
    await page.get_by_role("button", name="完成").click()
    await expect(page.locator("#result")).to_have_text("chooseWXPay:ok")
    assert errors == []
