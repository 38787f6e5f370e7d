"""Registrations on the phone, clicked: one number, a favourite doctor, a waiting list."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.support.cashier import enter_password
from tests.support.journey_pages import open_phone
from tests.support.screenshots import shot

DESK: ViewportSize = {"width": 1360, "height": 920}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_number_is_registered_paid_shown_and_given_back(world: Installation, chromium: Browser) -> None:
    """Department, doctor, time, confirm, cashier, one's own registrations; then the number goes back and the money with it."""
    Phone(world, 5).bind_card(own=True)
    page = await open_phone(chromium, world, 5, "/h/demo/registration")
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_label("找科室").fill("gk")
    await page.get_by_role("button", name="查找").click()
    await shot(page, "registration-1-departments", full_page=True)
    await page.get_by_role("link", name=re.compile("骨科")).click()
    days = page.get_by_role("navigation", name="选择日期").get_by_role("link", name=re.compile("有号"))
    await days.nth(1).click()
    await shot(page, "registration-2-doctors", full_page=True)
    await page.locator("a.line").filter(has_text=re.compile("医师")).first.click()
    await shot(page, "registration-3-times", full_page=True)
    await page.locator("a.line").first.click()
    await expect(page.get_by_text("陈*例")).to_be_visible()
    await shot(page, "registration-4-confirm", full_page=True)
    await page.get_by_role("button", name="确认挂号").click()
    await enter_password(page)
    await expect(page.get_by_text("缴费成功").first).to_be_visible()
    await shot(page, "registration-5-paid", full_page=True)
    await page.goto(f"http://wechat-5.localhost:{world.sandbox_port}/h/demo/appointments")
    await expect(page.get_by_text("预约成功")).to_be_visible()
    await shot(page, "registration-6-own", full_page=True)
    await page.get_by_text("取消预约", exact=True).click()
    await page.get_by_role("button", name="确认取消预约").click()
    await expect(page.get_by_text("已提交取消")).to_be_visible()
    for _ in range(20):
        if await page.get_by_text("已取消", exact=True).count():
            break
        await asyncio.sleep(0.5)
        await page.reload()
    await expect(page.get_by_text("已取消", exact=True)).to_be_visible()
    await shot(page, "registration-7-cancelled", full_page=True)
    phone = Phone(world, 5)
    world.wait_until(lambda: any("退费" in text or "退回" in text for text in phone.cards()), "the refund is told")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_doctor_is_found_and_kept_as_a_favourite(world: Installation, chromium: Browser) -> None:
    """Search by initials, the doctor's coming days, the mark; next time the doctor stands first."""
    page = await open_phone(chromium, world, 5, "/h/demo/registration")
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_label("找科室或医生").fill("hmn")
    await page.get_by_role("button", name="查找").click()
    await shot(page, "doctor-1-found", full_page=True)
    await page.get_by_role("link", name=re.compile("韩模拟")).click()
    await page.get_by_role("button", name="收藏这位医生").click()
    await expect(page.get_by_role("button", name="已收藏，点此取消")).to_be_visible()
    await shot(page, "doctor-2-marked", full_page=True)
    await page.get_by_role("link", name="返回科室列表").click()
    await expect(page.get_by_role("heading", name="收藏的医生")).to_be_visible()
    await shot(page, "doctor-3-favourites", full_page=True)


@pytest.mark.asyncio(loop_scope="session")
async def test_who_waits_for_a_full_shift_gets_the_number_that_becomes_free(
    world: Installation, chromium: Browser
) -> None:
    """A full shift, the list, a number given back at a window, the message, the number taken."""
    Phone(world, 6).bind_card(own=True)
    page = await open_phone(chromium, world, 6, "/h/demo/registration?q=qsd")
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_role("link", name=re.compile("秦设定")).click()
    line = page.locator("a.line").filter(has_text=re.compile("余 \\d+ 个号")).last
    schedule_no = str(await line.get_attribute("href")).rpartition("/")[2]
    world.post("/sandbox/his/fill_shift", {"schedule_no": schedule_no})
    await page.reload()
    await page.locator(f"a.line[href$='{schedule_no}']").click()
    await shot(page, "waiting-1-full", full_page=True)
    await page.get_by_role("button", name="加入候补").click()
    await expect(page.get_by_text("排在第 1 位")).to_be_visible()
    await shot(page, "waiting-2-waits", full_page=True)
    world.post("/sandbox/his/free_number", {"schedule_no": schedule_no})
    phone = Phone(world, 6)
    world.wait_until(lambda: "候补结果通知" in phone.cards(), "the offer is told")
    await page.reload()
    await shot(page, "waiting-3-offered", full_page=True)
    await page.get_by_role("link", name="去确认").click()
    await page.get_by_role("button", name="确认挂号").click()
    await enter_password(page)
    await expect(page.get_by_text("缴费成功").first).to_be_visible()
    await page.goto(f"http://wechat-6.localhost:{world.sandbox_port}/h/demo/appointments")
    await expect(page.get_by_text("退出候补")).to_have_count(0)
    await expect(page.get_by_text("秦设定").first).to_be_visible()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_number_is_paid_at_the_window(world: Installation, chromium: Browser) -> None:
    """Where and until when stands before the tap and after it, until the window has the fee."""
    Phone(world, 7).bind_card(own=True)
    page = await open_phone(chromium, world, 7, "/h/demo/registration?q=hmn")
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_role("link", name=re.compile("韩模拟")).click()
    await page.locator("a.line").filter(has_text=re.compile("余 \\d+ 个号")).last.click()
    await page.locator("a.line").first.click()
    await page.get_by_text(re.compile("到院支付：.*收费窗口支付")).click()
    await shot(page, "window-1-choice", full_page=True)
    await page.get_by_role("button", name="确认挂号").click()
    await expect(page.get_by_text("已确认，请到窗口支付").first).to_be_visible()
    await shot(page, "window-2-taken", full_page=True)
    number = page.url.partition("?")[0].rpartition("/")[2]
    own = f"http://wechat-7.localhost:{world.sandbox_port}/h/demo/appointments"
    await page.goto(own)
    await expect(page.get_by_text(re.compile("挂号费请在 .* 前到门诊楼 1 层收费窗口支付"))).to_be_visible()
    await shot(page, "window-3-own", full_page=True)
    phone = Phone(world, 7)
    world.wait_until(lambda: "到院支付提醒" in phone.cards(), "where to pay is told")
    world.post("/sandbox/his/pay_number", {"out_trade_no": number})
    for _ in range(20):
        if not await page.get_by_text("挂号费请在").count():
            break
        await asyncio.sleep(0.5)
        await page.reload()
    await expect(page.get_by_text("挂号费已在窗口支付，请到窗口取消。")).to_be_visible()
    await shot(page, "window-4-paid", full_page=True)
