"""The mini-program by a person with a phone: its real WXML, WXSS and JS in Chromium, on the sandbox's phone, at the real server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, Route, ViewportSize, expect

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.end_to_end.staff import hire
from tests.support.cashier import enter_password
from tests.support.screenshots import shot

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1360, "height": 920}
ARRIVES_WITHIN_MS = 90_000  # messages and refunds come by the outside's timetable
# Lines of text that are lower than their letters, in large type too.
CROWDED = """() => [...document.querySelectorAll("page:not([hidden]) *")].filter((one) =>
  [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim())
  && parseFloat(getComputedStyle(one).lineHeight) < 1.2 * parseFloat(getComputedStyle(one).fontSize)).map((one) => one.textContent)"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("mini") / "data") as installation:
        yield installation


class Hand:
    """A phone in somebody's hand. ``page`` is all of it, ``app`` the mini-program in it; what the pages complain of is in ``errors``."""

    def __init__(self, world: Installation, number: int, page: Page) -> None:
        self.world = world
        self.papers = Phone(world, number)
        self.page = page
        self.app: FrameLocator = page.frame_locator("#app iframe")
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    async def opens(self) -> Hand:
        await self.page.get_by_role("link", name="小程序").click()
        await expect(self.app.get_by_role("button", name="扫码缴费")).to_be_visible()
        return self

    async def scans(self, bill_no: str) -> None:
        await self.app.get_by_role("button", name="扫码缴费").click()
        await self.app.get_by_role("button", name="同意", exact=True).click()
        await self.scans_paper(bill_no)

    async def scans_paper(self, bill_no: str) -> None:
        bill = next(bill for bill in self.papers.bills() if bill["bill_no"] == bill_no)
        await self.page.locator(".papers button").filter(has_text=bill["department"]).first.click()

    async def crowded(self) -> object:
        return await self.app.locator("body").evaluate(CROWDED)

    async def title_is(self, words: str) -> None:
        await expect(self.page.locator("#app-title")).to_have_text(words)


@pytest_asyncio.fixture(loop_scope="session")
async def hand(world: Installation, chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Hand]:
    number = request.param
    context = await chromium.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True)
    page = await context.new_page()
    await page.goto(f"http://wechat-{number}.localhost:{world.sandbox_port}/phone/")
    hand = Hand(world, number, page)
    yield await hand.opens()
    assert hand.errors == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("hand", [1], indirect=True)
async def test_from_the_paper_to_the_message_that_leads_back(hand: Hand) -> None:
    bill = hand.papers.bills()[0]
    await shot(hand.page, "mini-1-home")
    await hand.app.get_by_role("button", name="扫码缴费").click()
    await expect(hand.app.get_by_role("dialog")).to_contain_text("请先看一下隐私说明")
    await shot(hand.page, "mini-2-privacy")
    await hand.app.get_by_role("button", name="同意", exact=True).click()
    await hand.scans_paper(bill["bill_no"])
    await hand.app.locator(".line--link").get_by_text(bill["department"]).tap()
    await hand.title_is("缴费单")
    await shot(hand.page, "mini-3-bill")
    await hand.app.get_by_role("button", name=re.compile("立即支付")).tap()
    await expect(hand.page.get_by_role("dialog", name="收银台")).to_be_visible()
    await shot(hand.page, "mini-4-cashier")
    await hand.page.get_by_role("button", name="取消支付").click()
    await expect(hand.app.get_by_role("button", name=re.compile("立即支付"))).to_be_enabled()
    await hand.app.get_by_role("button", name=re.compile("立即支付")).tap()
    await enter_password(hand.page)
    await expect(hand.app.get_by_role("dialog")).to_contain_text("申请发送以下消息")
    await shot(hand.page, "mini-5-subscribe")
    await hand.app.get_by_role("button", name="允许", exact=True).click()
    await expect(hand.app.get_by_text("缴费成功").filter(visible=True).first).to_be_visible()
    await shot(hand.page, "mini-6-paid")
    await hand.page.get_by_role("button", name="离开小程序").click()
    await hand.page.get_by_role("link", name="服务通知").click(timeout=ARRIVES_WITHIN_MS)
    await shot(hand.page, "mini-7-notice")
    await hand.page.get_by_role("button", name=re.compile("进入小程序查看")).click()
    await hand.title_is("支付结果")
    await hand.app.get_by_role("button", name="返回首页").click()
    await hand.app.get_by_role("button", name="缴费记录").click()
    await expect(hand.app.get_by_text("缴费成功").filter(visible=True).first).to_be_visible()
    await shot(hand.page, "mini-8-history")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("hand", [2], indirect=True)
async def test_a_card_is_bound_and_shows_its_bills_in_large_type(hand: Hand) -> None:
    person = hand.world.ask("/sandbox/credentials")["people"][1]
    await hand.app.get_by_role("button", name="就诊卡", exact=True).click()
    await hand.app.get_by_role("button", name="绑定就诊卡").click()
    await hand.app.get_by_label("就诊卡号").fill(person["cards"][0])
    await hand.app.get_by_label("就诊人姓名").fill(person["name"])
    await hand.app.get_by_role("button", name="获取验证码").click()
    await hand.app.get_by_role("button", name="同意", exact=True).click()
    await expect(hand.app.get_by_label("短信验证码")).to_be_focused()
    [code] = hand.world.wait_until(hand.papers.codes, "the code is there")
    await hand.app.get_by_label("短信验证码").fill(code)
    await shot(hand.page, "mini-9-code")
    await hand.app.get_by_role("button", name="确认绑定").click()
    await expect(hand.app.get_by_role("button", name="解除绑定")).to_be_visible()
    await hand.page.get_by_role("button", name="返回上一页").click()
    await hand.title_is("医院缴费")
    await expect(hand.app.get_by_text(hand.papers.bills()[0]["department"]).filter(visible=True).first).to_be_visible()
    await hand.app.get_by_role("button", name="设置").click()
    small = await hand.app.get_by_text("大字模式").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    await hand.app.get_by_role("switch", name="大字模式").check()
    large = await hand.app.get_by_text("大字模式").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    assert large > small
    await hand.app.get_by_role("button", name="填写").click()
    await hand.app.get_by_role("button", name="允许", exact=True).click()
    await expect(hand.app.get_by_text("199****0002")).to_be_visible()
    await shot(hand.page, "mini-10-settings")
    assert await hand.crowded() == []
    await hand.page.get_by_role("button", name="返回上一页").click()
    await expect(hand.app.get_by_role("button", name="扫码缴费")).to_be_visible()
    await shot(hand.page, "mini-11-home-large")
    assert await hand.crowded() == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("hand", [3], indirect=True)
async def test_without_a_network_it_says_so_and_goes_on_afterwards(hand: Hand) -> None:
    async def lost(route: Route) -> None:
        await route.abort("internetdisconnected")

    await hand.page.route("**/api/v1/**", lost)
    await hand.app.get_by_role("button", name="缴费记录").click()
    await expect(hand.app.get_by_text("暂时打不开")).to_be_visible()
    await shot(hand.page, "mini-12-offline")
    await hand.page.unroute("**/api/v1/**")
    await hand.app.get_by_role("button", name="再试一次").click()
    await expect(hand.app.get_by_text("还没有缴费记录")).to_be_visible()
    hand.errors = [told for told in hand.errors if "ERR_INTERNET_DISCONNECTED" not in told]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("hand", [4], indirect=True)
async def test_home_is_pulled_for_what_is_new(hand: Hand) -> None:
    bill = hand.papers.bills()[0]
    await hand.scans(bill["bill_no"])
    await hand.page.get_by_role("button", name="返回上一页").click()
    await expect(hand.app.get_by_text("1 张待缴费").filter(visible=True).first).to_be_visible()
    hand.world.ask("/sandbox/his/pay_at_window", {"bill_no": bill["bill_no"]})
    await hand.page.mouse.move(195, 150)
    await hand.page.mouse.down()
    await hand.page.mouse.move(195, 330, steps=6)
    await hand.page.mouse.up()
    await expect(hand.app.get_by_text("现在没有要办的事。").filter(visible=True).first).to_be_visible()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("hand", [5], indirect=True)
async def test_a_refund_is_followed_to_its_end(hand: Hand, tmp_path: Path) -> None:
    [cashier] = hire(hand.world, tmp_path, (6, "1001", "cashier", "500"))
    bill = hand.papers.bills()[0]
    await hand.scans(bill["bill_no"])
    await hand.app.locator(".line--link").get_by_text(bill["department"]).click()
    await hand.app.get_by_role("button", name=re.compile("立即支付")).click()
    await enter_password(hand.page)
    await hand.app.get_by_role("button", name="取消", exact=True).click()
    await expect(hand.app.get_by_text("缴费成功").filter(visible=True).first).to_be_visible()
    [trade] = [one for one in hand.world.money()["his"]["trades"] if bill["bill_no"] in one["bill_nos"]]
    assert "本次退" in cashier.says(f"退费 {trade['out_trade_no'][-6:]} 0.5 没做")
    assert "正在办理" in cashier.confirms()
    await hand.app.get_by_role("button", name="返回首页").click()
    await hand.app.get_by_role("button", name="缴费记录").click()
    await hand.app.locator(".line--link:visible").first.click()
    await hand.app.get_by_role("button", name=re.compile("0.50")).click()
    await hand.title_is("退费进度")
    await expect(hand.app.get_by_text("退费已到账").filter(visible=True).first).to_be_visible(timeout=ARRIVES_WITHIN_MS)
    await shot(hand.page, "mini-13-refund")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("hand", [7], indirect=True)
async def test_it_lives_on_behind_and_begins_anew_when_asked(hand: Hand) -> None:
    await hand.app.get_by_role("button", name="设置").click()
    await hand.title_is("设置")
    await hand.page.get_by_role("button", name="离开小程序").click()
    await hand.page.get_by_role("link", name="小程序").click()
    await hand.title_is("设置")
    await hand.page.get_by_role("button", name="重新进入小程序").click()
    await hand.title_is("医院缴费")
    await hand.app.get_by_role("button", name="扫码缴费").click()
    await hand.app.get_by_role("button", name="不同意").click()
    await expect(hand.app.get_by_text("需要您同意隐私说明后才能扫码")).to_be_visible()
    await hand.app.get_by_role("button", name="重新扫码").click()
    await hand.app.get_by_role("button", name="同意", exact=True).click()
    await hand.page.get_by_role("link", name="返回").click()
    await expect(hand.app.get_by_text("没有扫到二维码")).to_be_visible()


@pytest.mark.asyncio(loop_scope="session")
async def test_the_link_in_the_sms_leads_back_to_the_payment(world: Installation, chromium: Browser) -> None:
    """At the desk, where the SMS lie beside the phone; no message was allowed."""
    page = await chromium.new_page(viewport=DESK)
    await page.goto(f"http://wechat-8.localhost:{world.sandbox_port}/sandbox/")
    phone = page.frame_locator("#phone")
    app = phone.frame_locator("#app iframe")
    bill = Phone(world, 8).bills()[0]
    await phone.get_by_role("link", name="小程序").click()
    await app.get_by_role("button", name="扫码缴费").click()
    await app.get_by_role("button", name="同意", exact=True).click()
    await phone.locator(".papers button").filter(has_text=bill["department"]).first.click()
    await app.locator(".line--link").get_by_text(bill["department"]).click()
    await app.get_by_role("button", name=re.compile("立即支付")).click()
    await enter_password(phone)
    await app.get_by_role("button", name="取消", exact=True).click()
    await expect(app.get_by_text("缴费成功").filter(visible=True).first).to_be_visible()
    await phone.get_by_role("button", name="离开小程序").click()
    await page.locator("#sms").get_by_role("link").first.click(timeout=ARRIVES_WITHIN_MS)
    await expect(phone.locator("#app-title")).to_have_text("支付结果")
    await expect(app.get_by_text("缴费成功").filter(visible=True).first).to_be_visible()
    await shot(page, "mini-14-sms-link")
