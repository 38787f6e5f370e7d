"""A verified word of a refund is stored at once, whatever else is under way: nobody is told "say it again" until they give up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import NotSent
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.trades import RefundOutcome
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import HOSPITAL, a_channel_refund
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid, told

pytestmark = pytest.mark.asyncio
CONSOLE = "50300806962021020105978994968"
DAYS = 26 * 3600


async def asked_while_the_his_is_down(memory_app: InMemoryApp, amount_fen: int = 1234) -> Payment:
    """Booked; staff have asked for a refund, and the HIS does not answer the write-off for a day and more."""
    payment = await paid(memory_app)
    await memory_app.work()
    ask = RefundAsk(
        request_id="T1",
        amount_fen=amount_fen,
        lines=(),
        reason="other",
        note="",
        by="staff:1001",
        requested_via="chat",
        approval_reasons=(),
    )
    await memory_app.transitions.apply(HOSPITAL, payment.id, lambda p: request_refund(p, ask, MORNING, MORNING))
    memory_app.his.will("refund_release", *[NotSent("his") for _ in range(400)])
    await memory_app.work()
    return await memory_app.payment(payment.id)


def news_of(payment: Payment, amount_fen: int, outcome: RefundOutcome = RefundOutcome.SUCCEEDED) -> object:
    return told(a_channel_refund(payment, outcome, CONSOLE, amount_fen=amount_fen))


async def test_a_console_refund_beside_a_write_off_under_way_is_stored_and_placed_when_the_his_is_back() -> None:
    memory_app = InMemoryApp()
    payment = await asked_while_the_his_is_down(memory_app)
    memory_app.channel.refunds[CONSOLE] = (1234, RefundOutcome.SUCCEEDED)
    await memory_app.notifications.apply(HOSPITAL, news_of(payment, 1234))  # type: ignore[arg-type]
    heard = await memory_app.payment(payment.id)
    assert [line.detail["amount_fen"] for line in heard.history if line.what == "refund_heard"] == ["1234"]
    assert (refundable_fen(heard), heard.at_rest()) == (0, False)
    assert f"{payment.id}:refund_in_merchant_console:{CONSOLE}" in {alert.id for alert in await memory_app.alerts()}
    await memory_app.notifications.apply(HOSPITAL, news_of(payment, 1234))  # type: ignore[arg-type]
    assert await memory_app.payment(payment.id) is heard, "a repeat changes nothing"
    await memory_app.live_on(DAYS, step=300)
    memory_app.his.next_calls.pop("refund_release", None)
    await memory_app.live_on(2 * 3600, step=60)
    after = await memory_app.payment(payment.id)
    assert {refund.id[-3:]: refund.state for refund in after.refunds} == {
        "R01": RefundState.WITHDRAWN,
        CONSOLE[-3:]: RefundState.SUCCEEDED,
    }
    assert (after.refunded_fen, after.at_rest(), after.state) == (1234, True, PaymentState.BOOKED)
    assert list(memory_app.his.released) == [f"{payment.id}R01"], "the HIS writes off once"
    assert await memory_app.unclaimed() == []


async def test_what_was_heard_of_and_came_to_nothing_is_not_asked_for_any_more() -> None:
    memory_app = InMemoryApp()
    payment = await asked_while_the_his_is_down(memory_app)
    memory_app.channel.refunds[CONSOLE] = (1234, RefundOutcome.PROCESSING)
    await memory_app.notifications.apply(HOSPITAL, news_of(payment, 1234, RefundOutcome.PROCESSING))  # type: ignore[arg-type]
    assert refundable_fen(await memory_app.payment(payment.id)) == 0, "ours holds the share; nothing has gone yet"
    memory_app.channel.refunds[CONSOLE] = (1234, RefundOutcome.CLOSED)
    memory_app.clock.forward(seconds=timedelta(minutes=2).total_seconds())
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert not any(effect.subject == CONSOLE for effect in after.effects)
    assert after.refund(CONSOLE) is None


async def test_a_word_without_a_number_is_asked_for_until_its_sum_is_known_by_numbers() -> None:
    """Seed 50004331 --mini: Alipay told of a refund once without a number, once with it; under the order's number it had none, and was asked
    for ever.
    """
    memory_app = InMemoryApp()
    payment = await asked_while_the_his_is_down(memory_app)
    without_a_number = told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, payment.id, amount_fen=1234))
    await memory_app.notifications.apply(HOSPITAL, without_a_number)
    memory_app.his.next_calls.pop("refund_release", None)
    await memory_app.live_on(3600, step=60)
    waiting = await memory_app.payment(payment.id)
    assert any(effect.subject == payment.id for effect in waiting.effects), "nobody knows yet which refund it was"
    memory_app.channel.refunds[CONSOLE] = (1234, RefundOutcome.SUCCEEDED)
    await memory_app.notifications.apply(HOSPITAL, news_of(payment, 1234))  # type: ignore[arg-type]
    await memory_app.live_on(DAYS, step=300)
    after = await memory_app.payment(payment.id)
    assert (after.refunded_fen, after.at_rest(), after.state) == (1234, True, PaymentState.BOOKED)
    assert after.refund(payment.id) is None
    assert await memory_app.unclaimed() == []


async def test_one_that_is_not_ours_to_place_is_kept_and_not_asked_for_for_ever() -> None:
    """Beyond what was paid, once nothing is under way any more: it is nobody's, and finance sees it."""
    memory_app = InMemoryApp()
    payment = await asked_while_the_his_is_down(memory_app)
    memory_app.channel.refunds[CONSOLE] = (1234, RefundOutcome.SUCCEEDED)
    await memory_app.notifications.apply(HOSPITAL, news_of(payment, 1234))  # type: ignore[arg-type]
    memory_app.channel.refunds[CONSOLE] = (9999, RefundOutcome.SUCCEEDED)
    memory_app.his.next_calls.pop("refund_release", None)
    await memory_app.live_on(2 * 3600, step=60)
    after = await memory_app.payment(payment.id)
    assert not any(effect.subject == CONSOLE for effect in after.effects)
    assert [money.amount_fen for money in await memory_app.unclaimed()] == [9999]
