"""The SMS adapter against the sandbox, which checks Aliyun's signature."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.days import hospital_day
from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.patients.contact_ports import OutgoingMessage
from server.platforms.aliyun.account import AliyunSmsConfig, LinkedTemplate, SmsTemplate
from server.platforms.aliyun.aliyun import AliyunSms
from tests.contract.channels.conftest import Controls, Doors, RunningSandbox

NOTICE = OutgoingMessage(
    purpose="payment_booked",
    values={
        "hospital": "示例医院", "patient": "张*", "departments": "测试内科", "amount": "1,234.56", "payment": "ZF20261123TEST",
        "time": "2026-11-23 09:31", "guide": "请到二楼采血处", "receipt": "RC-1", "reason": "无", "code": "123456",
        "card": "****0001", "client": "微信",
    },
)  # fmt: skip


def a_config(sandbox: RunningSandbox) -> AliyunSmsConfig:
    told = sandbox.credentials["sms"]
    return AliyunSmsConfig(
        access_key_id=told["access_key_id"],
        access_key_secret=told["access_key_secret"],
        sign_name=told["sign_name"],
        receipt_secret=told["receipt_secret"],
        endpoint=sandbox.base_url,
        templates={purpose: SmsTemplate(**template) for purpose, template in told["templates"].items()},
        linked={purpose: LinkedTemplate(**template) for purpose, template in told["linked"].items()},
    )


@pytest.fixture
def sms(sandbox: RunningSandbox, transport: AiohttpTransport) -> AliyunSms:
    return AliyunSms(a_config(sandbox), transport, timeout_s=3.0)


@pytest.mark.asyncio
async def test_every_template_of_the_demo_is_delivered_and_found_again(
    sms: AliyunSms, sandbox: RunningSandbox, controls: Controls
) -> None:
    purposes = sandbox.credentials["sms"]["templates"]
    assert {"card_code", "card_bound"} <= set(purposes)
    for index, purpose in enumerate(purposes):
        person = controls.person(index % len(controls.credentials["people"]))
        out_id = SystemIds().text(20)
        assert await sms.send(person["phone"], replace(NOTICE, purpose=purpose), out_id)
        inbox = await controls.ask("GET", f"/sandbox/inbox?person={person['number']}")
        assert [message["out_id"] for message in inbox["sms"]][-1] == out_id
        assert await sms.was_sent(person["phone"], out_id, hospital_day(SystemClock().now()))


@pytest.mark.asyncio
async def test_a_link_is_read_as_it_was_made(sms: AliyunSms, sandbox: RunningSandbox, controls: Controls) -> None:
    link = "https://wxaurl.cn/AbCdEf12345"
    for index, purpose in enumerate(sandbox.credentials["sms"]["linked"]):
        assert sms.carries_link(purpose)
        person = controls.person(index)
        await sms.send(person["phone"], replace(NOTICE, purpose=purpose, link=link), SystemIds().text(20))
        inbox = await controls.ask("GET", f"/sandbox/inbox?person={person['number']}")
        assert f" {link} " in inbox["sms"][-1]["text"]


@pytest.mark.asyncio
async def test_unknown_is_looked_up(sms: AliyunSms, controls: Controls) -> None:
    day = hospital_day(SystemClock().now())
    phone = controls.person(-1)["phone"]
    for what, done in (("timeout_after_work", True), ("timeout_before_work", False), ("error_5xx", False)):
        out_id = SystemIds().text(20)
        await controls.fault("sms.send", what)
        with pytest.raises(OutcomeUnknown):
            await sms.send(phone, NOTICE, out_id)
        assert await sms.was_sent(phone, out_id, day) is done


@pytest.mark.asyncio
async def test_a_wrong_secret_is_refused(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> None:
    stranger = AliyunSms(replace(a_config(sandbox), access_key_secret="wrong"), transport)
    with pytest.raises(OutsideRefusal) as raised:
        await stranger.send(controls.person()["phone"], NOTICE, "1")
    assert raised.value.reason_code == "SignatureDoesNotMatch"


@pytest.mark.asyncio
async def test_a_number_that_is_none_is_refused(sms: AliyunSms) -> None:
    with pytest.raises(OutsideRefusal) as raised:
        await sms.send("12", NOTICE, "1")
    assert raised.value.reason_code == "isv.MOBILE_NUMBER_ILLEGAL"


@pytest.mark.asyncio
async def test_a_receipt_comes_to_the_secret_address(
    sms: AliyunSms, sandbox: RunningSandbox, controls: Controls, doors: Doors
) -> None:
    doors.answer = lambda raw: sms.acknowledge()
    out_id = SystemIds().text(20)
    await sms.send(controls.person()["phone"], NOTICE, out_id)
    secret = sandbox.credentials["sms"]["receipt_secret"]
    (pushed,) = await doors.wait_for(1, f"/notify/sms/{sandbox.credentials['wechat']['hospital']}/{secret}")
    assert sms.is_receipt_secret(pushed.path.rpartition("/")[2])
    assert [(report.out_id, report.delivered, report.code) for report in sms.reports(pushed.body)] == [
        (out_id, True, "DELIVERED")
    ]
