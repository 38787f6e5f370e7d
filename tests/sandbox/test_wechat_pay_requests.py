"""What the platform lets in: transport, signature and every field of an order (wechat_pay_v3.md sections 1, 2, 5.1, 10)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from tests.sandbox.merchant import BACK, TRADE, Merchant, in_minutes, new_number
from tests.sandbox.world import World, answer_of, error_of

PARAM = (400, "PARAM_ERROR")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"accept": "text/html"}, 400),
        ({"accept": ""}, 400),
        ({"authorization": ""}, 401),
        ({"authorization": "WECHATPAY2-SHA256-RSA2048"}, 401),
        ({"authorization": 'Bearer mchid="1900000001"'}, 401),
    ],
)
def test_wrong_headers_are_refused_and_place_no_order(
    merchant: Merchant, headers: dict[str, str], expected: int
) -> None:
    number = new_number()
    refused = merchant.call("POST", f"{TRADE}/jsapi", merchant.order_body(number), **headers)
    assert refused.status == expected
    assert error_of(merchant.query(number)) == (404, "ORDER_NOT_EXIST")


def test_a_body_must_say_that_it_is_json(merchant: Merchant) -> None:
    body = merchant.order_body(new_number())
    refused = merchant.call("POST", f"{TRADE}/jsapi", body, content_type="application/x-www-form-urlencoded")
    assert 400 <= refused.status < 500


def test_a_wrong_signature_is_told_with_what_was_signed(merchant: Merchant) -> None:
    number = new_number()
    request = merchant.request("POST", f"{TRADE}/jsapi", merchant.order_body(number))
    tampered = replace(request, body=request.body.replace(b"1200", b"1"))
    refused = merchant.world.ask(tampered)
    assert error_of(refused) == (401, "SIGN_ERROR")
    assert "Request-ID" not in refused.headers
    detail = json.loads(refused.body)["detail"]
    assert detail["detail"]["issue"] == "sign not match"
    assert (detail["field"], detail["location"]) == ("signature", "authorization")
    told = detail["sign_information"]
    assert (told["method"], told["url"]) == ("POST", f"{TRADE}/jsapi")
    timestamp, nonce = (
        request.headers["authorization"].partition(f'{name}="')[2].partition('"')[0]
        for name in ("timestamp", "nonce_str")
    )
    message = f"POST\n{TRADE}/jsapi\n{timestamp}\n{nonce}\n{tampered.body.decode()}\n"
    assert told["sign_message_length"] == len(message.encode())
    assert told["truncated_sign_message"].startswith(f"POST\n{TRADE}/jsapi\n{timestamp}\n")
    assert error_of(merchant.query(number)) == (404, "ORDER_NOT_EXIST")


@pytest.mark.parametrize("seconds_off", [-301, 301])
def test_stale_and_future_requests(merchant: Merchant, seconds_off: int) -> None:
    request = merchant.request("POST", f"{TRADE}/jsapi", merchant.order_body(new_number()), seconds_off=seconds_off)
    refused = merchant.world.ask(request)
    assert error_of(refused) == (401, "SIGN_ERROR")
    assert "timestamp与发起请求的时间不得超过5分钟" in json.loads(refused.body)["message"]


@pytest.mark.parametrize("user_agent", ["", "  "])
def test_only_certificates_and_refunds_ask_for_a_user_agent(merchant: Merchant, user_agent: str) -> None:
    assert (
        merchant.call("POST", f"{TRADE}/jsapi", merchant.order_body(new_number()), user_agent=user_agent).status == 200
    )
    refund = {
        "out_trade_no": merchant.paid(),
        "out_refund_no": "R1",
        "amount": {"refund": 1, "total": 1200, "currency": "CNY"},
    }
    for method, path, body in (("GET", "/v3/certificates", None), ("POST", BACK, refund)):
        refused = merchant.call(method, path, body, user_agent=user_agent)
        assert error_of(refused) == (400, "INVALID_REQUEST")
        assert json.loads(refused.body)["message"] == "Http头缺少Accept或User-Agent"


def test_a_401_of_other_calls_has_a_request_id(merchant: Merchant) -> None:
    refused = merchant.call("GET", "/v3/certificates", authorization="")
    assert error_of(refused) == (401, "SIGN_ERROR")
    assert refused.headers["Request-ID"].endswith("-268443699")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{TRADE}/jsapi", 405),
        ("POST", "/v3/certificates", 405),
        ("PUT", BACK, 405),
        ("GET", "/v3/nothing", 404),
    ],
)
def test_no_such_path_or_method_is_answered_with_nothing(
    merchant: Merchant, method: str, path: str, status: int
) -> None:
    refused = merchant.call(method, path, None if method == "GET" else {})
    assert (refused.status, refused.body) == (status, b"")


def test_any_kind_of_answer_may_be_accepted(merchant: Merchant) -> None:
    assert merchant.call("POST", f"{TRADE}/jsapi", merchant.order_body(new_number()), accept="*/*").status == 200


@pytest.mark.parametrize(
    "moment",
    ["20260302T093000+0800", "2026-03-02 09:30:00+08:00", "2026-03-02T09:30+08:00", "2026-W10-1T09:30:00+08:00", "2026-03-02T09:30:00+08",
     "2026-03-02T09:30:00.5+08:00", "2026-02-30T09:30:00+08:00", "2026-03-02T09:30:00"],
)  # fmt: skip
def test_time_expire_is_rfc_3339_and_no_other_iso_8601(merchant: Merchant, moment: str) -> None:
    assert error_of(merchant.order(new_number(), time_expire=moment)) == PARAM


@pytest.mark.parametrize("seconds_off", [-299, 299])
def test_clocks_may_differ_by_five_minutes(merchant: Merchant, seconds_off: int) -> None:
    request = merchant.request("POST", f"{TRADE}/jsapi", merchant.order_body(new_number()), seconds_off=seconds_off)
    assert merchant.world.ask(request).status == 200


def test_the_query_is_part_of_what_is_signed(merchant: Merchant) -> None:
    request = merchant.request("GET", f"{TRADE}/out-trade-no/{merchant.paid()}?mchid={merchant.mchid}")
    assert error_of(merchant.world.ask(replace(request, target=request.target + "&a=1"))) == (401, "SIGN_ERROR")


LONG = "字" * 128
FIELDS: list[dict[str, Any]] = [
    {"appid": ...}, {"mchid": ...}, {"description": ...}, {"out_trade_no": ...}, {"notify_url": ...}, {"amount": ...},
    {"payer": ...}, {"mchid": "1900000002"}, {"description": ""}, {"description": LONG}, {"description": 7}, {"description": None},
    {"out_trade_no": "SHORT"}, {"out_trade_no": "X" * 33}, {"out_trade_no": "HAS SPACE"}, {"out_trade_no": "中文订单号码"},
    {"out_trade_no": "TAIL000001\n"}, {"out_trade_no": 12345678},
    {"notify_url": "app.invalid/notify"}, {"notify_url": "ftp://app.invalid/notify"}, {"notify_url": "https://app.invalid"},
    {"notify_url": "https://app.invalid/notify?a=1"}, {"notify_url": "https:///notify"}, {"notify_url": "https://a.invalid/" + "x" * 240},
    {"amount": {}}, {"amount": {"total": 0}}, {"amount": {"total": -1}}, {"amount": {"total": "100"}}, {"amount": {"total": 1.5}},
    {"amount": {"total": True}}, {"amount": {"total": 100, "currency": "USD"}}, {"amount": {"total": 100, "payer_total": 1}}, {"amount": 100},
    {"payer": {}}, {"payer": {"openid": ""}}, {"payer": {"openid": 5}}, {"payer": {"openid": "oNobody"}}, {"payer": {"openid": "x" * 129}},
    {"time_expire": "tomorrow"}, {"time_expire": "2026-03-02T10:00:00"}, {"time_expire": "2026-06-05T10:00:00+08:00"}, {"time_expire": 5},
    {"attach": "x" * 129}, {"attach": ""}, {"goods_tag": "x" * 33}, {"limit_pay": "no_credit"}, {"limit_pay": ["no_cash"]},
    {"support_fapiao": "true"}, {"detail": {"goods_detail": [{"goods_name": "x" * 6200}]}}, {"scene_info": {"device_id": "1"}},
    {"settle_info": {"profit_sharing": "no"}}, {"sub_mchid": "1900000003"}, {"openid": "oX"},
]  # fmt: skip


@pytest.mark.parametrize("changed", FIELDS, ids=lambda changed: f"{changed}"[:60])
def test_every_field_is_held_to_its_rule(merchant: Merchant, changed: dict[str, Any]) -> None:
    number = new_number()
    assert error_of(merchant.order(number, **changed)) == PARAM
    assert error_of(merchant.query(number)) == (404, "ORDER_NOT_EXIST")


@pytest.mark.parametrize(
    "changed",
    [
        {"description": "字" * 42}, {"out_trade_no": "a_-|*9"}, {"amount": {"total": 1}}, {"attach": "x" * 128}, {"goods_tag": "WXG"},
        {"limit_pay": ["no_credit"]}, {"support_fapiao": False}, {"settle_info": {"profit_sharing": False}},
        {"scene_info": {"payer_client_ip": "14.23.150.211", "device_id": "013467007045764"}}, {"notify_url": "https://app.invalid/n"},
        {"detail": {"cost_price": 1, "goods_detail": [{"merchant_goods_id": "m", "quantity": 1, "unit_price": 1}]}},
    ],
    ids=lambda changed: f"{changed}"[:60],
)  # fmt: skip
def test_what_the_page_allows_is_let_in(merchant: Merchant, changed: dict[str, Any]) -> None:
    answer_of(merchant.order(new_number(), **changed))


def test_refusals_say_where(merchant: Merchant) -> None:
    refused = json.loads(merchant.order(new_number(), amount={"total": 100, "currency": "XYZ"}).body)
    expected = {"field": "/amount/currency", "value": "XYZ", "issue": "Currency code is invalid", "location": "body"}
    assert refused["detail"] == expected


@pytest.mark.parametrize(
    ("changed", "code", "number"),
    [
        ({"appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH", 268445527),
        ({"payer": ...}, "PARAM_ERROR", 268501013),
        ({"unheard_of": 1}, "PARAM_ERROR", 270924358),
        ({"amount": {"total": 0}}, "PARAM_ERROR", 268435461),
    ],
)
def test_the_internal_numbers(merchant: Merchant, changed: dict[str, Any], code: str, number: int) -> None:
    refused = merchant.order(new_number(), **changed)
    assert error_of(refused) == (400, code)
    assert refused.headers["Request-ID"].endswith(f"-{number}")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_bodies_that_are_no_object(merchant: Merchant, body: bytes) -> None:
    assert error_of(merchant.call("POST", f"{TRADE}/jsapi", body)) == PARAM


def test_paths_and_methods_that_are_not_there(merchant: Merchant) -> None:
    assert merchant.call("POST", f"{TRADE}/nothing", {}).status == 404
    assert 400 <= merchant.call("GET", f"{TRADE}/jsapi").status < 500


def test_an_answer_is_signed_by_the_key_that_the_client_names(world: World, merchant: Merchant) -> None:
    given = world.credentials["wechatpay"]
    target = f"{TRADE}/out-trade-no/{merchant.paid()}?mchid={merchant.mchid}"
    for serial in (given["public_key_id"], given["platform_serial_no"]):
        response = merchant.call("GET", target, wechatpay_serial=serial)
        assert response.headers["Wechatpay-Serial"] == serial
        assert response.headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
        with pytest.raises(InvalidSignature):
            merchant.verify(response.headers, response.body + b" ")


def test_the_two_modes_have_two_keys(world: World) -> None:
    """A client that mixes them up must fail here, as it would in production."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    given = world.credentials["wechatpay"]
    certified = load_pem_x509_certificate(given["platform_certificate_pem"].encode()).public_key()
    public = load_pem_public_key(given["public_key_pem"].encode())
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert certified.public_bytes(*form) != public.public_bytes(*form)


def test_certificates_are_sealed_and_in_force(merchant: Merchant) -> None:
    (entry,) = answer_of(merchant.call("GET", "/v3/certificates"))["data"]
    assert entry["serial_no"] == merchant.world.credentials["wechatpay"]["platform_serial_no"]
    assert entry["encrypt_certificate"]["associated_data"] == "certificate"
    pem = merchant.unsealed(entry["encrypt_certificate"])
    assert pem == merchant.world.credentials["wechatpay"]["platform_certificate_pem"]
    assert entry["effective_time"] < in_minutes(merchant.world.time, 0) < entry["expire_time"]
