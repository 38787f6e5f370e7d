"""What the owner of a payment sees of it, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import ChargeChanged, NotFound
from server.payments.model import PaymentState
from server.payments.rules.progress import Progress
from server.payments.rules.trades import TradeState
from server.payments.sms_choice import NO_SMS
from tests.support.builders import CARD, HOSPITAL
from tests.support.concurrent_taps import li, started, zhang
from tests.support.every_payment import every_payment
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio


class TestView:
    async def test_only_the_owners(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        assert (await memory_app.payments.view(zhang(), payment.id)).payment == payment
        for stranger in (li(), replace(zhang(), hospital="other")):
            with pytest.raises(NotFound):
                await memory_app.payments.view(stranger, payment.id)
            with pytest.raises(NotFound):
                await memory_app.payments.resume(stranger, payment.id)
        assert await memory_app.payments.mine(li()) == []
        assert await memory_app.payments.mine(zhang()) == [payment]

    async def test_the_cashiers_word_is_worth_a_look_but_not_many(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        for _ in range(50):
            await memory_app.payments.view(zhang(), payment.id, just_paid=True)
            await memory_app.work()
        assert 1 <= len(memory_app.channel.named("query")) <= 12

    async def test_a_lost_notification_is_made_up_for(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        memory_app.channel.pay(payment.id)
        assert (
            await memory_app.payments.view(zhang(), payment.id, just_paid=True)
        ).standing.progress is Progress.WAITING
        await memory_app.work()
        assert (await memory_app.payments.view(zhang(), payment.id)).standing.progress is Progress.PAID

    async def test_the_his_sees_the_attempt_that_holds_the_bill(self) -> None:
        memory_app = InMemoryApp()
        first = await started(memory_app)
        memory_app.channel.states[first.id] = TradeState.CLOSED
        await memory_app.live_on(60)
        assert (await memory_app.payment(first.id)).state is PaymentState.CLOSED
        memory_app.channel.states[first.id] = TradeState.UNPAID
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(first.id))
        assert (await memory_app.payment(first.id)).state is PaymentState.RETURNING
        second = await started(memory_app, li())
        assert (await memory_app.payments.state_for_his(HOSPITAL, None, CARD, "B1")).id == second.id
        assert (await memory_app.payments.state_for_his(HOSPITAL, first.id, None, None)).id == first.id
        for number, card, bill in (
            ("nothing", None, None),
            (None, CARD, "nothing"),
            (None, "another", "B1"),
            (None, None, None),
        ):
            with pytest.raises(NotFound):
                await memory_app.payments.state_for_his(HOSPITAL, number, card, bill)

    async def test_nobody_pays_a_sum_that_they_have_not_seen(self) -> None:
        """The bill was edited after the page was shown."""
        memory_app = InMemoryApp()
        with pytest.raises(ChargeChanged):
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS, shown_fen=1)
        assert await every_payment(memory_app.stores.payments) == []
