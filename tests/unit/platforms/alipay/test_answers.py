"""Answers of the gateway are verified over their raw bytes."""

from __future__ import annotations

import json

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.platforms.alipay.openapi.answers import members_of
from tests.unit.platforms.alipay.pen import (
    ALIPAY,
    GATEWAY,
    NODE,
    OK,
    QUERY,
    a_certified_app,
    a_client,
    answered,
    certificate,
    sealed,
    sent,
    signature,
    sn,
    success,
    unsigned,
)
from tests.unit.platforms.played import plain

# ---- the call -----------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_only_the_charset_stands_in_the_address() -> None:
    client, transport = a_client(success(QUERY))
    await client.call(QUERY, {"out_trade_no": "T1"})
    (request,) = transport.sent
    assert (request.method, request.url) == ("POST", f"{GATEWAY}?charset=utf-8")
    assert b"charset=" not in request.body
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert sent(request)["biz_content"] == '{"out_trade_no":"T1"}'


# ---- raw bytes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "node",
    [
        '{"code":"10000","msg":"}"}',
        '{"code":"10000","msg":"{\\"sign\\":\\"xxx\\"}"}',
        '{"code":"10000","msg":"https:\\/\\/alipay.com"}',
        '{ "msg" : "成功", "code" : "10000" , "list":[{"a":"}"},{"b":[]}] }',
        '{"code":"10000","msg":"\\\\","sign":"xxx"}',
    ],
)
@pytest.mark.asyncio
async def test_the_signed_text_is_cut_at_the_right_brace(node: str) -> None:
    assert await answered(sealed(QUERY, node)) == json.loads(node)


def test_members_stand_as_they_came() -> None:
    body = b'{"ali_pay_response": {"url":"https:\\/\\/alipay.com", "sign":"xxx"} ,"sign":"MA=="}'
    assert members_of(body)["ali_pay_response"] == '{"url":"https:\\/\\/alipay.com", "sign":"xxx"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>busy</html>",
        b'{"a":1',
        b'{"a":1}}',
        b'{"a":1} {"b":2}',
        b'{"a":1,"a":2}',
        b"{1:2}",
        b'{"a" 1}',
        "{}".encode("utf-16"),
        b'{"a":' + b"[" * 100_000,
        b"{" + b",".join(b'"%d":1' % number for number in range(20)) + b"}",
    ],
)
@pytest.mark.asyncio
async def test_what_can_t_be_read_says_nothing(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        members_of(body)
    with pytest.raises(OutcomeUnknown):
        await answered(plain(body))


# ---- signatures ---------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_success_without_a_signature_that_holds_is_none() -> None:
    tampered = sealed(QUERY, OK).body.replace(b'"trade_no":"1"', b'"trade_no":"2"')
    for response in (
        unsigned(OK, NODE),
        plain({NODE: OK, "sign": ""}),
        plain({NODE: OK, "sign": 7}),
        plain({NODE: OK, "sign": signature(b"another text")}),
        sealed(QUERY, OK, key="somebody else"),
        plain(tampered),
        plain({NODE: OK, "error_response": OK, "sign": signature(json.dumps(OK).encode())}),
        sealed("alipay.trade.close", OK),
    ):
        with pytest.raises(OutcomeUnknown):
            await answered(response)


@pytest.mark.asyncio
async def test_a_no_with_a_wrong_signature_is_no_word_of_alipay_s() -> None:
    refused = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST"}
    with pytest.raises(OutcomeUnknown):
        await answered(sealed(QUERY, refused, key="somebody else"))
    with pytest.raises(OutcomeUnknown):
        await answered(unsigned(refused, NODE))


@pytest.mark.asyncio
async def test_certificate_mode_takes_the_key_that_the_answer_names() -> None:
    old, new = certificate("old", serial=1), certificate(ALIPAY, serial=2)
    client, transport = a_client(sealed(QUERY, OK, cert_sn=sn(new)), app=a_certified_app(old, new))
    assert json.loads(await client.call(QUERY, {}))["trade_no"] == "1"
    assert sent(transport.sent[0])["app_cert_sn"]


@pytest.mark.asyncio
async def test_an_unknown_certificate_is_not_fetched_and_not_believed() -> None:
    client, transport = a_client(sealed(QUERY, OK, cert_sn="f" * 32), app=a_certified_app())
    with pytest.raises(OutcomeUnknown):
        await client.call(QUERY, {})
    assert len(transport.sent) == 1


# ---- GBK ----------------------------------------------------------------------------------------------------------------------


def in_gbk(node: dict[str, str]) -> HttpResponse:
    """As the gateway answers now and then although UTF-8 was asked for: signed over these bytes."""
    raw = json.dumps(node, ensure_ascii=False, separators=(",", ":")).encode("gbk")
    return plain(b'{"' + NODE.encode() + b'":' + raw + b',"sign":"' + signature(raw).encode() + b'"}')


@pytest.mark.asyncio
async def test_an_answer_in_gbk_keeps_its_reason() -> None:
    refused = {
        "code": "40004",
        "msg": "业务处理失败：繁體俥",
        "sub_code": "ACQ.TRADE_NOT_EXIST",
        "sub_msg": "交易不存在",
    }
    with pytest.raises(OutsideRefusal) as told:
        await answered(in_gbk(refused))
    assert (told.value.reason_code, "业务处理失败" in told.value.reason) == ("ACQ.TRADE_NOT_EXIST", True)


@pytest.mark.asyncio
async def test_a_success_in_gbk_is_read() -> None:
    assert (await answered(in_gbk({**OK, "buyer_logon_id": "乗*測"})))["buyer_logon_id"] == "乗*測"


@pytest.mark.asyncio
async def test_a_changed_answer_in_gbk_is_no_word_of_alipay_s() -> None:
    changed = in_gbk({**OK, "subject": "医院"}).body.replace("医院".encode("gbk"), "医药".encode("gbk"))
    for body in (changed, changed.replace("医药".encode("gbk"), b"\xff\xff")):
        with pytest.raises(OutcomeUnknown):
            await answered(plain(body))
