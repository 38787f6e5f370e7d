"""住院 by the API: binding an admission, its balance, days and deposits, paying in, and the discharge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse

from server.inpatient.model import AdmissionState, DepositQuote
from server.patients.model import BoundCard
from server.payments.model import PaymentState
from tests.handlers.api.conftest import KEY, BothApps, Client, told
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import STAY, FaithfulInpatients
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import FaithfulHis

pytestmark = pytest.mark.gen_test


@pytest.fixture
def inpatients() -> FaithfulInpatients:
    return FaithfulInpatients()


@pytest.fixture
def memory_app(inpatients: FaithfulInpatients, mini: ObligingMiniProgram) -> InMemoryApp:
    return an_app(his=FaithfulHis(inpatient=inpatients), channels={"wechat": BothApps()}, mini_program=mini)


async def admitted(memory_app: InMemoryApp, client: Client) -> str:
    """The path of the admission of the person's bound card."""
    await client.log_in()
    owner = f"wechat:{MINI_APP}:openid-mini-zhang"
    await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
    [one] = told(await client.call("GET", "/admissions"))["items"]
    return f"/admissions/{one['admission_key']}"


async def pay_in(client: Client, own: str, amount: str, key: str = KEY) -> HTTPResponse:
    return await client.call("POST", f"{own}/deposit", {"amount": amount, "phone": None}, Idempotency_Key=key)


async def paid_in(memory_app: InMemoryApp, client: Client, own: str, amount: str) -> str:
    number = str(told(await pay_in(client, own, amount))["payment"]["out_trade_no"])
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(number))
    await memory_app.work()
    return number


async def test_an_admission_is_bound_by_the_code_that_the_hospital_s_phone_got(
    memory_app: InMemoryApp, client: Client
) -> None:
    await client.log_in()
    assert told(await client.call("GET", "/admissions"))["items"] == []
    sent = told(await client.call("POST", "/admissions/codes", {"admission_no": " zy20261120", "name": "张 测试"}))
    assert sent["phone_masked"] == "138****0001"
    code = memory_app.sms.sent[-1][1].values["code"]
    assert (await client.call("POST", "/cards", {"card_key": sent["card_key"], "code": code})).code == 201
    answer = await client.call("GET", "/admissions")
    [one] = told(answer)["items"]
    assert (one["name_masked"], one["text"], one["rest_label"], one["rest_fen"]) == (
        "张*试", "住院中", "预交金余额", 20_000,
    )  # fmt: skip
    assert STAY.admission_no not in answer.body.decode()


@pytest.mark.parametrize(("number", "name"), [("ZY20261120", "李测试"), ("ZY1", "张测试")])
async def test_a_wrong_number_and_a_wrong_name_look_alike_and_are_counted(
    client: Client, number: str, name: str
) -> None:
    await client.log_in()
    asked = {"admission_no": number, "name": name}
    for _ in range(5):
        refused = await client.call("POST", "/admissions/codes", asked)
        assert (refused.code, told(refused)["detail"]) == (400, "住院号与姓名不符，请检查后重试。")
    assert (await client.call("POST", "/admissions/codes", asked)).code == 429


async def test_nobody_sees_an_admission_of_a_card_that_is_not_bound(memory_app: InMemoryApp, client: Client) -> None:
    own = await admitted(memory_app, client)
    await client.log_in("openid-mini-wang")
    for path in ("", "/days", "/deposits", "/deposit", "/discharge"):
        assert (await client.call("GET", f"{own}{path}")).code == 404, path
    assert (await pay_in(client, own, "1")).code == 404


async def test_what_is_left_or_owed_is_said_in_words(
    memory_app: InMemoryApp, client: Client, inpatients: FaithfulInpatients
) -> None:
    own = await admitted(memory_app, client)
    inpatients.changes(own_fen=130_000, left_fen=0, owed_fen=30_000)
    one = told(await client.call("GET", own))
    assert (one["rest_label"], one["rest_fen"], one["place"]) == ("预交金不足，已欠", 30_000, "测试内科 三病区 12床")


async def test_a_day_is_listed_by_kind_within_the_stay(memory_app: InMemoryApp, client: Client) -> None:
    own = await admitted(memory_app, client)
    today = told(await client.call("GET", f"{own}/days"))
    assert (today["is_today"], today["after"]) == (True, None)
    first = (MORNING - timedelta(days=3)).date()
    day = told(await client.call("GET", f"{own}/days/{first}"))
    assert (day["before"], day["after"], day["amount_fen"]) == (None, str(first + timedelta(days=1)), 6000)
    assert [(kind["category"], kind["items"][0]["name"]) for kind in day["kinds"]] == [("床位", "床位费")]
    assert told(await client.call("GET", f"{own}/days/{first - timedelta(days=1)}"))["amount_fen"] is None
    nonsense = await client.call("GET", f"{own}/days/2026-13-99")
    assert (nonsense.code, told(nonsense)["detail"]) == (400, "日期不对，请重新选择。")


async def test_a_deposit_is_paid_in_booked_and_listed(
    memory_app: InMemoryApp, client: Client, inpatients: FaithfulInpatients
) -> None:
    own = await admitted(memory_app, client)
    asked = told(await client.call("GET", f"{own}/deposit"))
    assert (asked["can_pay"], asked["needed_fen"]) == (True, 300_000)
    number = await paid_in(memory_app, client, own, " １,200.5 元")
    payment = await memory_app.payment(number)
    assert (payment.state, inpatients.booked[number].amount_fen) == (PaymentState.BOOKED, 120_050)
    shown = told(await client.call("GET", f"/payments/{number}"))
    assert (shown["what_for"], shown["back"]) == ("住院预交金", {"title": "返回住院", "page": "inpatient"})
    deposits = told(await client.call("GET", f"{own}/deposits"))["items"]
    assert ("微信支付", 120_050) in [(one["way"], one["amount_fen"]) for one in deposits]


async def test_more_than_the_hospital_takes_is_refused_with_what_is_still_needed(
    memory_app: InMemoryApp, client: Client, inpatients: FaithfulInpatients
) -> None:
    own = await admitted(memory_app, client)
    inpatients.quote = DepositQuote(needed_fen=50_000, reason="预交金按同病种患者平均自付费用核定")
    over = await pay_in(client, own, "500.01")
    assert (over.code, told(over)["detail"]) == (400, "最多还可交 500.00 元。预交金按同病种患者平均自付费用核定")
    badly = await pay_in(client, own, "many", key=KEY + "-2")
    assert told(badly)["detail"] == "金额写法不对，请写成 12.50 这样。"
    inpatients.quote = DepositQuote(needed_fen=0, reason="已交足")
    none = told(await client.call("GET", f"{own}/deposit"))
    assert (none["can_pay"], none["refused"], none["reason"]) == (False, "目前不需要再交预交金。", "已交足")


async def settle(client: Client, own: str, number: str, amount_fen: int, key: str = KEY) -> Any:
    asked = {"settlement_no": number, "amount_fen": amount_fen, "phone": None}
    return await client.call("POST", f"{own}/discharge", asked, Idempotency_Key=key + "-settle")


async def test_a_discharge_is_calculated_settled_and_followed(
    memory_app: InMemoryApp, client: Client, inpatients: FaithfulInpatients
) -> None:
    own = await admitted(memory_app, client)
    early = told(await client.call("GET", f"{own}/discharge"))
    assert (early["settlement"], "还没有办理出院" in early["refused"]) == (None, True)
    await paid_in(memory_app, client, own, "500")
    inpatients.changes(state=AdmissionState.DISCHARGED, discharged_at=MORNING)
    inpatients.own_fen = 70_000
    shown = told(await client.call("GET", f"{own}/discharge"))["settlement"]
    assert (shown["rest_label"], shown["rest_fen"], shown["action"]) == ("应退给您", 80_000, "确认结算")
    assert {"label": "应退", "amount_fen": 80_000, "own": True} in shown["sums"]
    assert [(one["title"], one["amount_fen"], one["text"]) for one in shown["returns"]] == [("微信支付", 50_000, "")]
    assert [one["amount_fen"] for one in shown["window"]] == [30_000]
    assert memory_app.his.released == {}
    begun = await settle(client, own, shown["settlement_no"], 0)
    assert (begun.code, told(begun)["call"]) == (201, None)
    await memory_app.work()
    for refund_id in list(memory_app.channel.refunds):
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(refund_id))
    await memory_app.work()
    after = told(await client.call("GET", f"{own}/discharge"))["settlement"]
    assert (after["text"], after["can_settle"], after["out_trade_no"]) == ("已结算", False, None)
    assert [one["text"] for one in after["returns"]] == ["已退到账户"]
    assert {"label": "已退到账户", "amount_fen": 50_000, "own": False} in after["progress"]


async def test_the_rest_of_a_discharge_is_paid_and_another_calculation_is_not(
    memory_app: InMemoryApp, client: Client, inpatients: FaithfulInpatients
) -> None:
    own = await admitted(memory_app, client)
    inpatients.changes(state=AdmissionState.DISCHARGED, discharged_at=MORNING)
    inpatients.own_fen = 130_000
    shown = told(await client.call("GET", f"{own}/discharge"))["settlement"]
    assert (shown["rest_label"], shown["action"]) == ("还需补交", "立即支付 ¥300.00")
    changed = await settle(client, own, "another", 30_000)
    assert "重新核对" in told(changed)["detail"]
    begun = told(await settle(client, own, shown["settlement_no"], 30_000, key=KEY + "2"))
    assert begun["call"]["signType"] == "RSA"
    number = begun["payment"]["out_trade_no"]
    assert told(await client.call("GET", f"{own}/discharge"))["settlement"]["out_trade_no"] == number


class TestAHospitalThatLooksAfterNone:
    @pytest.fixture
    def memory_app(self, mini: ObligingMiniProgram) -> InMemoryApp:
        return an_app(channels={"wechat": BothApps()}, mini_program=mini)

    async def test_says_so(self, client: Client) -> None:
        await client.log_in()
        refused = await client.call("GET", "/admissions")
        assert (refused.code, told(refused)["detail"]) == (404, "医院暂未开通住院服务，请到住院收费处办理。")
