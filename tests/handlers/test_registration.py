"""Registering on the pages: department, shift, time, number; one's own registrations, and giving one back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import pytest
from tornado.web import Application

from server.core.errors import OutsideRefusal
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.registration.model import QueuePlace, QueueState
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.doors import an_app, doors_of
from tests.handlers.scripts import JSON, data_of
from tests.support.builders import CARD, HOSPITAL, a_bill, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot, an_offer

pytestmark = pytest.mark.gen_test
SIGNED = {"Zhenfu_Key_Id": "his-key-1", "Signature": "genuine"}
NUMBER = f"/h/demo/registration/shifts/{SHIFT_NO}/{a_slot(1).slot_no}"


@pytest.fixture
def memory_app() -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his))


@pytest.fixture
def app(memory_app: InMemoryApp) -> Application:
    return doors_of(memory_app)


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    return cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)


async def with_card(memory_app: InMemoryApp, enter: Any, **fields: Any) -> None:
    session = await enter(**fields)
    await memory_app.stores.cards.bind(
        BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=CARD, name="张测试")
    )


def form(memory_app: InMemoryApp, number: int = 1) -> dict[str, str]:
    return {
        "schedule_no": SHIFT_NO,
        "slot_no": a_slot(number).slot_no,
        "card_key": card_key(memory_app.sealer, HOSPITAL, CARD),
        "sms": "none",
        "shown_fen": "2100",
    }


async def test_from_the_department_to_the_number(browser: Browser, enter: Any, memory_app: InMemoryApp) -> None:
    await with_card(memory_app, enter)
    department = text_of(await browser.get("/h/demo/registration/departments/D01"))
    for shown in ("11月24日 周二", "李虚构", "上午 主任医师", "¥21.00", "余 3 个号"):
        assert shown in department
    shift = text_of(await browser.get(f"/h/demo/registration/shifts/{SHIFT_NO}"))
    assert "08:00–08:20" in shift
    assert "08:30–08:40" in shift
    number = text_of(await browser.get(NUMBER))
    for shown in ("08:00–08:10", "1 号", "诊查费", "¥20.00", "张*试", "支付并挂号 ¥21.00"):
        assert shown in number


async def test_without_a_card_the_page_leads_to_binding_one(browser: Browser, enter: Any) -> None:
    await enter()
    page = text_of(await browser.get(NUMBER))
    assert "请先绑定就诊人的就诊卡" in page
    assert "支付并挂号" not in page


async def test_a_number_is_paid_shown_and_given_back(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter)
    page = await browser.get(NUMBER)
    begun = data_of(await browser.submit(page, "/h/demo/registration/numbers", form(memory_app), **JSON))
    assert begun["call"]["bridge"] == "weixin_jsapi"
    assert "待支付" in text_of(await browser.get("/h/demo/appointments"))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun["payment_id"]))
    await memory_app.work()
    own = await browser.get("/h/demo/appointments")
    for shown in ("预约成功", "测试内科", "11月24日 周二", "08:00–08:10", "1 号", "门诊楼 2 层", "确认取消预约"):
        assert shown in text_of(own)
    cancelled = await browser.submit(own, f"/h/demo/appointments/{begun['payment_id']}/cancel", {})
    assert place(cancelled) == "/h/demo/appointments?done=cancelled"
    after = text_of(await browser.get("/h/demo/appointments?done=cancelled"))
    assert "正在取消" in after
    assert "确认取消预约" not in after
    await memory_app.work()
    assert "已取消" in text_of(await browser.get("/h/demo/appointments"))
    assert len(memory_app.channel.named("refund")) == 1


async def test_a_number_that_is_gone_is_said_in_words(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter)
    page = await browser.get(NUMBER)
    system.held[a_slot(1).slot_no] = "somebody"
    answer = await browser.submit(page, "/h/demo/registration/numbers", form(memory_app), **JSON)
    assert (answer.code, data_of(answer)["message"]) == (409, "这个号刚被别人选走了，请换一个。")
    assert "这个号刚被别人选走了" in text_of(await browser.get(NUMBER))


async def test_nobody_sees_or_cancels_another_s_registration(
    browser: Browser, enter: Any, memory_app: InMemoryApp
) -> None:
    await with_card(memory_app, enter)
    page = await browser.get(NUMBER)
    begun = data_of(await browser.submit(page, "/h/demo/registration/numbers", form(memory_app), **JSON))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun["payment_id"]))
    await memory_app.work()
    own = await browser.get("/h/demo/appointments")
    await enter(subject=an_identity("openid-li-ceshi").subject)
    assert "测试内科" not in text_of(await browser.get("/h/demo/appointments"))
    answer = await browser.submit(own, f"/h/demo/appointments/{begun['payment_id']}/cancel", {})
    assert answer.code == 404


def changed_clinic(payment_id: str, **fields: str) -> str:
    told = {"out_trade_no": payment_id, "state": "stopped", "reason": "医生临时会诊", "at": "2026-11-23T10:00:00+08:00"}
    return json.dumps({**told, **fields})


async def test_a_stopped_clinic_is_said_on_the_page_and_another_number_is_one_tap_away(
    browser: Browser, enter: Any, memory_app: InMemoryApp, post: Any
) -> None:
    await with_card(memory_app, enter)
    page = await browser.get(NUMBER)
    begun = data_of(await browser.submit(page, "/h/demo/registration/numbers", form(memory_app), **JSON))
    number = begun["payment_id"]
    door = "/his/v1/reg.changed"
    assert json.loads((await post(door, changed_clinic(number), **SIGNED)).body)["code"] == "BUSY"
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(number))
    await memory_app.work()
    assert json.loads((await post(door, changed_clinic(number), **SIGNED)).body)["code"] == "OK"
    own = await browser.get("/h/demo/appointments")
    for shown in (
        "停诊",
        "11月24日上午李虚构停诊，可取消或改约。原因：医生临时会诊。",
        "取消预约，原路退费",
        "取消并改约",
    ):
        assert shown in text_of(own)
    assert "11月24日上午李虚构停诊" in text_of(await browser.get(f"/h/demo/payments/{number}"))
    answer = await browser.submit(own, f"/h/demo/appointments/{number}/rebook", {})
    assert place(answer) == "/h/demo/registration/departments/D01?instead"
    assert "原来的号正在退" in text_of(await browser.get("/h/demo/registration/departments/D01?instead"))
    other = await browser.get(f"/h/demo/registration/shifts/{SHIFT_NO}/{a_slot(2).slot_no}")
    again = data_of(await browser.submit(other, "/h/demo/registration/numbers", form(memory_app, 2), **JSON))
    assert again["payment_id"] != number


async def test_a_patient_checks_in_by_the_code_at_the_clinic_and_sees_the_queue(
    browser: Browser, enter: Any, memory_app: InMemoryApp, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, enter, expires_at=MORNING + timedelta(days=2))
    page = await browser.get(NUMBER)
    number = data_of(await browser.submit(page, "/h/demo/registration/numbers", form(memory_app), **JSON))["payment_id"]
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(number))
    await memory_app.work()
    assert "签到与候诊" not in text_of(await browser.get("/h/demo/appointments")), "it is tomorrow's"
    assert "今天没有要签到的预约" in text_of(await browser.get("/h/demo/check-in/A1"))
    memory_app.clock.forward(hours=14, minutes=40)
    assert "签到与候诊" in text_of(await browser.get("/h/demo/appointments"))
    queue = f"/h/demo/appointments/{number}/queue"
    assert (await browser.get(queue)).code == 404, "the HIS has no queue of it"
    system.places[number] = QueuePlace(state=QueueState.BOOKED, now_number=0, ahead=2, place="2 层", can_check_in=True)
    for shown in ("还没有签到", "还没有开始", "2 人", "请扫分诊台的签到码"):
        assert shown in text_of(await browser.get(queue))
    at_the_clinic = await browser.get("/h/demo/check-in/A1")
    wrong = await browser.submit(at_the_clinic, f"/h/demo/appointments/{number}/check-in", {"point": "no code"})
    assert (wrong.code, system.named("check_in")) == (400, [])
    done = await browser.submit(at_the_clinic, f"/h/demo/appointments/{number}/check-in", {"point": "A1"})
    assert (place(done), system.named("check_in")) == (queue, [(number, "A1")])
    assert "已签到，请候诊" in text_of(await browser.get(queue))
    system.will("check_in", OutsideRefusal("his", "REFUSED", user_message="现在不能签到"))
    refused = await browser.submit(at_the_clinic, f"/h/demo/appointments/{number}/check-in", {"point": "A1"})
    assert "现在不能签到" in text_of(refused)
    await enter(subject=an_identity("openid-li-ceshi").subject, expires_at=MORNING + timedelta(days=2))
    assert (await browser.get(queue)).code == 404, "it is another person's"


async def test_the_his_is_told_what_it_got_wrong(memory_app: InMemoryApp, post: Any) -> None:
    for asked, status, code in (
        (changed_clinic("ZF404"), 200, "NO_DATA"),
        (changed_clinic("ZF404", state="perhaps"), 400, "BAD_REQUEST"),
        (changed_clinic("ZF404", at="2026-11-23T10:00:00"), 400, "BAD_REQUEST"),
        (changed_clinic("ZF404", at="0001-01-01T00:00:00+08:00"), 400, "BAD_REQUEST"),
        (changed_clinic("ZF404", reason="two\nlines"), 400, "BAD_REQUEST"),
    ):
        answer = await post("/his/v1/reg.changed", asked, **SIGNED)
        assert (answer.code, json.loads(answer.body)["code"]) == (status, code)
    assert (await post("/his/v1/reg.changed", changed_clinic("ZF404"), Zhenfu_Key_Id="his-key-1")).code == 401


async def test_the_place_is_offered_where_the_hospital_takes_registrations(browser: Browser, enter: Any) -> None:
    await enter()
    assert 'href="/h/demo/registration"' in text_of(await browser.get("/h/demo/"))


class TestAHospitalThatTakesNone:
    @pytest.fixture
    def memory_app(self) -> InMemoryApp:
        return an_app(a_bill())

    async def test_has_no_such_place(self, browser: Browser, enter: Any) -> None:
        await enter()
        assert "/registration" not in text_of(await browser.get("/h/demo/"))
        for path in ("registration", "registration/departments/D01", f"registration/shifts/{SHIFT_NO}"):
            answer = await browser.get(f"/h/demo/{path}")
            assert answer.code == 404
            assert "医院暂未开通手机挂号" in text_of(answer)
