"""Alipay's adapters against the sandbox: the whole way of money there and back, and what faults make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.core.errors import Forged, OutcomeUnknown, OutsideRefusal
from server.core.ports import HttpRequest
from server.infrastructure.clock_and_ids import SystemClock
from server.infrastructure.transport import AiohttpTransport
from server.payments.ports import PaidOrder
from server.payments.rules.paying import MoneyDiffers, money_arrived
from server.payments.rules.trades import RefundNews, RefundOutcome, Trade, TradeState
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.channel import AlipayChannel
from tests.contract.channels.alipay import a_merchant, a_new_payment, an_app, channel, client, paid, pay, placed
from tests.contract.channels.conftest import Controls, Doors, RunningSandbox

__all__ = ["channel", "client"]

DOOR = "/notify/alipay/demo"


@pytest.mark.asyncio
async def test_there_and_back(channel: AlipayChannel, controls: Controls, doors: Doors) -> None:
    doors.answer = lambda raw: channel.acknowledge()
    payment = await placed(channel, controls)
    assert (await channel.query(payment.id)).state is TradeState.UNPAID
    await pay(controls, payment)
    (told,) = await doors.wait_for(1, DOOR)
    asked = await channel.query(payment.id)
    assert (asked.state, asked.amount_fen, asked.payer) == (TradeState.PAID, 1234, controls.person()["alipay_user_id"])
    notified = channel.verify(told).content
    assert isinstance(notified, Trade)
    assert notified == replace(asked, paid_at=notified.paid_at)

    payment = money_arrived(payment, asked, SystemClock().now(), at_the_source=True)
    refund_id = f"{payment.id}R01"
    assert (await channel.query_refund(payment.id, refund_id)).outcome is RefundOutcome.ABSENT
    returned = await channel.refund(PaidOrder.of(payment.parts[0]), refund_id, 1234, "自动退回")
    assert (returned.outcome, returned.amount_fen) == (RefundOutcome.SUCCEEDED, 1234)
    again = await channel.refund(PaidOrder.of(payment.parts[0]), refund_id, 1234, "自动退回")
    assert (again.outcome, again.amount_fen) == (RefundOutcome.SUCCEEDED, 1234)
    found = await channel.query_refund(payment.id, refund_id)
    assert (found.outcome, found.amount_fen, found.out_refund_no) == (RefundOutcome.SUCCEEDED, 1234, refund_id)
    assert (await channel.query(payment.id)).state is TradeState.REFUNDED
    refunds = (await controls.ask("GET", "/sandbox/money"))["alipay"]["refunds"]
    assert [row["amount_fen"] for row in refunds if row["out_trade_no"] == payment.id] == [1234], "money went back once"


@pytest.mark.asyncio
async def test_repeats_of_an_order(channel: AlipayChannel, controls: Controls) -> None:
    payment = await placed(channel, controls)
    assert await channel.order(payment.id, payment.parts[0].request) == payment.parts[0].order_ref
    with pytest.raises(OutsideRefusal) as raised:
        await channel.order(payment.id, replace(payment.parts[0].request, amount_fen=1))
    assert raised.value.reason_code == "ACQ.CONTEXT_INCONSISTENT"


@pytest.mark.asyncio
async def test_a_closed_order_stays_closed(channel: AlipayChannel, controls: Controls) -> None:
    payment = await placed(channel, controls)
    assert (await channel.close(payment.id)).state is TradeState.CLOSED
    assert (await channel.close(payment.id)).state is TradeState.CLOSED
    assert (await channel.query(payment.id)).state is TradeState.CLOSED


@pytest.mark.asyncio
async def test_too_late_to_close(channel: AlipayChannel, controls: Controls) -> None:
    payment = await placed(channel, controls)
    await pay(controls, payment)
    closed = await channel.close(payment.id)
    assert (closed.state, closed.amount_fen) == (TradeState.PAID, 1234)


@pytest.mark.asyncio
async def test_an_order_that_never_was(channel: AlipayChannel, controls: Controls) -> None:
    never = a_new_payment(channel, controls)
    assert (await channel.query(never.id)).state is TradeState.ABSENT
    assert (await channel.close(never.id)).state is TradeState.ABSENT
    assert (await channel.cancel(never.id)).state is TradeState.ABSENT


@pytest.mark.asyncio
async def test_cancelling_an_open_trade(channel: AlipayChannel, controls: Controls) -> None:
    payment = await placed(channel, controls)
    assert (await channel.cancel(payment.id)).state is TradeState.CLOSED


@pytest.mark.asyncio
async def test_somebody_else_s_key_is_turned_away(
    sandbox: RunningSandbox, transport: AiohttpTransport, controls: Controls
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    stranger = AlipayClient(replace(an_app(sandbox), private_key_pem=pem), transport, SystemClock())
    channel = AlipayChannel(stranger, a_merchant(sandbox))
    payment = a_new_payment(channel, controls)
    with pytest.raises(OutsideRefusal) as raised:
        await channel.order(payment.id, payment.parts[0].request)
    assert raised.value.reason_code == "isv.invalid-signature"


# ---- what is not known stays open ----------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("what", ["timeout_after_work", "error_5xx", "garbled"])
async def test_an_order_of_unknown_outcome_is_placed_once(
    channel: AlipayChannel, controls: Controls, what: str
) -> None:
    payment = a_new_payment(channel, controls)
    await controls.fault("alipay.create", what)
    with pytest.raises(OutcomeUnknown):
        await channel.order(payment.id, payment.parts[0].request)
    handle = await channel.order(payment.id, payment.parts[0].request)
    trades = (await controls.ask("GET", "/sandbox/money"))["alipay"]["trades"]
    assert [trade["trade_no"] for trade in trades if trade["out_trade_no"] == payment.id] == [handle]


@pytest.mark.asyncio
async def test_a_system_error_says_nothing_about_a_refund(channel: AlipayChannel, controls: Controls) -> None:
    """ACQ.SYSTEM_ERROR (20000) is "ask again", and the same number moves the money once."""
    payment = await paid(channel, controls)
    await controls.fault("alipay.refund", "timeout_after_work")
    with pytest.raises(OutcomeUnknown):
        await channel.refund(PaidOrder.of(payment.parts[0]), f"{payment.id}R01", 1234, "自动退回")
    again = await channel.refund(PaidOrder.of(payment.parts[0]), f"{payment.id}R01", 1234, "自动退回")
    assert again.outcome is RefundOutcome.SUCCEEDED
    [trade] = [
        t for t in (await controls.ask("GET", "/sandbox/money"))["alipay"]["trades"] if t["out_trade_no"] == payment.id
    ]
    assert trade["refunded_fen"] == 1234


@pytest.mark.asyncio
async def test_a_refund_whose_money_has_not_moved_is_under_way(channel: AlipayChannel, controls: Controls) -> None:
    """fund_change N and no status in the refund query: neither done nor refused."""
    payment = await paid(channel, controls)
    await controls.fault("alipay.refund", "unmoved", seconds=600)
    answer = await channel.refund(PaidOrder.of(payment.parts[0]), f"{payment.id}R01", 1234, "自动退回")
    assert answer.outcome is RefundOutcome.UNCONFIRMED
    assert (await channel.query_refund(payment.id, f"{payment.id}R01")).outcome is RefundOutcome.UNCONFIRMED


# ---- notifications -------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_forged_notification_is_no_notification(
    channel: AlipayChannel, controls: Controls, doors: Doors
) -> None:
    doors.answer = lambda raw: channel.acknowledge()
    await controls.fault("notify.alipay", "wrong_signature")
    await pay(controls, await placed(channel, controls))
    (told,) = await doors.wait_for(1, DOOR)
    with pytest.raises(Forged):
        channel.verify(told)


@pytest.mark.asyncio
async def test_another_amount_under_a_good_signature_never_books(
    channel: AlipayChannel, controls: Controls, doors: Doors
) -> None:
    doors.answer = lambda raw: channel.acknowledge()
    await controls.fault("notify.alipay", "wrong_amount")
    payment = await placed(channel, controls)
    await pay(controls, payment)
    (told,) = await doors.wait_for(1, DOOR)
    trade = channel.verify(told).content
    assert isinstance(trade, Trade)
    with pytest.raises(MoneyDiffers):
        money_arrived(payment, trade, SystemClock().now(), at_the_source=False)


@pytest.mark.asyncio
async def test_another_app_or_seller_is_told_apart(channel: AlipayChannel, controls: Controls, doors: Doors) -> None:
    """The signature is Alipay's for every app; whose money it is, the comparison with the stored request says."""
    doors.answer = lambda raw: channel.acknowledge()
    payment = await placed(channel, controls)
    await pay(controls, payment)
    (told,) = await doors.wait_for(1, DOOR)
    trade = channel.verify(told).content
    assert isinstance(trade, Trade)
    for other in (replace(trade, app_id="2021000000000999"), replace(trade, merchant_id="2088000000000999")):
        with pytest.raises(MoneyDiffers):
            money_arrived(payment, other, SystemClock().now(), at_the_source=False)


@pytest.mark.asyncio
async def test_what_is_not_acknowledged_comes_again_unchanged(
    channel: AlipayChannel, controls: Controls, doors: Doors
) -> None:
    await controls.ask("PUT", "/sandbox/faults", {"rules": [], "notify_time_scale": 0.001})
    answers = iter([channel.refuse(), channel.acknowledge()])
    doors.answer = lambda raw: next(answers, channel.acknowledge())
    await pay(controls, await placed(channel, controls))
    first, second = await doors.wait_for(2, DOOR)
    assert channel.verify(first) == channel.verify(second)


@pytest.mark.asyncio
async def test_a_partial_refund_is_told_as_news_to_ask_about(
    channel: AlipayChannel, controls: Controls, doors: Doors
) -> None:
    doors.answer = lambda raw: channel.acknowledge()
    payment = await paid(channel, controls)
    await doors.wait_for(1, DOOR)  # two notifications under way keep no order
    await channel.refund(PaidOrder.of(payment.parts[0]), f"{payment.id}R01", 234, "部分退费")
    _, told = await doors.wait_for(2, DOOR)
    news = channel.verify(told).content
    assert isinstance(news, RefundNews)
    assert (news.out_trade_no, news.out_refund_no) == (payment.id, f"{payment.id}R01")
    found = await channel.query_refund(payment.id, news.out_refund_no)
    assert (found.outcome, found.amount_fen) == (RefundOutcome.SUCCEEDED, 234)
    assert (await channel.query(payment.id)).state is TradeState.PAID


# ---- the other ways to pay -----------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_code_to_be_scanned_from_a_screen(channel: AlipayChannel, controls: Controls) -> None:
    payment = a_new_payment(channel, controls)
    request = replace(payment.parts[0].request, method="precreate")
    code = await channel.order(payment.id, request)
    assert channel.client_call(payment.id, request, code).params == {"code": code}
    assert (await channel.query(payment.id)).state is TradeState.ABSENT, "nobody has scanned it yet"
    buyer = controls.person()["alipay_user_id"]
    await controls.ask("POST", "/sandbox/alipay/pay", {"out_trade_no": payment.id, "user_id": buyer, "result": "ok"})
    assert (await channel.query(payment.id)).state is TradeState.PAID


@pytest.mark.asyncio
async def test_the_page_for_a_browser_is_signed_for_the_gateway(
    channel: AlipayChannel, controls: Controls, transport: AiohttpTransport
) -> None:
    payment = a_new_payment(channel, controls)
    request = replace(payment.parts[0].request, method="wap")
    call = channel.client_call(payment.id, request, await channel.order(payment.id, request))
    shown = await transport.send(HttpRequest(system="browser", method="GET", url=call.params["url"]))
    assert shown.status in {200, 302}
    assert "invalid-signature" not in shown.body.decode("utf-8", "replace")
