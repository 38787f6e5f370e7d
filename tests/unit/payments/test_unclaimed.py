"""Money that fits no payment goes back, or doesn't, and its numbers."""

from __future__ import annotations

import pytest

from server.alerts.model import AlertState
from server.core.errors import NotAllowed, OutcomeUnknown, OutsideRefusal
from server.effects.model import PACE_S, EffectKind
from server.payments.ports import VerifiedNotification
from server.payments.rules.trades import ChannelRefund, RefundNews, RefundOutcome, RefundSum, TradeState
from server.payments.rules.unclaimed_returns import is_number_of_return
from server.payments.sms_choice import sms_to
from server.payments.unclaimed_model import UnclaimedState
from tests.support.builders import HOSPITAL, MERCHANT, PHONE, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import told
from tests.support.unclaimed import (
    ELSEWHERE,
    IN_PAYMENT,
    LOST,
    REFUND_NO,
    WINDOW,
    agreed,
    alert_of,
    paid_astray,
    proposed,
    the_money,
    two_of_finance,
)

pytestmark = pytest.mark.asyncio


class TestItGoesBack:
    async def test_one_proposes_another_agrees_and_all_of_it_goes_back_once(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await memory_app.work()
        assert memory_app.channel.refunds == {}, "one person alone moves nothing"
        await agreed(memory_app, other)
        await memory_app.work()
        assert memory_app.channel.refunds == {REFUND_NO: (1234, RefundOutcome.PROCESSING)}
        assert (await the_money(memory_app)).state is UnclaimedState.RETURNING
        told_twice = memory_app.channel.settle_refund(REFUND_NO)
        for _ in range(2):
            await memory_app.notifications.apply(HOSPITAL, told_twice)
        after = await the_money(memory_app)
        assert (after.state, [effect.kind for effect in after.effects]) == (UnclaimedState.SETTLED, [EffectKind.SEAL])
        assert [one.id for one in await memory_app.unclaimed()] == [money.id], "its refund is no unclaimed money"
        await memory_app.live_on(400)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.CLOSED
        assert await memory_app.stores.unclaimed.unsettled(HOSPITAL, 5) == []

    async def test_without_a_notification_the_channel_is_asked(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        memory_app.channel.settle_refund(REFUND_NO)
        await memory_app.live_on(120)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED

    async def test_an_unknown_outcome_is_sent_again_under_the_same_number(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        memory_app.channel.will("refund", OutcomeUnknown("wechat", "timeout"), OutcomeUnknown("wechat", "timeout"))
        await memory_app.live_on(120)
        assert {number for number, _ in memory_app.channel.named("refund")} == {REFUND_NO}
        assert memory_app.channel.refunds[REFUND_NO][0] == 1234

    async def test_what_the_channel_refuses_for_good_waits_for_people_again(self, memory_app: InMemoryApp) -> None:
        money = await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        await memory_app.notifications.apply(
            HOSPITAL, memory_app.channel.settle_refund(REFUND_NO, RefundOutcome.CLOSED)
        )
        after = await the_money(memory_app)
        assert (after.state, after.ended) == (UnclaimedState.OPEN, None)
        await memory_app.live_on(600)
        await memory_app.alert_rounds.once()
        assert await alert_of(memory_app, money) is AlertState.OPEN
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        assert set(memory_app.channel.refunds) == {REFUND_NO, f"{LOST}U02"}, "a refused number is never sent again"

    async def test_a_refund_that_the_channel_has_lost_is_sent_again(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()
        memory_app.channel.refunds.clear()
        await memory_app.live_on(120)
        assert memory_app.channel.refunds == {REFUND_NO: (1234, RefundOutcome.PROCESSING)}

    async def test_what_fails_for_long_alarms_and_goes_on(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        tries = len(PACE_S[EffectKind.REFUND])
        memory_app.channel.will("refund", *[OutsideRefusal("wechat", "NOT_ENOUGH")] * tries)
        await memory_app.live_on(1500, step=5)
        stuck = [alert for alert in await memory_app.alerts() if alert.kind == "unclaimed_stuck"]
        assert len(stuck) == 1
        await memory_app.live_on(1500)
        assert REFUND_NO in memory_app.channel.refunds
        await memory_app.alert_rounds.once()
        after = await memory_app.stores.alerts.get(HOSPITAL, stuck[0].id)
        assert after is not None
        assert after.state is AlertState.CLOSED


class TestWhatIsNotSentBack:
    async def test_money_of_another_system_on_the_same_account(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app, WINDOW)
        one, other = await two_of_finance(memory_app)
        with pytest.raises(NotAllowed, match="not our number"):
            await proposed(memory_app, one)
        await proposed(memory_app, one, ELSEWHERE)
        await agreed(memory_app, other)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"state": TradeState.REFUNDED}, "refunded there"),
            ({"state": TradeState.CLOSED}, "not at the channel"),
            ({"amount": 1233}, "not at the channel"),
            ({"transaction": "another"}, "not at the channel"),
        ],
    )
    async def test_money_that_the_channel_does_not_hold_as_it_was_told(
        self, memory_app: InMemoryApp, change: dict[str, object], why: str
    ) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        memory_app.channel.states[LOST] = change.get("state", TradeState.PAID)  # type: ignore[assignment]
        memory_app.channel.amounts[LOST] = change.get("amount", 1234)  # type: ignore[assignment]
        memory_app.channel.transactions[LOST] = change.get("transaction", memory_app.channel.transactions[LOST])  # type: ignore[assignment]
        with pytest.raises(NotAllowed, match=why):
            await agreed(memory_app, other)
        await memory_app.work()
        assert memory_app.channel.refunds == {}

    async def test_while_the_channel_is_silent(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, _ = await two_of_finance(memory_app)
        memory_app.channel.will("query", OutcomeUnknown("wechat", "timeout"))
        with pytest.raises(NotAllowed, match="silent channel"):
            await proposed(memory_app, one)

    async def test_what_a_payment_of_ours_may_hold(self, memory_app: InMemoryApp) -> None:
        """A notification of another transaction for an attempt that is still open: its own money may come yet."""
        begun = await memory_app.payments.start(
            "bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], sms_to(PHONE)
        )
        trade = memory_app.channel.pay(begun.payment_id).content
        await memory_app.services.shared.unclaimed.keep(HOSPITAL, "wechat", trade, "a doubt")  # type: ignore[arg-type]
        one, _ = await two_of_finance(memory_app)
        with pytest.raises(NotAllowed, match="a payment has this number"):
            await proposed(memory_app, one)
        with pytest.raises(NotAllowed, match="in no payment"):
            await proposed(memory_app, one, IN_PAYMENT)

    async def test_a_refund(self, memory_app: InMemoryApp) -> None:
        refund = ChannelRefund(
            out_trade_no=LOST, out_refund_no="X1", outcome=RefundOutcome.SUCCEEDED, amount_fen=5, merchant_id=MERCHANT
        )
        await memory_app.notifications.apply(HOSPITAL, told(refund))
        one, _ = await two_of_finance(memory_app)
        with pytest.raises(NotAllowed, match="a refund"):
            await proposed(memory_app, one)


class TestNotificationsOfAlipay:
    """News of a refund without its amount, and later notifications that carry the sum of all refunds."""

    async def begun(self, memory_app: InMemoryApp) -> None:
        await paid_astray(memory_app)
        one, other = await two_of_finance(memory_app)
        await proposed(memory_app, one)
        await agreed(memory_app, other)
        await memory_app.work()

    async def test_news_of_our_return_is_asked_for(self, memory_app: InMemoryApp) -> None:
        await self.begun(memory_app)
        memory_app.channel.settle_refund(REFUND_NO)
        news = VerifiedNotification(channel="wechat", content=RefundNews(out_trade_no=LOST, out_refund_no=REFUND_NO))
        await memory_app.notifications.apply(HOSPITAL, news)
        assert (await the_money(memory_app)).state is UnclaimedState.SETTLED

    @pytest.mark.parametrize(("sum_fen", "records"), [(1234, 1), (None, 1), (1235, 2)])
    async def test_a_sum_that_our_return_explains_is_no_news(
        self, memory_app: InMemoryApp, sum_fen: int | None, records: int
    ) -> None:
        await self.begun(memory_app)
        await memory_app.notifications.apply(
            HOSPITAL, told(RefundSum(out_trade_no=LOST, merchant_id=MERCHANT, sum_fen=sum_fen))
        )
        assert len(await memory_app.unclaimed()) == records


async def test_numbers_of_returns_are_known_by_their_form() -> None:
    assert is_number_of_return("ZF1", "ZF1U01")
    assert not is_number_of_return("ZF1", "ZF1R01")
    assert not is_number_of_return("ZF1", "ZF2U01")
    assert not is_number_of_return("ZF1", "ZF1U01X")
