"""Refunds at WeChat Pay: what is sent, and what every kind of answer means."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.payments.ports import PaidOrder
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from tests.support.builders import MERCHANT, PAYMENT_ID, a_paid
from tests.support.clock_and_ids import MORNING
from tests.unit.platforms.played import plain
from tests.unit.platforms.wechat_pay_answers import REFUND_ID, a_channel, refund, refused, signed


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


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("told", "finished_at"), [("2026-11-23T09:31:00+08:00", MORNING + timedelta(minutes=1)), ("", None), (None, None)]
)
async def test_a_refund_says_when_its_money_arrived(told: str | None, finished_at: datetime | None) -> None:
    channel, _ = a_channel(signed({**refund("SUCCESS"), "success_time": told}))
    assert (await channel.query_refund(a_paid().id, REFUND_ID)).finished_at == finished_at
