"""WeChat Pay's answers, and a channel that gets them one after another."""

from __future__ import annotations

from typing import Any

from server.core.ports import HttpResponse
from server.platforms.wechat.pay.account import WechatPayAccount
from server.platforms.wechat.pay.channel import WechatPayChannel
from tests.support.builders import APP, MERCHANT, PAYMENT_ID
from tests.support.clock_and_ids import MORNING, FakeClock, SeededIds
from tests.unit.platforms import wechat_pay_vectors as vectors
from tests.unit.platforms.played import Answer, ScriptedTransport, plain, public_pem, signed_headers

SERIAL = "PUB_KEY_ID_0119000000012026000000000001"
APIV3_KEY = "0123456789abcdef0123456789abcdef"
ACCOUNT = WechatPayAccount(
    mch_id=MERCHANT,
    app_id=APP,
    serial_no=vectors.SERIAL_NO,
    private_key_pem=vectors.PRIVATE_KEY_PEM,
    apiv3_key=APIV3_KEY,
    verify_keys={SERIAL: public_pem("public")},
    notify_base="https://pay.example.org",
    hospital="demo",
)
REFUND_ID = f"{PAYMENT_ID}R01"


def a_channel(*answers: Answer) -> tuple[WechatPayChannel, ScriptedTransport]:
    transport = ScriptedTransport(*answers)
    return WechatPayChannel(ACCOUNT, transport, FakeClock(), SeededIds()), transport


def signed(body: Any = b"", status: int = 200) -> HttpResponse:
    response = plain(body, status)
    return plain(response.body, status, signed_headers(response.body, MORNING, "public", SERIAL))


def refused(code: str, status: int) -> HttpResponse:
    return plain({"code": code, "message": "测试", "detail": {"value": "oOpenidOfSomebody"}}, status)


def trade(state: str = "SUCCESS", **fields: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "appid": APP,
        "mchid": MERCHANT,
        "out_trade_no": PAYMENT_ID,
        "transaction_id": "4200000000202611230000000001",
        "trade_type": "JSAPI",
        "trade_state": state,
        "trade_state_desc": "测试",
        "success_time": "2026-11-23T09:31:00+08:00",
        "payer": {"openid": "openid-zhang-ceshi"},
        "amount": {"total": 1234, "payer_total": 1000, "currency": "CNY", "payer_currency": "CNY"},
        "promotion_detail": [],
    }
    return {**facts, **fields}


def refund(status: str = "SUCCESS", **fields: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "refund_id": "50000000382019052709732678859",
        "out_refund_no": REFUND_ID,
        "transaction_id": "4200000000202611230000000001",
        "out_trade_no": PAYMENT_ID,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": "2026-11-23T09:32:00+08:00",
        "status": status,
        "amount": {"total": 1234, "refund": 1234, "payer_total": 1000, "payer_refund": 1000, "currency": "CNY"},
    }
    return {**facts, **fields}
