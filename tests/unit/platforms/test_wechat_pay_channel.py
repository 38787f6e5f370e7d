"""WeChat Pay as a PaymentChannel: what is sent, and what every kind of answer means for money."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from server.core.errors import BadInput, OutcomeUnknown
from server.core.ports import HttpRequest
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.trades import TradeState
from server.platforms.wechat.pay.signing import MerchantSigner
from tests.support.builders import APP, MERCHANT, PAYMENT_ID, a_request
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.played import Answer, plain
from tests.unit.platforms.wechat_pay_answers import ACCOUNT, SERIAL, a_channel, refused, signed, trade

# ---- what is sent ---------------------------------------------------------------------------------------------------------


async def ordered(transport_answer: Answer) -> tuple[str, HttpRequest]:
    channel, transport = a_channel(transport_answer)
    return await channel.order(PAYMENT_ID, a_request()), transport.sent[0]


@pytest.mark.asyncio
async def test_an_order_says_what_was_stored_and_nothing_personal() -> None:
    prepay_id, request = await ordered(signed({"prepay_id": "wx261153585405162d4d02642eabe7000000"}))
    assert prepay_id == "wx261153585405162d4d02642eabe7000000"
    assert (request.system, request.method) == ("wechatpay", "POST")
    assert request.url == "https://api.mch.weixin.qq.com/v3/pay/transactions/jsapi"
    assert json.loads(request.body) == {
        "appid": APP,
        "mchid": MERCHANT,
        "description": "测试医院 门诊缴费",
        "out_trade_no": PAYMENT_ID,
        "time_expire": "2026-11-23T09:45:00+08:00",
        "notify_url": "https://pay.example.org/notify/wechatpay/demo/payment",
        "amount": {"total": 1234, "currency": "CNY"},
        "payer": {"openid": "openid-zhang-ceshi"},
    }
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Wechatpay-Serial"] == SERIAL


@pytest.mark.asyncio
async def test_a_repeat_is_equal_to_the_first() -> None:
    channel, transport = a_channel(signed({"prepay_id": "wx1"}), signed({"prepay_id": "wx2"}))
    await channel.order(PAYMENT_ID, a_request())
    await channel.order(PAYMENT_ID, a_request())
    assert transport.sent[0].body == transport.sent[1].body
    assert transport.sent[0].headers["Authorization"] != transport.sent[1].headers["Authorization"]


@pytest.mark.asyncio
async def test_the_authorization_signs_exactly_what_is_sent() -> None:
    channel, transport = a_channel(signed(trade("NOTPAY")))
    await channel.query(PAYMENT_ID)
    request = transport.sent[0]
    parts = urlsplit(request.url)
    header = request.headers["Authorization"]
    nonce = header.partition('nonce_str="')[2].partition('"')[0]
    timestamp = str(int(MORNING.timestamp()))
    signature = MerchantSigner(ACCOUNT).sign("GET", f"{parts.path}?{parts.query}", timestamp, nonce, "")
    assert f'timestamp="{timestamp}"' in header
    assert f'signature="{signature}"' in header
    assert parts.query == f"mchid={MERCHANT}"


def test_the_page_gets_what_opens_the_cashier() -> None:
    channel, _ = a_channel()
    call = channel.client_call(PAYMENT_ID, a_request(), "wx201410272009395522657a690389285100")
    assert call.bridge == "weixin_jsapi"
    assert set(call.params) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert call.params["package"] == "prepay_id=wx201410272009395522657a690389285100"
    lines = (APP, call.params["timeStamp"], call.params["nonceStr"], call.params["package"])
    assert call.params["paySign"] == MerchantSigner(ACCOUNT).sign(*lines)
    assert call.params["signType"] == "RSA"


def test_methods_are_data() -> None:
    channel, _ = a_channel()
    assert channel.capabilities.methods == {"jsapi"}
    assert channel.capabilities.reach == RefundWindow(within=timedelta(days=365), times=50)
    assert channel.account("jsapi") == (APP, MERCHANT)
    with pytest.raises(BadInput):
        channel.account("native")


@pytest.mark.asyncio
async def test_a_description_is_cut_by_bytes_and_between_characters() -> None:
    """127 bytes, of which a Chinese character takes three."""
    for said, sent in (
        ("长" * 43, "长" * 42),
        ("a" + "长" * 42, "a" + "长" * 42),
        ("ab" + "长" * 42, "ab" + "长" * 41),
        ("退\ud800\x02费", "退费"),
    ):
        channel, transport = a_channel(signed({"prepay_id": "wx261153585405162d4d02642eabe7000000"}))
        await channel.order(PAYMENT_ID, replace(a_request(), description=said))
        assert json.loads(transport.sent[0].body)["description"] == sent


# ---- what is answered -----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("SUCCESS", TradeState.PAID),
        ("REFUND", TradeState.REFUNDED),
        ("NOTPAY", TradeState.UNPAID),
        ("USERPAYING", TradeState.UNPAID),
        ("PAYERROR", TradeState.UNPAID),
        ("CLOSED", TradeState.CLOSED),
        ("REVOKED", TradeState.CLOSED),
    ],
)
async def test_every_trade_state_has_one_meaning(said: str, state: TradeState) -> None:
    channel, _ = a_channel(signed(trade(said)))
    assert (await channel.query(PAYMENT_ID)).state is state


@pytest.mark.asyncio
async def test_the_amount_is_what_was_asked_not_what_coupons_left() -> None:
    channel, _ = a_channel(signed(trade()))
    paid = await channel.query(PAYMENT_ID)
    assert (paid.amount_fen, paid.currency, paid.transaction_id) == (1234, "CNY", "4200000000202611230000000001")
    assert (paid.app_id, paid.merchant_id, paid.payer) == (APP, MERCHANT, "openid-zhang-ceshi")
    assert paid.paid_at == datetime(2026, 11, 23, 1, 31, tzinfo=UTC)


@pytest.mark.asyncio
async def test_an_unpaid_order_may_lack_all_that_money_has() -> None:
    bare = {
        key: value for key, value in trade("NOTPAY").items() if key in {"appid", "mchid", "out_trade_no", "trade_state"}
    }
    channel, _ = a_channel(signed({**bare, "success_time": "", "payer": {}, "amount": {"total": 1234}}))
    assert (await channel.query(PAYMENT_ID)).state is TradeState.UNPAID


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [
        trade("LATER"),
        trade(out_trade_no="ZF20261123ANOTHERONE00"),
        trade(transaction_id=""),
        trade(success_time="yesterday"),
        trade(success_time="2026-11-23T09:31:00"),
        trade(amount={"total": "1234", "currency": "CNY"}),
        trade(amount={"total": 12.34, "currency": "CNY"}),
        trade(amount={"total": True, "currency": "CNY"}),
        trade(amount={"total": -1, "currency": "CNY"}),
        trade(amount={"total": 1234}),
        trade(amount=None),
        [],
        b"",
        b"<html>",
    ],
    ids=lambda wrong: str(wrong)[:40],
)
async def test_an_unreadable_answer_is_unknown(wrong: Any) -> None:
    channel, _ = a_channel(signed(wrong))
    with pytest.raises(OutcomeUnknown):
        await channel.query(PAYMENT_ID)


@pytest.mark.asyncio
async def test_no_such_order_is_its_own_answer() -> None:
    for code in ("ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"):
        channel, _ = a_channel(refused(code, 404), refused(code, 404))
        assert (await channel.query(PAYMENT_ID)).state is TradeState.ABSENT
        assert (await channel.close(PAYMENT_ID)).state is TradeState.ABSENT


@pytest.mark.asyncio
async def test_an_order_is_closed_once_and_stays_closed() -> None:
    channel, transport = a_channel(signed(b"", 204), refused("ORDER_CLOSED", 400))
    assert (await channel.close(PAYMENT_ID)).state is TradeState.CLOSED
    assert (await channel.close(PAYMENT_ID)).state is TradeState.CLOSED
    assert json.loads(transport.sent[0].body) == {"mchid": MERCHANT}
    assert transport.sent[0].url.endswith(f"/v3/pay/transactions/out-trade-no/{PAYMENT_ID}/close")


@pytest.mark.asyncio
@pytest.mark.parametrize("code", ["ORDERPAID", "ORDER_PAID"])
async def test_too_late_to_close_answers_the_money_itself(code: str) -> None:
    channel, transport = a_channel(refused(code, 400), signed(trade()))
    closed = await channel.close(PAYMENT_ID)
    assert (closed.state, closed.amount_fen) == (TradeState.PAID, 1234)
    assert len(transport.sent) == 2


@pytest.mark.asyncio
async def test_a_close_that_nobody_signed_closed_nothing() -> None:
    channel, _ = a_channel(plain(b"", 204))
    with pytest.raises(OutcomeUnknown):
        await channel.close(PAYMENT_ID)
