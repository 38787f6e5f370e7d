"""Waiting for a number of a full shift by the API: joining, the offer, taking what is held, leaving."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from server.core.errors import OutcomeUnknown
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from tests.handlers.api.conftest import BothApps, Client, told
from tests.handlers.api.test_api_registration import taken, with_card
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL, a_bill
from tests.support.clock_and_ids import MORNING
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import ObligingMiniProgram
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot, an_offer

pytestmark = pytest.mark.gen_test
SHIFT = f"/registration/shifts/{SHIFT_NO}"
HELD = a_slot(9)


@pytest.fixture
def memory_app(mini: ObligingMiniProgram) -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his), channels={"wechat": BothApps()}, mini_program=mini)


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    found = cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)
    found.held = {slot.slot_no: "of-others" for slot in found.all_slots}
    return found


@pytest.fixture
def key(memory_app: InMemoryApp) -> str:
    return card_key(memory_app.sealer, HOSPITAL, CARD)


async def test_a_full_shift_can_be_waited_for_and_left(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations, key: str
) -> None:
    await with_card(memory_app, client)
    shift = told(await client.call("GET", SHIFT))["shift"]
    assert (shift["can_wait"], shift["left"], shift["text"]) == (True, 0, "已约满，可候补")
    asked = {"schedule_no": SHIFT_NO, "card_key": key}
    joined = await client.call("POST", "/waits", asked)
    assert (joined.code, told(joined)["text"]) == (200, "已加入候补。有号时会通知您，请及时确认。")
    [wait] = told(await client.call("GET", "/waits"))["items"]
    assert (wait["text"], wait["look"], wait["name_masked"], wait["slot_no"], wait["time"]) == (
        "排在第 1 位", "waiting", "张*试", None, "",
    )  # fmt: skip
    assert wait["card_key"] == key
    left = await client.call("DELETE", f"/waits/{SHIFT_NO}/{key}")
    assert (left.code, told(left)["text"]) == (200, "已退出候补。")
    assert told(await client.call("GET", "/waits"))["items"] == []


async def test_a_shift_that_is_over_can_t_be_waited_for(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations, key: str
) -> None:
    await with_card(memory_app, client)
    assert told(await client.call("GET", SHIFT))["none_left"] == "这个班次已经没有号了，请选择其他时间或医生"
    system.shift = replace(system.shift, ends_at=memory_app.clock.now())
    page = told(await client.call("GET", SHIFT))
    assert page["none_left"] == "这个班次已结束，请选择其他时间或医生"
    assert (page["shift"]["can_wait"], page["shift"]["left"], page["shift"]["text"]) == (False, 0, "已结束")
    refused = await client.call("POST", "/waits", {"schedule_no": SHIFT_NO, "card_key": key})
    assert (refused.code, told(refused)["detail"]) == (403, "这个班次已结束，请选择其他时间或医生。")


async def test_a_card_of_which_the_his_does_not_answer_is_said_to_be_missing(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, client)
    owner = (await memory_app.stores.cards.of_card(HOSPITAL, CARD, 9))[0].owner
    await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no="C0000002", name="张小测"))
    assert told(await client.call("GET", "/waits"))["note"] == ""
    system.will("waits", OutcomeUnknown(HOSPITAL_SYSTEM, "silent"))
    page = told(await client.call("GET", "/waits"))
    assert page["note"] == "医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。"


async def test_what_is_held_for_a_card_is_shown_and_taken_for_it(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations, key: str
) -> None:
    await with_card(memory_app, client)
    system.offer(CARD, HELD, MORNING + timedelta(minutes=15))
    [wait] = told(await client.call("GET", "/waits"))["items"]
    assert (wait["text"], wait["slot_no"], wait["time"]) == ("有号了，09:45 前有效", HELD.slot_no, "09:20–09:30")
    number = told(await client.call("GET", f"{SHIFT}/numbers/{HELD.slot_no}"))
    assert (number["card_key"], number["number"], number["action"]) == (key, 9, "支付并挂号 ¥21.00")
    assert (await taken(memory_app, client, slot_no=HELD.slot_no)).code == 201


async def test_what_is_held_for_others_is_gone(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, client)
    system.offer("8800000099", HELD, MORNING + timedelta(minutes=15))
    answer = await client.call("GET", f"{SHIFT}/numbers/{HELD.slot_no}")
    assert (answer.code, told(answer)["detail"]) == (404, "这个号刚被别人选走了，请换一个。")


async def test_nobody_waits_with_a_card_that_is_not_theirs(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, client)
    answer = await client.call("POST", "/waits", {"schedule_no": SHIFT_NO, "card_key": "abc123"})
    assert answer.code == 400
    assert system.named("wait") == []
