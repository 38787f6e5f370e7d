"""A field that is missing ends nothing: no close, refund, trade, message or look-up is taken for done because an answer is silent."""

from __future__ import annotations

from datetime import date

import pytest

from server.core.errors import OutcomeUnknown
from server.payments.ports import PaidOrder
from server.payments.rules.trades import RefundOutcome, TradeState
from server.platforms.wechat.official_account.menu import push_menu
from server.platforms.wechat.official_account.messages import TemplateMessenger
from tests.support.builders import PAYMENT_ID, a_paid, an_identity
from tests.unit.platforms.alipay.pen import a_channel as an_alipay_channel
from tests.unit.platforms.alipay.pen import a_client, sealed, success
from tests.unit.platforms.aliyun_sms import PHONE, an_sms
from tests.unit.platforms.played import plain
from tests.unit.platforms.test_mini_program import NOTICE as MINI_NOTICE
from tests.unit.platforms.test_mini_program import ZHANG, a_program
from tests.unit.platforms.test_wechat_messages import CONFIG, NOTICE, TEMPLATES, an_api, replace
from tests.unit.platforms.wechat_pay_answers import a_channel as a_wechat_channel
from tests.unit.platforms.wechat_pay_answers import refund, signed

pytestmark = pytest.mark.asyncio
REFUND_ID = f"{PAYMENT_ID}R01"
TRADE_NO = "2026112322001400000000000001"
CLOSE, CANCEL, QUERY = "alipay.trade.close", "alipay.trade.cancel", "alipay.trade.query"
REFUND_QUERY = "alipay.trade.fastpay.refund.query"
FOUND = {"out_trade_no": PAYMENT_ID, "out_request_no": REFUND_ID, "refund_amount": "5.00", "total_amount": "12.34"}


async def test_an_alipay_refund_without_a_status_has_not_arrived() -> None:
    """docs/protocols/alipay.md, Corrections: amounts without a status mean "not received, or failed"."""
    for fields in (FOUND, {**FOUND, "gmt_refund_pay": "2026-11-23 09:31:00"}, {**FOUND, "refund_status": ""}):
        channel, _ = an_alipay_channel(success(REFUND_QUERY, **fields))
        assert (await channel.query_refund(a_paid().id, REFUND_ID)).outcome is RefundOutcome.UNCONFIRMED


@pytest.mark.parametrize("missing", ["out_trade_no", "out_request_no", "refund_amount"])
async def test_an_alipay_refund_that_is_not_named_is_no_refund_of_ours(missing: str) -> None:
    fields = {name: value for name, value in FOUND.items() if name != missing}
    channel, _ = an_alipay_channel(success(REFUND_QUERY, refund_status="REFUND_SUCCESS", **fields))
    with pytest.raises(OutcomeUnknown):
        await channel.query_refund(a_paid().id, REFUND_ID)


@pytest.mark.parametrize("fields", [{}, {"trade_no": TRADE_NO}, {"out_trade_no": PAYMENT_ID}])
async def test_an_alipay_close_that_names_no_trade_closed_nothing(fields: dict[str, str]) -> None:
    channel, _ = an_alipay_channel(success(CLOSE, **fields))
    with pytest.raises(OutcomeUnknown):
        await channel.close(PAYMENT_ID)


async def test_an_alipay_close_of_another_trade_closed_nothing_of_ours() -> None:
    channel, _ = an_alipay_channel(success(CLOSE, out_trade_no="ZF20261123OTHER0000000", trade_no=TRADE_NO))
    with pytest.raises(OutcomeUnknown):
        await channel.close(PAYMENT_ID)


async def test_an_alipay_cancel_that_does_not_say_whether_to_repeat_it_is_unknown() -> None:
    channel, _ = an_alipay_channel(success(CANCEL, out_trade_no=PAYMENT_ID, action="close"))
    with pytest.raises(OutcomeUnknown):
        await channel.cancel(PAYMENT_ID)


async def test_an_alipay_answer_without_a_code_is_a_success_only_where_none_is_due() -> None:
    for method, known in ((QUERY, False), ("alipay.system.oauth.token", True)):
        client, _ = a_client(sealed(method, {"out_trade_no": PAYMENT_ID, "trade_no": TRADE_NO}))
        if known:
            assert await client.call(method, {})
        else:
            with pytest.raises(OutcomeUnknown):
                await client.call(method, {})


@pytest.mark.parametrize(
    "trace",
    [
        {"send_pay_date": "2026-11-23 09:31:00"},
        {"buyer_pay_amount": "12.34"},
        {"receipt_amount": "12.34"},
        {"fund_bill_list": [{"fund_channel": "ALIPAYACCOUNT", "amount": "12.34"}]},
    ],
    ids=lambda trace: next(iter(trace)),
)
async def test_a_closed_alipay_trade_with_any_trace_of_money_was_paid(trace: dict[str, object]) -> None:
    facts = {"out_trade_no": PAYMENT_ID, "trade_no": TRADE_NO, "trade_status": "TRADE_CLOSED", "total_amount": "12.34"}
    nothing = {"buyer_pay_amount": "0.00", "receipt_amount": "0.00", "fund_bill_list": []}
    channel, _ = an_alipay_channel(success(QUERY, **{**facts, **nothing, **trace}), success(QUERY, **facts, **nothing))
    assert (await channel.query(PAYMENT_ID)).state is TradeState.REFUNDED
    assert (await channel.query(PAYMENT_ID)).state is TradeState.CLOSED


async def test_only_204_says_that_wechat_pay_has_closed_an_order() -> None:
    channel, _ = a_wechat_channel(signed(b"", 200), signed({}, 200))
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await channel.close(PAYMENT_ID)


async def test_a_wechat_refund_without_a_status_or_an_answer_is_unknown() -> None:
    silent = refund()
    del silent["status"]
    channel, _ = a_wechat_channel(signed(silent), signed(b"", 204), signed(silent))
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await channel.refund(PaidOrder.of(a_paid().parts[0]), REFUND_ID, 500, "自动退回")
    with pytest.raises(OutcomeUnknown):
        await channel.query_refund(a_paid().id, REFUND_ID)


async def test_a_wechat_message_or_menu_without_an_errcode_is_not_known_to_have_gone() -> None:
    api, _ = await an_api(plain({}), plain({"msgid": 7}), plain({"errmsg": "ok"}))
    messenger = TemplateMessenger(replace(CONFIG, templates=TEMPLATES), api)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await messenger.send(an_identity(), NOTICE, dedupe="ZF1-payment_booked")
    with pytest.raises(OutcomeUnknown):
        await push_menu(api, {"button": [{"type": "click", "name": "缴费", "key": "pay"}]})


async def test_a_subscribe_message_without_an_errcode_is_not_known_to_have_gone() -> None:
    mini, _ = await a_program(plain({"msgid": 7}))
    with pytest.raises(OutcomeUnknown):
        await mini.messenger.send(ZHANG, MINI_NOTICE, "ZF1-payment_booked")


@pytest.mark.parametrize("fields", [{}, {"SmsSendDetailDTOs": {}}])
async def test_a_look_up_without_a_list_does_not_say_that_no_sms_was_sent(fields: dict[str, object]) -> None:
    sms, _ = an_sms(plain({"RequestId": "R", "Code": "OK", **fields}))
    with pytest.raises(OutcomeUnknown):
        await sms.was_sent(PHONE, "ZF1-payment_booked", date(2026, 11, 23))
