"""What the channel tells of a payment that is closed: money is not forgotten, and a forged notification changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.payments.model import PaymentState
from server.payments.rules.trades import TradeState
from tests.support.builders import HOSPITAL, a_trade
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import told, waiting

pytestmark = pytest.mark.asyncio


async def test_a_closed_payments_money_of_a_wrong_amount_is_not_forgotten() -> None:
    """Told by notification, so it is kept for finance, and the source is asked although the payment was at rest."""
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    await memory_app.live_on(20 * 60)
    memory_app.channel.states[payment.id] = TradeState.UNPAID
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id, amount_fen=99))
    assert not (await memory_app.payment(payment.id)).at_rest()
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert after.state is PaymentState.RETURNING
    assert memory_app.channel.named("refund") == [(f"{payment.id}R01", 99)]


async def test_a_closed_payment_asked_for_nothing_rests_again() -> None:
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    await memory_app.live_on(20 * 60)
    forged_amount = a_trade(payment, amount_fen=99)
    await memory_app.notifications.apply(HOSPITAL, told(forged_amount))
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert after.state is PaymentState.CLOSED
    assert after.effects == ()
    assert memory_app.clock.now() < payment.created_at + timedelta(hours=1)
