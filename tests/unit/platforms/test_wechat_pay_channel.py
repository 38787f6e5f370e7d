"""WeChat Pay as a PaymentChannel: what is sent, and what every kind of answer means for money."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from server.core.errors import BadInput, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpRequest, HttpResponse
from server.payments.ports import PaidOrder
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.trades import ChannelRefund, RefundOutcome, TradeState
from server.platforms.wechat.pay.account import WechatPayAccount
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.platforms.wechat.pay.errors import Throttled
from server.platforms.wechat.pay.signing import MerchantSigner
from tests.support.builders import APP, MERCHANT, PAYMENT_ID, a_paid, a_request
from tests.support.chance import MORNING, FakeClock, SeededIds
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


@pytest.mark.asyncio
async def test_a_refund_names_order_number_and_total() -> None:
    channel, transport = a_channel(signed(refund("PROCESSING")))
    answer = await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 1234, "测" * 40)
    assert answer.outcome is RefundOutcome.PROCESSING
    body = json.loads(transport.sent[0].body)
    assert len(body["reason"].encode()) <= 80
    assert {**body, "reason": ""} == {
        "out_trade_no": PAYMENT_ID,
        "out_refund_no": REFUND_ID,
        "reason": "",
        "notify_url": "https://pay.example.org/notify/wechatpay/demo/refund",
        "amount": {"refund": 1234, "total": 1234, "currency": "CNY"},
    }


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
async def test_closing() -> None:
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


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("PROCESSING", RefundOutcome.PROCESSING),
        ("SUCCESS", RefundOutcome.SUCCEEDED),
        ("CLOSED", RefundOutcome.CLOSED),
        ("ABNORMAL", RefundOutcome.ABNORMAL),
    ],
)
async def test_every_refund_status_has_one_meaning(said: str, outcome: RefundOutcome) -> None:
    channel, _ = a_channel(signed(refund(said)), signed(refund(said)))
    told = ChannelRefund(
        out_trade_no=PAYMENT_ID,
        out_refund_no=REFUND_ID,
        outcome=outcome,
        amount_fen=1234,
        channel_refund_id="50000000382019052709732678859",
        merchant_id=MERCHANT,
    )
    assert await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 1234, "自动退回") == told
    assert await channel.query_refund(a_paid().id, REFUND_ID) == told


@pytest.mark.asyncio
async def test_only_a_query_may_say_that_a_refund_is_absent() -> None:
    channel, _ = a_channel(refused("RESOURCE_NOT_EXISTS", 404), refused("RESOURCE_NOT_EXISTS", 404))
    assert (await channel.query_refund(a_paid().id, REFUND_ID)).outcome is RefundOutcome.ABSENT
    with pytest.raises(OutsideRefusal):
        await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 1234, "自动退回")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "wrong",
    [refund("DONE"), refund(out_refund_no="X"), refund(out_trade_no="X"), refund(amount={"refund": 1.0, "total": 1})],
)
async def test_a_refund_answer_that_does_not_fit_is_unknown(wrong: dict[str, Any]) -> None:
    channel, _ = a_channel(signed(wrong))
    with pytest.raises(OutcomeUnknown):
        await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 1234, "自动退回")


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [("FREQUENCY_LIMITED", 429), ("RATELIMIT_EXCEEDED", 403), ("", 429)])
async def test_too_many_does_not_say_that_a_refund_was_not_taken(answer: tuple[str, int]) -> None:
    code, status = answer
    channel, _ = a_channel(refused(code, status) if code else plain(b"slow down", status))
    with pytest.raises(OutcomeUnknown):
        await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 1234, "自动退回")


def stale(body: dict[str, Any]) -> Callable[[HttpRequest], HttpResponse]:
    raw = json.dumps(body).encode()
    late = datetime.fromtimestamp(MORNING.timestamp() - 301, UTC)
    return lambda request: plain(raw, 200, signed_headers(raw, late, "public", SERIAL))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (plain({"prepay_id": "wx1"}), OutcomeUnknown),
        (stale({"prepay_id": "wx1"}), OutcomeUnknown),
        (signed({"prepay_id": "wx1"}, 202), OutcomeUnknown),
        (signed({"prepay_id": ""}), OutcomeUnknown),
        (signed({}), OutcomeUnknown),
        (plain(b"", 302), OutcomeUnknown),
        (plain(b"<html>blocked</html>", 403), OutcomeUnknown),
        (refused("SYSTEM_ERROR", 500), OutcomeUnknown),
        (refused("BANK_ERROR", 500), OutcomeUnknown),
        (refused("OPENID_MISMATCH", 500), OutcomeUnknown),
        (refused("PARAM_ERROR", 302), OutcomeUnknown),
        (refused("SYSTEMERROR", 400), OutcomeUnknown),
        (plain(b"", 503), OutcomeUnknown),
        (refused("FREQUENCY_LIMITED", 429), Throttled),
        (refused("RATELIMIT_EXCEEDED", 403), Throttled),
        (plain(b"slow down", 429), Throttled),
        (refused("PARAM_ERROR", 400), OutsideRefusal),
        (refused("SIGN_ERROR", 401), OutsideRefusal),
        (refused("OUT_TRADE_NO_USED", 403), OutsideRefusal),
        (refused("ORDER_CLOSED", 400), OutsideRefusal),
        (NotSent("wechatpay"), NotSent),
        (OutcomeUnknown("wechatpay"), OutcomeUnknown),
    ],
)
async def test_what_an_answer_to_an_order_means(answer: Answer, error: type[Exception]) -> None:
    channel, transport = a_channel(answer)
    with pytest.raises(error) as raised:
        await channel.order(PAYMENT_ID, a_request())
    assert type(raised.value) is error
    assert len(transport.sent) == 1, "nothing is repeated in here"
    assert "oOpenid" not in str(raised.value)


@pytest.mark.asyncio
async def test_a_refusal_carries_the_platforms_code_and_plain_words() -> None:
    channel, _ = a_channel(refused("ORDER_CLOSED", 400))
    with pytest.raises(OutsideRefusal) as raised:
        await channel.order(PAYMENT_ID, a_request())
    assert raised.value.reason_code == "ORDER_CLOSED"
    assert "重新支付" in raised.value.user_message


@pytest.mark.asyncio
async def test_both_semantics_of_a_close_that_found_no_order_are_safe() -> None:
    """404 says nothing about an order that is still under way; 204 is the confirmation, after which none is taken."""
    for answer, state in (
        (refused("ORDER_NOT_EXIST", 404), TradeState.ABSENT),
        (signed(b"", 204), TradeState.CLOSED),
    ):
        channel, _ = a_channel(answer)
        assert (await channel.close(PAYMENT_ID)).state is state


@pytest.mark.asyncio
async def test_another_order_under_the_number_is_one_refusal_however_it_is_called() -> None:
    for code, status in (("OUT_TRADE_NO_USED", 403), ("INVALID_REQUEST", 400)):
        channel, _ = a_channel(refused(code, status))
        with pytest.raises(OutsideRefusal):
            await channel.order(PAYMENT_ID, a_request())
