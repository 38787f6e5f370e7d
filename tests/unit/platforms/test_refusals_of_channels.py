"""What every channel says of itself, and that its refusal of a question is no answer to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.core.errors import BadInput, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.systems import HOSPITAL_SYSTEM
from server.payments.ports import PaidOrder, PaymentChannel
from server.platforms.aliyun.errors import error_of
from tests.support.builders import PAYMENT_ID, a_paid, a_request
from tests.unit.platforms.alipay.pen import a_channel as an_alipay_channel
from tests.unit.platforms.alipay.pen import biz, failure, success
from tests.unit.platforms.alipay.trades import CLOSE, QUERY, REFUND, REFUND_QUERY, asked, trade
from tests.unit.platforms.his_answers import CONFIRM, a_his, said
from tests.unit.platforms.played import plain
from tests.unit.platforms.wechat_pay_answers import REFUND_ID, a_channel, refused

NO_METHOD = "医院暂未开通这种支付方式，请到窗口缴费。"
ASKS: dict[str, Callable[[PaymentChannel], Awaitable[Any]]] = {
    QUERY: lambda channel: channel.query(PAYMENT_ID),
    CLOSE: lambda channel: channel.close(PAYMENT_ID),
    REFUND_QUERY: lambda channel: channel.query_refund(PAYMENT_ID, REFUND_ID),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("ask", ASKS)
async def test_another_refusal_than_an_absent_or_closed_order_is_handed_on(ask: str) -> None:
    """Without rights a question has no answer: it says neither that there is nothing nor that something is closed."""
    wechat, _ = a_channel(refused("NO_AUTH", 403))
    alipay, _ = an_alipay_channel(failure(ask, "isv.insufficient-isv-permissions"))
    for channel in (wechat, alipay):
        with pytest.raises(OutsideRefusal):
            await ASKS[ask](channel)


@pytest.mark.asyncio
@pytest.mark.parametrize("ask", [QUERY, CLOSE])
async def test_an_answer_about_another_order_says_nothing(ask: str) -> None:
    other = "ZF-OF-SOMEBODY-ELSE"
    answers = {QUERY: trade(out_trade_no=other), CLOSE: success(CLOSE, out_trade_no=other, trade_no="42")}
    channel, _ = an_alipay_channel(answers[ask])
    with pytest.raises(OutcomeUnknown):
        await ASKS[ask](channel)


@pytest.mark.asyncio
async def test_a_long_reason_is_cut_to_what_alipay_takes() -> None:
    channel, transport = an_alipay_channel(failure(REFUND, "ACQ.INVALID_PARAMETER"))
    with pytest.raises(OutsideRefusal):
        await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 1, "长" * 300)
    assert biz(transport.sent[0])["refund_reason"] == "长" * 256


@pytest.mark.asyncio
async def test_patients_read_how_each_channel_is_called_and_when_its_money_arrives() -> None:
    wechat, _ = a_channel()
    alipay, _ = an_alipay_channel()
    told = [(each.capabilities.title, each.capabilities.arrival) for each in (wechat, alipay)]
    assert told == [
        ("微信支付", "零钱几分钟内到账，银行卡1至3个工作日"), ("支付宝", "余额几分钟内到账，银行卡1至3个工作日"),
    ]  # fmt: skip
    for order in (wechat.order(PAYMENT_ID, a_request(method="fax")), alipay.order(PAYMENT_ID, asked(method="fax"))):
        with pytest.raises(BadInput) as raised:
            await order
        assert raised.value.user_message == NO_METHOD


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ORDER_CLOSED", "这笔支付已关闭，请重新支付。"), ("ORDERCLOSED", "这笔支付已关闭，请重新支付。"),
        ("ORDERPAID", "这笔支付已经付过款，请稍后查看结果，无需重复付款。"),
        ("OUT_TRADE_NO_USED", "这笔支付已提交过，请返回上一页查看结果。"),
        ("NO_AUTH", "微信支付暂时无法使用，请稍后再试，或到收费窗口缴费。"),
    ],
)  # fmt: skip
async def test_a_no_of_wechat_to_an_order_is_said_in_plain_words(code: str, words: str) -> None:
    channel, _ = a_channel(refused(code, 400))
    with pytest.raises(OutsideRefusal) as raised:
        await channel.order(PAYMENT_ID, a_request())
    assert (raised.value.reason_code, raised.value.user_message) == (code, words)


@pytest.mark.asyncio
@pytest.mark.parametrize(("status", "kind"), [(429, NotSent), (430, OutcomeUnknown)])
async def test_too_many_calls_are_calls_not_made_though_nobody_says_it_in_json(
    status: int, kind: type[Exception]
) -> None:
    channel, _ = a_channel(plain(b"<html>too many</html>", status))
    with pytest.raises(kind):
        await channel.query(PAYMENT_ID)


# ---- the HIS ------------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("ALREADY_PAID", "", "这笔费用已经支付，无需重复付款。"),
        ("AMOUNT_DIFFERS", "x", "缴费单金额有变化，请返回列表查看最新内容。"),
        ("BILL_CHANGED", "x", "缴费单有变化，请返回列表查看最新内容。"),
        ("REFUSED", "已经就诊", "已经就诊"),
        ("REFUSED", "字" * 101, "字" * 100),
    ],
)
async def test_a_no_of_the_his_is_said_in_our_words_or_in_its_own(code: str, message: str, words: str) -> None:
    his, _ = a_his(said(code, None, message))
    with pytest.raises(OutsideRefusal) as raised:
        await his.confirm(CONFIRM)
    assert (raised.value.reason_code, raised.value.user_message) == (code, words)


@pytest.mark.asyncio
async def test_the_his_s_own_words_are_shown_for_nothing_but_its_refusal() -> None:
    unsaid = OutsideRefusal(HOSPITAL_SYSTEM, "CONFLICT")
    for code, message in (("CONFLICT", "张某某的账"), ("REFUSED", "")):
        his, _ = a_his(said(code, None, message))
        with pytest.raises(OutsideRefusal) as raised:
            await his.confirm(CONFIRM)
        assert raised.value.user_message == unsaid.user_message


@pytest.mark.asyncio
async def test_nothing_there_is_no_answer_to_what_must_have_one() -> None:
    his, _ = a_his(said("NO_DATA"))
    with pytest.raises(OutsideRefusal) as raised:
        await his.confirm(CONFIRM)
    assert (raised.value.system, raised.value.reason_code) == ("his", "NO_DATA")


# ---- SMS ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "X", NotSent), (430, "X", OutsideRefusal), (499, "X", OutsideRefusal), (500, "X", OutcomeUnknown),
        (300, "X", OutcomeUnknown), (399, "X", OutcomeUnknown), (299, "X", OutsideRefusal), (400, "X", OutsideRefusal),
        (199, "X", OutcomeUnknown), (200, "X", OutsideRefusal), (503, "ServiceUnavailable", NotSent),
        (200, "Throttling.User", NotSent), (200, "Throttling", NotSent),
    ],
)  # fmt: skip
def test_only_a_plain_no_of_the_sms_platform_is_one(status: int, code: str, kind: type[Exception]) -> None:
    error = error_of(status, code)
    assert type(error) is kind
    assert error.system == "sms"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", "短信发送太频繁，请稍后再试。"),
        ("isv.DAY_LIMIT_CONTROL", "今天的短信次数已用完，请明天再试。"),
        ("isv.MOBILE_NUMBER_ILLEGAL", "手机号无法接收短信，请检查后重试。"),
        ("isv.AMOUNT_NOT_ENOUGH", "短信暂时发不出去，请稍后再试。"),
    ],
)
def test_who_waits_for_an_sms_reads_why_none_comes(code: str, words: str) -> None:
    assert error_of(200, code).user_message == words
