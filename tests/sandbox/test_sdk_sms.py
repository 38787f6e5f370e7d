"""`aliyun-python-sdk-core` from PyPI, which nobody here wrote, against the sandbox's process."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from tests.sandbox.process import PlayedApp, RunningSandbox
from tests.sandbox.world import CHINA

VALUES = {"name": "张**", "money": "12.00", "why": "医院系统未能入账", "no": "ZF20260302ABCDEFGHJK"}


@pytest.fixture
def client(sandbox: RunningSandbox) -> AcsClient:
    given = sandbox.credentials["sms"]
    return AcsClient(
        given["access_key_id"], given["access_key_secret"], "cn-hangzhou", auto_retry=False, port=sandbox.port
    )


def ask(client: AcsClient, action: str, method: str = "POST", **params: str) -> Any:
    request = CommonRequest()
    request.set_accept_format("json")
    request.set_domain("127.0.0.1")
    request.set_protocol_type("http")
    request.set_method(method)
    request.set_version("2017-05-25")
    request.set_action_name(action)
    for name, value in params.items():
        request.add_query_param(name, value)
    return json.loads(client.do_action_with_exception(request))


def send(client: AcsClient, sandbox: RunningSandbox, method: str = "POST", **changed: str) -> Any:
    given = sandbox.credentials["sms"]
    params = {
        "PhoneNumbers": sandbox.credentials["people"][0]["phone"], "SignName": given["sign_name"], "OutId": "ZF1",
        "TemplateCode": given["templates"]["payment_returned"]["template_code"], "TemplateParam": json.dumps(VALUES, ensure_ascii=False),
    }  # fmt: skip
    return ask(client, "SendSms", method, **(params | changed))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sending_and_asking(client: AcsClient, sandbox: RunningSandbox, method: str) -> None:
    sandbox.faults(settings={"sms_receipt_seconds": 0})
    sent = send(client, sandbox, method)
    assert (sent["Code"], sent["Message"]) == ("OK", "OK")
    told = ask(
        client, "QuerySendDetails", method, PhoneNumber=sandbox.credentials["people"][0]["phone"], PageSize="10", CurrentPage="1",
        SendDate=datetime.now(CHINA).strftime("%Y%m%d"), BizId=sent["BizId"],
    )  # fmt: skip
    today = datetime.now(CHINA).strftime("%Y%m%d")
    span = {"StartDate": today, "EndDate": today, "PageIndex": "1", "PageSize": "10", "IsGlobe": "1"}
    counted = ask(client, "QuerySendStatistics", method, **span)["Data"]
    assert (counted["TotalSize"], counted["TargetList"][0]["RespondedSuccessCount"]) == (1, 1)
    (detail,) = told["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    assert (detail["SendStatus"], detail["ErrCode"], detail["OutId"]) == (3, "DELIVERED", "ZF1")
    (message,) = sandbox.control("GET", "/sandbox/inbox?person=1")["sms"]
    assert (message["text"], message["params"]) == (detail["Content"], VALUES)


def test_business_refusals_are_answers(client: AcsClient, sandbox: RunningSandbox) -> None:
    assert send(client, sandbox, TemplateCode="SMS_1")["Code"] == "isv.SMS_TEMPLATE_ILLEGAL"
    assert send(client, sandbox, TemplateParam="{}")["Code"] == "isv.TEMPLATE_MISSING_PARAMETERS"


def test_gateway_refusals_are_exceptions(sandbox: RunningSandbox) -> None:
    given = sandbox.credentials["sms"]
    for key_id, secret, code in (
        (given["access_key_id"], "another", "SignatureDoesNotMatch"),
        ("LTAInobody", given["access_key_secret"], "InvalidAccessKeyId.NotFound"),
    ):
        client = AcsClient(key_id, secret, "cn-hangzhou", auto_retry=False, port=sandbox.port)
        with pytest.raises(ServerException) as refused:
            send(client, sandbox)
        # The SDK itself compares the text it signed with the one that the gateway tells: equal means the secret is wrong.
        assert refused.value.get_error_code() in {code, "InvalidAccessKeySecret"}


def test_a_receipt_comes_to_the_door_of_the_console(client: AcsClient, sandbox: RunningSandbox, app: PlayedApp) -> None:
    app.answer = lambda arrived: (200, b'{"code":0,"msg":"ok"}')
    sandbox.faults(settings={"sms_receipt_seconds": 0.05})
    biz_id = send(client, sandbox)["BizId"]
    (arrived,) = app.wait_for(1, f"/notify/sms/demo/{sandbox.credentials['sms']['receipt_secret']}")
    (report,) = json.loads(arrived.body)
    assert (report["biz_id"], report["out_id"], report["success"], report["err_code"]) == (
        biz_id,
        "ZF1",
        True,
        "DELIVERED",
    )
