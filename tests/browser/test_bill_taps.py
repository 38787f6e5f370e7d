"""A bill's page under taps: a cancelled one, one that is faster than the scripts, one on a page that is being left."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

import pytest
from playwright.async_api import Browser, Error, Route, expect

from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.support.cashier import enter_password
from tests.support.journey_pages import open_paper, tap_bill
from tests.support.screenshots import shot

HOW_LEFT = """addEventListener("pagehide", () => {
  const button = document.querySelector("form[data-pay] button");
  if (button) sessionStorage.setItem("left", button.disabled ? "disabled" : "enabled");
});"""


@pytest.mark.asyncio(loop_scope="session")
async def test_cancel_leaves_the_bill_and_paying_again_works(world: Installation, chromium: Browser) -> None:
    bill = Phone(world, 3).bills()[0]
    page = await open_paper(chromium, world, 3, bill)
    await tap_bill(page, bill)
    await page.get_by_role("button", name=re.compile("立即支付")).click()
    await expect(page.get_by_role("dialog", name="收银台")).to_be_visible()
    await shot(page, "journey-4-cashier")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name=re.compile("支付")).first).to_be_enabled()
    await shot(page, "journey-5-cancelled")
    await page.get_by_role("button", name=re.compile("支付")).first.click()
    await enter_password(page)
    await expect(page.get_by_text("缴费成功").first).to_be_visible()
    await shot(page, "journey-6-paid")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_tap_that_is_faster_than_the_scripts_opens_the_cashier(world: Installation, chromium: Browser) -> None:
    """On a slow network the button is there before what stands behind it."""
    bill = Phone(world, 6).bills()[0]
    page = await open_paper(chromium, world, 6, bill)
    tapped = asyncio.Event()

    async def hold(route: Route) -> None:
        await tapped.wait()
        with suppress(Error):  # its page may be gone
            await route.continue_()

    await page.route(re.compile("/js/pay"), hold)
    await page.locator(f"a.line[href*='{bill['bill_no']}']").click(no_wait_after=True)
    await page.get_by_role("button", name=re.compile("立即支付")).click(no_wait_after=True)
    await page.wait_for_url(re.compile("/payments/"), wait_until="commit")
    tapped.set()
    await expect(page.get_by_role("dialog", name="收银台")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("alert")).to_contain_text("支付已取消")
    await page.reload()
    await expect(page.get_by_role("button", name=re.compile("去支付"))).to_be_enabled()
    await expect(page.get_by_role("dialog", name="收银台")).to_have_count(0)
    await page.get_by_role("button", name=re.compile("去支付")).click()
    await enter_password(page)
    await expect(page.get_by_text("缴费成功").first).to_be_visible()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_is_being_left_takes_no_second_tap(world: Installation, chromium: Browser) -> None:
    """However slow the result is to come: until it stands there the button of the bill stays down."""
    bill = Phone(world, 6).bills()[0]
    page = await open_paper(chromium, world, 6, bill)
    await page.add_init_script(HOW_LEFT)
    await tap_bill(page, bill)
    await page.get_by_role("button", name=re.compile("立即支付")).click()
    await enter_password(page)
    await expect(page.get_by_text("缴费成功").first).to_be_visible()
    assert await page.evaluate("sessionStorage.getItem('left')") == "disabled"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_could_not_be_left_gives_its_button_back(world: Installation, chromium: Browser) -> None:
    """Some clients keep the old page on the screen when the next one does not come."""
    bill = Phone(world, 6).bills()[0]
    page = await open_paper(chromium, world, 6, bill)
    await page.clock.install()
    asked = asyncio.Event()

    async def nothing_comes(route: Route) -> None:
        asked.set()
        await route.fulfill(status=204)  # which the browser answers by staying

    await page.route(re.compile("paid=1"), nothing_comes)
    await tap_bill(page, bill)
    await page.get_by_role("button", name=re.compile("立即支付")).click()
    await enter_password(page)
    await asked.wait()
    await expect(page.get_by_role("button", name="正在打开支付…")).to_be_disabled()
    await page.clock.fast_forward("00:20")
    await expect(page.get_by_role("button", name=re.compile("立即支付"))).to_be_enabled()
