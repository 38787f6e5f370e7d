"""Pages of a journey, on phones of the sandbox."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, ViewportSize

from tests.end_to_end.installation import Installation

PHONE: ViewportSize = {"width": 390, "height": 844}


async def open_phone(browser: Browser, world: Installation, number: int, path: str) -> Page:
    context = await browser.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True)
    page = await context.new_page()
    await page.goto(f"http://wechat-{number}.localhost:{world.sandbox_port}{path}")
    return page


async def open_paper(browser: Browser, world: Installation, number: int, bill: dict[str, Any]) -> Page:
    return await open_phone(browser, world, number, urlsplit(bill["url"]).path)


async def tap_bill(page: Page, bill: dict[str, Any]) -> None:
    """Opens the bill from the list and waits for its scripts: a tap on its button before them goes another way, by the form."""
    await page.locator(f"a.line[href*='{bill['bill_no']}']").click()
    await page.wait_for_url(re.compile(f"/bills/[^/]*{re.escape(bill['bill_no'])}"), wait_until="load")
