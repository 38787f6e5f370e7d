"""What is kept for people of a notification that fits no open payment, and what the channel is asked meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from server.core.errors import NotSent
from server.effects.model import EffectKind, find
from server.payments.model import PaymentState
from server.payments.rules.trades import BankArrival, ChannelRefund, RefundNews, RefundOutcome, RefundSum, Trade
from tests.support.builders import HOSPITAL, MERCHANT, a_channel_refund
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid, told, waiting
from tests.support.unclaimed import LOST

pytestmark = pytest.mark.asyncio
CONSOLE = "console-1"


async def test_a_second_payment_of_a_paid_order_is_kept_under_its_own_transaction() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    second = replace(memory_app.channel.trade(payment.id), transaction_id="TX-SECOND", amount_fen=777)
    await memory_app.notifications.apply(HOSPITAL, told(second))
    [money] = await memory_app.unclaimed()
    assert (money.hospital, money.channel, money.id) == (HOSPITAL, "wechat", "wechat:TX-SECOND")
    assert (money.amount_fen, money.transaction_id, money.kind) == (777, "TX-SECOND", "payment")
    assert (await memory_app.payment(payment.id)).state is PaymentState.PAID


async def test_the_same_money_told_with_another_sum_after_it_was_taken_is_not_kept_twice() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    again = replace(memory_app.channel.trade(payment.id), amount_fen=777)
    await memory_app.notifications.apply(HOSPITAL, told(again))
    assert await memory_app.unclaimed() == []


async def test_money_without_a_transaction_number_is_kept_under_its_order() -> None:
    memory_app = InMemoryApp()
    trade = cast(Trade, replace(memory_app.channel.trade((await paid(memory_app)).id), out_trade_no=LOST))
    await memory_app.notifications.apply(HOSPITAL, told(replace(trade, transaction_id="")))
    assert [(money.id, money.transaction_id) for money in await memory_app.unclaimed()] == [(f"wechat:{LOST}", "")]


@pytest.mark.parametrize(("sum_fen", "kept_fen"), [(None, 0), (300, 300)])
async def test_a_sum_of_refunds_of_an_order_that_is_not_ours_is_kept(sum_fen: int | None, kept_fen: int) -> None:
    memory_app = InMemoryApp()
    await memory_app.notifications.apply(
        HOSPITAL, told(RefundSum(out_trade_no=LOST, merchant_id=MERCHANT, sum_fen=sum_fen))
    )
    assert [(money.kind, money.amount_fen, money.out_trade_no) for money in await memory_app.unclaimed()] == [
        ("refund", kept_fen, LOST)
    ]


async def test_a_refund_by_another_merchant_before_the_money_came_is_only_a_doubt() -> None:
    """The channel is asked at once what it holds of the order; the refund is not taken for one of ours."""
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    stranger = a_channel_refund(payment, RefundOutcome.SUCCEEDED, CONSOLE, amount_fen=1234, merchant_id="1900000099")
    await memory_app.notifications.apply(HOSPITAL, told(stranger))
    after = await memory_app.payment(payment.id)
    query = find(after.effects, str(EffectKind.QUERY))
    assert query is not None
    assert (query.due_at, after.refunds, after.state) == (memory_app.clock.now(), (), PaymentState.PENDING)
    assert {effect.kind for effect in after.effects} == {EffectKind.QUERY}
    assert await memory_app.unclaimed() == []


class TestWordOfTheBank:
    """A refund's arrival at the payer's bank is the first word of it, or only one more line."""

    def word(self, order: str) -> BankArrival:
        return BankArrival(out_trade_no=order, out_refund_no=CONSOLE, arrived=True, amount_fen=234)

    async def test_of_an_order_that_is_not_ours_is_kept_as_a_refund(self) -> None:
        memory_app = InMemoryApp()
        await memory_app.notifications.apply(HOSPITAL, told(self.word(LOST)))
        assert [(money.kind, money.out_trade_no) for money in await memory_app.unclaimed()] == [("refund", LOST)]
        assert memory_app.channel.named("query_refund") == []

    async def test_of_a_refund_that_is_known_asks_nobody(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        await memory_app.work()
        memory_app.channel.refunds[CONSOLE] = (234, RefundOutcome.SUCCEEDED)
        await memory_app.notifications.apply(HOSPITAL, told(self.word(payment.id)))
        asked = memory_app.channel.named("query_refund")
        await memory_app.notifications.apply(HOSPITAL, told(self.word(payment.id)))
        assert (asked, memory_app.channel.named("query_refund")) == ([CONSOLE], [CONSOLE])
        assert (await memory_app.payment(payment.id)).refunded_fen == 234

    async def test_of_a_refund_that_the_channel_does_not_know_must_be_told_again(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        await memory_app.work()
        for news in (self.word(payment.id), RefundNews(out_trade_no=payment.id, out_refund_no=CONSOLE)):
            with pytest.raises(NotSent):
                await memory_app.notifications.apply(HOSPITAL, told(news))
        after = await memory_app.payment(payment.id)
        assert (after.refunds, [line.what for line in after.history if "bank" in line.what]) == ((), [])


@pytest.mark.parametrize(("channel_number", "kept_under"), [("50000000000001", "50000000000001"), ("", CONSOLE)])
async def test_a_kept_refund_has_the_channel_s_number_or_else_its_own(channel_number: str, kept_under: str) -> None:
    memory_app = InMemoryApp()
    stray = ChannelRefund(
        out_trade_no=LOST, out_refund_no=CONSOLE, outcome=RefundOutcome.SUCCEEDED, amount_fen=5,
        channel_refund_id=channel_number,
    )  # fmt: skip
    await memory_app.notifications.apply(HOSPITAL, told(stray))
    [money] = await memory_app.unclaimed()
    assert (money.transaction_id, money.id) == (kept_under, f"wechat:refund:{LOST}:{CONSOLE}")
