"""What every kind of no means: unknown, a call that was not made, or final."""

from __future__ import annotations

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpResponse
from tests.unit.platforms.alipay.pen import (
    NODE,
    QUERY,
    a_client,
    answered,
    failure,
    sealed,
    success,
    unsigned,
)

UNKNOWN = [
    ("20000", "isp.unknow-error"),
    ("20000", "aop.unknow-error"),
    ("20000", "aop.ACQ.SYSTEM_ERROR"),
    ("20000", "ACQ.SYSTEM_ERROR"),
    ("40004", "ACQ.SYSTEM_ERROR"),
    ("40004", "AQC.SYSTEM_ERROR"),
    ("40004", "SYSTEM_ERROR"),
    ("40004", "isp.unknow-error"),
    ("40002", "isp.unknow-error"),
    ("10003", ""),
]
LIMITED = [
    ("40005", "isv.app-call-limited"),
    ("40005", "isv.method-call-limited"),
    ("40005", ""),
    ("40004", "SYSTEM_RATE_LIMIT"),
    ("40004", "PUB.MSG_BATCH_SD_OVER"),
]
REFUSED = [
    ("20001", "aop.invalid-auth-token"),
    ("40001", "isv.missing-signature"),
    ("40002", "isv.invalid-signature"),
    ("40003", "isv.invalid-app-state"),
    ("40006", "isv.insufficient-isv-permissions"),
]
BUSINESS = [
    "ACQ.INVALID_PARAMETER",
    "ACQ.ACCESS_FORBIDDEN",
    "ACQ.EXIST_FORBIDDEN_WORD",
    "ACQ.TOTAL_FEE_EXCEED",
    "ACQ.CONTEXT_INCONSISTENT",
    "ACQ.TRADE_HAS_SUCCESS",
    "ACQ.TRADE_HAS_CLOSE",
    "ACQ.TRADE_BUYER_NOT_MATCH",
    "ACQ.BUYER_SELLER_EQUAL",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
    "ACQ.TRADE_HAS_FINISHED",
    "ACQ.DISCORDANT_REPEAT_REQUEST",
    "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR",
]


@pytest.mark.parametrize(("code", "sub_code"), UNKNOWN)
@pytest.mark.asyncio
async def test_the_platform_s_own_troubles_are_unknown_outcomes(code: str, sub_code: str) -> None:
    node = {"code": code, "msg": "Service Currently Unavailable", "sub_code": sub_code}
    for response in (sealed(QUERY, node), unsigned(node, NODE), unsigned(node)):
        with pytest.raises(OutcomeUnknown):
            await answered(response)


@pytest.mark.parametrize(("code", "sub_code"), LIMITED)
@pytest.mark.asyncio
async def test_too_many_calls_are_calls_not_made(code: str, sub_code: str) -> None:
    with pytest.raises(NotSent):
        await answered(failure(QUERY, sub_code, code))


@pytest.mark.parametrize(("code", "sub_code"), REFUSED)
@pytest.mark.asyncio
async def test_what_the_gateway_refuses_comes_unsigned_and_counts(code: str, sub_code: str) -> None:
    """The words of a refused signature repeat all that we sent: they go nowhere."""
    node = {"code": code, "msg": "Invalid Arguments", "sub_code": sub_code, "sub_msg": "biz_content={somebody's}"}
    with pytest.raises(OutsideRefusal) as caught:
        await answered(unsigned(node))
    assert caught.value.reason_code == sub_code
    assert "somebody" not in f"{caught.value}{caught.value.reason}{caught.value.user_message}"


@pytest.mark.parametrize("sub_code", BUSINESS)
@pytest.mark.asyncio
async def test_a_signed_business_refusal_is_final(sub_code: str) -> None:
    with pytest.raises(OutsideRefusal) as caught:
        await answered(failure(QUERY, sub_code))
    assert caught.value.reason_code == sub_code
    assert caught.value.user_message


@pytest.mark.parametrize("status", [301, 403, 429, 500, 502])
@pytest.mark.asyncio
async def test_another_status_than_200_is_not_the_gateway_s(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        await answered(HttpResponse(status=status, headers={}, body=success(QUERY).body))


@pytest.mark.parametrize("error", [NotSent("alipay", "not connected"), OutcomeUnknown("alipay", "no answer")])
@pytest.mark.asyncio
async def test_the_transport_s_word_stays(error: NotSent | OutcomeUnknown) -> None:
    client, _ = a_client(error)
    with pytest.raises(type(error)):
        await client.call(QUERY, {})


@pytest.mark.parametrize(
    ("sub_code", "words"),
    [
        ("ACQ.TRADE_HAS_CLOSE", "这笔支付已关闭，请重新支付。"),
        ("ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR", "这笔支付已关闭，请重新支付。"),
        ("ACQ.TRADE_HAS_SUCCESS", "这笔支付已经付过款，请稍后查看结果，无需重复付款。"),
        ("ACQ.CONTEXT_INCONSISTENT", "这笔支付已提交过，请返回上一页查看结果。"),
        ("ACQ.TRADE_BUYER_NOT_MATCH", "这笔支付由另一个支付宝账号发起，请重新支付。"),
        ("ACQ.BUYER_SELLER_EQUAL", "付款账号与收款账号相同，请换一个支付宝账号支付。"),
        ("ACQ.BUYER_ENABLE_STATUS_FORBID", "您的支付宝账号暂时不能付款，请联系支付宝客服，或到收费窗口缴费。"),
        ("ACQ.ACCESS_FORBIDDEN", "支付宝暂时无法使用，请稍后再试，或到收费窗口缴费。"),
    ],
)
@pytest.mark.asyncio
async def test_the_payer_reads_why_alipay_does_not_take_the_order(sub_code: str, words: str) -> None:
    with pytest.raises(OutsideRefusal) as raised:
        await answered(failure(QUERY, sub_code))
    assert (raised.value.reason_code, raised.value.user_message) == (sub_code, words)
