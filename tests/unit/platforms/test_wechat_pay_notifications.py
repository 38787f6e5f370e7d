"""Notifications: the only way to a VerifiedNotification is a signature that holds over a seal that opens."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import BadInput, Forged
from server.core.ports import RawRequest
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from tests.support.builders import MERCHANT, PAYMENT_ID
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.played import raw_request, sealed_notification, signed_headers
from tests.unit.platforms.wechat_pay_answers import APIV3_KEY, REFUND_ID, SERIAL, a_channel, refund, trade


def notification(
    event_type: str, resource: Any, *, key: str = "public", age_s: int = 0, apiv3: str = APIV3_KEY
) -> RawRequest:
    body = sealed_notification(apiv3, event_type, resource)
    headers = signed_headers(body, MORNING - timedelta(seconds=age_s), key, SERIAL)
    return raw_request(body, headers, path="/notify/wechatpay/demo/payment")


def refund_told(status: str, **fields: Any) -> dict[str, Any]:
    facts = {key: value for key, value in refund().items() if key != "status"}
    return {**facts, "mchid": MERCHANT, "refund_status": status, "success_time": "2026-11-23T09:33:00+08:00", **fields}


def test_a_payment() -> None:
    channel, transport = a_channel()
    verified = channel.verify(notification("TRANSACTION.SUCCESS", trade()))
    assert verified.channel == "wechat"
    assert isinstance(verified.content, Trade)
    assert (verified.content.state, verified.content.amount_fen) == (TradeState.PAID, 1234)
    assert verified.content.out_trade_no == PAYMENT_ID
    assert transport.sent == []


@pytest.mark.parametrize(
    ("event", "outcome"),
    [("SUCCESS", RefundOutcome.SUCCEEDED), ("CLOSED", RefundOutcome.CLOSED), ("ABNORMAL", RefundOutcome.ABNORMAL)],
)
def test_a_refund(event: str, outcome: RefundOutcome) -> None:
    channel, _ = a_channel()
    content = channel.verify(notification(f"REFUND.{event}", refund_told(event))).content
    assert isinstance(content, ChannelRefund)
    assert (content.out_refund_no, content.outcome, content.amount_fen) == (REFUND_ID, outcome, 1234)


@pytest.mark.parametrize(
    "raw",
    [
        notification("TRANSACTION.SUCCESS", trade(), key="somebody else's"),
        notification("TRANSACTION.SUCCESS", trade(), age_s=300),
        notification("TRANSACTION.SUCCESS", trade(), age_s=-300),
        notification("TRANSACTION.SUCCESS", trade(), apiv3="f" * 32),
        raw_request(sealed_notification(APIV3_KEY, "TRANSACTION.SUCCESS", trade())),
        raw_request(b"{}", {"wechatpay-signature": "WECHATPAY/SIGNTEST/x"}),
    ],
    ids=["another key", "old", "from the future", "another merchant's seal", "unsigned", "probe"],
)
def test_every_forgery_is_refused(raw: RawRequest) -> None:
    channel, transport = a_channel()
    with pytest.raises(Forged):
        channel.verify(raw)
    assert transport.sent == [], "an unknown key must never make us call out"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"id":"EV","event_type":"TRANSACTION.SUCCESS"}'])
def test_genuine_but_unreadable(body: bytes) -> None:
    channel, _ = a_channel()
    with pytest.raises(BadInput):
        channel.verify(raw_request(body, signed_headers(body, MORNING, "public", SERIAL)))


@pytest.mark.parametrize(
    ("event", "resource"),
    [
        ("TRANSACTION.SUCCESS", trade(amount={"total": "1234", "currency": "CNY"})),
        ("TRANSACTION.SUCCESS", b"no json"),
        ("TRANSACTION.SUCCESS", trade("SOMETHING")),
        ("REFUND.SUCCESS", refund_told("SUCCESS", mchid="1900000099")),
        ("REFUND.SUCCESS", refund("SUCCESS")),
        ("PAYSCORE.USER_OPEN_SERVICE", {}),
    ],
)
def test_genuine_content_that_we_cannot_use(event: str, resource: Any) -> None:
    channel, _ = a_channel()
    with pytest.raises(BadInput):
        channel.verify(notification(event, resource))


def test_the_two_answers() -> None:
    channel, _ = a_channel()
    assert channel.acknowledge().status == 200
    assert json.loads(channel.acknowledge().body)["code"] == "SUCCESS"
    assert channel.refuse().status >= 500
    assert json.loads(channel.refuse().body)["code"] == "FAIL"
