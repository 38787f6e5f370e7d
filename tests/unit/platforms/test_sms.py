"""SMS by Aliyun: the SDK's signature checked by the page's own rules, values that fit, and what codes mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from aliyunsdkcore.auth.composer import rpc_signature_composer

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal, TooSoon
from server.patients.contact_ports import OutgoingMessage
from server.platforms.aliyun.account import SmsTemplate
from server.platforms.aliyun.aliyun import AliyunSms
from server.platforms.aliyun.values import fitting
from tests.unit.platforms.aliyun_sms import CONFIG, NOTICE, PHONE, an_sms, parameters_of
from tests.unit.platforms.played import ScriptedTransport, plain


def signature_v1(method: str, parameters: dict[str, str], secret: str) -> str:
    """Section 2 of docs/protocols/aliyun_sms.md, written from the page."""
    canonical = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(parameters.items()))
    text = f"{method}&%2F&{quote(canonical, safe='~')}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


V1 = {
    "AccessKeyId": "testid", "Action": "DescribeRegions", "Format": "XML", "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf", "SignatureVersion": "1.0",
    "Timestamp": "2016-02-23T12:46:24Z", "Version": "2014-05-26",
}  # fmt: skip
V2 = {
    "AccessKeyId": "testId", "Action": "SendSms", "Format": "XML", "OutId": "123", "PhoneNumbers": "15300000001",
    "RegionId": "cn-hangzhou", "SignName": "阿里云短信测试专用", "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466", "SignatureVersion": "1.0", "TemplateCode": "SMS_71390007",
    "TemplateParam": '{"customer":"test"}', "Timestamp": "2017-07-12T02:42:19Z", "Version": "2017-05-25",
}  # fmt: skip
VECTORS = [
    ("GET", V1, "testsecret", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="),
    ("GET", V2, "testSecret", "zJDF+Lrzhj/ThnlvIToysFRq6t4="),
    ("POST", V2, "testSecret", "Xvhv7fPXrPkLVSnlt0jIr08o8NQ="),
]


@pytest.mark.parametrize(("method", "parameters", "secret", "signature"), VECTORS, ids=["1", "2 by GET", "2 by POST"])
def test_vectors_1_and_2(method: str, parameters: dict[str, str], secret: str, signature: str) -> None:
    """Of the page's rules, with which the SDK's requests are checked below, and of the SDK's own steps."""
    assert signature_v1(method, parameters, secret) == signature
    compose = getattr(rpc_signature_composer, "__compose_string_to_sign")
    sign = getattr(rpc_signature_composer, "__get_signature")
    assert sign(compose(method, parameters), secret) == signature


@pytest.mark.parametrize(
    ("text", "encoded"), [("a b*c~d", "a%20b%2Ac~d"), ("!'()", "%21%27%28%29"), ("12:46", "12%3A46")]
)
def test_vector_3_percent_encoding(text: str, encoded: str) -> None:
    assert quote(text, safe="~") == encoded


@pytest.mark.asyncio
async def test_a_message_is_signed_and_its_person_is_not_in_the_url() -> None:
    sms, transport = an_sms(plain({"RequestId": "R", "Code": "OK", "Message": "OK", "BizId": "900619746936498440^0"}))
    assert await sms.send(PHONE, NOTICE, "ZF1-payment_booked") == "900619746936498440^0"
    request = transport.sent[0]
    assert (request.system, request.method) == ("sms", "POST")
    assert request.url.startswith("https://dysmsapi.aliyuncs.com/?")
    assert PHONE not in request.url
    assert "%E5%BC%A0" not in request.url
    given = parameters_of(request)
    signature = given.pop("Signature")
    assert signature == signature_v1("POST", given, "testSecret")
    assert {
        name: given[name]
        for name in (
            "AccessKeyId",
            "RegionId",
            "Action",
            "Version",
            "Format",
            "PhoneNumbers",
            "SignName",
            "TemplateCode",
            "OutId",
        )
    } == {
        "AccessKeyId": "testId",
        "RegionId": "cn-hangzhou",
        "Action": "SendSms",
        "Version": "2017-05-25",
        "Format": "JSON",
        "PhoneNumbers": PHONE,
        "SignName": "阿里云短信测试专用",
        "TemplateCode": "SMS_71390007",
        "OutId": "ZF1-payment_booked",
    }
    assert json.loads(given["TemplateParam"]) == {"customer": "张*", "where": "请到二楼 采血处"}


def test_a_variable_holds_35_characters_where_the_hospital_says_nothing() -> None:
    template = SmsTemplate(template_code="SMS_1")
    assert fitting("字" * 36, template.chars_max) == "字" * 34 + "…"
    assert fitting("字" * 35, template.chars_max) == "字" * 35


@pytest.mark.asyncio
async def test_two_messages_have_two_nonces() -> None:
    ok = plain({"Code": "OK", "BizId": "1^0"})
    sms, transport = an_sms(ok, ok)
    await sms.send(PHONE, NOTICE, "1")
    await sms.send(PHONE, NOTICE, "1")
    assert len({parameters_of(request)["SignatureNonce"] for request in transport.sent}) == 2


@pytest.mark.asyncio
async def test_values_are_cut_to_what_a_variable_may_hold() -> None:
    sms, transport = an_sms(plain({"Code": "OK", "BizId": "1^0"}))
    await sms.send(PHONE, OutgoingMessage(purpose="payment_booked", values={"patient": "长" * 60}), "1")
    values = json.loads(parameters_of(transport.sent[0])["TemplateParam"])
    assert values == {"customer": "长" * 34 + "…", "where": "无"}


@pytest.mark.parametrize(
    ("value", "stands"),
    [
        ("1,234.50", "1234.50"),
        ("¥1,234,567.00", "1234567.00"),
        ("37.20 元", "37.20"),
        ("", "无"),
        (" \n ", "无"),
        ("😀※", "无"),
        ("【示范医院】到二楼😀※采血处", "（示范医院）到二楼 采血处"),
        ("请看www.example.com/a", "请看www example com/a"),
        ("http://pay.example.com", "pay example com"),
        ("服务器10.0.0.12", "服务器10 0 0 12"),
        ("3.0T核磁", "3.0T核磁"),
        ("门诊3.5楼、A·B（东）", "门诊3.5楼、A·B（东）"),
        ("\ud800退费\x00完成\u202e", "退费 完成"),
        ("ZF20261128ABCDEFGHIJ1234567890AB", "ZF20261128ABCDEFGHIJ1234567890AB"),
    ],
)
def test_a_value_is_made_what_a_variable_takes(value: str, stands: str) -> None:
    assert fitting(value, 35) == stands


def test_of_a_number_that_is_too_long_the_end_stays_which_people_are_asked_for() -> None:
    assert (
        fitting("ZF20261128ABCDEFGHIJ1234567890AB", 20)
        == "…28ABCDEFGHIJ1234567890AB"[:1] + "ZF20261128ABCDEFGHIJ1234567890AB"[-19:]
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(("chars_max", "then"), [(35, 20), (25, 20), (20, 10)])
async def test_values_that_were_too_long_are_tried_once_more_shorter(chars_max: int, then: int) -> None:
    refused, taken = plain({"Code": "isv.PARAM_LENGTH_LIMIT"}), plain({"Code": "OK", "BizId": "1^0"})
    template = replace(CONFIG.templates["payment_booked"], chars_max=chars_max)
    notice = OutgoingMessage(purpose="payment_booked", values={"patient": "长" * 60, "guide": "二楼"})
    for answers, times in (((refused, taken), 2), ((refused, refused), 2)):
        transport = ScriptedTransport(*answers)
        sms = AliyunSms(replace(CONFIG, templates={"payment_booked": template}), transport)
        if answers[-1] is taken:
            assert await sms.send(PHONE, notice, "1") == "1^0"
        else:
            with pytest.raises(OutsideRefusal):
                await sms.send(PHONE, notice, "1")
        given = [json.loads(parameters_of(request)["TemplateParam"]) for request in transport.sent]
        assert [len(values["customer"]) for values in given] == [chars_max, then][:times]
        assert {parameters_of(request)["OutId"] for request in transport.sent} == {"1"}


@pytest.mark.asyncio
async def test_a_purpose_without_a_template_is_never_said_to_be_sent() -> None:
    sms, _ = an_sms()
    with pytest.raises(OutsideRefusal) as raised:
        await sms.send(PHONE, OutgoingMessage(purpose="card_code", values={"code": "123456"}), "1")
    assert raised.value.reason_code == "NO_TEMPLATE"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (200, "isv.BUSINESS_LIMIT_CONTROL", TooSoon),
        (200, "isv.DAY_LIMIT_CONTROL", TooSoon),
        (200, "isv.MOBILE_NUMBER_ILLEGAL", OutsideRefusal),
        (200, "isv.SMS_TEMPLATE_ILLEGAL", OutsideRefusal),
        (200, "isv.AMOUNT_NOT_ENOUGH", OutsideRefusal),
        (200, "isp.RAM_PERMISSION_DENY", OutsideRefusal),
        (200, "isp.SYSTEM_ERROR", NotSent),
        (400, "SignatureDoesNotMatch", OutsideRefusal),
        (404, "InvalidAccessKeyId.NotFound", OutsideRefusal),
        (400, "SignatureNonceUsed", NotSent),
        (400, "InvalidTimeStamp.Expired", NotSent),
        (400, "Throttling.User", NotSent),
        (429, "Throttling", NotSent),
        (500, "InternalError", OutcomeUnknown),
        (503, "ServiceUnavailable", NotSent),
    ],
)
async def test_what_codes_mean(status: int, code: str, error: type[Exception]) -> None:
    sms, transport = an_sms(plain({"RequestId": "R", "Code": code, "Message": f"触发小时级流控 {PHONE}"}, status))
    with pytest.raises(error) as raised:
        await sms.send(PHONE, NOTICE, "1")
    assert type(raised.value) is error
    assert len(transport.sent) == 1
    assert PHONE not in str(raised.value)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "answer", [plain(b""), plain(b"<xml/>"), plain([]), plain({"BizId": "1"}), plain(b"", 502), plain({}, 302)]
)
async def test_an_unreadable_answer_is_unknown(answer: Any) -> None:
    sms, _ = an_sms(answer)
    with pytest.raises(OutcomeUnknown):
        await sms.send(PHONE, NOTICE, "1")
