"""A notification tells of money that does not fit an order that is being closed: the close must not end the doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.rules.looking import doubt
from server.payments.rules.order_lines import DOUBTED
from server.payments.rules.paying import after_look, close_answered, closed, money_arrived, request_close
from server.payments.rules.trades import TradeState
from tests.support.builders import HOSPITAL, TOKEN, a_part, a_pending, a_trade, leased
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import told, waiting
from tests.unit.payments.states import kinds

LATER = MORNING + timedelta(seconds=30)
S = PaymentState
SECOND = "ZF20261123SECOND000001"


def closing() -> Payment:
    return request_close(a_pending(), "another_attempt", MORNING)


def test_a_close_that_was_answered_before_the_doubt_leaves_the_question_open() -> None:
    """Somebody waits for the close, the money comes just after the channel's answer, and the store is slow (seed 5002404)."""
    shut = close_answered(doubt(closing(), MORNING), a_trade(closing(), TradeState.CLOSED), LATER)
    query = find(shut.effects, str(EffectKind.QUERY))
    assert (shut.state, kinds(shut), shut.at_rest()) == (S.CLOSED, {EffectKind.QUERY}, False)
    assert query is not None
    assert (query.due_at, query.lease) == (LATER, None)
    held = leased(shut, EffectKind.QUERY, LATER)
    assert after_look(held, EffectKind.QUERY, TOKEN, a_trade(held), LATER, 0.0).state is S.RETURNING
    nothing = after_look(held, EffectKind.QUERY, TOKEN, a_trade(held, TradeState.CLOSED), LATER, 0.0)
    assert (nothing.state, nothing.effects, nothing.at_rest()) == (S.CLOSED, (), True)


@pytest.mark.parametrize("kind", [EffectKind.QUERY, EffectKind.CLOSE])
def test_the_same_of_an_answer_to_a_worker(kind: EffectKind) -> None:
    held = leased(closing() if kind is EffectKind.CLOSE else a_pending(), kind, MORNING)
    shut = after_look(doubt(held, MORNING), kind, TOKEN, a_trade(held, TradeState.CLOSED), LATER, 0.0)
    assert (shut.state, kinds(shut)) == (S.CLOSED, {EffectKind.QUERY})
    assert all(effect.lease is None for effect in shut.effects), "the worker's own look was asked before the doubt"


def test_the_doubt_is_noted_once() -> None:
    once = doubt(closing(), MORNING)
    assert [line.what for line in once.history].count(DOUBTED) == 1
    assert doubt(once, LATER) is once


def test_money_that_came_meanwhile_answers_the_doubt() -> None:
    paid = money_arrived(doubt(closing(), MORNING), a_trade(closing()), LATER, at_the_source=True)
    assert (paid.state, kinds(paid)) == (S.PAID, {EffectKind.BOOK})


def test_the_doubt_is_about_one_order() -> None:
    one = a_pending()
    two = replace(one, parts=(*one.parts, a_part(SECOND, kind="fund", order_ref="prepay-2")))
    first = closed(doubt(two, MORNING, SECOND), "closed_at_channel", LATER)
    assert [effect.key for effect in first.effects] == [f"close:{SECOND}"]
    assert [effect.key for effect in closed(first, "closed_at_channel", LATER, SECOND).effects] == [f"query:{SECOND}"]


def test_an_order_of_which_money_is_told_was_sent_after_all() -> None:
    """The order of a later part that nobody sent is closed without asking its channel."""
    one = a_pending()
    two = replace(one, parts=(*one.parts, a_part(SECOND, kind="fund")))
    assert {effect.subject for effect in request_close(two, "expired", LATER).effects} == {""}
    asked = request_close(doubt(two, MORNING, SECOND), "expired", LATER)
    assert {effect.subject for effect in asked.effects} == {"", SECOND}


@pytest.mark.asyncio
async def test_late_money_told_of_with_another_amount_goes_back() -> None:
    """From the notification to the money, with the close in between."""
    memory_app = InMemoryApp()
    payment = await waiting(memory_app)
    now = memory_app.clock.now()
    apply = memory_app.transitions.apply
    await apply(
        HOSPITAL, payment.id, lambda p: request_close(p, "another_attempt", now, due_at=now + timedelta(hours=1))
    )
    notification = memory_app.channel.pay(payment.id)
    await memory_app.notifications.apply(HOSPITAL, told(replace(notification.content, amount_fen=1)))  # type: ignore[type-var]
    answered = a_trade(payment, TradeState.CLOSED)
    await apply(HOSPITAL, payment.id, lambda p: close_answered(p, answered, now))
    assert (await memory_app.payment(payment.id)).state is S.CLOSED
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert after.state in {S.RETURNING, S.RETURNED}
    assert after.paid_fen == 1234
