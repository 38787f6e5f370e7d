"""The pages in a real browser of a phone's size: what only scripts and clicks can show."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from server.payments.methods import MethodRow, Way
from tests.handlers.browser_phone import a_phone
from tests.handlers.doors import CodeChannel
from tests.support.builders import HOSPITAL

pytestmark = pytest.mark.asyncio(loop_scope="session")
BRIDGE = """
window.asked = [];
const bridge = { invoke(name, params, done) {
  window.asked.push([name, params.package]);
  const message = "get_brand_wcpay_request:" + (window.cashierSays || "ok");
  setTimeout(done, 30, { err_msg: message, err_desc: window.cashierExplains });
} };
addEventListener("load", () => setTimeout(() => {
  window.WeixinJSBridge = bridge;
  document.dispatchEvent(new Event("WeixinJSBridgeReady"));
}, 50));
"""


async def test_the_code_of_a_screen_counts_down_and_gives_way_to_the_result(chromium: Browser) -> None:
    native = MethodRow(login="wechat", way=Way("wechat", "native"))
    async with a_phone(chromium, {"channels": {"wechat": CodeChannel()}, "methods": (native,)}) as phone:
        page, memory_app = phone.page, phone.memory_app
        await phone.open("/bills/B1")
        await page.get_by_role("button", name="立即支付 ¥37.20").click()
        await page.wait_for_url("**/payments/*/code")
        timer = page.get_by_role("timer")
        first = await timer.inner_text()
        await expect(timer).not_to_have_text(first, timeout=5_000)
        assert await page.get_by_role("img", name="付款二维码").evaluate("image => image.naturalWidth") > 200
        [payment_id] = memory_app.channel.orders
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment_id))
        await memory_app.work()
        await expect(page.get_by_role("heading", name="缴费成功")).to_be_visible(timeout=10_000)
        assert await page.get_by_role("timer").count() == 0
        assert phone.troubles == []


async def test_paying_opens_the_cashier_once_and_follows_until_the_end(chromium: Browser) -> None:
    async with a_phone(chromium) as phone:
        page, memory_app = phone.page, phone.memory_app
        await phone.context.add_init_script(BRIDGE)
        posts: list[str] = []
        page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
        loads: list[str] = []
        await phone.open("/bills")
        await page.get_by_text("¥37.20").click()
        await page.wait_for_url("**/bills/B1*", wait_until="load")
        button = page.get_by_role("button", name="立即支付 ¥37.20")
        await button.evaluate("button => { button.click(); button.click(); button.form.requestSubmit(); }")
        await page.wait_for_url("**/payments/*?paid=1")
        page.on("load", lambda: loads.append(page.url))
        assert len(posts) == 1, "however often it is tapped"
        await expect(page.get_by_role("heading", name="支付结果确认中")).to_be_visible()
        aloud = await page.get_by_role("status").element_handle()
        [payment_id] = memory_app.channel.orders
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment_id))
        await expect(page.get_by_role("heading", name="已付款，医院正在入账")).to_be_visible(timeout=10_000)
        await memory_app.work()
        await expect(page.get_by_role("heading", name="缴费成功")).to_be_visible(timeout=10_000)
        await expect(page.get_by_text("请到二楼采血处")).to_be_visible()
        assert loads == [], "the page changed in place"
        assert aloud is not None
        assert "缴费成功" in await aloud.inner_text(), "a new element would not be read aloud"
        await expect(page.get_by_text("医院已入账")).to_be_visible()
        assert await page.title() == "缴费成功 - 测试医院"
        assert phone.troubles == []


@pytest.mark.parametrize(("says", "told"), [("cancel", "支付已取消"), ("fail", "支付没有完成")])
async def test_a_cashier_that_was_left_leaves_the_bill_payable(chromium: Browser, says: str, told: str) -> None:
    async with a_phone(chromium) as phone:
        await phone.context.add_init_script(BRIDGE)
        await phone.context.add_init_script(f"window.cashierSays = '{says}'")
        await phone.open("/bills/B1")
        button = phone.page.get_by_role("button", name="立即支付 ¥37.20")
        await button.click()
        await expect(phone.page.get_by_role("alert")).to_contain_text(told)
        await expect(button).to_be_enabled()
        await phone.page.evaluate("window.cashierSays = 'ok'")
        await button.click()
        await phone.page.wait_for_url("**/payments/*?paid=1")
        assert len(phone.memory_app.channel.orders) == 1


async def test_the_client_s_reason_stands_on_the_page_and_in_the_log(
    chromium: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_phone(chromium) as phone:
        await phone.context.add_init_script(BRIDGE)
        await phone.context.add_init_script(
            "window.cashierSays = 'fail'; window.cashierExplains = '当前页面的URL未注册'"
        )
        await phone.open("/bills/B1")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        alert = phone.page.get_by_role("alert")
        await expect(alert).to_contain_text("当前页面的URL未注册")
        await expect(alert).to_contain_text("收费窗口")
        told = await alert.inner_text()
        [line] = [record.getMessage() for record in caplog.records if record.name == "zhenfu.cashier"]
        assert "why=当前页面的URL未注册" in line
        assert line.split("reference=")[1].split()[0] in told


@pytest.mark.parametrize("says", ["fail, function not exist", "not support", "fail_no permission", "access_denied"])
async def test_a_client_without_a_cashier_is_told_where_to_pay(chromium: Browser, says: str) -> None:
    async with a_phone(chromium) as phone:
        await phone.context.add_init_script(BRIDGE)
        await phone.context.add_init_script(f"window.cashierSays = '{says}'")
        await phone.open("/bills/B1")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await phone.page.wait_for_url("**/h/demo/open")
        await expect(phone.page.get_by_role("heading", name="请用微信扫一扫打开")).to_be_visible()
        await expect(phone.page.get_by_role("button", name="再试一次")).to_have_count(0)


async def test_a_web_view_inside_a_mini_program_is_told_where_to_pay(chromium: Browser) -> None:
    async with a_phone(chromium) as phone:
        await phone.context.add_init_script(BRIDGE)
        await phone.context.add_init_script("window.__wxjs_environment = 'miniprogram'")
        await phone.open("/bills/B1")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await phone.page.wait_for_url("**/h/demo/open")
        assert await phone.page.evaluate("window.asked") == []


async def test_a_wrong_number_is_told_beside_the_button(chromium: Browser) -> None:
    async with a_phone(chromium) as phone:
        await phone.open("/bills/B1")
        await phone.page.get_by_text("换一个手机号").click()
        await phone.page.get_by_label("手机号", exact=True).fill("123")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await expect(phone.page.get_by_role("alert")).to_contain_text("11 位手机号")


async def test_without_scripts_everything_but_the_cashier_works(chromium: Browser) -> None:
    async with a_phone(chromium, java_script_enabled=False) as phone:
        await phone.open("/bills/B1")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await expect(phone.page.get_by_role("heading", name="待支付")).to_be_visible()
        [payment_id] = phone.memory_app.channel.orders
        await phone.memory_app.notifications.apply(HOSPITAL, phone.memory_app.channel.pay(payment_id))
        await phone.memory_app.work()
        await phone.page.reload()
        await expect(phone.page.get_by_role("heading", name="缴费成功")).to_be_visible()
