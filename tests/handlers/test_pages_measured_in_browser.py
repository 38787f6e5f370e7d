"""The pages as they are measured: accessibility rules, taps, text, width, dates and weight, in every size and both colour schemes."""

from __future__ import annotations

import asyncio
import math

import pytest
from playwright.async_api import Browser

from tests.handlers import page_measures as measures
from tests.handlers.browser_phone import Phone
from tests.handlers.measured_pages import EVERY_PAGE, Opened

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = ((390, 1.0), (390, 1.5), (320, 1.0), (320, 1.5))
"""Width in px and scale of the text. The last one is the narrowest, in which amounts are looked at as well."""
WITH_AN_AMOUNT = {
    "缴费单",
    "支付结果",
    "挂号的支付结果",
    "一次住院",
    "一日清单",
    "预交金记录",
    "交预交金",
    "出院结算",
    "一张卡的余额",
}


every_page = pytest.mark.parametrize("opened", EVERY_PAGE, ids=lambda opened: opened.__name__)


@every_page
async def test_axe_finds_nothing(chromium: Browser, opened: Opened) -> None:
    """All rules in the light scheme, and in the dark one those that look at colours: the same elements stand on the page."""
    async with opened(chromium, color_scheme="light", bypass_csp=True) as (phone, paths):
        for name, path in paths.items():
            await phone.page.emulate_media(color_scheme="light")
            await phone.open(path)
            assert await measures.axe_findings(phone.page) == [], name
            await phone.page.emulate_media(color_scheme="dark")
            assert await measures.axe_findings(phone.page, measures.OF_COLOURS) == [], f"{name} in the dark"


@every_page
async def test_nothing_leaves_the_screen_no_date_breaks_and_the_amount_is_the_largest(
    chromium: Browser, opened: Opened
) -> None:
    """A page is opened once and laid out anew in each size, as when a phone is turned."""
    async with opened(chromium) as (phone, paths):
        for name, path in paths.items():
            await phone.open(path)
            for width, scale in SIZES:
                await phone.page.set_viewport_size({"width": width, "height": 640})
                await measures.scale_text(phone.page, scale)
                at = f"{name} at {width} px, {scale}"
                assert await measures.beyond_the_screen(phone.page) == [], at
                assert await measures.broken_dates(phone.page) == [], at
                assert await measures.mislaid(phone.page) == [], at
            if name in WITH_AN_AMOUNT:
                assert await measures.larger_than_the_amount(phone.page) == [], name
                assert await measures.lines_of_the_amount(phone.page) == 1, name


@every_page
async def test_the_elder_switch_enlarges_every_page_and_comes_back(chromium: Browser, opened: Opened) -> None:
    async with opened(chromium) as (phone, paths):
        await phone.open("/payments")
        before = await measures.smallest_text_px(phone.page)
        await phone.page.get_by_role("link", name="切换为长辈版（大字）").click()
        await phone.page.wait_for_url("**/h/demo/payments")
        for name, path in paths.items():
            await phone.open(path)
            assert await measures.lowest_tap_px(phone.page) >= 60, name
            assert await measures.smallest_text_px(phone.page) >= before * 1.2, name
        await phone.open("/payments")
        await phone.page.get_by_role("link", name="切换为普通版").click()
        await phone.page.wait_for_url("**/h/demo/payments")
        assert await measures.smallest_text_px(phone.page) == before


async def test_the_table_of_measures_holds(chromium: Browser) -> None:
    """docs/pages-measured.md: taps and text may only grow, weight may only shrink, without a new line there."""
    measured = {}
    for opened in EVERY_PAGE:
        async with opened(chromium) as (phone, paths):
            measured |= {name: await _measure(phone, path) for name, path in paths.items()}
    told = measures.kept()
    assert told.keys() == measured.keys(), measures.table(measured)
    for name, now in measured.items():
        then = told[name]
        assert now.tap_px >= max(then.tap_px, 44), f"{name}\n{measures.table(measured)}"
        assert now.elder_tap_px >= max(then.elder_tap_px, 60), f"{name}\n{measures.table(measured)}"
        assert now.text_px >= max(then.text_px, 17), f"{name}\n{measures.table(measured)}"
        assert now.weight_kb <= then.weight_kb, f"{name}\n{measures.table(measured)}"


async def _measure(phone: Phone, path: str) -> measures.Measures:
    session = await phone.context.new_cdp_session(phone.page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    loaded: list[int] = []
    session.on("Network.requestWillBeSent", lambda event: loaded.clear() if event["type"] == "Document" else None)
    session.on("Network.loadingFinished", lambda event: loaded.append(int(event["encodedDataLength"])))
    await phone.open(path)
    await phone.page.wait_for_load_state("networkidle")
    weight = math.ceil(sum(loaded) / 1024)
    await session.detach()
    tap, text = await measures.lowest_tap_px(phone.page), await measures.smallest_text_px(phone.page)
    await phone.page.evaluate("document.documentElement.classList.add('elder')")
    await asyncio.sleep(0)
    elder = await measures.lowest_tap_px(phone.page)
    return measures.Measures(tap_px=tap, elder_tap_px=elder, text_px=text, weight_kb=weight)
