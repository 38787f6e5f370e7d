"""The last moment at which the HIS or a channel is asked, and when a look may be owed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import NotSent, OutsideRefusal
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.patient_looks import NOT_AGAIN_FOR
from server.payments.rules.trades import TradeState
from tests.support.builders import a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def booked(memory_app: InMemoryApp) -> Payment:
    payment = await paid(memory_app)
    await memory_app.work()
    return await memory_app.payment(payment.id)


@pytest.mark.parametrize(("seconds", "waits"), [(59, True), (60, False)])
async def test_a_silent_his_holds_a_return_for_less_than_its_longest_call(seconds: int, waits: bool) -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    memory_app.channel.will("refund", OutsideRefusal("wechatpay", "NOT_ENOUGH"))
    payment = await paid(memory_app)
    await memory_app.work()
    [refund] = (await memory_app.payment(payment.id)).refunds
    send = f"{EffectKind.REFUND}:{refund.id}"
    memory_app.clock.forward((refund.at + timedelta(seconds=seconds) - memory_app.clock.now()).total_seconds())
    memory_app.his.will("check", NotSent("his"))
    sent = len(memory_app.channel.named("refund"))
    if waits:
        with pytest.raises(NotSent):
            await memory_app.do_only(payment.id, send)
    else:
        await memory_app.do_only(payment.id, send)
    assert len(memory_app.channel.named("refund")) - sent == int(not waits)


@pytest.mark.parametrize(("seconds", "asked"), [(0, True), (1, False)])
async def test_the_channel_is_asked_until_the_last_moment_at_which_it_would_refund(seconds: int, asked: bool) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    assert payment.paid_at is not None
    queries = len(memory_app.channel.named("query"))
    last = payment.paid_at + timedelta(days=365, seconds=seconds)
    memory_app.clock.forward((last - memory_app.clock.now()).total_seconds())
    await memory_app.refund_looks.look(payment)
    assert len(memory_app.channel.named("query")) - queries == int(asked)


async def test_a_look_of_a_patient_is_remembered_under_the_payment_for_some_minutes() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    memory_app.clock.forward(3600)
    await memory_app.payments.view(a_session("openid-zhang-ceshi"), payment.id)
    short_lived, now = memory_app.stores.short_lived, memory_app.clock.now()
    assert await short_lived.get("patient_look", payment.id, now + NOT_AGAIN_FOR - timedelta(seconds=1)) is not None
    assert await short_lived.get("patient_look", payment.id, now + NOT_AGAIN_FOR) is None
    assert payment.state is PaymentState.BOOKED


async def test_without_an_answer_of_the_channel_nothing_is_learned() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    assert await memory_app.refund_looks.answered(payment, None) is payment


async def test_a_payment_without_money_of_ours_learns_nothing_from_its_trade() -> None:
    memory_app = InMemoryApp()
    payment = await paid(memory_app)
    trade = replace(memory_app.channel.trade(payment.id), state=TradeState.REFUNDED, refunded_fen=100)
    assert await memory_app.refund_looks.answered(payment, trade) is payment
    assert await memory_app.payment(payment.id) is payment


@pytest.mark.parametrize(("days", "learned"), [(1, True), (366, False)])
async def test_an_answer_is_learned_from_while_the_channel_would_refund(days: int, learned: bool) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    memory_app.clock.forward(timedelta(days=days).total_seconds())
    trade = replace(memory_app.channel.trade(payment.id), state=TradeState.REFUNDED, refunded_fen=100)
    after = await memory_app.refund_looks.answered(payment, trade)
    assert after.parts[0].told_refunded_fen == (100 if learned else 0)
    assert memory_app.channel.named("query") == []
