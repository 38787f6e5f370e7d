"""The mini-program on small, dark phones with large text: everything can be read, nothing leaves the screen, and the bar is as dark as the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Frame, Page, expect

from tests.browser.test_miniprogram import CROWDED
from tests.end_to_end.installation import Installation
from tests.end_to_end.phone import Phone
from tests.handlers.page_measures import broken_dates
from tests.handlers.test_console_in_browser import BEYOND, PALE
from tests.support.screenshots import shot

THEME = json.loads((Path(__file__).parents[2] / "miniprogram" / "theme.json").read_text("utf-8"))
ORDINARY_PX, LARGE_PX = 16, 24
"""The browser's own text size, which the phone takes for WeChat's: 1 and 1.5 times the ordinary one."""
PHONE_CLIENT = "#app iframe"
CUT = """() => [...document.querySelectorAll("page:not([hidden]) input[placeholder]")]
  .filter((one) => { const drawn = document.createElement("canvas").getContext("2d"); drawn.font = getComputedStyle(one).font;
    return drawn.measureText(one.placeholder).width > one.clientWidth; }).map((one) => one.placeholder)"""
"""Placeholders of which not all can be seen."""
TEXT = "one => parseFloat(getComputedStyle(one).fontSize)"
GROUND = "one => getComputedStyle(one).backgroundColor"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("looks") / "data") as installation:
        yield installation


@pytest_asyncio.fixture(loop_scope="session")
async def page(world: Installation, chromium: Browser, look: tuple[int, Literal["light", "dark"], int]) -> Page:
    """``standard`` is the size that a person sets for text in the browser; the headless shell has no file of such settings."""
    width, scheme, text_px = look
    context = await chromium.new_context(viewport={"width": width, "height": 844}, has_touch=True, color_scheme=scheme)
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Page.setFontSizes", {"fontSizes": {"standard": text_px}})
    await page.goto(f"http://wechat-1.localhost:{world.sandbox_port}/phone/#/app")
    return page


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("look", [(320, "dark", LARGE_PX), (390, "light", ORDINARY_PX)], ids=str)
async def test_every_page_can_be_read(page: Page, look: tuple[int, str, int]) -> None:
    width, scheme, text_px = look
    app = page.frame_locator(PHONE_CLIENT)
    await expect(app.get_by_text("就诊卡", exact=True)).to_be_visible()
    frame = next(one for one in page.frames if one.parent_frame is not None)
    grown = text_px / ORDINARY_PX
    assert await app.get_by_text("扫缴费单上的二维码", exact=True).evaluate(TEXT) == pytest.approx(17 * grown)
    bar = page.locator("[data-view=app] .bar")
    assert await bar.evaluate(GROUND) == rgb(THEME[scheme]["bar"])
    await looked_at(frame, width)
    for name in ("设置", "缴费记录", "就诊卡"):
        await app.get_by_role("button", name=name, exact=True).click()
        await expect(app.locator("page:not([hidden]) .foot")).to_be_visible()
        await looked_at(frame, width)
        if name != "就诊卡":
            await page.get_by_role("button", name="返回上一页").click()
    await app.get_by_role("button", name="绑定就诊卡").click()
    await expect(app.get_by_label("就诊卡号")).to_be_visible()
    await looked_at(frame, width)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("look", [(320, "dark", LARGE_PX), (390, "light", LARGE_PX)], ids=str)
async def test_the_pages_of_a_card_can_be_read(world: Installation, page: Page, look: tuple[int, str, int]) -> None:
    """A bill, the departments, the doctors of a department, the reports and old balances, at 1.5 times the text, for a person who looks after another."""
    patient = Phone(world, 1)
    if "****0001" not in patient.open("/h/demo/cards"):
        patient.bind_card(own=True)
        patient.bind_card(of=4, own=False)
        await page.reload()
    app = page.frame_locator(PHONE_CLIENT)
    of_bills, of_numbers = (
        (("待缴费", "待缴费"), ("心血管内科", "缴费单")),
        (("预约挂号", "预约挂号"), ("心血管内科", "选择医生")),
    )
    for ways in (of_bills, of_numbers, (("报告查询", "报告查询"),)):
        for way, title in ways:
            await app.locator("page:not([hidden])").get_by_text(way).first.click()
            await expect(page.locator("#app-title")).to_have_text(title)
            await expect(app.locator("page:not([hidden]) .panel").first).to_be_visible()
            await looked_at(next(one for one in page.frames if one.parent_frame is not None), look[0])
        for _ in ways:
            await page.get_by_role("button", name="返回上一页").click()
    balances = (("门诊余额", "查看怎么退"), ("查看怎么退", "门诊不再收预存款，以前存入、没用完的钱都可以退。"))
    for number, (way, words) in enumerate(balances):
        await app.locator("page:not([hidden])").get_by_text(way).first.click()
        await expect(app.locator("page:not([hidden])").get_by_text(words)).to_be_visible()
        await shot(page, f"mini-balances-{number}-{look[0]}")
        await looked_at(next(one for one in page.frames if one.parent_frame is not None), look[0])


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("look", [(390, "light", LARGE_PX), (320, "dark", ORDINARY_PX)], ids=str)
async def test_the_page_of_a_payment_can_be_read(world: Installation, page: Page, look: tuple[int, str, int]) -> None:
    """缴费成功 and its like stand on the page's ground, not on a panel's paper."""
    patient = Phone(world, 2)
    number = patient.pay(patient.bills()[0])
    patient.wait_for(number, "paid")
    await page.goto(f"http://wechat-2.localhost:{world.sandbox_port}/phone/#/app")
    app = page.frame_locator(PHONE_CLIENT)
    await app.get_by_role("button", name="缴费记录", exact=True).click()
    await app.locator("page:not([hidden]) .line").first.click()
    await expect(app.locator("page:not([hidden]) .result--success")).to_be_visible()
    await looked_at(next(one for one in page.frames if one.parent_frame is not None), look[0])


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("look", [(320, "dark", LARGE_PX)], ids=str)
async def test_a_relation_is_said_and_a_member_chosen(
    world: Installation, page: Page, look: tuple[int, str, int]
) -> None:
    """By a person who looks after another, and has both cards."""
    patient = Phone(world, 3)
    patient.bind_card(own=True)
    patient.bind_card(of=5, own=False)
    await page.goto(f"http://wechat-3.localhost:{world.sandbox_port}/phone/#/app")
    app = page.frame_locator(PHONE_CLIENT)
    front = app.locator("page:not([hidden])")
    await app.get_by_role("button", name="就诊卡", exact=True).click()
    await front.get_by_role("button", name=re.compile("关系")).click()
    await shot(page, "mini-relation-asked")
    await looked_at(next(one for one in page.frames if one.parent_frame is not None), look[0])
    await front.get_by_role("button", name="父母", exact=True).click()
    await expect(front.get_by_text(re.compile("父母")).first).to_be_visible()
    await shot(page, "mini-relation-said")
    await page.get_by_role("button", name="返回上一页").click()
    await front.get_by_text("待缴费").first.click()
    await expect(page.locator("#app-title")).to_have_text("待缴费")
    shown = front.locator(".members__one")
    await expect(shown).to_have_count(3)
    await shot(page, "mini-members-all")
    await shown.nth(2).click()
    await expect(front.locator(".members__one--here")).to_have_text(await shown.nth(2).inner_text())
    await looked_at(next(one for one in page.frames if one.parent_frame is not None), look[0])
    await shot(page, "mini-members-one")


async def looked_at(frame: Frame, width: int) -> None:
    assert await frame.evaluate(PALE) == []
    assert await frame.evaluate(BEYOND) == []
    assert await frame.evaluate(CROWDED) == []
    assert await broken_dates(frame) == []
    assert await frame.evaluate(CUT) == []
    assert await frame.evaluate("document.scrollingElement.scrollWidth") <= width


def rgb(colour: str) -> str:
    """``#1e1e1e`` as a browser tells it."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({', '.join(map(str, parts))})"
