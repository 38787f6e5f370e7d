"""Notifications: whose they are, what they say, and what a refund's news is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from server.core.errors import BadInput, Forged
from server.payments.rules.trades import RefundNews, RefundSum, Trade, TradeState, differences
from tests.support.builders import PAYMENT_ID, a_pending
from tests.unit.platforms.alipay import vectors
from tests.unit.platforms.alipay.pen import APP_ID, SELLER, USER, a_channel, form, notifications, posted


def notice(**fields: str) -> dict[str, str]:
    facts = {
        "notify_time": "2026-11-23 09:31:02",
        "notify_type": "trade_status_sync",
        "notify_id": "2026112300222093102000000000000001",
        "charset": "utf-8",
        "version": "1.0",
        "sign_type": "RSA2",
        "app_id": APP_ID,
        "auth_app_id": APP_ID,
        "seller_id": SELLER,
        "out_trade_no": PAYMENT_ID,
        "trade_no": "2026112322001400000000000001",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "12.34",
        "receipt_amount": "10.00",
        "buyer_id": USER,
        "subject": "测试医院 门诊缴费",
        "gmt_payment": "2026-11-23 09:31:00",
        "fund_bill_list": '[{"amount":"12.34","fundChannel":"ALIPAYACCOUNT"}]',
    }
    return {**facts, **fields}


def test_a_channel_verifies_by_its_own_keys() -> None:
    channel, _ = a_channel()
    assert channel.verify(form(notice())).content == told()
    with pytest.raises(Forged):
        channel.verify(form(notice(), key="somebody's"))


def told(**fields: str) -> Any:
    return notifications().verify(form(notice(**fields))).content


# ---- signatures ---------------------------------------------------------------------------------------------------------------


def test_the_real_notification() -> None:
    verified = notifications(vectors.NOTIFY_KEY_PEM).verify(
        posted({**vectors.NOTIFY_FIELDS, "sign": vectors.NOTIFY_SIGN})
    )
    content = verified.content
    assert isinstance(content, Trade)
    assert (content.out_trade_no, content.amount_fen) == ("20190815155618536-564-57", 10)
    assert content.paid_at == datetime(2019, 8, 15, 7, 56, 24, tzinfo=UTC)


@pytest.mark.parametrize("name", ["total_amount", "out_trade_no", "trade_status", "subject", "app_id"])
def test_a_changed_field_of_the_real_one_is_forged(name: str) -> None:
    changed = {**vectors.NOTIFY_FIELDS, name: vectors.NOTIFY_FIELDS[name] + "1", "sign": vectors.NOTIFY_SIGN}
    with pytest.raises(Forged):
        notifications(vectors.NOTIFY_KEY_PEM).verify(posted(changed))


def test_both_rules_hold() -> None:
    for left_out in (("sign", "sign_type"), ("sign",)):
        assert notifications().verify(form(notice(), left_out=left_out)).channel == "alipay"


def test_gbk_is_verified_byte_for_byte() -> None:
    content = notifications().verify(form(notice(charset="GBK"), charset="gbk")).content
    assert isinstance(content, Trade)


def test_what_is_empty_is_not_signed() -> None:
    assert notifications().verify(form(notice(body=""))).content


@pytest.mark.parametrize(
    "fields",
    [{"sign_type": "RSA"}, {"sign_type": ""}],
)
def test_another_kind_of_signature_is_none(fields: dict[str, str]) -> None:
    with pytest.raises(Forged):
        notifications().verify(form(notice(**fields)))


def test_somebody_else_s_signature_a_missing_one_and_a_field_twice() -> None:
    genuine = form(notice())
    twice = posted(notice())
    for raw in (
        form(notice(), key="somebody else"),
        posted(notice()),
        posted({**notice(), "sign": "QQ=="}),
        type(twice)(method="POST", path="/x", query={}, headers={}, body=genuine.body + b"&total_amount=0.01"),
        type(twice)(method="POST", path="/x", query={}, headers={}, body=b"\xff\xfe"),
        type(twice)(method="POST", path="/x", query={}, headers={}, body=b""),
        type(twice)(method="POST", path="/x", query={}, headers={}, body=b"a=1&" * 500),
    ):
        with pytest.raises(Forged):
            notifications().verify(raw)


# ---- content ------------------------------------------------------------------------------------------------------------------


def test_a_payment() -> None:
    trade = told()
    assert (trade.state, trade.amount_fen, trade.transaction_id) == (
        TradeState.PAID,
        1234,
        "2026112322001400000000000001",
    )
    assert (trade.app_id, trade.merchant_id, trade.payer) == (APP_ID, SELLER, USER)
    assert trade.paid_at == datetime(2026, 11, 23, 1, 31, tzinfo=UTC)
    assert told(gmt_payment="2026-11-23 09:31:00.123").paid_at == trade.paid_at


@pytest.mark.parametrize(
    ("status", "state"),
    [("TRADE_FINISHED", TradeState.PAID), ("WAIT_BUYER_PAY", TradeState.UNPAID), ("TRADE_CLOSED", TradeState.CLOSED)],
)
def test_other_states(status: str, state: TradeState) -> None:
    assert told(trade_status=status).state is state


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"seller_id": "2088000000000099"}, "merchant_id"),
        ({"seller_id": ""}, "merchant_id"),
        ({"app_id": "2021999999999999"}, "app_id"),
    ],
)
def test_another_seller_or_app_is_a_difference_and_never_books(fields: dict[str, str], name: str) -> None:
    ours = a_pending(channel="alipay", app_id=APP_ID, merchant_id=SELLER)
    assert differences(ours, told()) == ()
    assert differences(ours, told(**fields)) == (name,)


@pytest.mark.parametrize(
    "marks",
    [
        {"refund_fee": "5.00", "gmt_refund": "2026-11-23 09:40:00.000", "out_biz_no": f"{PAYMENT_ID}R01"},
        {"refund_fee": "5.00", "out_biz_no": f"{PAYMENT_ID}R01"},
        {"gmt_refund": "2026-11-23 09:40:00", "out_biz_no": f"{PAYMENT_ID}R01"},
        {"out_biz_no": f"{PAYMENT_ID}R01"},
    ],
)
@pytest.mark.parametrize("status", ["TRADE_SUCCESS", "TRADE_CLOSED", "TRADE_FINISHED"])
def test_news_of_a_refund_is_never_a_payment(status: str, marks: dict[str, str]) -> None:
    assert told(trade_status=status, **marks) == RefundNews(out_trade_no=PAYMENT_ID, out_refund_no=f"{PAYMENT_ID}R01")


@pytest.mark.parametrize(
    ("fields", "sum_fen"),
    [
        ({"refund_fee": "5.00", "gmt_refund": "2026-11-23 09:40:00.000"}, 500),
        ({"refund_fee": "5.00", "trade_status": "TRADE_FINISHED"}, 500),
        ({"refund_fee": "12.34", "trade_status": "TRADE_CLOSED"}, 1234),
        ({"gmt_refund": "2026-11-23 09:40:00.000", "trade_status": "TRADE_CLOSED"}, 1234),
        ({"gmt_refund": "2026-11-23 09:40:00.000"}, None),
    ],
)
def test_without_a_number_it_is_the_trade_s_sum_of_refunds_and_no_new_one(
    fields: dict[str, str], sum_fen: int | None
) -> None:
    assert told(**fields) == RefundSum(out_trade_no=PAYMENT_ID, merchant_id=SELLER, sum_fen=sum_fen)


def test_a_refund_of_nothing_is_none() -> None:
    assert told(refund_fee="0.00").state is TradeState.PAID


@pytest.mark.parametrize(
    "fields",
    [
        {"notify_type": "servicemarket_order_notify"},
        {"trade_status": "TRADE_INVENTED"},
        {"total_amount": "12.345"},
        {"trade_no": ""},
        {"out_trade_no": ""},
        {"gmt_payment": "today"},
        {"refund_fee": "many"},
        {"charset": "utf-7"},
    ],
)
def test_what_is_genuine_and_unreadable_is_asked_for_again(fields: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        notifications().verify(form(notice(**fields)))


def test_what_the_payer_s_browser_brings_back_is_no_notification() -> None:
    """return_url carries the trade, signed by Alipay by the same rule, and everybody can see it."""
    shown = {
        "app_id": APP_ID,
        "method": "alipay.trade.wap.pay.return",
        "sign_type": "RSA2",
        "charset": "utf-8",
        "timestamp": "2026-11-23 09:31:00",
        "version": "1.0",
        "out_trade_no": PAYMENT_ID,
        "trade_no": "2026112322001400000000000001",
        "total_amount": "12.34",
        "seller_id": SELLER,
    }
    with pytest.raises(BadInput):
        notifications().verify(form(shown))


def test_the_seven_bytes() -> None:
    yes, no = notifications().acknowledge(), notifications().refuse()
    assert (yes.status, yes.body) == (200, b"success")
    assert no.body == b"fail"
    assert no.status != 200
