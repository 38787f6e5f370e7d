"""The pages in a real browser of a phone's size: what only scripts, clicks and layout can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, async_playwright, expect
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from server.patients.model import Session
from server.payments.methods import MethodRow, Way
from tests.conftest import CHROMIUM_ARGS
from tests.handlers.doors import WECHAT, CodeChannel, an_app, doors_of
from tests.support.builders import HOSPITAL, a_bill, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio

PHONE_SIZE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 320, "height": 640}
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


class Phone:
    def __init__(
        self, memory_app: InMemoryApp, address: str, session: Session, context: BrowserContext, page: Page
    ) -> None:
        self.memory_app = memory_app
        self.session = session
        self.address = address
        self.context = context
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda line: self.troubles.append(line.text) if "Content Security" in line.text else None)

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.address}/h/demo{path}")


@asynccontextmanager
async def a_phone(
    chromium_path: Path, hospital: Mapping[str, object] | None = None, **context: object
) -> AsyncIterator[Phone]:
    """``hospital``: what of the hospital differs from the usual one."""
    socket, port = bind_unused_port()
    address = f"http://localhost:{port}"
    bills = (a_bill("B1", 3720), a_bill("B2", 128000, department="医学影像科与放射治疗中心"))
    memory_app = an_app(*bills, public_url=address, **(hospital or {}))
    server = HTTPServer(doors_of(memory_app))
    server.add_socket(socket)
    session = a_session("openid-zhang-ceshi", a_scan("B1", "B2"))
    await memory_app.stores.sessions.put(session)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=str(chromium_path), args=list(CHROMIUM_ARGS))
            opened = await browser.new_context(viewport=PHONE_SIZE, user_agent=WECHAT, **context)  # type: ignore[arg-type]
            await opened.add_cookies([{"name": "session-demo", "value": session.id, "url": address}])
            yield Phone(memory_app, address, session, opened, await opened.new_page())
            await browser.close()
    finally:
        server.stop()
        await server.close_all_connections()


async def a_paid_one(phone: Phone) -> str:
    """The number of a payment that the HIS has booked."""
    begun = await phone.memory_app.payments.start("bills", phone.session, ["B1"], None)
    await phone.memory_app.notifications.apply(HOSPITAL, phone.memory_app.channel.pay(begun.payment_id))
    await phone.memory_app.work()
    return begun.payment_id


async def test_the_code_of_a_screen_counts_down_and_gives_way_to_the_result(chromium_path: Path) -> None:
    native = MethodRow(login="wechat", way=Way("wechat", "native"))
    async with a_phone(chromium_path, {"channels": {"wechat": CodeChannel()}, "methods": (native,)}) as phone:
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


async def test_paying_opens_the_cashier_once_and_follows_until_the_end(chromium_path: Path) -> None:
    async with a_phone(chromium_path) as phone:
        page, memory_app = phone.page, phone.memory_app
        await phone.context.add_init_script(BRIDGE)
        posts: list[str] = []
        page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
        loads: list[str] = []
        await phone.open("/bills")
        await page.get_by_text("¥37.20").click()
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
async def test_a_cashier_that_was_left_leaves_the_bill_payable(chromium_path: Path, says: str, told: str) -> None:
    async with a_phone(chromium_path) as phone:
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
    chromium_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_phone(chromium_path) as phone:
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
async def test_a_client_without_a_cashier_is_told_where_to_pay(chromium_path: Path, says: str) -> None:
    async with a_phone(chromium_path) as phone:
        await phone.context.add_init_script(BRIDGE)
        await phone.context.add_init_script(f"window.cashierSays = '{says}'")
        await phone.open("/bills/B1")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await phone.page.wait_for_url("**/h/demo/open")
        await expect(phone.page.get_by_role("heading", name="请用微信扫一扫打开")).to_be_visible()
        await expect(phone.page.get_by_role("button", name="再试一次")).to_have_count(0)


async def test_a_web_view_inside_a_mini_program_is_told_where_to_pay(chromium_path: Path) -> None:
    async with a_phone(chromium_path) as phone:
        await phone.context.add_init_script(BRIDGE)
        await phone.context.add_init_script("window.__wxjs_environment = 'miniprogram'")
        await phone.open("/bills/B1")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await phone.page.wait_for_url("**/h/demo/open")
        assert await phone.page.evaluate("window.asked") == []


async def test_a_wrong_number_is_told_beside_the_button(chromium_path: Path) -> None:
    async with a_phone(chromium_path) as phone:
        await phone.open("/bills/B1")
        await phone.page.get_by_text("换一个手机号").click()
        await phone.page.get_by_label("手机号", exact=True).fill("123")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await expect(phone.page.get_by_role("alert")).to_contain_text("11 位手机号")


async def test_without_scripts_everything_but_the_cashier_works(chromium_path: Path) -> None:
    async with a_phone(chromium_path, java_script_enabled=False) as phone:
        await phone.open("/bills/B1")
        await phone.page.get_by_role("button", name="立即支付 ¥37.20").click()
        await expect(phone.page.get_by_role("heading", name="待支付")).to_be_visible()
        [payment_id] = phone.memory_app.channel.orders
        await phone.memory_app.notifications.apply(HOSPITAL, phone.memory_app.channel.pay(payment_id))
        await phone.memory_app.work()
        await phone.page.reload()
        await expect(phone.page.get_by_role("heading", name="缴费成功")).to_be_visible()


async def test_the_button_that_pays_is_in_sight_and_thumbs_can_hit_everything(chromium_path: Path) -> None:
    async with a_phone(chromium_path) as phone:
        await phone.open("/bills/B1")
        await expect(phone.page.get_by_role("button", name="立即支付 ¥37.20")).to_be_in_viewport(ratio=1)
        for path in ("/bills", "/bills/B1", "/payments", "/cards", "/cards/new"):
            await phone.open(path)
            small = await phone.page.evaluate(
                """() => [...document.querySelectorAll("a, button, label.choice__label, summary, input.field")]
                .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44)
                .map(e => e.outerHTML.slice(0, 80))"""
            )
            assert small == []
            tiny = await phone.page.evaluate(
                """() => [...document.querySelectorAll("body *")]
                .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
                .filter(e => parseFloat(getComputedStyle(e).fontSize) < 17).map(e => e.outerHTML.slice(0, 80))"""
            )
            assert tiny == []


async def test_two_children_with_one_masked_name_are_told_apart_by_their_cards(chromium_path: Path) -> None:
    async with a_phone(chromium_path) as phone:
        memory_app, other = phone.memory_app, "TEST-CARD-0002"
        memory_app.his.bills["B2"] = a_bill("B2", 128000, card_no=other)
        scans = (a_scan("B1"), a_scan("B2", card_no=other))
        await memory_app.stores.sessions.drop(phone.session.id)
        await memory_app.stores.sessions.put(a_session("openid-zhang-ceshi", *scans))
        await phone.open("/bills")
        await expect(phone.page.get_by_role("heading", level=2)).to_have_text(
            ["张*试 就诊卡 ****0001", "张*试 就诊卡 ****0002"]
        )
        for bill_no, tail in (("B1", "0001"), ("B2", "0002")):
            await phone.open(f"/bills/{bill_no}")
            await expect(phone.page.get_by_text(f"张*试 就诊卡 ****{tail}")).to_be_visible()
        payment_id = await a_paid_one(phone)
        for path in ("/payments", f"/payments/{payment_id}"):
            await phone.open(path)
            await expect(phone.page.get_by_text("张*试 就诊卡 ****0001")).to_be_visible()


async def test_large_text_wraps_and_never_leaves_the_screen(chromium_path: Path) -> None:
    async with a_phone(chromium_path) as phone:
        await phone.page.set_viewport_size(SMALL)
        payment_id = await a_paid_one(phone)
        for path in ("/bills", "/bills/B2", "/payments", f"/payments/{payment_id}", "/cards/new"):
            await phone.open(path)
            await phone.page.evaluate(
                """() => { const sheet = new CSSStyleSheet(); sheet.replaceSync("html { font-size: 175% !important }");
                document.adoptedStyleSheets = [sheet]; }"""
            )
            await asyncio.sleep(0)
            beyond = await phone.page.evaluate(
                """() => [...document.querySelectorAll("main *")]
                .filter(e => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
            )
            assert beyond == []


async def test_every_page_has_one_title_to_begin_with(chromium_path: Path) -> None:
    """Who listens to a page goes from title to title."""
    async with a_phone(chromium_path) as phone:
        payment_id = await a_paid_one(phone)
        for path in ("/bills", "/bills/B2", "/payments", f"/payments/{payment_id}", "/cards", "/cards/new", "/none"):
            await phone.open(path)
            await expect(phone.page.get_by_role("heading", level=1)).to_have_count(1)
