"""The life account's template messages, and who can't be reached by them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.patients.contact_ports import OutgoingMessage
from server.patients.model import PayerIdentity
from server.platforms.alipay.life_account.account import LifeAccountConfig, LifeAccountTemplate
from server.platforms.alipay.life_account.messages import LifeAccountMessenger
from tests.unit.platforms.alipay.life_account_pushes import OPEN_ID, SINGLE
from tests.unit.platforms.alipay.pen import APP_ID, USER, a_client, biz, failure, success
from tests.unit.platforms.played import Answer, ScriptedTransport

TEMPLATES = {
    "payment_booked": LifeAccountTemplate(
        template_id="TM000000000000000001", keywords={"first": "guide", "keyword1": "hospital", "keyword2": "amount"}
    )
}
BOOKED = OutgoingMessage(
    purpose="payment_booked",
    values={"guide": "请到\n一楼药房", "hospital": "测试医院", "amount": "12.34"},
    url="https://pay.example.org/h/demo/payments/P1",
)


def a_messenger(*answers: Answer) -> tuple[LifeAccountMessenger, ScriptedTransport]:
    client, transport = a_client(*answers)
    return LifeAccountMessenger(client, LifeAccountConfig(templates=TEMPLATES)), transport


def somebody(subject: str = USER, app_id: str = APP_ID) -> PayerIdentity:
    return PayerIdentity(channel="alipay", app_id=app_id, subject=subject)


@pytest.mark.asyncio
async def test_a_template_message() -> None:
    messenger, transport = a_messenger(success(SINGLE), success(SINGLE))
    assert await messenger.send(somebody(), BOOKED, "P1-payment_booked") == "P1-payment_booked"
    content = biz(transport.sent[0])
    context = content["template"]["context"]
    assert (content["to_user_id"], content["template"]["template_id"]) == (USER, "TM000000000000000001")
    assert {name: part["value"] for name, part in context.items() if isinstance(part, dict)} == {
        "first": "请到 一楼药房",
        "keyword1": "测试医院",
        "keyword2": "12.34",
    }
    assert (context["url"], context["action_name"]) == (BOOKED.url, "查看详情")
    await messenger.send(somebody(OPEN_ID), BOOKED, "x")
    assert biz(transport.sent[1])["to_open_id"] == OPEN_ID


@pytest.mark.asyncio
async def test_who_can_t_be_reached_here() -> None:
    for answers, to, notice in (
        ((), somebody(app_id="2021999999999999"), BOOKED),
        ((), somebody(), OutgoingMessage(purpose="payment_returned", values={})),
        ((failure(SINGLE, "11011"),), somebody(), BOOKED),
        ((failure(SINGLE, "PUB.USER_NOT_FOLLOW"),), somebody(), BOOKED),
    ):
        messenger, _ = a_messenger(*answers)
        assert await messenger.send(to, notice, "x") is None


@pytest.mark.parametrize(("hospital", "shown"), [("院" * 201, "院" * 200), ("", "无"), (" \n ", "无")])
@pytest.mark.asyncio
async def test_a_value_is_one_line_of_a_bounded_length_and_never_empty(hospital: str, shown: str) -> None:
    messenger, transport = a_messenger(success(SINGLE))
    await messenger.send(somebody(), replace(BOOKED, values={"hospital": hospital, "guide": "请到\n一楼药房"}), "x")
    context = biz(transport.sent[0])["template"]["context"]
    assert (context["keyword1"]["value"], context["first"]["value"]) == (shown, "请到 一楼药房")
    assert (context["action_name"], context["url"]) == ("查看详情", BOOKED.url)


@pytest.mark.parametrize(
    ("sub_code", "kind"),
    [
        ("isv.invalid-parameter", OutsideRefusal),
        ("PUB.MSG_BATCH_SD_OVER", NotSent),
        ("isp.unknow-error", OutcomeUnknown),
    ],
)
@pytest.mark.asyncio
async def test_other_troubles_of_messages(sub_code: str, kind: type[Exception]) -> None:
    messenger, _ = a_messenger(failure(SINGLE, sub_code))
    with pytest.raises(kind):
        await messenger.send(somebody(), BOOKED, "x")
