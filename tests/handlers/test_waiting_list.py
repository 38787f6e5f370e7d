"""Waiting for a number of a full shift on the pages, and what the HIS says of an offer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from tornado.web import Application

from server.core.errors import OutcomeUnknown, RefusedInWords
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.registration.model import ShiftState
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app, doors_of
from tests.handlers.test_registration import SIGNED, with_card
from tests.support.builders import CARD, HOSPITAL, a_bill, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot, an_offer

pytestmark = pytest.mark.gen_test
SHIFT = f"/h/demo/registration/shifts/{SHIFT_NO}"
HELD = a_slot(9)
UNTIL = MORNING + timedelta(minutes=15)
OFFERED = json.dumps({"card_no": CARD, "schedule_no": SHIFT_NO})


@pytest.fixture
def memory_app() -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his), messengers={"wechat": RecordingMessenger()})


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    return cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)


@pytest.fixture
def card(memory_app: InMemoryApp) -> dict[str, str]:
    return {"card_key": card_key(memory_app.sealer, HOSPITAL, CARD)}


def fill(system: PlayedRegistrations) -> None:
    system.held = {slot.slot_no: "of-others" for slot in system.all_slots}


async def test_a_full_shift_leads_to_its_waiting_list_and_out_of_it(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations, card: dict[str, str]
) -> None:
    await with_card(memory_app, enter)
    assert "加入候补" not in text_of(await browser.get(SHIFT))
    fill(system)
    department = await browser.get("/h/demo/registration/departments/D01")
    assert "已约满，可候补" in text_of(department)
    assert SHIFT in department.body.decode()
    page = await browser.get(SHIFT)
    for shown in ("这个班次已经没有号了", "候补就诊人", "张*试", "加入候补"):
        assert shown in text_of(page)
    joined = await browser.submit(page, f"{SHIFT}/list/wait", card)
    assert place(joined) == "/h/demo/appointments?done=waiting"
    own = await browser.get("/h/demo/appointments?done=waiting")
    for shown in ("已加入候补", "候补 测试内科", "排在第 1 位", "张*试", "11月24日 周二 上午", "退出候补"):
        assert shown in text_of(own)
    left = await browser.submit(own, f"{SHIFT}/list/leave", card)
    assert place(left) == "/h/demo/appointments?done=left"
    assert "退出候补" not in text_of(await browser.get("/h/demo/appointments"))


async def test_a_shift_that_is_over_says_so_and_nobody_waits_for_it(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations, card: dict[str, str]
) -> None:
    await with_card(memory_app, enter)
    fill(system)
    page = await browser.get(SHIFT)
    system.shift = replace(system.shift, ends_at=memory_app.clock.now() + timedelta(seconds=1))
    assert "已约满，可候补" in text_of(await browser.get("/h/demo/registration/departments/D01"))
    memory_app.clock.forward(1)
    department = text_of(await browser.get("/h/demo/registration/departments/D01"))
    assert ("已结束" in department, "已约满" in department, SHIFT in department) == (True, False, False)
    over = text_of(await browser.get(SHIFT))
    assert "这个班次已结束，请选择其他时间或医生。" in over
    assert "候补" not in over
    refused = await browser.submit(page, f"{SHIFT}/list/wait", card)
    assert (refused.code, "这个班次已结束，请选择其他时间或医生。" in text_of(refused)) == (403, True)
    assert system.named("wait") == []
    system.shift = replace(system.shift, state=ShiftState.STOPPED)
    assert "停诊" in text_of(await browser.get("/h/demo/registration/departments/D01"))


async def test_a_refusal_of_the_his_is_a_page_with_its_words(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations, card: dict[str, str]
) -> None:
    await with_card(memory_app, enter)
    fill(system)
    page = await browser.get(SHIFT)
    system.will("wait", RefusedInWords("his", "REFUSED", user_message="候补的人已满，请选择其他时间或医生"))
    refused = await browser.submit(page, f"{SHIFT}/list/wait", card)
    assert (refused.code, "候补的人已满，请选择其他时间或医生" in text_of(refused)) == (409, True)


async def test_who_has_no_card_is_led_to_binding_one(browser: Browser, enter: Any, system: PlayedRegistrations) -> None:
    await enter()
    fill(system)
    page = text_of(await browser.get(SHIFT))
    assert "请先绑定就诊人的就诊卡" in page
    assert "加入候补" not in page


async def test_what_is_held_is_shown_first_and_leads_to_the_number(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter)
    fill(system)
    system.offer(CARD, HELD, UNTIL)
    first = text_of(await browser.get("/h/demo/"))
    for shown in ("候补的号有了，过时给下一位", "测试内科 11月24日上午，09:45 前有效"):
        assert shown in first
    own = await browser.get("/h/demo/appointments")
    for shown in ("有号了，09:45 前有效", "09:20–09:30", "去确认"):
        assert shown in text_of(own)
    system.calls.clear()
    number = await browser.get(f"{SHIFT}/{HELD.slot_no}")
    assert len(system.named("slots")) == 1
    for shown in ("9 号", "张*试", "支付并挂号 ¥21.00"):
        assert shown in text_of(number)


async def test_a_number_that_is_held_for_others_is_gone(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter)
    system.offer("8800000099", HELD, UNTIL)
    page = await browser.get(f"{SHIFT}/{HELD.slot_no}")
    assert page.code == 404
    assert "这个号刚被别人选走了" in text_of(page)


async def test_one_s_own_numbers_are_shown_while_the_his_is_silent(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter)
    system.will("waits", OutcomeUnknown("his", "silent"))
    page = text_of(await browser.get("/h/demo/appointments"))
    assert "医院系统暂时没有响应，候补的情况没有取到，请稍后再看。" in page
    assert "还没有预约" in page


async def test_a_card_of_which_the_his_does_not_answer_is_said_to_be_missing(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter)
    second = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no="C0000002", name="张小测")
    await memory_app.stores.cards.bind(second)
    missing = "医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。"
    assert missing not in text_of(await browser.get("/h/demo/appointments"))
    system.will("waits", OutcomeUnknown(HOSPITAL_SYSTEM, "silent"))
    assert missing in text_of(await browser.get("/h/demo/appointments"))


async def test_the_his_says_that_a_number_is_held(
    post: Any, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter)

    async def say(body: str = OFFERED) -> tuple[int, str]:
        answer = await post("/his/v1/reg.offered", body, **SIGNED)
        return answer.code, json.loads(answer.body)["code"]

    assert await say() == (200, "NO_DATA"), "nothing is held"
    system.offer(CARD, HELD, UNTIL)
    assert [await say() for _ in range(2)] == [(200, "OK")] * 2
    [(_, notice, _)] = memory_app.messenger.named("send")
    assert (notice.purpose, notice.values["patient"]) == ("number_offered", "张*试")
    assert await say(json.dumps({"card_no": CARD})) == (400, "BAD_REQUEST")
