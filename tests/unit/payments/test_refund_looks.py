"""Refunds in the merchant console that nobody announces: found when people touch a payment, and on a slow timetable."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed, NotSent, OutsideRefusal
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.trades import RefundOutcome, Trade, TradeState
from server.refunds.window_service import WrittenOff
from tests.support.builders import HOSPITAL, renumbered, with_first
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio
LOOKED_AT = (1, 3, 7, 14, 30, 60, 120, 240, 360)
"""So many days after it began: soon at first, ever more seldom, and once more before the year of the channels is over."""


async def booked(memory_app: InMemoryApp) -> Payment:
    payment = await paid(memory_app)
    await memory_app.work()
    return await memory_app.payment(payment.id)


def refunded_unannounced(memory_app: InMemoryApp, payment: Payment, sum_fen: int | None) -> None:
    """The channel's query says that there is a refund, and how much only where ``sum_fen`` is given."""
    memory_app.channel.states[payment.id] = TradeState.REFUNDED
    if sum_fen is not None:
        known = memory_app.channel.trade

        def trade(number: str) -> Trade:
            return replace(known(number), refunded_fen=sum_fen) if number == payment.id else known(number)

        memory_app.channel.trade = trade  # type: ignore[method-assign]


async def alerts(memory_app: InMemoryApp) -> set[str]:
    return {alert.kind for alert in await memory_app.alerts()}


@pytest.mark.parametrize("sum_fen", [None, 1234])
async def test_the_rounds_find_it_the_next_day_and_a_person_hears_of_it(sum_fen: int | None) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    refunded_unannounced(memory_app, payment, sum_fen)
    await memory_app.refund_rounds.once()
    assert "refunded_elsewhere" not in await alerts(memory_app), "today's payments are not looked at yet"
    memory_app.clock.forward(seconds=timedelta(days=1).total_seconds())
    await memory_app.refund_rounds.once()
    after = await memory_app.payment(payment.id)
    assert (after.parts[0].refunded_unseen, after.parts[0].told_refunded_fen) == (sum_fen is None, sum_fen or 0)
    assert refundable_fen(after) == 0
    assert "refunded_elsewhere" in await alerts(memory_app)
    assert after.state is PaymentState.BOOKED, "nothing is undone by itself"


async def test_each_payment_is_looked_at_once_on_each_day_of_the_timetable_and_not_written() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    version = payment.version
    for day in range(1, 370):
        memory_app.clock.forward(seconds=timedelta(days=1).total_seconds())
        before = len(memory_app.channel.named("query"))
        for _ in range(2):
            await memory_app.refund_rounds.once()
        assert len(memory_app.channel.named("query")) - before == (day in LOOKED_AT), day
    assert (await memory_app.payment(payment.id)).version == version


async def test_a_day_with_many_payments_is_gone_through_page_by_page_and_on_after_a_break() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    for number in range(120):
        other = replace(renumbered(payment, f"{payment.id[:-4]}{number:04d}"), claims=(), version=1)
        await memory_app.stores.payments.insert(other)
    memory_app.clock.forward(seconds=timedelta(days=1).total_seconds())
    asked = memory_app.channel.named("query")
    memory_app.channel.will("query", *[NotSent("wechatpay") for _ in range(30)])
    await memory_app.refund_rounds.once()
    assert len(set(memory_app.channel.named("query")) - set(asked)) >= 120


async def test_what_is_all_back_or_never_paid_is_not_asked_for() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    await memory_app.refund_looks.look(replace(payment, state=PaymentState.RETURNED))
    await memory_app.refund_looks.look(with_first(payment, told_refunded_fen=1234))
    await memory_app.refund_looks.look(replace(payment, paid_at=memory_app.clock.now() - timedelta(days=400)))
    assert memory_app.channel.named("query") == []


async def test_a_refund_of_ours_is_not_taken_for_somebody_else_s() -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    payment = await booked(memory_app)
    memory_app.channel.states[payment.id] = TradeState.REFUNDED
    assert await memory_app.refund_looks.look(payment) is payment
    assert "refunded_elsewhere" not in await alerts(memory_app)


async def test_a_return_that_the_channel_refuses_because_it_was_refunded_there_ends_or_is_told() -> None:
    """Without a look ours was refused for ever."""
    for sum_fen in (1234, None):
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
        memory_app.channel.will("refund", *[OutsideRefusal("wechatpay", "INVALID_REQUEST") for _ in range(9)])
        payment = await booked(memory_app)
        refunded_unannounced(memory_app, payment, sum_fen)
        after = await memory_app.refund_looks.look(await memory_app.payment(payment.id))
        assert (after.state is PaymentState.RETURNED) == (sum_fen is not None)
        assert after.parts[0].refunded_unseen == (sum_fen is None)
        assert [refund.state for refund in after.refunds] == [
            RefundState.WITHDRAWN if sum_fen else RefundState.APPROVED
        ]
        assert "refunded_elsewhere" in await alerts(memory_app)


async def test_a_refusal_of_the_channel_makes_the_refund_look_at_the_trade_at_once() -> None:
    """The HIS has written it off, and the channel has no money left: a person hears of it on the same day."""
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    told: dict[str, Any] = {"out_trade_no": payment.id, "lines": (), "reason": "window", "operator": "w1"}
    memory_app.channel.will("refund", *[OutsideRefusal("alipay", "ACQ.TRADE_HAS_CLOSE") for _ in range(9)])
    await memory_app.window_refunds.make(HOSPITAL, WrittenOff(his_refund_no="HR-1", amount_fen=1234, **told))
    refunded_unannounced(memory_app, payment, 1234)
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert after.parts[0].told_refunded_fen == 1234
    assert "refunded_elsewhere" in await alerts(memory_app)


async def test_a_return_that_the_channel_refuses_ends_by_the_word_on_the_trade() -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    memory_app.channel.will("refund", *[OutsideRefusal("alipay", "ACQ.TRADE_HAS_CLOSE") for _ in range(9)])
    payment = await paid(memory_app)
    refunded_unannounced(memory_app, payment, 1234)
    await memory_app.live_on(120)
    assert (await memory_app.payment(payment.id)).state is PaymentState.RETURNED


async def test_staff_who_draft_a_refund_see_it_first() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    cashier = await (await an_employee(memory_app)).now()
    refunded_unannounced(memory_app, payment, None)
    with pytest.raises(NotAllowed):
        await memory_app.refund_desk.draft(cashier, payment.id, 100, "other")
    assert (await memory_app.payment(payment.id)).parts[0].refunded_unseen


async def test_a_channel_that_is_silent_holds_nobody_up() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    memory_app.channel.will("query", NotSent("wechatpay"))
    assert await memory_app.refund_looks.touched(payment) is payment


async def test_the_his_s_window_refund_looks_first_too() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    refunded_unannounced(memory_app, payment, 1000)
    told: dict[str, Any] = {"out_trade_no": payment.id, "lines": (), "reason": "window", "operator": "w1"}
    with pytest.raises(NotAllowed):
        await memory_app.window_refunds.make(HOSPITAL, WrittenOff(his_refund_no="HR-1", amount_fen=300, **told))
    made = await memory_app.window_refunds.make(HOSPITAL, WrittenOff(his_refund_no="HR-2", amount_fen=234, **told))
    assert made.amount_fen == 234


async def test_a_refund_made_without_a_number_is_found_whole() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    refunded_unannounced(memory_app, payment, None)
    memory_app.channel.refunds[payment.id] = (500, RefundOutcome.SUCCEEDED)
    after = await memory_app.refund_looks.look(payment)
    assert (after.refunded_fen, after.parts[0].refunded_unseen) == (500, False)
