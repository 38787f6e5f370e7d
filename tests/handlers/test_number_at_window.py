"""到院支付 on the pages, in the API and at the HIS's door: the choice, where and until when, and what is said when it was paid."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import pytest
from tornado.web import Application

from server.core.errors import OutsideRefusal
from server.registration.model import QueuePlace, QueueState
from server.registration.rules.at_window import WindowRule
from tests.handlers.conftest import Browser, text_of
from tests.handlers.doors import an_app, doors_of
from tests.handlers.scripts import JSON, data_of
from tests.handlers.test_registration import NUMBER, SIGNED, form, with_card
from tests.support.builders import HOSPITAL, a_bill
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger
from tests.support.registrations import PlayedRegistrations, an_offer

pytestmark = pytest.mark.gen_test
WAY = "11月24日 07:30 前到收费窗口支付，过时号会取消"
WHOLE = '<span class="whole">11月24日 07:30</span> 前到收费窗口支付，过时号会取消'
"""On a page of one's own, where the date stays in one line."""
GUIDE = "11月24日 07:30 前到窗口付挂号费"


@pytest.fixture
def memory_app() -> InMemoryApp:
    his, rule = FaithfulHis(a_bill()), WindowRule(place="收费窗口", before=timedelta(minutes=30))
    offer = an_offer(his, at_window=rule)
    return an_app(his=his, registration=offer, messengers={"wechat": RecordingMessenger()})


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    return cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)


async def reserved(browser: Browser, enter: Any, memory_app: InMemoryApp) -> str:
    await with_card(memory_app, enter)
    page = await browser.get(NUMBER)
    asked = {**form(memory_app), "pay": "window"}
    begun = data_of(await browser.submit(page, "/h/demo/registration/numbers", asked, **JSON))
    assert begun["call"] is None
    await memory_app.work()
    return str(begun["payment_id"])


async def test_the_choice_is_offered_and_now_is_still_now(
    browser: Browser, enter: Any, memory_app: InMemoryApp
) -> None:
    await with_card(memory_app, enter)
    page = await browser.get(NUMBER)
    for shown in ("挂号费怎么付", "现在支付", f"到院支付：{WAY}", "确认挂号"):
        assert shown in text_of(page)
    now = {**form(memory_app), "pay": "now"}
    begun = data_of(await browser.submit(page, "/h/demo/registration/numbers", now, **JSON))
    assert begun["call"]["bridge"] == "weixin_jsapi"


async def test_the_pages_say_where_and_until_when(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations, post: Any
) -> None:
    number = await reserved(browser, enter, memory_app)
    payment = text_of(await browser.get(f"/h/demo/payments/{number}"))
    assert "已确认，请到窗口支付" in payment
    assert GUIDE in payment
    assert "无需付款" not in payment
    assert ("医院已确认" in payment, "医院已入账" in payment) == (True, False), "there is no money to book"
    own = text_of(await browser.get("/h/demo/appointments"))
    for shown in ("预约成功", f"挂号费请在 {WHOLE}。", "确认取消预约"):
        assert shown in own
    system.places[number] = QueuePlace(state=QueueState.BOOKED, now_number=0, ahead=0, place="", can_check_in=False)
    assert WHOLE in text_of(await browser.get(f"/h/demo/appointments/{number}/queue"))
    [(_, notice, _)] = cast(RecordingMessenger, memory_app.messenger).named("send")
    assert (notice.purpose, notice.values["guide"]) == ("payment_elsewhere", GUIDE)
    answers = [await post("/his/v1/reg.paid", json.dumps({"out_trade_no": number}), **SIGNED) for _ in range(2)]
    assert [json.loads(answer.body)["code"] for answer in answers] == ["OK", "OK"]
    own = text_of(await browser.get("/h/demo/appointments"))
    assert WHOLE not in own
    assert "挂号费已在窗口支付，请到窗口取消。" in own
    assert "已确认，已在窗口支付" in text_of(await browser.get(f"/h/demo/payments/{number}"))


async def test_what_nobody_paid_is_said_to_be_cancelled(browser: Browser, enter: Any, memory_app: InMemoryApp) -> None:
    number = await reserved(browser, enter, memory_app)
    await memory_app.live_on(24 * 3600)
    await enter(id="a-later-login", expires_at=memory_app.clock.now() + timedelta(hours=2))
    assert "到时没有支付，已取消" in text_of(await browser.get("/h/demo/appointments"))
    page = await browser.get(f"/h/demo/payments/{number}")
    assert "到时没有支付，已取消" in text_of(page)
    assert GUIDE not in text_of(page)
    assert 'href="/h/demo/registration">重新挂号<' in page.body.decode()
    told = [notice for _, notice, _ in cast(RecordingMessenger, memory_app.messenger).named("send")]
    assert told[-1].values["guide"] == "到时没有支付，已取消，可重新挂号"


async def test_what_was_paid_at_the_window_without_a_word_is_not_said_to_be_unpaid(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    number = await reserved(browser, enter, memory_app)
    system.will("cancel", OutsideRefusal("his", "REFUSED"))
    await memory_app.live_on(24 * 3600)
    await enter(id="a-later-login", expires_at=memory_app.clock.now() + timedelta(hours=2))
    page = text_of(await browser.get(f"/h/demo/payments/{number}"))
    assert "已确认，已在窗口支付" in page
    for untrue in ("到时没有支付", "医院不同意取消"):
        assert untrue not in page
    sent = [notice.purpose for _, notice, _ in cast(RecordingMessenger, memory_app.messenger).named("send")]
    assert sent == ["payment_elsewhere"]


async def test_what_the_his_says_of_another_number_is_not_taken(post: Any) -> None:
    answer = await post("/his/v1/reg.paid", json.dumps({"out_trade_no": "ZF20261123NOSUCHNUMBER"}), **SIGNED)
    assert json.loads(answer.body)["code"] == "NO_DATA"
    assert (await post("/his/v1/reg.paid", "{}", **SIGNED)).code == 400


async def test_on_the_day_the_code_at_the_clinic_asks_for_the_fee_first(
    browser: Browser, enter: Any, memory_app: InMemoryApp
) -> None:
    await reserved(browser, enter, memory_app)
    memory_app.clock.forward(hours=16)
    await enter(id="a-later-login", expires_at=memory_app.clock.now() + timedelta(hours=2))
    page = await browser.get("/h/demo/check-in/A2")
    assert f"请先支付挂号费再签到：{WHOLE}。" in text_of(page)
    assert '/check-in"' not in page.body.decode()
