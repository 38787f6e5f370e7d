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
    async def returning(self, memory_app: InMemoryApp) -> Payment:
        memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
        return await paid(memory_app)

    async def test_the_road_back(self) -> None:
        memory_app = InMemoryApp()
        payment = await self.returning(memory_app)
        await memory_app.work()
        memory_app.channel.settle_refund(f"{payment.id}R01")
        await memory_app.live_on(120)
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert memory_app.channel.named("refund") == [(f"{payment.id}R01", 1234)]

    async def test_of_unknown_outcome_is_sent_again_under_the_same_number(self) -> None:
        memory_app = InMemoryApp()
        payment = await self.returning(memory_app)
        memory_app.channel.will_lose_the_answer("refund", times=2)
        memory_app.channel.will("refund", NotSent("wechatpay"), OutsideRefusal("wechatpay", "NOT_ENOUGH"))
        await memory_app.live_on(60, step=1)
        assert set(memory_app.channel.named("refund")) == {(f"{payment.id}R01", 1234)}
        assert len(memory_app.channel.named("refund")) == 5
        assert len(memory_app.channel.refunds) == 1

    async def test_the_notification_overtakes_the_answer(self) -> None:
        memory_app = InMemoryApp()
        payment = await self.returning(memory_app)

        async def done_already() -> None:
            memory_app.channel.refunds[f"{payment.id}R01"] = (1234, RefundOutcome.SUCCEEDED)
            await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(f"{payment.id}R01"))

        memory_app.channel.will("refund", done_already)
        await memory_app.work()
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert {effect.kind for effect in after.effects} == {EffectKind.LATE_BOOKING}

    async def test_an_answer_of_another_amount_is_kept_and_asked_again(self) -> None:
        memory_app = InMemoryApp()
        payment = await self.returning(memory_app)
        memory_app.channel.refunds[f"{payment.id}R01"] = (1, RefundOutcome.SUCCEEDED)
        await memory_app.live_on(3600, step=60)
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.RETURNING
        assert EffectKind.REFUND in {effect.kind for effect in after.effects}
        assert {alert.kind for alert in await memory_app.alerts()} == {"unclaimed_money", "effect_stuck"}

    async def test_stuck_alarms_and_is_followed_to_the_end(self) -> None:
        memory_app = InMemoryApp()
        payment = await self.returning(memory_app)
        await memory_app.work()
        memory_app.channel.settle_refund(f"{payment.id}R01", RefundOutcome.ABNORMAL)
        await memory_app.live_on(24 * 3600, step=600)
        assert [alert.kind for alert in await memory_app.alerts()] == ["refund_abnormal"]
        assert len((await memory_app.payment(payment.id)).history) < 15, "waiting writes no lines"
        memory_app.channel.settle_refund(f"{payment.id}R01")
        await memory_app.live_on(3600, step=600)
        assert (await memory_app.payment(payment.id)).state is PaymentState.RETURNED

    async def test_a_final_no_gets_a_new_number(self) -> None:
        memory_app = InMemoryApp()
        payment = await self.returning(memory_app)
        await memory_app.work()
        await memory_app.notifications.apply(
            HOSPITAL, memory_app.channel.settle_refund(f"{payment.id}R01", RefundOutcome.CLOSED)
        )
        await memory_app.live_on(15 * 60)
        assert [number[-3:] for number, _ in memory_app.channel.named("refund")] == ["R01", "R02"]

    async def test_made_in_the_console_counts(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        await memory_app.work()
        for _ in range(2):
            await memory_app.notifications.apply(
                HOSPITAL, told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, "503000", amount_fen=234))
            )
        after = await memory_app.payment(payment.id)
        assert after.refunding_fen == 234
        assert [refund.state for refund in after.refunds] == [RefundState.SUCCEEDED]
        await memory_app.notifications.apply(
            HOSPITAL, told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, "503001", amount_fen=1001))
        )
        assert [money.kind for money in await memory_app.unclaimed()] == ["refund"]
        assert (await memory_app.payment(payment.id)).refunding_fen == 234

    async def test_of_an_unknown_payment_is_kept(self) -> None:
        memory_app = InMemoryApp()
        await memory_app.notifications.apply(HOSPITAL, told(a_channel_refund(a_payment(), amount_fen=5)))
        assert [money.amount_fen for money in await memory_app.unclaimed()] == [5]
