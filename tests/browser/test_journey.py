"""Issue "thin whole", steps 2 and 3, by a person with a phone: the desk, the scan, the bill, the cashier, the result, the card."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.end_to_end.staff import PIN, Employee, run_staff
from tests.support.cashier import enter_password
from tests.support.journey_pages import PHONE, open_paper, open_phone, tap_bill
from tests.support.screenshots import shot

DESK: ViewportSize = {"width": 1360, "height": 920}


@pytest.mark.asyncio(loop_scope="session")
async def test_from_the_paper_to_the_receipt_at_the_desk(world: Installation, chromium: Browser) -> None:
    """What a hospital's IT person sees first."""
    page = await chromium.new_page(viewport=DESK)
    await page.goto(f"http://wechat-1.localhost:{world.sandbox_port}/sandbox/")
    await page.get_by_role("button", name="用手机扫一扫").first.click()
    app = page.frame_locator("#phone").frame_locator(".web iframe")
    await expect(app.get_by_text("张*甜")).to_be_visible()
    await shot(page, "journey-1-desk-bills")
    await app.locator(f"a.line[href*='{Phone(world, 1).bills()[0]['bill_no']}']").click()
    await expect(app.get_by_text("199****0001")).to_be_visible()
    await shot(page, "journey-2-desk-bill")
    await app.get_by_role("button", name=re.compile("立即支付")).click()
    await enter_password(page.frame_locator("#phone"))
    await expect(app.get_by_text("缴费成功").first).to_be_visible()
    await expect(page.locator("#sms")).to_contain_text("缴费成功")
    await expect(page.locator("#paper")).to_contain_text("已缴费")
    await shot(page, "journey-3-desk-paid")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_window_at_the_desk_refunds_what_was_paid_on_the_phone(
    world: Installation, chromium: Browser
) -> None:
    patient = Phone(world, 8)
    bill = patient.bills()[0]
    patient.wait_for(patient.pay(bill), "paid")
    page = await chromium.new_page(viewport=DESK)
    await page.goto(f"http://wechat-8.localhost:{world.sandbox_port}/sandbox/")
    paper = page.locator(".paper").filter(has_text=bill["bill_no"])
    await paper.get_by_role("button", name="在窗口全退").click()
    await expect(page.get_by_role("status")).to_contain_text("医院已冲账")
    await expect(paper).to_contain_text("已退费")
    await expect(page.locator("#sms")).to_contain_text("已原路退回", timeout=60_000)
    await paper.get_by_role("button").first.scroll_into_view_if_needed()
    await shot(page, "journey-18-window")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_says_confirming_until_the_hospital_has_it(world: Installation, chromium: Browser) -> None:
    """A HIS that is down for a while: the page is truthful and follows by itself."""
    bill = Phone(world, 5).bills()[0]
    world.faults({"where": "his.bill.confirm", "what": "error_5xx", "times": 3})
    page = await open_paper(chromium, world, 5, bill)
    await tap_bill(page, bill)
    await page.get_by_role("button", name=re.compile("立即支付")).click()
    await enter_password(page)
    await expect(page.get_by_text("已收款").first).to_be_visible()
    await shot(page, "journey-7-confirming")
    await expect(page.get_by_text("缴费成功").first).to_be_visible(timeout=30_000)
    await shot(page, "journey-8-booked")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_card_is_bound_by_the_code_on_the_hospital_s_phone(world: Installation, chromium: Browser) -> None:
    phone = Phone(world, 4)
    bill = phone.bills()[0]
    page = await open_paper(chromium, world, 4, bill)
    await page.get_by_role("button", name="绑定就诊卡").click()
    [code] = world.wait_until(phone.codes, "the code is there")
    await shot(page, "journey-9-code")
    await page.get_by_label(re.compile("验证码")).fill(code)
    await page.get_by_role("button", name=re.compile("绑定|确定|确认")).first.click()
    await expect(page.get_by_text("0004").first).to_be_visible()
    await shot(page, "journey-10-bound")
    menu = await open_phone(chromium, world, 4, "/h/demo/bills")
    await expect(menu.get_by_text(bill["department"]).first).to_be_visible()


@pytest.mark.asyncio(loop_scope="session")
async def test_an_ordinary_browser_is_told_what_to_do(world: Installation, chromium: Browser) -> None:
    page = await chromium.new_page(viewport=PHONE)
    await page.goto(f"http://127.0.0.1:{world.port}/h/demo/bills")
    await expect(page.get_by_text("微信").first).to_be_visible()
    await shot(page, "journey-11-ordinary-browser")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_same_on_alipay_from_the_paper_to_the_receipt(world: Installation, chromium: Browser) -> None:
    """The other client on the same desk: one code serves both."""
    page = await chromium.new_page(viewport=DESK)
    await page.goto(f"http://wechat-2.localhost:{world.sandbox_port}/sandbox/")
    await page.get_by_role("navigation", name="选一部手机").get_by_role("link", name="支付宝").click()
    await page.wait_for_url(re.compile("alipay-2"))
    await page.get_by_role("button", name="用手机扫一扫").first.click()
    phone = page.frame_locator("#phone")
    app = phone.frame_locator(".web iframe")
    bill = Phone(world, 2, "alipay").bills()[0]
    await app.locator(f"a.line[href*='{bill['bill_no']}']").click()
    await shot(page, "journey-12-alipay-bill")
    await app.get_by_role("button", name=re.compile("立即支付")).click()
    await expect(phone.get_by_role("dialog", name="收银台")).to_be_visible()
    await shot(page, "journey-13-alipay-cashier")
    await enter_password(phone)
    await expect(app.get_by_text("缴费成功").first).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="支付宝收到").first).to_be_visible()
    await shot(page, "journey-14-alipay-paid")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_life_account_s_menu_leads_to_one_s_own_bills(world: Installation, chromium: Browser) -> None:
    context = await chromium.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True)
    page = await context.new_page()
    await page.goto(f"http://alipay-1.localhost:{world.sandbox_port}/h/demo/cards/new")
    await page.get_by_label(re.compile("卡号")).fill(world.ask("/sandbox/credentials")["people"][0]["cards"][0])
    await page.get_by_label(re.compile("姓名")).fill(world.ask("/sandbox/credentials")["people"][0]["name"])
    await page.get_by_role("button", name=re.compile("验证码")).click()
    phone = Phone(world, 1, "alipay")
    [code] = world.wait_until(phone.codes, "the code is there")
    await page.get_by_label(re.compile("验证码")).fill(code)
    await page.get_by_role("button", name=re.compile("绑定|确定|确认")).first.click()
    await expect(page.get_by_text("0001").first).to_be_visible()
    await page.goto(f"http://alipay-1.localhost:{world.sandbox_port}/h/demo/bills")
    await expect(page.get_by_text(phone.bills()[0]["department"]).first).to_be_visible()
    await shot(page, "journey-15-alipay-own-bills")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_cashier_is_bound_and_refunds_in_the_chat(world: Installation, chromium: Browser) -> None:
    patient, cashier = Phone(world, 7), Employee(world, 6, "1001")
    payment_id = patient.pay(patient.bills()[0])
    patient.wait_for(payment_id, "paid")
    invited = run_staff(world, "invite", "--number", "1001", "--name", cashier.name, "--role", "cashier")
    page = await open_phone(chromium, world, 6, "/")
    await page.get_by_text("诊付演示医院").first.click()

    async def say(text: str) -> None:
        await page.get_by_label("发消息").fill(text)
        await page.get_by_role("button", name="发送").click()

    app = page.frame_locator(".web iframe")
    await say(f"绑定 {invited.rpartition(' ')[2].strip()}")
    await page.get_by_role("link", name="点这里设置PIN和动态码").click()
    address = await app.get_by_role("link", name="在本机的验证器里添加").get_attribute("href")
    cashier.has_authenticator(address or "")
    await app.get_by_label("PIN", exact=True).fill(PIN)
    await app.get_by_label("再输一次PIN").fill(PIN)
    await app.get_by_label("动态码", exact=True).fill(cashier.code())
    await shot(page, "journey-15-staff-setup")
    await app.get_by_role("button", name="完成设置").click()
    await expect(app.get_by_text("设置完成").first).to_be_visible()
    await page.get_by_role("button", name="关闭网页").click()
    await say(f"退费 {payment_id[-6:]} 1.5 没做")
    await expect(page.get_by_text("本次退 1.50元").last).to_be_visible()
    await say("确认")
    await page.get_by_role("link", name="点这里输入PIN和动态码").last.click()
    await app.get_by_label("PIN").fill(PIN)
    await app.get_by_label("动态码").fill(cashier.code())
    await shot(page, "journey-16-staff-confirm")
    await app.get_by_role("button", name="确认退费 ¥1.50").click()
    await expect(app.get_by_text("正在办理").first).to_be_visible()
    await page.get_by_role("button", name="关闭网页").click()
    await expect(page.get_by_text("退费已到账").last).to_be_visible(timeout=60_000)
    await shot(page, "journey-17-staff-arrived")
