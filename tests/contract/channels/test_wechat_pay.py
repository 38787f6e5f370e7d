"""WeChat Pay's adapter against the sandbox: the whole way of money there and back, and what faults make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import Forged, OutcomeUnknown, OutsideRefusal
from server.core.ports import RawReply, RawRequest
from server.infrastructure.clock_and_ids import SystemClock, SystemIds
from server.infrastructure.transport import AiohttpTransport
from server.payments.model import Payment
from server.payments.ports import PaidOrder
from server.payments.rules.paying import money_arrived, ordered
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.platforms.wechat.pay.account import WechatPayAccount
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.platforms.wechat.pay.jsapi import Jsapi
from server.platforms.wechat.pay.native import Native
from tests.contract.channels.conftest import Controls, Doors, RunningSandbox
from tests.contract.channels.payments import a_payment_on

PAYMENT_DOOR = "/notify/wechatpay/demo/payment"
REFUND_DOOR = "/notify/wechatpay/demo/refund"


def an_account(sandbox: RunningSandbox) -> WechatPayAccount:
    keys = sandbox.credentials["wechatpay"]
    return WechatPayAccount(
        mch_id=keys["mchid"],
        app_id=sandbox.credentials["wechat"]["appid"],
        serial_no=keys["serial_no"],
        private_key_pem=keys["private_key_pem"],
        apiv3_key=keys["apiv3_key"],
        verify_keys={
            keys["public_key_id"]: keys["public_key_pem"],
            keys["platform_serial_no"]: keys["platform_certificate_pem"],
        },
        notify_base=sandbox.app_url,
        hospital="demo",
        base_url=sandbox.base_url,
    )


@pytest.fixture
def channel(sandbox: RunningSandbox, transport: AiohttpTransport) -> WechatPayChannel:
    return WechatPayChannel(an_account(sandbox), transport, SystemClock(), SystemIds(), timeout_s=3.0)


def a_new_payment(channel: WechatPayChannel, controls: Controls, amount_fen: int = 1234) -> Payment:
    return a_payment_on(channel, controls.person()["openid"], "official_account", amount_fen)


async def placed(channel: WechatPayChannel, controls: Controls) -> Payment:
    payment = a_new_payment(channel, controls)
    return ordered(payment, await channel.order(payment.id, payment.parts[0].request), SystemClock().now())


async def pay(controls: Controls, payment: Payment) -> None:
    answer = await controls.ask(
        "POST", "/sandbox/wechat/pay", {"prepay_id": payment.parts[0].order_ref, "result": "ok"}
    )
    assert answer["out_trade_no"] == payment.id


async def paid(channel: WechatPayChannel, controls: Controls) -> Payment:
    payment = await placed(channel, controls)
    await pay(controls, payment)
    trade = await channel.query(payment.id)
    return money_arrived(payment, trade, SystemClock().now(), at_the_source=True)


@pytest.mark.asyncio
async def test_there_and_back(channel: WechatPayChannel, controls: Controls, doors: Doors) -> None:
    doors.answer = lambda raw: channel.acknowledge()
    payment = await placed(channel, controls)
    assert (await channel.query(payment.id)).state is TradeState.UNPAID
    await pay(controls, payment)
    (told,) = await doors.wait_for(1, PAYMENT_DOOR)
    notification = channel.verify(told)
    asked = await channel.query(payment.id)
    assert notification.content == asked
    assert isinstance(asked, Trade)
    assert (asked.state, asked.amount_fen, asked.payer) == (TradeState.PAID, 1234, controls.person()["openid"])

    payment = money_arrived(payment, asked, SystemClock().now(), at_the_source=True)
    refund_id = f"{payment.id}R01"
    assert (await channel.query_refund(payment.id, refund_id)).outcome is RefundOutcome.ABSENT
    submitted = await channel.refund(PaidOrder.of(payment.parts[0]), refund_id, 1234, "自动退回")
    assert submitted.outcome in {RefundOutcome.PROCESSING, RefundOutcome.SUCCEEDED}
    assert await channel.refund(PaidOrder.of(payment.parts[0]), refund_id, 1234, "自动退回") is not None
    (told,) = await doors.wait_for(1, REFUND_DOOR)
    returned = channel.verify(told).content
    assert isinstance(returned, ChannelRefund)
    assert (returned.out_refund_no, returned.outcome, returned.amount_fen) == (refund_id, RefundOutcome.SUCCEEDED, 1234)
    assert (await channel.query_refund(payment.id, refund_id)) == returned
    assert (await channel.query(payment.id)).state is TradeState.REFUNDED
    refunds = (await controls.ask("GET", "/sandbox/money"))["wechatpay"]["refunds"]
    assert [row["amount_fen"] for row in refunds if row["out_trade_no"] == payment.id] == [1234], "money went back once"


@pytest.mark.asyncio
async def test_repeats_of_an_order(channel: WechatPayChannel, controls: Controls) -> None:
    payment = await placed(channel, controls)
    assert await channel.order(payment.id, payment.parts[0].request)
    with pytest.raises(OutsideRefusal) as raised:
        await channel.order(payment.id, replace(payment.parts[0].request, amount_fen=1))
    assert raised.value.reason_code == "OUT_TRADE_NO_USED"


@pytest.mark.asyncio
async def test_a_closed_order_stays_closed(channel: WechatPayChannel, controls: Controls) -> None:
    payment = await placed(channel, controls)
    assert (await channel.close(payment.id)).state is TradeState.CLOSED
    assert (await channel.close(payment.id)).state is TradeState.CLOSED
    assert (await channel.query(payment.id)).state is TradeState.CLOSED
    with pytest.raises(OutsideRefusal) as raised:
        await channel.order(payment.id, payment.parts[0].request)
    assert raised.value.reason_code == "ORDER_CLOSED"


@pytest.mark.asyncio
async def test_too_late_to_close(channel: WechatPayChannel, controls: Controls) -> None:
    payment = await placed(channel, controls)
    await pay(controls, payment)
    closed = await channel.close(payment.id)
    assert (closed.state, closed.amount_fen) == (TradeState.PAID, 1234)


@pytest.mark.asyncio
async def test_an_order_that_never_was(channel: WechatPayChannel, controls: Controls) -> None:
    never = a_new_payment(channel, controls)
    assert (await channel.query(never.id)).state is TradeState.ABSENT


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "what", ["error_5xx", "timeout_before_work", "timeout_after_work", "garbled", "unsigned", "down"]
)
async def test_faults_leave_an_order_unknown_and_a_query_tells(
    channel: WechatPayChannel, controls: Controls, what: str
) -> None:
    payment = a_new_payment(channel, controls)
    await controls.fault("wechatpay.order", what)
    with pytest.raises(OutcomeUnknown):
        await channel.order(payment.id, payment.parts[0].request)
    done = what in {"timeout_after_work", "garbled", "unsigned"}
    expected = TradeState.UNPAID if done else TradeState.ABSENT
    assert (await channel.query(payment.id)).state is expected
    assert await channel.order(payment.id, payment.parts[0].request), "the same number with the same content goes on"


@pytest.mark.asyncio
async def test_a_refund_of_unknown_outcome_moves_money_once(channel: WechatPayChannel, controls: Controls) -> None:
    payment = await paid(channel, controls)
    await controls.fault("wechatpay.refund", "timeout_after_work")
    refund_id = f"{payment.id}R01"
    with pytest.raises(OutcomeUnknown):
        await channel.refund(PaidOrder.of(payment.parts[0]), refund_id, 1234, "自动退回")
    again = await channel.refund(PaidOrder.of(payment.parts[0]), refund_id, 1234, "自动退回")
    assert again.out_refund_no == refund_id
    money = (await controls.ask("GET", "/sandbox/money"))["wechatpay"]["trades"]
    assert [row["refunded_fen"] for row in money if row["out_trade_no"] == payment.id] == [1234]


@pytest.mark.asyncio
async def test_a_wrong_signature_is_refused_and_the_platform_sends_again(
    channel: WechatPayChannel, controls: Controls, doors: Doors
) -> None:
    def answer(raw: RawRequest) -> RawReply:
        try:
            channel.verify(raw)
        except Forged:
            return channel.refuse()
        return channel.acknowledge()

    doors.answer = answer
    payment = await placed(channel, controls)
    rule = {"where": "notify.payment", "what": "wrong_signature", "times": 1}
    await controls.ask("PUT", "/sandbox/faults", {"rules": [rule], "notify_time_scale": 0.01})
    await pay(controls, payment)
    first, second = await doors.wait_for(2, PAYMENT_DOOR)
    with pytest.raises(Forged):
        channel.verify(first)
    assert channel.verify(second).content == await channel.query(payment.id)


@pytest.mark.asyncio
async def test_a_merchant_with_the_wrong_key_is_turned_away(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> None:
    wrong = replace(an_account(sandbox), serial_no="0" * 40)
    stranger = WechatPayChannel(wrong, transport, SystemClock(), SystemIds())
    payment = a_new_payment(stranger, controls)
    with pytest.raises(OutsideRefusal) as raised:
        await stranger.order(payment.id, payment.parts[0].request)
    assert raised.value.reason_code == "SIGN_ERROR"


@pytest.mark.asyncio
async def test_during_a_rotation_both_keys_are_good(
    channel: WechatPayChannel, controls: Controls, doors: Doors
) -> None:
    """Orders are answered with the public key while the platform certificate still signs a notification."""
    doors.answer = lambda raw: channel.acknowledge()
    payment = await placed(channel, controls)
    await controls.fault("notify.payment", "doubled", certificate=True)
    await pay(controls, payment)
    for told in await doors.wait_for(2, PAYMENT_DOOR):
        assert told.headers["wechatpay-serial"] == controls.credentials["wechatpay"]["platform_serial_no"]
        assert channel.verify(told).content == await channel.query(payment.id)


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["public_key", "platform_certificate"])
async def test_either_key_mode_alone(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls, mode: str
) -> None:
    told = sandbox.credentials["wechatpay"]
    only = {
        "public_key": {told["public_key_id"]: told["public_key_pem"]},
        "platform_certificate": {told["platform_serial_no"]: told["platform_certificate_pem"]},
    }[mode]
    account = replace(an_account(sandbox), verify_keys=only)
    channel = WechatPayChannel(account, transport, SystemClock(), SystemIds())
    assert (await placed(channel, controls)).parts[0].order_ref


@pytest.mark.asyncio
async def test_a_code_to_be_scanned_from_a_screen(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls, doors: Doors
) -> None:
    """Whoever scans it pays: the order names no payer. The notification is that of any order."""
    account = an_account(sandbox)
    methods = (Jsapi(account.app_id), Native(account.app_id))
    channel = WechatPayChannel(account, transport, SystemClock(), SystemIds(), methods, timeout_s=3.0)
    payment = a_new_payment(channel, controls)
    request = replace(payment.parts[0].request, method="native")
    code = await channel.order(payment.id, request)
    assert code.startswith("weixin://")
    call = channel.client_call(payment.id, request, code)
    assert (call.bridge, call.params) == ("show_code", {"code": code})
    doors.answer = lambda raw: channel.acknowledge()
    scanned = {"code_url": code, "openid": controls.person(1)["openid"], "result": "ok"}
    await controls.ask("POST", "/sandbox/wechat/pay", scanned)
    trade = await channel.query(payment.id)
    assert (trade.state, trade.amount_fen) == (TradeState.PAID, 1234)
    (told,) = await doors.wait_for(1, PAYMENT_DOOR)
    assert channel.verify(told).content == trade
