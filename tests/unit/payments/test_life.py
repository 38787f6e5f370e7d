"""Whatever happens in whatever order: nothing is forgotten, nothing goes back twice, history only grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.errors import LeaseLost, NotAllowed
from server.effects.model import LOOKS, Effect, EffectKind, take, without
from server.payments.model import Payment, PaymentState, bumped, changed
from server.payments.rules.booking import booked, refused
from server.payments.rules.looking import doubt, effect_failed, look_now
from server.payments.rules.paying import MoneyDiffers, after_look, close_answered, money_arrived, ordered, request_close
from server.payments.rules.returning import refund_answered
from server.payments.rules.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.refunds.rules.requests import his_told, write_off_refused, written_off
from tests.support.builders import LEASE, TOKEN, a_booking, a_payment, a_trade
from tests.support.clock_and_ids import MORNING

TELLING = {EffectKind.MESSAGE, EffectKind.SMS}
DONE = {PaymentState.BOOKED, PaymentState.CLOSED, PaymentState.RETURNED}
MAY_FOLLOW = {
    PaymentState.CREATED: {PaymentState.PENDING, PaymentState.PAID, PaymentState.CLOSED, PaymentState.RETURNING},
    PaymentState.PENDING: {PaymentState.PAID, PaymentState.CLOSED, PaymentState.RETURNING},
    PaymentState.PAID: {PaymentState.BOOKED, PaymentState.RETURNING, PaymentState.RETURNED},
    PaymentState.BOOKED: set(),
    PaymentState.CLOSED: {PaymentState.RETURNING},
    PaymentState.RETURNING: {PaymentState.RETURNED},
    PaymentState.RETURNED: set(),
}


@dataclass(frozen=True)
class Event:
    """One thing that may happen to a payment, with everything it depends on drawn beforehand."""

    name: str
    seconds: int
    trade: TradeState
    amount_fen: int
    transaction: str
    outcome: RefundOutcome
    refund: str
    pick: int
    jitter: float
    lost_lease: bool


EVENTS = st.builds(
    Event,
    name=st.sampled_from(
        [
            "order",
            "close",
            "closed inline",
            "paid",
            "refund told",
            "hurry",
            "take",
            "answer",
            "fail",
            "doubt",
            *["work"] * 6,
        ]
    ),
    seconds=st.sampled_from([0, 1, 30, 61, 600, 900, 7200]),
    trade=st.sampled_from(TradeState),
    amount_fen=st.sampled_from([1000, 1000, 1000, 999]),
    transaction=st.sampled_from(["T1", "T1", "T1", "T2"]),
    outcome=st.sampled_from(RefundOutcome),
    refund=st.sampled_from(["R01", "R01", "R02", "console-1", "console-2"]),
    pick=st.integers(0, 9),
    jitter=st.floats(0, 0.99),
    lost_lease=st.sampled_from([False, False, False, True]),
)


def trade_of(payment: Payment, event: Event) -> Trade:
    return a_trade(payment, event.trade, amount_fen=event.amount_fen, transaction_id=event.transaction)


def refund_of(payment: Payment, event: Event, refund_id: str) -> ChannelRefund:
    known = payment.refund(refund_id)
    return ChannelRefund(
        out_trade_no=payment.id,
        out_refund_no=refund_id,
        outcome=event.outcome,
        amount_fen=known.amount_fen if known is not None else event.amount_fen // 3,
    )


def answered(payment: Payment, effect: Effect, event: Event, now: datetime) -> Payment:
    """What a worker that holds ``effect`` writes after the outside answered."""
    token = "another" if event.lost_lease else effect.lease or ""
    match effect.kind:
        case EffectKind.QUERY | EffectKind.CLOSE:
            return after_look(payment, effect.kind, token, trade_of(payment, event), now, event.jitter)
        case EffectKind.BOOK if event.pick < 5:
            return booked(payment, token, a_booking(), now)
        case EffectKind.BOOK:
            return refused(payment, token, "REFUSED", now)
        case EffectKind.REFUND | EffectKind.QUERY_REFUND:
            answer = refund_of(payment, event, effect.subject)
            return refund_answered(payment, answer, now, event.jitter, (effect.key, token))
        case EffectKind.RELEASE if event.pick < 5:
            return written_off(payment, effect.subject, token, "HISR1", now)
        case EffectKind.RELEASE:
            return write_off_refused(payment, effect.subject, token, "REFUSED", "", now)
        case EffectKind.NOTIFY_HIS:
            return his_told(payment, effect.subject, token, now)
        case _:
            return changed(
                payment, "told", at=now, effects=without(payment.effects, effect.kind, subject=effect.subject)
            )


def moment(payment: Payment, event: Event, now: datetime) -> datetime:
    """When it happens: a worker comes when the effect is due."""
    picked = chosen(payment, event)
    now += timedelta(seconds=event.seconds)
    return max(now, picked.due_at) if picked is not None and event.name == "work" else now


def chosen(payment: Payment, event: Event) -> Effect | None:
    """An effect, rather one that is about money."""
    effects = [effect for effect in payment.effects if effect.kind not in TELLING] or list(payment.effects)
    return effects[event.pick % len(effects)] if effects else None


def worked(payment: Payment, effect: Effect | None, event: Event, now: datetime) -> Payment:
    """A worker's whole turn, as the two writes that it is."""
    if effect is None:
        return payment
    held = bumped(payment, effects=take(payment.effects, effect.key, token=TOKEN, now=now, lease=LEASE))
    check_step(payment, held)
    check_one(held)
    return answered(held, next(e for e in held.effects if e.key == effect.key), event, now)


def apply(payment: Payment, event: Event, now: datetime) -> Payment:
    picked = chosen(payment, event)
    leased = [effect for effect in payment.effects if effect.lease is not None]
    told_id = event.refund if event.refund.startswith("console") else f"{payment.id}{event.refund}"
    steps: dict[str, Callable[[], Payment]] = {
        "order": lambda: ordered(payment, "prepay", now),
        "close": lambda: request_close(payment, "another_attempt", now),
        "closed inline": lambda: close_answered(payment, trade_of(payment, event), now),
        "paid": lambda: money_arrived(
            payment, replace(trade_of(payment, event), state=TradeState.PAID), now, at_the_source=False
        ),
        "refund told": lambda: refund_answered(payment, refund_of(payment, event, told_id), now, event.jitter),
        "hurry": lambda: look_now(payment, now),
        "doubt": lambda: doubt(payment, now),
        "take": lambda: (
            payment
            if picked is None
            else bumped(payment, effects=take(payment.effects, picked.key, token=TOKEN, now=now, lease=LEASE))
        ),
        "answer": lambda: answered(payment, leased[0], event, now) if leased else payment,
        "fail": lambda: (
            effect_failed(payment, leased[0].key, TOKEN, now, event.jitter, "NotSent", unknown=event.lost_lease)
            if leased
            else payment
        ),
        "work": lambda: worked(payment, picked, event, now),
    }
    try:
        return steps[event.name]()
    except (LeaseLost, MoneyDiffers, NotAllowed):
        return payment


def check_one(payment: Payment) -> None:
    owed = {effect.kind for effect in payment.effects} - TELLING - LOOKS
    assert payment.at_rest() == (not owed), f"{payment.state} owes {owed}"
    assert payment.refunding_fen <= payment.paid_fen
    assert payment.refunded_fen <= payment.refunding_fen
    assert len({effect.key for effect in payment.effects}) == len(payment.effects)
    assert len({refund.id for refund in payment.refunds}) == len(payment.refunds)
    assert payment.next_due == min((effect.due_at for effect in payment.effects), default=None)
    if payment.state in {PaymentState.CLOSED, PaymentState.RETURNING, PaymentState.RETURNED}:
        assert payment.claims == ()
    if payment.state in {PaymentState.CREATED, PaymentState.PENDING}:
        assert payment.claims
    if payment.state is PaymentState.RETURNED:
        assert payment.refunded_fen == payment.paid_fen


def check_step(before: Payment, after: Payment) -> None:
    if after is before:
        return
    assert after != before, "a step that changes nothing must return its argument"
    assert after.version > before.version
    assert after.history[: len(before.history)] == before.history
    assert after.state is before.state or after.state in MAY_FOLLOW[before.state]
    assert set(after.claims) <= set(before.claims), "a claim is never set again"
    assert after.paid_fen == before.paid_fen or before.paid_fen == 0, "what was paid stays what it was"
    assert {refund.id for refund in before.refunds} <= {refund.id for refund in after.refunds}
    assert (after.hospital, after.id, after.parts[0].request, after.owner) == (
        before.hospital,
        before.id,
        before.parts[0].request,
        before.owner,
    )


@settings(max_examples=600, deadline=None)
@given(st.booleans(), st.lists(EVENTS, max_size=30))
def test_any_life(free: bool, events: list[Event]) -> None:
    now = MORNING
    payment = a_payment(amount_fen=0) if free else a_payment(amount_fen=1000)
    check_one(payment)
    for event in events:
        now = moment(payment, event, now)
        before, after = payment, apply(payment, event, now)
        assert after == apply(before, event, now), "the same input, the same answer"
        check_step(before, after)
        check_one(after)
        payment = after


@settings(max_examples=300, deadline=None)
@given(
    st.lists(EVENTS, max_size=25),
    EVENTS.filter(lambda event: event.name in {"order", "close", "paid", "hurry", "doubt"}),
)
def test_a_repeat_at_any_point_of_a_life_returns_the_very_same_object(events: list[Event], last: Event) -> None:
    now, payment = MORNING, a_payment(amount_fen=1000)
    for event in [*events, last]:
        now = moment(payment, event, now)
        payment = apply(payment, event, now)
    assert apply(payment, last, now) is payment
