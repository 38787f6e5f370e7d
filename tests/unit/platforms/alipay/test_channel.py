"""Alipay as a PaymentChannel: what is sent, and what every kind of answer means for money."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from server.core.errors import BadInput, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.trades import TradeState
from server.platforms.alipay.pay.amounts import fen_of, yuan_of
from tests.support.builders import PAYMENT_ID
from tests.unit.platforms.alipay.pen import APP_ID, GATEWAY, SELLER, USER, a_channel, biz, failure, sent, success
from tests.unit.platforms.alipay.trades import CLOSE, CREATE, PAID_AT, QUERY, TRADE_NO, asked, trade, unpaid

# ---- amounts ----------------------------------------------------------------------------------------------------------------


def test_every_amount_goes_there_and_back() -> None:
    for fen in (*range(1100), 12345, 10**10 + 7, 29, 58, 1999):
        assert fen_of(yuan_of(fen)) == fen
    assert [yuan_of(fen) for fen in (1, 10, 100, 1234)] == ["0.01", "0.10", "1.00", "12.34"]
    assert [fen_of(text) for text in ("1", "1.5", "0.29", "88.88")] == [100, 150, 29, 8888]


@pytest.mark.parametrize("text", ["", "-1.00", "1.234", "1,000.00", "1e2", "NaN", "１", ".5", " 1", "1.", "12.34 "])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        fen_of(text)


# ---- orders -----------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_an_order_says_what_was_stored_and_nothing_personal() -> None:
    channel, transport = a_channel(success(CREATE, out_trade_no=PAYMENT_ID, trade_no=TRADE_NO))
    assert await channel.order(PAYMENT_ID, asked()) == TRADE_NO
    told = sent(transport.sent[0])
    assert told["method"] == CREATE
    assert told["notify_url"] == "https://pay.example.org/notify/alipay/demo"
    assert biz(transport.sent[0]) == {
        "out_trade_no": PAYMENT_ID,
        "total_amount": "12.34",
        "subject": "测试医院 门诊缴费",
        "seller_id": SELLER,
        "time_expire": "2026-11-23 09:45:00",
        "product_code": "JSAPI_PAY",
        "op_app_id": APP_ID,
        "buyer_id": USER,
    }


@pytest.mark.asyncio
async def test_a_payer_known_by_open_id_is_named_so() -> None:
    channel, transport = a_channel(success(CREATE, out_trade_no=PAYMENT_ID, trade_no=TRADE_NO))
    await channel.order(PAYMENT_ID, asked("074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"))
    content = biz(transport.sent[0])
    assert content["buyer_open_id"] == "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"
    assert "buyer_id" not in content


@pytest.mark.asyncio
async def test_a_subject_has_none_of_the_characters_that_alipay_refuses() -> None:
    channel, transport = a_channel(success(CREATE, out_trade_no=PAYMENT_ID, trade_no=TRADE_NO))
    await channel.order(PAYMENT_ID, asked(description="甲/乙=丙&丁" + "长" * 300))
    subject = biz(transport.sent[0])["subject"]
    assert not set("/=&") & set(subject)
    assert len(subject) == 256


@pytest.mark.asyncio
async def test_an_answer_without_a_number_is_an_unknown_outcome() -> None:
    channel, _ = a_channel(success(CREATE, out_trade_no=PAYMENT_ID))
    with pytest.raises(OutcomeUnknown):
        await channel.order(PAYMENT_ID, asked())


def test_the_page_gets_what_opens_the_cashier() -> None:
    channel, _ = a_channel()
    call = channel.client_call(PAYMENT_ID, asked(), TRADE_NO)
    assert (call.bridge, call.params) == ("alipay_jsapi", {"tradeNO": TRADE_NO})


@pytest.mark.asyncio
async def test_outside_the_client_a_page_of_alipay_s_is_opened() -> None:
    channel, transport = a_channel()
    request = asked(method="wap")
    handle = await channel.order(PAYMENT_ID, request)
    call = channel.client_call(PAYMENT_ID, request, handle)
    address, _, query = call.params["url"].partition("?")
    told = dict(parse_qsl(query))
    assert (call.bridge, address, transport.sent) == ("redirect", GATEWAY, [])
    assert told["return_url"] == f"https://pay.example.org/h/demo/payments/{PAYMENT_ID}"
    assert told["sign"]
    assert '"product_code":"QUICK_WAP_WAY"' in told["biz_content"]


@pytest.mark.asyncio
async def test_a_code_to_be_scanned() -> None:
    code = "https://qr.alipay.com/bax00000000000000000000000"
    channel, _ = a_channel(success("alipay.trade.precreate", out_trade_no=PAYMENT_ID, qr_code=code))
    request = asked(method="precreate")
    assert await channel.order(PAYMENT_ID, request) == code
    assert channel.client_call(PAYMENT_ID, request, code).params == {"code": code}


def test_what_can_be_done_is_data() -> None:
    channel, _ = a_channel()
    assert channel.capabilities.methods == {"jsapi", "wap", "precreate"}
    assert channel.capabilities.reach == RefundWindow(within=timedelta(days=365))
    assert channel.account("jsapi") == (APP_ID, SELLER)
    with pytest.raises(BadInput):
        channel.account("carrier pigeon")


# ---- looking ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["TRADE_SUCCESS", "TRADE_FINISHED"])
@pytest.mark.asyncio
async def test_a_paid_trade_is_what_was_asked_not_what_coupons_left(status: str) -> None:
    channel, _ = a_channel(trade(status))
    found = await channel.query(PAYMENT_ID)
    assert (found.state, found.amount_fen, found.transaction_id) == (TradeState.PAID, 1234, TRADE_NO)
    assert (found.app_id, found.merchant_id, found.payer) == (APP_ID, SELLER, USER)
    assert found.paid_at == PAID_AT


@pytest.mark.asyncio
async def test_open_closed_given_back_and_absent_are_four_things() -> None:
    for answer, state in (
        (unpaid("WAIT_BUYER_PAY"), TradeState.UNPAID),
        (unpaid("TRADE_CLOSED"), TradeState.CLOSED),
        (trade("TRADE_CLOSED"), TradeState.REFUNDED),
        (failure(QUERY, "ACQ.TRADE_NOT_EXIST"), TradeState.ABSENT),
    ):
        channel, _ = a_channel(answer)
        assert (await channel.query(PAYMENT_ID)).state is state


@pytest.mark.parametrize(
    "answer",
    [
        trade("TRADE_INVENTED"),
        trade(total_amount="12.345"),
        trade(total_amount=12.34),
        trade(send_pay_date="yesterday"),
        trade(out_trade_no="ZF20261123OTHER0000000"),
        failure(QUERY, "ACQ.SYSTEM_ERROR"),
    ],
)
@pytest.mark.asyncio
async def test_anything_else_is_an_unknown_outcome(answer: HttpResponse) -> None:
    channel, _ = a_channel(answer)
    with pytest.raises(OutcomeUnknown):
        await channel.query(PAYMENT_ID)


# ---- closing ----------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_closed_is_what_the_channel_confirms() -> None:
    channel, transport = a_channel(success(CLOSE, out_trade_no=PAYMENT_ID, trade_no=TRADE_NO))
    assert (await channel.close(PAYMENT_ID)).state is TradeState.CLOSED
    assert biz(transport.sent[0]) == {"out_trade_no": PAYMENT_ID}


@pytest.mark.asyncio
async def test_no_trade_is_not_a_closed_one() -> None:
    """It may come to be as long as the payer can still open the cashier."""
    channel, _ = a_channel(failure(CLOSE, "ACQ.TRADE_NOT_EXIST"))
    assert (await channel.close(PAYMENT_ID)).state is TradeState.ABSENT


@pytest.mark.parametrize(
    "sub_code",
    ["ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID", "ACQ.TRADE_HAS_CLOSE"],
)
@pytest.mark.parametrize(
    ("answer", "state"),
    [(trade(), TradeState.PAID), (unpaid("TRADE_CLOSED"), TradeState.CLOSED)],
    ids=["paid", "closed"],
)
@pytest.mark.asyncio
async def test_what_can_t_be_closed_is_looked_at(sub_code: str, answer: HttpResponse, state: TradeState) -> None:
    channel, transport = a_channel(failure(CLOSE, sub_code), answer)
    assert (await channel.close(PAYMENT_ID)).state is state
    assert [sent(request)["method"] for request in transport.sent] == [CLOSE, QUERY]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failure(CLOSE, "AQC.SYSTEM_ERROR"), OutcomeUnknown),
        (failure(CLOSE, "ACQ.INVALID_PARAMETER"), OutsideRefusal),
        (failure(CLOSE, "isv.app-call-limited", "40005"), NotSent),
    ],
)
@pytest.mark.asyncio
async def test_a_close_that_fails(answer: HttpResponse, kind: type[Exception]) -> None:
    channel, _ = a_channel(answer)
    with pytest.raises(kind):
        await channel.close(PAYMENT_ID)


@pytest.mark.asyncio
async def test_cancelling_closes_or_gives_back_or_is_to_be_repeated() -> None:
    cancel = "alipay.trade.cancel"
    for action, state in (
        ({"action": "close"}, TradeState.CLOSED),
        ({"action": "refund"}, TradeState.REFUNDED),
        ({}, TradeState.ABSENT),
    ):
        channel, _ = a_channel(success(cancel, out_trade_no=PAYMENT_ID, retry_flag="N", **action))
        assert (await channel.cancel(PAYMENT_ID)).state is state
    for fields in ({"retry_flag": "Y", "action": "close"}, {"retry_flag": "N", "action": "invented"}):
        channel, _ = a_channel(success(cancel, out_trade_no=PAYMENT_ID, **fields))
        with pytest.raises(OutcomeUnknown):
            await channel.cancel(PAYMENT_ID)
