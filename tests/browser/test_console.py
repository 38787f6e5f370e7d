"""The console by people: let in by the phone, a payment found and refunded with the keyboard alone, and every room without scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.end_to_end.staff import PIN, STEP_S, Employee, run_staff
from tests.support.screenshots import shot

DESK: ViewportSize = {"width": 1280, "height": 900}
TABS_MAX = 60
ROOM_S = 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("console") / "data") as installation:
        yield installation


class Thrifty(Employee):
    """Begins with the code of half a minute ago, which the server still takes, so that three acts in a row need not wait for new codes."""

    def hired(self, role: str) -> Thrifty:
        """Invited at the server, bound in the chat, set up on the page."""
        terms = ["--role", role, "--per-refund", "1000", "--per-day", "5000"]
        said = run_staff(self._world, "invite", "--number", self.number, "--name", self.name, *terms)
        code = re.search(r"绑定 ([0-9A-Z]{8})", said)
        assert code, said
        self.starts(code[1])
        return self

    def code(self) -> str:
        now = time.time()
        step = int(now) // STEP_S
        fresh_enough = STEP_S - now % STEP_S > ROOM_S
        if self._used or not fresh_enough:
            return super().code()
        self._used = step - 1
        return pyotp.TOTP(self._secret).at(self._used * STEP_S)


async def let_in(browser: Browser, world: Installation, page: Page, who: Employee, *, picture: str = "") -> None:
    """From the login page to where PIN and code are asked: the phone's part."""
    await page.goto(f"http://127.0.0.1:{world.port}/console")
    await expect(page.get_by_role("heading", name="扫码登录")).to_be_visible()
    code = await page.locator("#code").inner_text()
    await page.get_by_text("扫不了？").click()
    address = await page.locator("#address").inner_text()
    phone = await browser.new_page(viewport={"width": 390, "height": 844})
    await phone.goto(f"http://wechat-{who.phone.number}.localhost:{world.sandbox_port}/phone/#/scan")
    await phone.get_by_label("电脑屏幕上二维码的网址").fill(address)
    await phone.get_by_role("button", name="扫", exact=True).click()
    inside = phone.frame_locator(".web iframe")
    await expect(inside.get_by_text("在电脑上登录控制台？")).to_be_visible()
    await expect(inside.get_by_text(code)).to_be_visible()
    if picture:
        await shot(page, f"{picture}-login")
        await shot(phone, f"{picture}-phone")
    await inside.get_by_role("button", name="允许登录").click()
    await expect(inside.get_by_text("已确认")).to_be_visible()
    await phone.close()


async def tab_to(page: Page, target: Locator) -> None:
    """With the Tab key alone, once the page is there with its styles; what has the focus can be seen."""
    await page.wait_for_load_state("load")
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        if await target.evaluate("one => one === document.activeElement"):
            width = await target.evaluate("one => getComputedStyle(one).outlineWidth")
            style = await target.evaluate("one => getComputedStyle(one).outlineStyle")
            assert (style, float(width.removesuffix("px")) >= 3) == ("solid", True), "the focus is seen"
            return
    raise AssertionError(f"not reached by {TABS_MAX} tabs: {target}")


async def type_into(page: Page, field: Locator, text: str) -> None:
    await tab_to(page, field)
    await page.keyboard.type(text)


async def prove(page: Page, who: Employee) -> None:
    await type_into(page, page.get_by_label("PIN"), PIN)
    await type_into(page, page.get_by_label("动态码"), who.code())


async def press(page: Page, place: Locator) -> None:
    await tab_to(page, place)
    await page.keyboard.press("Enter")


def is_refunded(world: Installation, payment_id: str) -> bool:
    refunds = world.money()["wechatpay"]["refunds"]
    return [refund["status"] for refund in refunds if refund["out_trade_no"] == payment_id] == ["SUCCESS"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_cashier_refunds_with_the_keyboard_alone(world: Installation, chromium: Browser) -> None:
    patient = Phone(world, 1)
    bill = patient.bills()[0]
    payment_id = patient.pay(bill)
    patient.wait_for(payment_id, "paid")
    cashier = Thrifty(world, 6, "1001").hired("cashier")
    page = await (await chromium.new_context(viewport=DESK)).new_page()
    await let_in(chromium, world, page, cashier, picture="console-1")
    await expect(page.get_by_role("heading", name="输入PIN和动态码")).to_be_visible()
    await prove(page, cashier)
    await shot(page, "console-2-proof")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="支付与退费", exact=True)).to_be_visible()
    await expect(page.locator(".list")).to_contain_text(payment_id[-6:])
    await shot(page, "console-3-payments")
    await type_into(page, page.get_by_role("searchbox"), payment_id[-6:])
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(payment_id)).to_be_visible()
    await shot(page, "console-4-payment", full_page=True)
    await press(page, page.get_by_role("link", name="退费", exact=True))
    await expect(page.get_by_role("heading", name="退费")).to_be_visible()
    await tab_to(page, page.get_by_role("radio", name="重复缴费"))
    await page.keyboard.press("Space")
    await shot(page, "console-5-refund", full_page=True)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="确认退费")).to_be_visible()
    await prove(page, cashier)
    await shot(page, "console-6-confirm", full_page=True)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("退费已提交")).to_be_visible()
    world.wait_until(lambda: is_refunded(world, payment_id), "the money is back")
    await page.goto(f"http://127.0.0.1:{world.port}/console/payments/{payment_id}")
    await press(page, page.get_by_role("button", name="现在向渠道查询"))
    await expect(page.get_by_text("渠道：已支付，有退费")).to_be_visible()
    await shot(page, "console-7-refunded", full_page=True)


@pytest.mark.asyncio(loop_scope="session")
async def test_every_room_works_without_scripts(world: Installation, chromium: Browser) -> None:
    finance = Thrifty(world, 7, "3001").hired("finance")
    page = await (await chromium.new_context(viewport=DESK, java_script_enabled=False)).new_page()
    await let_in(chromium, world, page, finance)
    await page.get_by_role("link", name="手机上已确认，继续").click()
    await page.get_by_label("PIN").fill(PIN)
    await page.get_by_label("动态码").fill(finance.code())
    await page.get_by_role("button", name="登录").click()
    for link, heading in (
        ("待审批和今日退费", "待审批和今日退费"),
        ("告警", "告警"),
        ("待认领的钱", "待认领的钱"),
        ("审计", "审计"),
        ("操作手册", "操作手册"),
    ):
        await page.get_by_role("link", name=link, exact=True).first.click()
        await expect(page.get_by_role("heading", name=heading, level=1).first).to_be_visible()
        await shot(page, f"console-8-{page.url.rpartition('/')[2]}")
    await page.get_by_role("button", name="退出").click()
    await expect(page.get_by_role("heading", name="已退出")).to_be_visible()
    await page.goto(f"http://127.0.0.1:{world.port}/console/money")
    await expect(page.get_by_role("heading", name="扫码登录")).to_be_visible()
