"""Refunds at Alipay: what moved is back, and what every kind of answer means."""

from __future__ import annotations

import pytest

from server.core.errors import OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from server.payments.ports import PaidOrder
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import PAYMENT_ID, a_paid
from tests.unit.platforms.alipay.pen import SELLER, a_channel, biz, failure, sent, success
from tests.unit.platforms.alipay.trades import PAID_AT, REFUND, REFUND_ID, REFUND_QUERY, TRADE_NO


def refunded(fund_change: str, refund_fee: str = "12.34", **fields: object) -> HttpResponse:
    facts = {"out_trade_no": PAYMENT_ID, "trade_no": TRADE_NO, "fund_change": fund_change, "refund_fee": refund_fee}
    return success(REFUND, **{**facts, **fields})


def refund_standing(**fields: object) -> HttpResponse:
    facts = {"out_trade_no": PAYMENT_ID, "out_request_no": REFUND_ID, "refund_amount": "5.00", "total_amount": "12.34"}
    return success(REFUND_QUERY, **{**facts, "refund_status": "REFUND_SUCCESS", **fields})


@pytest.mark.asyncio
async def test_money_that_moved_is_back_and_its_amount_is_ours_not_the_sum() -> None:
    channel, transport = a_channel(refunded("Y", "12.00", gmt_refund_pay="2026-11-23 09:31:00"))
    answer = await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 500, "自动退回")
    assert (answer.outcome, answer.amount_fen, answer.out_refund_no) == (RefundOutcome.SUCCEEDED, 500, REFUND_ID)
    assert (answer.finished_at, answer.merchant_id) == (PAID_AT, SELLER)
    assert biz(transport.sent[0]) == {
        "out_trade_no": PAYMENT_ID,
        "out_request_no": REFUND_ID,
        "refund_amount": "5.00",
        "refund_reason": "自动退回",
        "query_options": ["deposit_back_info"],
    }


@pytest.mark.asyncio
async def test_a_repeat_counts_only_once_the_refund_is_found() -> None:
    channel, transport = a_channel(refunded("N"), refund_standing())
    answer = await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 500, "自动退回")
    assert (answer.outcome, answer.amount_fen) == (RefundOutcome.SUCCEEDED, 500)
    assert [sent(request)["method"] for request in transport.sent] == [REFUND, REFUND_QUERY]


@pytest.mark.asyncio
async def test_10000_alone_is_no_refund() -> None:
    nothing = success(REFUND_QUERY)
    channel, _ = a_channel(refunded("N"), nothing)
    assert (
        await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 500, "自动退回")
    ).outcome is RefundOutcome.PROCESSING
    channel, _ = a_channel(nothing)
    assert (await channel.query_refund(a_paid().id, REFUND_ID)).outcome is RefundOutcome.ABSENT


@pytest.mark.asyncio
async def test_asking_for_a_refund() -> None:
    for answer, outcome in (
        (refund_standing(), RefundOutcome.SUCCEEDED),
        (refund_standing(refund_status=""), RefundOutcome.UNCONFIRMED),
        (refund_standing(refund_status="", gmt_refund_pay="2026-11-23 09:31:00"), RefundOutcome.UNCONFIRMED),
        (refund_standing(refund_status="REFUND_PROCESSING"), RefundOutcome.PROCESSING),
        (failure(REFUND_QUERY, "TRADE_NOT_EXIST"), RefundOutcome.ABSENT),
        (failure(REFUND_QUERY, "ACQ.TRADE_NOT_EXIST"), RefundOutcome.ABSENT),
    ):
        channel, _ = a_channel(answer)
        assert (await channel.query_refund(a_paid().id, REFUND_ID)).outcome is outcome


@pytest.mark.parametrize(
    "answer",
    [
        refunded("Y", "4.99"),
        refunded("Y", out_trade_no="ZF20261123OTHER0000000"),
        refunded("Y", "many"),
        success(REFUND, out_trade_no=PAYMENT_ID, trade_no=TRADE_NO),
        failure(REFUND, "ACQ.SYSTEM_ERROR"),
    ],
)
@pytest.mark.asyncio
async def test_an_odd_answer_to_a_refund_is_an_unknown_outcome(answer: HttpResponse) -> None:
    channel, _ = a_channel(answer)
    with pytest.raises(OutcomeUnknown):
        await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 500, "自动退回")


@pytest.mark.parametrize("fields", [{"out_request_no": f"{PAYMENT_ID}R02"}, {"out_trade_no": "ZF20261123OTHER0000000"}])
@pytest.mark.asyncio
async def test_an_answer_about_another_refund_is_none(fields: dict[str, str]) -> None:
    channel, _ = a_channel(refund_standing(**fields))
    with pytest.raises(OutcomeUnknown):
        await channel.query_refund(a_paid().id, REFUND_ID)


@pytest.mark.parametrize(
    "sub_code", ["ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.TRADE_HAS_FINISHED", "ACQ.DISCORDANT_REPEAT_REQUEST"]
)
@pytest.mark.asyncio
async def test_a_refused_refund(sub_code: str) -> None:
    channel, _ = a_channel(failure(REFUND, sub_code))
    with pytest.raises(OutsideRefusal) as caught:
        await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 500, "自动退回")
    assert caught.value.reason_code == sub_code
