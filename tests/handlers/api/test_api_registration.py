"""Registering by the API: department, shift, time, number; one's own registrations, the queue, and giving one back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from server.core.errors import RefusedInWords
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.registration.model import ClinicChange, QueuePlace, QueueState, ShiftState
from server.registration.rules.at_window import WindowRule
from server.registration.rules.being_here import Site
from tests.handlers.api.conftest import KEY, BothApps, Client, told
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL, a_bill
from tests.support.clock_and_ids import MORNING
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot, an_offer

pytestmark = pytest.mark.gen_test
SHIFT = f"/registration/shifts/{SHIFT_NO}"


@pytest.fixture
def memory_app(mini: ObligingMiniProgram) -> InMemoryApp:
    his = FaithfulHis(a_bill())
    return an_app(his=his, registration=an_offer(his), channels={"wechat": BothApps()}, mini_program=mini)


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    return cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)


async def with_card(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    owner = f"wechat:{MINI_APP}:openid-mini-zhang"
    await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))


async def taken(memory_app: InMemoryApp, client: Client, key: str = KEY, **other: Any) -> Any:
    asked = {
        "schedule_no": SHIFT_NO,
        "slot_no": a_slot(1).slot_no,
        "card_key": card_key(memory_app.sealer, HOSPITAL, CARD),
        "amount_fen": 2100,
        "phone": None,
        **other,
    }
    return await client.call("POST", "/appointments", asked, Idempotency_Key=key)


async def booked(memory_app: InMemoryApp, client: Client) -> str:
    await with_card(memory_app, client)
    payment_id = str(told(await taken(memory_app, client))["payment"]["out_trade_no"])
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment_id))
    await memory_app.work()
    return payment_id


async def test_from_the_department_to_the_number(client: Client) -> None:
    await client.log_in()
    found = told(await client.call("GET", "/registration/departments?q=csn"))["items"]
    assert [one["name"] for one in found] == ["测试内科"]
    assert len(told(await client.call("GET", "/registration/departments"))["items"]) == 2
    of = told(await client.call("GET", f"/registration/departments/{found[0]['department_no']}"))
    assert of["shown"] == "2026-11-24"
    assert [(one["day"], one["text"]) for one in of["days"]] == [("11月24日 周二", "有号")]
    [shift] = of["shifts"]
    assert {name: shift[name] for name in ("doctor", "half_day", "fee_fen", "left", "text", "look")} == {
        "doctor": "李虚构", "half_day": "上午", "fee_fen": 2100, "left": 3, "text": "余 3 个号", "look": "success",
    }  # fmt: skip
    periods = told(await client.call("GET", f"/registration/shifts/{shift['schedule_no']}"))["periods"]
    assert [(one["time"], one["left"], one["text"]) for one in periods] == [
        ("08:00–08:20", 2, "余 2 个号"),
        ("08:30–08:40", 1, "余 1 个号"),
    ]
    number = told(await client.call("GET", f"{SHIFT}/numbers/{a_slot(1).slot_no}"))
    assert (number["time"], number["number"], number["amount_fen"]) == ("08:00–08:10", 1, 2100)
    assert sum(fee["amount_fen"] for fee in number["fees"]) == 2100
    assert number["action"] == "支付并挂号 ¥21.00"


async def test_a_number_is_taken_paid_shown_and_given_back(memory_app: InMemoryApp, client: Client) -> None:
    await with_card(memory_app, client)
    begun = told(await taken(memory_app, client))
    assert begun["call"]["signType"] == "RSA"
    payment = begun["payment"]
    assert (payment["what_for"], payment["back"], payment["again"]) == (
        "预约挂号", {"title": "返回我的预约", "page": "appointments"}, None,
    )  # fmt: skip
    number = payment["out_trade_no"]
    [waiting] = told(await client.call("GET", "/appointments"))["items"]
    assert (waiting["state"], waiting["text"], waiting["can_cancel"]) == ("waiting", "待支付", False)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(number))
    await memory_app.work()
    own = told(await client.call("GET", f"/appointments/{number}"))
    assert (own["text"], own["department"], own["day"], own["time"], own["number"], own["place"]) == (
        "预约成功", "测试内科", "11月24日 周二", "08:00–08:10", 1, "门诊楼 2 层",
    )  # fmt: skip
    assert own["can_cancel"]
    gone = told(await client.call("POST", f"/appointments/{number}/cancellation"))
    assert (gone["appointment"]["state"], gone["text"]) == ("cancelling", "已提交取消。付过的挂号费会原路退回。")
    assert (await client.call("POST", f"/appointments/{number}/cancellation")).code == 200
    await memory_app.work()
    assert told(await client.call("GET", f"/appointments/{number}"))["text"] == "已取消"
    assert len(memory_app.channel.named("refund")) == 1


async def test_the_same_tap_takes_one_number(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, client)
    first, second = await taken(memory_app, client), await taken(memory_app, client)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert told(first) == told(second)
    assert len(system.named("lock")) == 1


async def test_a_number_that_is_gone_and_another_fee_are_said_in_words(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations
) -> None:
    await with_card(memory_app, client)
    dearer = await taken(memory_app, client, amount_fen=2000)
    assert (dearer.code, told(dearer)["code"], told(dearer)["amount_fen"]) == (409, "bill_changed", 2100)
    system.will("lock", RefusedInWords("his", "REFUSED", user_message="这个号刚刚被挂走。"))
    gone = await taken(memory_app, client, key=KEY + "-2")
    assert (gone.code, told(gone)["code"], told(gone)["detail"]) == (409, "refused_with_reason", "这个号刚刚被挂走。")
    assert told(gone)["retry"] is False
    nowhere = await client.call("GET", f"{SHIFT}/numbers/N-none")
    assert (nowhere.code, told(nowhere)["detail"]) == (404, "这个号刚被别人选走了，请换一个。")


async def test_who_has_no_card_of_theirs_takes_no_number(memory_app: InMemoryApp, client: Client) -> None:
    await client.log_in()
    refused = await taken(memory_app, client)
    assert (refused.code, told(refused)["detail"]) == (400, "请先绑定就诊人的就诊卡，再挂号。")


async def test_the_queue_and_the_check_in_are_told(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations
) -> None:
    number = await booked(memory_app, client)
    system.places[number] = QueuePlace(
        state=QueueState.BOOKED, now_number=0, ahead=2, place="内科诊区", can_check_in=True
    )
    queue = told(await client.call("GET", f"/appointments/{number}/queue"))
    assert (queue["text"], queue["now"], queue["ahead"], queue["can_check_in"]) == (
        "还没有签到", "还没有开始", "2 人", True,
    )  # fmt: skip
    elsewhere = await client.call("POST", f"/appointments/{number}/check-in", {"content": "https://x.example/s/abc"})
    assert (elsewhere.code, told(elsewhere)["detail"]) == (400, "请扫描分诊台的签到码。")
    here = {"content": "https://pay.example/h/demo/check-in/A1"}
    assert told(await client.call("POST", f"/appointments/{number}/check-in", here))["text"] == "已签到，请候诊"
    assert system.named("check_in") == [(number, "A1")]


async def test_a_number_of_somebody_else_is_none(memory_app: InMemoryApp, client: Client) -> None:
    number = await booked(memory_app, client)
    await client.log_in("openid-mini-wang")
    for method, path in (("GET", ""), ("GET", "/queue"), ("POST", "/cancellation"), ("POST", "/rebooking")):
        assert (await client.call(method, f"/appointments/{number}{path}")).code == 404, path
    assert told(await client.call("GET", "/appointments"))["items"] == []


async def test_a_stopped_clinic_is_told_and_leads_to_another_number(memory_app: InMemoryApp, client: Client) -> None:
    number = await booked(memory_app, client)
    early = await client.call("POST", f"/appointments/{number}/rebooking")
    assert (early.code, told(early)["detail"]) == (403, "这个预约没有停诊或替诊，请先取消，再重新挂号。")
    stopped = ClinicChange(state=ShiftState.STOPPED, at=MORNING, reason="医生临时会诊")
    await memory_app.registration.clinics.told(HOSPITAL, number, stopped)
    own = told(await client.call("GET", f"/appointments/{number}"))
    assert (own["text"], own["look"], own["can_rebook"]) == ("停诊", "warn", True)
    assert own["change"] == "11月24日上午李虚构停诊，可取消或改约。原因：医生临时会诊。"
    again = told(await client.call("POST", f"/appointments/{number}/rebooking"))
    assert again["department_no"] == "D01"
    assert "请选择新的时间" in again["text"]


async def test_home_names_the_places_of_the_hospital(client: Client) -> None:
    await client.log_in()
    places = [(one["title"], one["page"]) for one in told(await client.call("GET", "/home"))["places"]]
    assert ("预约挂号", "registration") in places
    assert ("我的预约", "appointments") in places


async def test_a_number_is_paid_at_the_hospital_where_it_says_so(memory_app: InMemoryApp, client: Client) -> None:
    path = f"{SHIFT}/numbers/{a_slot(1).slot_no}"
    await with_card(memory_app, client)
    assert told(await client.call("GET", path))["at_window"] is None
    refused = await taken(memory_app, client, at_window=True)
    assert (refused.code, told(refused)["detail"]) == (403, "这个号现在不能到院支付，请在线支付。")
    rule = WindowRule(place="收费窗口", before=timedelta(minutes=30))
    memory_app.offers[HOSPITAL] = replace(memory_app.offers[HOSPITAL], at_window=rule)
    way = "11月24日 07:30 前到收费窗口支付，过时号会取消"
    number = told(await client.call("GET", path))
    assert (number["at_window"], number["action"]) == (f"到院支付：{way}", "确认挂号")
    begun = told(await taken(memory_app, client, key=KEY + "-2", at_window=True))
    assert begun["call"] is None
    await memory_app.work()
    own = told(await client.call("GET", f"/appointments/{begun['payment']['out_trade_no']}"))
    assert (own["state"], own["to_pay"], own["fee_fen"]) == ("booked", way, 2100)


async def test_one_checks_in_by_the_code_or_by_the_place(
    memory_app: InMemoryApp, client: Client, system: PlayedRegistrations
) -> None:
    number = await booked(memory_app, client)
    system.places[number] = QueuePlace(state=QueueState.BOOKED, now_number=0, ahead=0, place="", can_check_in=True)
    site = Site(point="MAIN", latitude=39.9, longitude=116.4, metres=300)
    memory_app.offers[HOSPITAL] = replace(memory_app.offers[HOSPITAL], sites=(site,))
    assert told(await client.call("GET", f"/appointments/{number}/queue"))["by_place"]
    here = {"latitude": 39.9, "longitude": 116.4, "accuracy": 12.5}
    for wrong in (
        {},
        {"content": "A1", "position": here},
        {"position": {**here, "latitude": 100}},
        {"position": {**here, "latitude": "39.9"}},
    ):
        assert (await client.call("POST", f"/appointments/{number}/check-in", wrong)).code == 400
    away = await client.call("POST", f"/appointments/{number}/check-in", {"position": {**here, "latitude": 40.9}})
    assert (away.code, told(away)["detail"]) == (403, "您还不在医院的签到范围内，请到医院后再签到。")
    queue = told(await client.call("POST", f"/appointments/{number}/check-in", {"position": here}))
    assert (queue["text"], queue["by_place"]) == ("已签到，请候诊", False)
    assert system.named("check_in") == [(number, "MAIN")]
