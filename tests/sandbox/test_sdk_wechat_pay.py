"""``wechatpayv3`` from PyPI as the merchant: it signs what the sandbox checks, and checks what the sandbox signs."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3 import core as sdk

from tests.sandbox.process import Arrived, PlayedApp, RunningSandbox

PAID, RETURNED = "/notify/payment", "/notify/refund"
OFFICIAL = "https://api.mch.weixin.qq.com"
_numbers = count(1)


@pytest.fixture
def here(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK has its host built in: what it sends there goes to the sandbox, unchanged."""

    def send(method: str) -> Any:
        return lambda url, **more: requests.request(
            method, url.replace(OFFICIAL, sandbox.url), **more | {"timeout": 10}
        )

    monkeypatch.setattr(sdk, "requests", SimpleNamespace(get=send("GET"), post=send("POST")))


@pytest.fixture(params=["public_key", "certificate"])
def merchant(request: pytest.FixtureRequest, here: None, sandbox: RunningSandbox, app: PlayedApp) -> WeChatPay:
    """In both key modes (section 3.1); in certificate mode it fetches the certificate by GET /v3/certificates."""
    given = sandbox.credentials["wechatpay"]
    keys = {"public_key": given["public_key_pem"], "public_key_id": given["public_key_id"]}
    sandbox.faults(settings={"verify_key": request.param, "refund_seconds": 0.1})
    return WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=given["mchid"],
        private_key=given["private_key_pem"],
        cert_serial_no=given["serial_no"],
        appid=sandbox.credentials["wechat"]["appid"],
        apiv3_key=given["apiv3_key"],
        notify_url=app.url + PAID,
        **(keys if request.param == "public_key" else {}),
    )


def place(merchant: WeChatPay, sandbox: RunningSandbox, total: int = 1234) -> tuple[str, str]:
    """(our number, prepay_id)."""
    number = f"SDK{next(_numbers):012d}"
    status, told = merchant.pay(
        description="门诊缴费",
        out_trade_no=number,
        amount={"total": total, "currency": "CNY"},
        payer={"openid": sandbox.credentials["people"][0]["openid"]},
    )
    assert status == 200, told
    return number, json.loads(told)["prepay_id"]


def pay(merchant: WeChatPay, sandbox: RunningSandbox, total: int = 1234) -> str:
    number, prepay_id = place(merchant, sandbox, total)
    sandbox.control("POST", "/sandbox/wechat/pay", {"prepay_id": prepay_id, "result": "ok"})
    return number


def opened(merchant: WeChatPay, arrived: Arrived) -> Any:
    """The notification, if the SDK takes it for genuine."""
    return merchant.callback(arrived.headers, arrived.body)


def test_placed_paid_told_and_asked_after(merchant: WeChatPay, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = pay(merchant, sandbox)
    told = opened(merchant, app.wait_for(1, PAID)[0])
    assert (told["event_type"], told["resource"]["out_trade_no"]) == ("TRANSACTION.SUCCESS", number)
    assert told["resource"]["amount"] == {
        "total": 1234,
        "payer_total": 1234,
        "currency": "CNY",
        "payer_currency": "CNY",
    }
    status, body = merchant.query(out_trade_no=number)
    assert (status, json.loads(body)["trade_state"]) == (200, "SUCCESS")
    status, body = merchant.query(transaction_id=told["resource"]["transaction_id"])
    assert (status, json.loads(body)["out_trade_no"]) == (200, number)


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [
        (WeChatPayType.NATIVE, "code_url", {}),
        (WeChatPayType.H5, "h5_url", {"scene_info": {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}}),
    ],
)
def test_an_order_without_a_payer_is_paid_by_who_opens_it(
    merchant: WeChatPay, sandbox: RunningSandbox, app: PlayedApp, kind: WeChatPayType, name: str, more: dict[str, Any]
) -> None:
    number, amount = f"SDK{next(_numbers):012d}", {"total": 1234, "currency": "CNY"}
    status, told = merchant.pay(description="门诊缴费", out_trade_no=number, amount=amount, pay_type=kind, **more)
    assert status == 200, told
    if kind is WeChatPayType.H5:
        page = requests.get(json.loads(told)[name], headers={"Referer": f"{app.url}/h/demo"}, timeout=10)
        assert "用谁的微信付款" in page.text
    openid = sandbox.credentials["people"][1]["openid"]
    paid = {name: json.loads(told)[name], "openid": openid, "result": "ok"}
    sandbox.control("POST", "/sandbox/wechat/pay", paid)
    body = json.loads(merchant.query(out_trade_no=number)[1])
    assert (body["trade_state"], body["payer"]["openid"]) == ("SUCCESS", openid)


def test_a_notification_changed_on_its_way_is_refused(
    merchant: WeChatPay, sandbox: RunningSandbox, app: PlayedApp
) -> None:
    pay(merchant, sandbox)
    arrived = app.wait_for(1, PAID)[0]
    forged = Arrived(**{**arrived.__dict__, "body": arrived.body.replace(b"EV-", b"EW-")})
    assert opened(merchant, arrived) is not None
    assert opened(merchant, forged) is None


@pytest.mark.parametrize("what", ["wrong_signature", "sign_test"])
def test_a_spoilt_signature_is_followed_by_a_good_one(
    merchant: WeChatPay, sandbox: RunningSandbox, app: PlayedApp, what: str
) -> None:
    app.answer = lambda arrived: (204, b"") if opened(merchant, arrived) else (401, b"")
    rule = {"where": "notify.payment", "what": what, "times": 1}
    sandbox.faults(rule, notify_time_scale=0.01)
    pay(merchant, sandbox)
    first, second = app.wait_for(2, PAID)
    assert opened(merchant, first) is None
    assert first.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/") == (what == "sign_test")
    assert opened(merchant, second)["resource"]["trade_state"] == "SUCCESS"


def test_closed_twice_then_not_payable(merchant: WeChatPay, sandbox: RunningSandbox) -> None:
    number, prepay_id = place(merchant, sandbox)
    assert merchant.close(number)[0] == 204
    assert merchant.close(number)[0] == 204
    refused = sandbox.control("POST", "/sandbox/wechat/pay", {"prepay_id": prepay_id, "result": "ok"}, expect=409)
    assert refused["error"] == "ORDER_CLOSED"
    assert json.loads(merchant.query(out_trade_no=number)[1])["trade_state"] == "CLOSED"


def test_refunded_and_told(merchant: WeChatPay, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = pay(merchant, sandbox, 500)
    status, body = merchant.refund(
        out_refund_no=f"{number}R01",
        out_trade_no=number,
        amount={"refund": 200, "total": 500, "currency": "CNY"},
        notify_url=app.url + RETURNED,
    )
    assert (status, json.loads(body)["status"]) == (200, "PROCESSING")
    told = opened(merchant, app.wait_for(1, RETURNED)[0])
    assert (told["event_type"], told["summary"]) == ("REFUND.SUCCESS", "退款成功")
    assert told["resource"]["refund_status"] == "SUCCESS"
    assert told["resource"]["amount"] == {"total": 500, "refund": 200, "payer_total": 500, "payer_refund": 200}
    assert json.loads(merchant.query_refund(f"{number}R01")[1])["status"] == "SUCCESS"


def test_an_abnormal_refund_is_sent_to_a_card(merchant: WeChatPay, sandbox: RunningSandbox, app: PlayedApp) -> None:
    number = pay(merchant, sandbox, 500)
    sandbox.faults({"where": "wechatpay.refund", "what": "abnormal", "times": 1})
    amount = {"refund": 500, "total": 500, "currency": "CNY"}
    _, body = merchant.refund(f"{number}R01", amount, out_trade_no=number, notify_url=app.url + RETURNED)
    assert opened(merchant, app.wait_for(1, RETURNED)[0])["event_type"] == "REFUND.ABNORMAL"
    refund_id = json.loads(body)["refund_id"]
    status, body = merchant.abnormal_refund(refund_id, f"{number}R01", "MERCHANT_BANK_CARD")
    assert (status, json.loads(body)["status"]) == (200, "PROCESSING")
    assert opened(merchant, app.wait_for(2, RETURNED)[1])["event_type"] == "REFUND.SUCCESS"


@pytest.mark.parametrize("kind", ["trade", "fundflow"])
def test_statements_are_downloaded_and_read(merchant: WeChatPay, sandbox: RunningSandbox, kind: str) -> None:
    number = pay(merchant, sandbox, 1050)
    today = date.fromisoformat(sandbox.control("POST", "/sandbox/clock", {"day": None})["day"])
    sandbox.control("POST", "/sandbox/clock", {"day": (today + timedelta(days=1)).isoformat()})
    status, body = (merchant.trade_bill if kind == "trade" else merchant.fundflow_bill)(today.isoformat())
    assert status == 200, body
    told = json.loads(body)
    status, file = merchant.download_bill(told["download_url"].replace(sandbox.url, OFFICIAL))
    assert status == 200
    plain = gzip.decompress(file)
    assert hashlib.sha1(plain, usedforsecurity=False).hexdigest() == told["hash_value"]
    row = next(line for line in plain.decode("utf-8-sig").splitlines() if f"`{number}" in line)
    assert "`10.50" in row


def test_another_key_is_refused(here: None, sandbox: RunningSandbox, app: PlayedApp) -> None:
    given = sandbox.credentials["wechatpay"]
    stranger = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=given["mchid"],
        private_key=sandbox.credentials["alipay"]["app_private_key_pem"],
        cert_serial_no=given["serial_no"],
        appid=sandbox.credentials["wechat"]["appid"],
        apiv3_key=given["apiv3_key"],
        public_key=given["public_key_pem"],
        public_key_id=given["public_key_id"],
    )
    status, body = stranger.query(out_trade_no="SDK000000000001")
    assert (status, json.loads(body)["code"]) == (401, "SIGN_ERROR")
