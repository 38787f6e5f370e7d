"""What the steps from an attempt to its money write down: by whom, why, when; and the edges of their timetable."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.app.doctor import _payments
from server.core.actors import PAYER
from server.effects.model import Effect, EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.part import PartState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.going_back import begin_return
from server.payments.rules.order_lines import ORDERING_AGAIN
from server.payments.rules.paying import (
    ABSENT_MARGIN,
    after_look,
    first_order_failed,
    money_arrived,
    ordering_again,
    repeated_order_failed,
    request_close,
)
from server.payments.rules.starting import can_continue
from server.payments.rules.trades import TradeState
from tests.support.builders import TOKEN, a_paid, a_payment, a_pending, a_trade, leased
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp

LATER = MORNING + timedelta(seconds=30)


def test_who_wants_a_close_and_why_is_written_down() -> None:
    line = request_close(a_pending(), "another_attempt", LATER, by=PAYER).history[-1]
    assert (line.what, line.at, line.by, dict(line.detail)) == ("closing", LATER, PAYER, {"why": "another_attempt"})
    assert request_close(a_pending(), "expired", LATER).history[-1].by == "system"


def test_money_is_written_down_with_its_channel_its_transaction_and_the_moment_that_the_channel_says() -> None:
    payment, paid_at = a_pending(), MORNING + timedelta(seconds=7)
    paid = money_arrived(payment, a_trade(payment, paid_at=paid_at), LATER, at_the_source=False)
    line = paid.history[-1]
    assert (line.what, line.by) == ("paid", "channel:wechat")
    assert dict(line.detail) == {"transaction_id": a_trade(payment).transaction_id}
    assert (paid.paid_at, paid.parts[0].state) == (paid_at, PartState.PAID)


def test_without_the_channel_s_moment_it_counts_from_now() -> None:
    payment = a_pending()
    assert money_arrived(payment, a_trade(payment, paid_at=None), LATER, at_the_source=False).paid_at == LATER


def test_an_order_is_marked_once_as_sent_again_and_never_once_it_is_paid() -> None:
    again = ordering_again(a_payment(), LATER)
    assert (again.history[-1].what, again.history[-1].at) == (ORDERING_AGAIN, LATER)
    assert ordering_again(again, LATER) is again
    paid = a_paid()
    assert ordering_again(paid, LATER) is paid


def query_due(payment: Payment) -> datetime | None:
    owed = find(payment.effects, str(EffectKind.QUERY))
    return None if owed is None else owed.due_at


def test_a_first_order_that_failed_ends_an_attempt_only_where_no_other_call_may_have_placed_it() -> None:
    first = first_order_failed(a_payment(), "refused", MORNING)
    assert (first.state, dict(first.history[-1].detail)) == (PaymentState.CLOSED, {"why": "refused"})
    for perhaps_placed in (a_pending(), ordering_again(a_payment(), MORNING)):
        after = first_order_failed(perhaps_placed, "refused", MORNING)
        assert after.state is perhaps_placed.state
        assert query_due(after) == MORNING, "the channel is asked at once"


def test_a_repeat_that_failed_says_nothing_of_the_calls_before_it() -> None:
    after = repeated_order_failed(a_payment(), "refused", MORNING)
    assert (after.state, query_due(after)) == (PaymentState.CREATED, MORNING)


def test_the_channel_is_first_asked_five_seconds_after_the_beginning() -> None:
    assert query_due(a_payment()) == MORNING + timedelta(seconds=5)


def test_an_attempt_is_offered_again_with_a_minute_to_live_and_not_with_less() -> None:
    live = a_pending()
    assert can_continue(live, live, live.parts[0].request.expires_at - timedelta(seconds=60))
    assert not can_continue(live, live, live.parts[0].request.expires_at - timedelta(seconds=59))


@pytest.mark.parametrize("past_s", [0, 1])
def test_a_close_that_the_channel_refuses_is_not_tried_in_a_hot_loop(past_s: int) -> None:
    """At the very moment after which an unknown order counts as never placed there is no milestone left to wait for."""
    payment = request_close(a_pending(), "expired", MORNING)
    now = payment.parts[0].request.expires_at + ABSENT_MARGIN + timedelta(seconds=past_s)
    held = leased(payment, EffectKind.CLOSE, now)
    after = after_look(held, EffectKind.CLOSE, TOKEN, a_trade(payment, TradeState.UNPAID), now, 0.0)
    owed = find(after.effects, str(EffectKind.CLOSE))
    assert owed is not None
    assert owed.due_at > now


@pytest.mark.parametrize("origin", [RefundOrigin.STAFF, RefundOrigin.AUTOMATIC])
@pytest.mark.parametrize("owed", [(), (EffectKind.LATE_BOOKING, EffectKind.MESSAGE)])
@pytest.mark.asyncio
async def test_a_returning_payment_that_owes_nothing_is_not_at_rest_whoever_asked_for_its_refund(
    origin: RefundOrigin, owed: tuple[EffectKind, ...]
) -> None:
    """A look into the HIS's books or a message would not bring it to rest, either."""
    memory_app = InMemoryApp()
    returning = begin_return(a_paid(), "refused_by_his", LATER)
    gone = Refund(
        id=f"{returning.id}R01", amount_fen=returning.paid_fen, origin=origin, reason="other",
        state=RefundState.WITHDRAWN, at=LATER, asked_by="staff:1001",
    )  # fmt: skip
    forgotten = replace(
        returning,
        refunds=(gone,),
        audited_lines=len(returning.history),
        effects=tuple(Effect(kind=kind, due_at=LATER) for kind in owed),
    )
    assert forgotten.state is PaymentState.RETURNING
    assert not forgotten.at_rest()
    await memory_app.stores.payments.insert(forgotten)
    found = [str(finding) async for finding in _payments(memory_app)]  # type: ignore[arg-type]
    assert any("owes nothing: it would be forgotten" in sentence for sentence in found)
