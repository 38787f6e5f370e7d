"""The layout of the pages in a real browser: what is in sight, within reach of a thumb, and in large text."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.handlers.browser_phone import SMALL, a_paid_one, a_phone
from tests.support.builders import a_bill, a_scan, a_session

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_button_that_pays_is_in_sight_and_thumbs_can_hit_everything(chromium: Browser) -> None:
    async with a_phone(chromium) as phone:
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


async def test_two_children_with_one_masked_name_are_told_apart_by_their_cards(chromium: Browser) -> None:
    async with a_phone(chromium) as phone:
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


async def test_large_text_wraps_and_never_leaves_the_screen(chromium: Browser) -> None:
    async with a_phone(chromium) as phone:
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


async def test_every_page_has_one_title_to_begin_with(chromium: Browser) -> None:
    """Who listens to a page goes from title to title."""
    async with a_phone(chromium) as phone:
        payment_id = await a_paid_one(phone)
        for path in ("/bills", "/bills/B2", "/payments", f"/payments/{payment_id}", "/cards", "/cards/new", "/none"):
            await phone.open(path)
            await expect(phone.page.get_by_role("heading", level=1)).to_have_count(1)
