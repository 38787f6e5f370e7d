"""The edges of what platforms say and are told: the last fen, the last byte, and the exact words of an answer."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import BadInput, OutcomeUnknown
from server.payments.rules.trades import ChannelRefund, RefundOutcome, TradeState
from server.platforms.alipay.openapi.answers import encoding_of, members_of
from server.platforms.alipay.pay.amounts import yuan_of
from server.platforms.alipay.pay.wire import read_refund, read_refunded, read_trade
from server.platforms.aliyun.aliyun import AliyunSms
from server.platforms.aliyun.receipts import read_reports
from server.platforms.aliyun.values import fitting, shorter
from tests.support.builders import PAYMENT_ID
from tests.unit.platforms.alipay.pen import notifications
from tests.unit.platforms.aliyun_sms import (
    CONFIG,
    LINKED,
    NOTICE,
    PHONE,
    WITH_LINK,
    an_sms,
    parameters_of,
    sms_with_link,
)
from tests.unit.platforms.his_answers import a_his, bill, said
from tests.unit.platforms.played import ScriptedTransport, plain
from tests.unit.platforms.test_wechat_pay_notifications import notification
from tests.unit.platforms.wechat_pay_answers import a_channel as a_wechat_channel

REFUND_ID, SELLER = f"{PAYMENT_ID}R01", "2088000000000001"
SENT = {"Code": "OK", "BizId": "1^0"}


def text(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


# ---- Alipay -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "refunded_fen"),
    [("TRADE_SUCCESS", TradeState.PAID, None), ("TRADE_CLOSED", TradeState.REFUNDED, 1234)],
)
def test_only_a_trade_that_was_given_back_whole_says_how_much(
    status: str, state: TradeState, refunded_fen: int | None
) -> None:
    facts = {"out_trade_no": PAYMENT_ID, "trade_no": "42", "trade_status": status, "total_amount": "12.34"}
    trade = read_trade(text(**facts, send_pay_date="2026-11-23 09:31:00"), "app", SELLER)
    assert (trade.state, trade.refunded_fen) == (state, refunded_fen)


def test_a_refund_s_sum_is_at_least_the_refund() -> None:
    def told(fee: str) -> ChannelRefund:
        facts = {"out_trade_no": PAYMENT_ID, "trade_no": "42", "fund_change": "Y", "refund_fee": fee}
        return read_refunded(text(**facts), REFUND_ID, 500, SELLER)

    assert told("5.00").outcome is RefundOutcome.SUCCEEDED
    with pytest.raises(ValueError, match="less refunded"):
        told("4.99")


@pytest.mark.parametrize("missing", ["out_trade_no", "out_request_no"])
def test_a_refund_names_order_and_number(missing: str) -> None:
    facts = {"out_trade_no": PAYMENT_ID, "out_request_no": REFUND_ID, "refund_amount": "5.00"}
    with pytest.raises(ValueError, match="without its numbers"):
        read_refund(text(**{**facts, missing: ""}), PAYMENT_ID, REFUND_ID, SELLER)


def test_nothing_less_than_nothing_is_asked_for() -> None:
    assert yuan_of(0) == "0.00"
    with pytest.raises(ValueError, match="negative"):
        yuan_of(-1)


def test_the_bytes_of_an_answer_are_one_object_of_one_encoding() -> None:
    sixteen = ",".join(f'"m{n}":1' for n in range(16))
    assert len(members_of(f"{{{sixteen}}} \n".encode())) == 16
    for wrong in (f'{{{sixteen},"one more":1}}', '["a":1}', '{"a":1} {}'):
        with pytest.raises(ValueError, match=r"too many|no JSON object|more than one"):
            members_of(wrong.encode())
    assert (encoding_of("成功".encode()), encoding_of("成功".encode("gbk"))) == ("utf-8", "gb18030")


def test_a_refused_notification_is_asked_for_again() -> None:
    assert notifications().refuse().status == 500


# ---- WeChat Pay ---------------------------------------------------------------------------------------------------------------


def test_the_words_of_both_answers() -> None:
    channel, _ = a_wechat_channel()
    yes, no = channel.acknowledge(), channel.refuse()
    assert (yes.status, json.loads(yes.body)) == (200, {"code": "SUCCESS", "message": "成功"})
    assert (no.status, json.loads(no.body)) == (500, {"code": "FAIL", "message": "失败"})


def test_what_of_a_notification_can_t_be_read_is_said() -> None:
    channel, _ = a_wechat_channel()
    with pytest.raises(BadInput, match="unreadable resource"):
        channel.verify(notification("TRANSACTION.SUCCESS", {"amount": "much"}))


# ---- the HIS ------------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_part_of_nothing_is_nothing() -> None:
    whole = {"total_fen": 1234, "fund_fen": 0, "account_fen": 0, "own_fen": 1234}
    his, _ = a_his(said(data={"bill": bill(**whole)}), said(data={"bill": bill(**{**whole, "total_fen": 1235})}))
    found = await his.bill("C0000001", "B1")
    assert found is not None
    assert (found.total_fen, found.fund_fen, found.account_fen, found.own_fen) == (1234, 0, 0, 1234)
    with pytest.raises(OutcomeUnknown):
        await his.bill("C0000001", "B1")


@pytest.mark.asyncio
@pytest.mark.parametrize(("year", "known"), [("0001", False), ("1899", False), ("1900", True), ("2200", False)])
async def test_a_bill_is_of_our_time(year: str, known: bool) -> None:
    his, _ = a_his(said(data={"bill": bill(issued_at=f"{year}-06-01T08:30:00+08:00")}))
    if known:
        assert await his.bill("C0000001", "B1")
    else:
        with pytest.raises(OutcomeUnknown):
            await his.bill("C0000001", "B1")


# ---- SMS ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_link_as_long_as_it_may_be_goes_and_one_without_a_template_is_left_out() -> None:
    longest = "a" * LINKED.chars_max
    sms, transport = sms_with_link(plain(SENT))
    await sms.send(PHONE, replace(NOTICE, link=f"{LINKED.address}{longest}"), "1")
    assert json.loads(parameters_of(transport.sent[0])["TemplateParam"])["path"] == longest
    unlinked, transport = an_sms(plain(SENT))
    await unlinked.send(PHONE, WITH_LINK, "1")
    assert parameters_of(transport.sent[0])["TemplateCode"] == "SMS_71390007"


@pytest.mark.asyncio
async def test_whoever_runs_it_is_told_how_long_values_may_be(caplog: pytest.LogCaptureFixture) -> None:
    sms = AliyunSms(CONFIG, ScriptedTransport(plain({"Code": "isv.PARAM_LENGTH_LIMIT"}), plain(SENT)))
    with caplog.at_level(logging.WARNING, "zhenfu.sms"):
        await sms.send(PHONE, NOTICE, "1")
    told = "template=SMS_71390007 variables hold less than 21: set value_chars_max"
    assert [record.getMessage() for record in caplog.records] == [told]


def test_receipts_are_taken_and_bounded() -> None:
    sms, _ = an_sms()
    assert (sms.acknowledge().status, json.loads(sms.acknowledge().body)) == (200, {"code": 0, "msg": "接收成功"})
    one = {"success": True, "out_id": "i" * 256, "err_code": "e" * 128}
    assert len(read_reports(json.dumps([one] * 1000).encode())) == 1000
    body, mebibyte = json.dumps([one]).encode(), 1_048_576
    assert len(read_reports(body.ljust(mebibyte))) == 1
    too_much = ([one] * 1001, [{**one, "err_code": "e" * 129}], [{**one, "out_id": "i" * 257}])
    for wrong in (body.ljust(mebibyte + 1), *(json.dumps(reports).encode() for reports in too_much)):
        with pytest.raises(BadInput):
            read_reports(wrong)


def test_a_number_is_cut_only_where_it_does_not_fit() -> None:
    assert [fitting("ZF20261128AB", most) for most in (12, 11)] == ["ZF20261128AB", "…F20261128AB"[:1] + "20261128AB"]
    assert [shorter(most) for most in (21, 20, 3, 1)] == [20, 10, 1, 1]
