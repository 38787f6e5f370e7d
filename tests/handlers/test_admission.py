"""Too many at once: pages are turned away early and kindly, what platforms tell us gets through, nobody is counted for ever."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tornado.web import Application

from handlers.base.admission import PERSON_AT_ONCE, Admission, Share
from server.core.errors import Overloaded, TooManyTries
from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import a_paid_order
from tests.support.in_memory_app import InMemoryApp

TURNS_MAX = 100_000
PAGES_AT_ONCE = 4  # tests/handlers/doors.py


def test_each_share_is_counted_by_itself() -> None:
    admission = Admission(pages_at_once=1, platforms_at_once=1)
    admission.enter(Share.PAGES)
    with pytest.raises(Overloaded):
        admission.enter(Share.PAGES)
    admission.enter(Share.PLATFORMS)
    admission.leave(Share.PAGES)
    admission.enter(Share.PAGES)


def test_a_late_loop_lets_no_page_in_and_forgets_within_a_moment() -> None:
    admission = Admission(lag_s_max=0.5)
    admission.felt(5.0)
    with pytest.raises(Overloaded):
        admission.enter(Share.PAGES)
    admission.enter(Share.PLATFORMS)
    for _ in range(8):
        admission.felt(0.0)
    admission.enter(Share.PAGES)


def test_no_door_no_address_and_no_person_takes_everything() -> None:
    admission = Admission(pages_at_once=10, logins_at_once=10)
    for _ in range(8):
        admission.enter(Share.PAGES, "bills", "10.0.0.1")
    with pytest.raises(Overloaded):
        admission.enter(Share.PAGES, "cards", "10.0.0.1")
    with pytest.raises(Overloaded):
        admission.enter(Share.PAGES, "bills", "10.0.0.2")
    admission.enter(Share.PAGES, "cards", "10.0.0.2")
    for _ in range(5):
        admission.enter(Share.LOGINS, "login_return", "10.0.0.1")
    with pytest.raises(Overloaded):
        admission.enter(Share.LOGINS, "api_session", "10.0.0.1")
    admission.enter(Share.LOGINS, "login_return", "10.0.0.2")
    for _ in range(PERSON_AT_ONCE):
        admission.enter_person("zhang")
    with pytest.raises(TooManyTries):
        admission.enter_person("zhang")
    admission.enter_person("li")


def test_whoever_is_turned_away_takes_no_place() -> None:
    admission = Admission(pages_at_once=10)
    for _ in range(8):
        admission.enter(Share.PAGES, "bills", "10.0.0.1")
    for _ in range(20):
        with pytest.raises(Overloaded):
            admission.enter(Share.PAGES, "bills", "10.0.0.1")
    for _ in range(8):
        admission.leave(Share.PAGES, "bills", "10.0.0.1")
    assert (admission.within, sum(admission.inside.values())) == ({}, 0)


def test_the_staff_of_a_house_share_one_address_and_are_not_bounded_by_it() -> None:
    admission = Admission(console_at_once=4)
    for _ in range(4):
        admission.enter(Share.CONSOLE, "console_payments", "10.0.0.1")
    admission.enter(Share.PAGES, "bills", "10.0.0.1")


@pytest.mark.gen_test
async def test_a_hung_his_fills_the_pages_share_and_no_other(
    memory_app: InMemoryApp, app: Application, browser: Browser, enter: Any, post: Any
) -> None:
    payment_id = await a_paid_order(memory_app)
    await enter("B1")
    memory_app.his.will("bill", *["hang"] * PAGES_AT_ONCE)
    waiting = [asyncio.ensure_future(browser.get("/h/demo/bills")) for _ in range(PAGES_AT_ONCE)]
    admission: Admission = app.settings["admission"]
    for _ in range(TURNS_MAX):
        if admission.inside[Share.PAGES] == PAGES_AT_ONCE:
            break
        await asyncio.sleep(0)
    refused = await browser.get("/h/demo/bills")
    assert (refused.code, refused.headers["Retry-After"]) == (503, "5")
    assert "访问的人很多" in text_of(refused)
    told = await post("/notify/wechatpay/demo/payment", json.dumps({"out_trade_no": payment_id}), Signature="genuine")
    assert told.code == 200
    assert (await browser.get("/healthz")).code == 200
    for page in waiting:
        page.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.gen_test
async def test_who_has_left_is_not_counted_any_more(app: Application, browser: Browser, enter: Any) -> None:
    """Served, refused by us, not found, failed: all of them have left."""
    await enter("B1")
    for path in ("/h/demo/bills", "/h/demo/bills/nothing", "/h/nowhere/bills", "/s/forged", "/static/0/no.js"):
        await browser.get(path)
    admission: Admission = app.settings["admission"]
    assert admission.inside == dict.fromkeys(Share, 0)
    assert (admission.within, sum(admission.inside.values())) == ({}, 0)
