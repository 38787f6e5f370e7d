"""Two channels and one bill: whoever changes their mind, the money is booked once and the rest goes back by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import AlreadyPaid, NotSent, OutcomeUnknown
from server.patients.model import Session
from server.payments.model import Payment, PaymentState
from server.payments.ports import VerifiedNotification
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.trades import RefundNews, RefundOutcome, TradeState
from server.payments.sms_choice import NO_SMS
from tests.support.builders import APP, HOSPITAL, MERCHANT, a_scan, a_session, an_identity
from tests.support.channels import FaithfulChannel
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import ObligingIdentity, RecordingMessenger, a_hospital

NAMES = ("wechat", "alipay")
BOTH_WAYS = pytest.mark.parametrize(("first", "second"), [NAMES, NAMES[::-1]], ids=["there", "back"])


def an_app() -> InMemoryApp:
    return InMemoryApp(
        a_hospital(
            channels={name: FaithfulChannel(name) for name in NAMES},
            identities={name: ObligingIdentity(name) for name in NAMES},
            messengers={name: RecordingMessenger() for name in NAMES},
        )
    )


def the_channel(memory_app: InMemoryApp, name: str) -> FaithfulChannel:
    channel = memory_app.hospital.channels[name]
    assert isinstance(channel, FaithfulChannel)
    return channel


def somebody_on(channel: str, subject: str = "somebody") -> Session:
    identity = an_identity(subject, channel=channel)
    return replace(a_session(subject, a_scan("B1")), id=f"session-{channel}", identity=identity)


async def started(memory_app: InMemoryApp, channel: str) -> Payment:
    begun = await memory_app.payments.start("bills", somebody_on(channel), ["B1"], NO_SMS)
    return await memory_app.payment(begun.payment_id)


async def returned(memory_app: InMemoryApp, payment: Payment) -> Payment:
    """Once the channel has settled the automatic refund."""
    await memory_app.work()
    channel = the_channel(memory_app, payment.parts[0].request.channel)
    await memory_app.notifications.apply(HOSPITAL, channel.settle_refund(f"{payment.id}R01"))
    await memory_app.work()
    return await memory_app.payment(payment.id)


@BOTH_WAYS
@pytest.mark.asyncio
async def test_the_first_attempt_is_closed_at_its_own_channel(first: str, second: str) -> None:
    memory_app = an_app()
    one = await started(memory_app, first)
    two = await started(memory_app, second)
    assert (one.parts[0].channel, two.parts[0].channel) == (first, second)
    assert the_channel(memory_app, first).named("close") == [one.id]
    assert the_channel(memory_app, second).named("close") == []
    assert (await memory_app.payment(one.id)).state is PaymentState.CLOSED
    await memory_app.notifications.apply(HOSPITAL, the_channel(memory_app, second).pay(two.id))
    await memory_app.work()
    assert (await memory_app.payment(two.id)).state is PaymentState.BOOKED


@BOTH_WAYS
@pytest.mark.asyncio
async def test_who_pays_on_the_first_phone_while_it_is_closed_has_paid(first: str, second: str) -> None:
    """The close finds the money: the second phone gets no cashier, and nothing is paid twice."""
    memory_app = an_app()
    one = await started(memory_app, first)
    the_channel(memory_app, first).pay(one.id)
    with pytest.raises(AlreadyPaid):
        await started(memory_app, second)
    await memory_app.work()
    assert (await memory_app.payment(one.id)).state is PaymentState.BOOKED
    assert the_channel(memory_app, second).orders == {}


@BOTH_WAYS
@pytest.mark.asyncio
async def test_paid_on_both_phones_one_is_booked_and_the_other_goes_back(first: str, second: str) -> None:
    """The first channel calls the attempt closed and lets it be paid all the same."""
    memory_app = an_app()
    one = await started(memory_app, first)
    two = await started(memory_app, second)
    await memory_app.notifications.apply(HOSPITAL, the_channel(memory_app, second).pay(two.id))
    the_channel(memory_app, first).states[one.id] = TradeState.UNPAID
    await memory_app.notifications.apply(HOSPITAL, the_channel(memory_app, first).pay(one.id))
    one = await returned(memory_app, one)
    assert (one.state, (await memory_app.payment(two.id)).state) == (PaymentState.RETURNED, PaymentState.BOOKED)
    assert [refund.amount_fen for refund in one.refunds] == [1234]
    told = {
        name: {notice.purpose for _, notice, _ in messenger.named("send")}
        for name, messenger in memory_app.hospital.messengers.items()
        if isinstance(messenger, RecordingMessenger)
    }
    assert told == {first: {"payment_returning", "payment_returned"}, second: {"payment_booked"}}


@BOTH_WAYS
@pytest.mark.asyncio
async def test_a_close_that_nobody_answers_keeps_the_bill_taken(first: str, second: str) -> None:
    memory_app = an_app()
    one = await started(memory_app, first)
    the_channel(memory_app, first).will("close", OutcomeUnknown(first))
    with pytest.raises(AlreadyPaid):
        await started(memory_app, second)
    the_channel(memory_app, first).pay(one.id)
    memory_app.clock.forward(seconds=4)
    await memory_app.work()
    assert (await memory_app.payment(one.id)).state is PaymentState.BOOKED


# ---- a refund that is only announced ------------------------------------------------------------------------------------------


async def booked_on_alipay(memory_app: InMemoryApp) -> Payment:
    payment = await started(memory_app, "alipay")
    await memory_app.notifications.apply(HOSPITAL, the_channel(memory_app, "alipay").pay(payment.id))
    await memory_app.work()
    return await memory_app.payment(payment.id)


def news(payment_id: str, refund_id: str) -> VerifiedNotification:
    content = RefundNews(out_trade_no=payment_id, out_refund_no=refund_id)
    return VerifiedNotification(channel="alipay", content=content)


@pytest.mark.asyncio
async def test_the_channel_says_how_much_a_refund_made_in_its_console_was() -> None:
    memory_app = an_app()
    payment = await booked_on_alipay(memory_app)
    the_channel(memory_app, "alipay").refunds["console-1"] = (234, RefundOutcome.SUCCEEDED)
    for _ in range(2):
        await memory_app.notifications.apply(HOSPITAL, news(payment.id, "console-1"))
    after = await memory_app.payment(payment.id)
    [refund] = after.refunds
    assert (refund.amount_fen, refund.origin, refund.state) == (
        234,
        RefundOrigin.MERCHANT_CONSOLE,
        RefundState.SUCCEEDED,
    )
    assert (after.state, after.refunded_fen) == (PaymentState.BOOKED, 234)


@pytest.mark.asyncio
async def test_news_that_can_t_be_checked_is_not_acknowledged() -> None:
    memory_app = an_app()
    payment = await booked_on_alipay(memory_app)
    channel = the_channel(memory_app, "alipay")
    with pytest.raises(NotSent):
        await memory_app.notifications.apply(HOSPITAL, news(payment.id, "console-1"))
    channel.refunds["console-1"] = (234, RefundOutcome.SUCCEEDED)
    channel.will("query_refund", OutcomeUnknown("alipay"))
    with pytest.raises(OutcomeUnknown):
        await memory_app.notifications.apply(HOSPITAL, news(payment.id, "console-1"))
    assert (await memory_app.payment(payment.id)).refunds == ()
    await memory_app.notifications.apply(HOSPITAL, news(payment.id, "console-1"))
    assert (await memory_app.payment(payment.id)).refunded_fen == 234


@pytest.mark.asyncio
async def test_news_of_somebody_else_s_payment_is_kept() -> None:
    memory_app = an_app()
    await memory_app.notifications.apply(HOSPITAL, news("ZF20261123NOBODY000000", "console-1"))
    [money] = await memory_app.stores.unclaimed.latest(HOSPITAL, 10)
    assert (money.kind, money.out_trade_no) == ("refund", "ZF20261123NOBODY000000")


def test_both_channels_have_the_same_account_here() -> None:
    """What tells the attempts apart is the channel's name alone."""
    memory_app = an_app()
    assert {the_channel(memory_app, name).account("jsapi") for name in NAMES} == {(APP, MERCHANT)}
