"""Which fault each platform names when a request has some, where it lies and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from sandbox.hospital.requests import BadRequest, check_request
from sandbox.sms.errors import Business, Gateway
from sandbox.sms.fields import Send, read
from sandbox.wechat.asked import Code, Menu, News, People, Remark, Target, Words
from sandbox.wechat.asked import read as read_wechat
from sandbox.wechat.errors import Errcode
from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox.merchant import Merchant, new_number

CLICK = {"type": "click", "name": "帮助", "key": "help"}
GOODS = {"merchant_goods_id": "m", "quantity": 1, "unit_price": 1}


@pytest.mark.parametrize(
    ("changed", "place", "issue", "value"),
    [
        ({"amount": {"total": "1"}}, "/amount/total", "must be a whole number", "1"),
        ({"amount": {"total": True}}, "/amount/total", "must be a whole number", True),
        ({"amount": {"total": 2**63}}, "/amount/total", "must be a whole number below 2^63", 2**63),
        ({"amount": {}}, "/amount/total", "is required", None),
        ({"amount": None}, "/amount", "is required, an object", None),
        ({"attach": None}, "/attach", "is required, and must not be empty", None),
        ({"description": "字" * 43}, "/description", "is longer than 127", "字" * 43),
        ({"goods_tag": "x" * 33, "description": ""}, "/description", "is required, and must not be empty", ""),
        ({"detail": {"goods_detail": [GOODS, GOODS | {"quantity": 0}]}}, "/detail/goods_detail/1/quantity",
         "must be a whole number, at least 1", 0),
        ({"limit_pay": []}, "/limit_pay", "must be a list", []),
        ({"limit_pay": ["cash"]}, "/limit_pay/0", "must be one of 'no_balance', 'no_credit', 'no_debit' or 'balance_only'", "cash"),
        ({"time_expire": "2026-03-02T10:00:00"}, "/time_expire", "must be RFC 3339 with an offset", "2026-03-02T10:00:00"),
    ],
    ids=str,
)  # fmt: skip
def test_wechat_pay_says_where_and_what(
    merchant: Merchant, changed: dict[str, Any], place: str, issue: str, value: object
) -> None:
    told = json.loads(merchant.order(new_number(), **changed).body)
    assert told["detail"] == {"field": place, "value": value, "issue": issue, "location": "body"}


def test_wechat_pay_names_an_unknown_field_before_a_wrong_one(merchant: Merchant) -> None:
    told = json.loads(merchant.order(new_number(), description="", amount={"total": 1, "sum": 1}).body)
    assert told == {"code": "PARAM_ERROR", "message": "参数中含有非法的额外参数 amount/sum"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"out_trade_no": ...}, "参数无效：out_trade_no 不能为空"),
        ({"out_trade_no": "", "subject": "a=b"}, "参数无效：out_trade_no 不能为空"),
        ({"out_trade_no": 5}, "参数无效：out_trade_no 必须是字符串"),
        ({"body": "x" * 129}, "参数无效：body 超过 128 个字符"),
        ({"subject": "a=b"}, "参数无效：subject 不能包含 /、=、&"),
        ({"total_amount": "1.234"}, "参数无效：total_amount 格式不正确"),
        ({"total_amount": "100000000.01"}, "订单总金额超过限额"),
    ],
    ids=str,
)
def test_alipay_says_it_in_one_sentence(alipay: AlipayApp, changed: dict[str, Any], words: str) -> None:
    order = {"number": changed.get("out_trade_no", "FIRSTFAULT01"), **changed}
    order.pop("out_trade_no", None)
    assert alipay.create(**order).told["sub_msg"] == words


@pytest.mark.parametrize(
    ("asked", "shape", "errcode"),
    [
        (None, Menu, 47001), ({}, Menu, 40016), ({"button": [CLICK] * 4}, Menu, 40016), ({"button": [5]}, Menu, 47001),
        ({"button": [{"name": "一二三四五六"}]}, Menu, 40018), ({"button": [{"name": "x", "sub_button": [CLICK] * 6}]}, Menu, 40023),
        ({"button": [{"name": "x", "sub_button": [{"name": "字" * 21}]}]}, Menu, 40025),
        ({"button": [{"name": "x", "sub_button": [{"name": "x", "sub_button": [CLICK]}]}]}, Menu, 40023),
        ({"name": "x"}, Target, 40017), ({"type": "dance"}, Target, 40017), ({"type": "click"}, Target, 40019),
        ({"type": "view", "url": "http://a.invalid/" + "x" * 1024}, Target, 40020), ({"type": "view", "url": "a.invalid"}, Target, 40054),
        ({"type": "miniprogram", "url": "http://a.invalid/", "appid": "wx1"}, Target, 40035), ({"type": "media_id"}, Target, 40007),
        ({}, Words, 44004), ({"content": "字" * 683}, Words, 45002),
        ({"articles": []}, News, 44003), ({"articles": [{}, {}]}, News, 45008), ({"articles": [5]}, News, 47001),
        ({"user_list": [5]}, People, 47001), ({"user_list": [{}] * 101}, People, 40035), ({"openid": "x"}, Remark, 47001),
        ({"action_name": "QR_SCENE"}, Code, 47001), ({"action_name": "QR_SCENE", "action_info": {"scene": {}}}, Code, 40035),
        ({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}}, Code, 40035),
    ],
    ids=lambda value: str(value)[:50],
)  # fmt: skip
def test_wechat_has_a_number_for_each(asked: object, shape: type[BaseModel], errcode: int) -> None:
    with pytest.raises(Errcode) as refused:
        read_wechat(asked, shape)
    assert refused.value.code == errcode


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"SignName": "x", "TemplateCode": "x", "TemplateParam": "{"}, "MissingPhoneNumbers"),
        ({"PhoneNumbers": "1", "SignName": "", "TemplateCode": "x"}, "MissingSignName"),
        ({"PhoneNumbers": "1", "SignName": "x", "TemplateCode": "x", "TemplateParam": '{"a": 1}'}, "isv.INVALID_JSON_PARAM"),
        ({"PhoneNumbers": "1", "SignName": "x", "TemplateCode": "x", "OutId": "字" * 86}, "isv.INVALID_PARAMETERS"),
    ],
    ids=str,
)  # fmt: skip
def test_sms_misses_before_it_reads(params: dict[str, str], told: str) -> None:
    with pytest.raises((Gateway, Business)) as refused:
        read(params, Send)
    assert refused.value.code == told


@pytest.mark.parametrize(
    ("function", "asked", "words"),
    [
        ("bill.detail", {"card_no": "1"}, "bill.detail needs bill_no"),
        ("bill.detail", {"card_no": 1, "bill_no": ""}, "bill.detail: card_no is not as the interface has it"),
        ("bill.presettle", {"card_no": "1", "bill_nos": ["1", "1"]}, "bill.presettle: bill_nos is not as the interface has it"),
        ("refund.check", {"out_trade_no": "1", "out_refund_no": "1", "amount_fen": 1, "lines": [{}]}, "refund.check: lines is not as the interface has it"),
        ("reg.schedules", {"department_no": "1", "from": "2026-02-30", "to": "2026-03-01"}, "reg.schedules: from is not as the interface has it"),
        ("patient.query", {"card_no": "", "name": "张测试"}, "patient.query needs card_no, or id_no and name"),
        ("old_balance.list", {"limit": 5}, "old_balance.list needs limit, and offset or after"),
        ("old_balance.list", {"after": "", "limit": 5}, "old_balance.list needs limit, and offset or after"),
    ],
    ids=str,
)  # fmt: skip
def test_a_hospital_names_the_field(function: str, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check_request(function, asked)
    assert str(refused.value) == words
