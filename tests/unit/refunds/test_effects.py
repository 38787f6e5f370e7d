"""Money on its way back, in memory."""

from __future__ import annotations

import pytest

from server.core.errors import NotSent, OutsideRefusal
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.trades import RefundOutcome
from tests.support.builders import HOSPITAL, a_channel_refund, a_payment
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid, told

pytestmark = pytest.mark.asyncio


class TestRefunds:
    async def returning(self, house: InMemoryApp) -> Payment:
        house.his.will("confirm", OutsideRefusal("his", "REFUSED"))
        return await paid(house)

    async def test_the_road_back(self) -> None:
        house = InMemoryApp()
        payment = await self.returning(house)
        await house.work()
        house.channel.settle_refund(f"{payment.id}R01")
        await house.live_on(120)
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert house.channel.named("refund") == [(f"{payment.id}R01", 1234)]

    async def test_of_unknown_outcome_is_sent_again_under_the_same_number(self) -> None:
        house = InMemoryApp()
        payment = await self.returning(house)
        house.channel.will_lose_the_answer("refund", times=2)
        house.channel.will("refund", NotSent("wechatpay"), OutsideRefusal("wechatpay", "NOT_ENOUGH"))
        await house.live_on(60, step=1)
        assert set(house.channel.named("refund")) == {(f"{payment.id}R01", 1234)}
        assert len(house.channel.named("refund")) == 5
        assert len(house.channel.refunds) == 1

    async def test_the_notification_overtakes_the_answer(self) -> None:
        house = InMemoryApp()
        payment = await self.returning(house)

        async def done_already() -> None:
            house.channel.refunds[f"{payment.id}R01"] = (1234, RefundOutcome.SUCCEEDED)
            await house.notifications.apply(HOSPITAL, house.channel.settle_refund(f"{payment.id}R01"))

        house.channel.will("refund", done_already)
        await house.work()
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert {effect.kind for effect in after.effects} == {EffectKind.LATE_BOOKING}

    async def test_an_answer_of_another_amount_is_kept_and_asked_again(self) -> None:
        house = InMemoryApp()
        payment = await self.returning(house)
        house.channel.refunds[f"{payment.id}R01"] = (1, RefundOutcome.SUCCEEDED)
        await house.live_on(3600, step=60)
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNING
        assert EffectKind.REFUND in {effect.kind for effect in after.effects}
        assert {alert.kind for alert in await house.alerts()} == {"unclaimed_money", "effect_stuck"}

    async def test_stuck_alarms_and_is_followed_to_the_end(self) -> None:
        house = InMemoryApp()
        payment = await self.returning(house)
        await house.work()
        house.channel.settle_refund(f"{payment.id}R01", RefundOutcome.ABNORMAL)
        await house.live_on(24 * 3600, step=600)
        assert [alert.kind for alert in await house.alerts()] == ["refund_abnormal"]
        assert len((await house.payment(payment.id)).history) < 15, "waiting writes no lines"
        house.channel.settle_refund(f"{payment.id}R01")
        await house.live_on(3600, step=600)
        assert (await house.payment(payment.id)).state is PaymentState.RETURNED

    async def test_a_final_no_gets_a_new_number(self) -> None:
        house = InMemoryApp()
        payment = await self.returning(house)
        await house.work()
        await house.notifications.apply(HOSPITAL, house.channel.settle_refund(f"{payment.id}R01", RefundOutcome.CLOSED))
        await house.live_on(15 * 60)
        assert [number[-3:] for number, _ in house.channel.named("refund")] == ["R01", "R02"]

    async def test_made_in_the_console_counts(self) -> None:
        house = InMemoryApp()
        payment = await paid(house)
        await house.work()
        for _ in range(2):
            await house.notifications.apply(
                HOSPITAL, told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, "503000", amount_fen=234))
            )
        after = await house.payment(payment.id)
        assert after.refunding_fen == 234
        assert [refund.state for refund in after.refunds] == [RefundState.SUCCEEDED]
        await house.notifications.apply(
            HOSPITAL, told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, "503001", amount_fen=1001))
        )
        assert [money.kind for money in await house.unclaimed()] == ["refund"]
        assert (await house.payment(payment.id)).refunding_fen == 234

    async def test_of_an_unknown_payment_is_kept(self) -> None:
        house = InMemoryApp()
        await house.notifications.apply(HOSPITAL, told(a_channel_refund(a_payment(), amount_fen=5)))
        assert [money.amount_fen for money in await house.unclaimed()] == [5]
