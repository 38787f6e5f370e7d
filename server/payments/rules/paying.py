"""Transitions from an attempt to its money: start, order, close, and money that arrives whenever it likes (DESIGN section 3).

Every function is document → document. One that finds its change already made returns the very same object: nothing to write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.core.actors import PAYER, SYSTEM, channel_actor
from server.core.errors import ZhenfuError
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, failed, held, later, next_try, with_effect, without
from server.patients.model import Origin
from server.payments.model import (
    UNPAID,
    ChannelRequest,
    Part,
    PartState,
    Payment,
    PaymentState,
    Personal,
    bumped,
    changed,
    with_part,
)
from server.payments.rules.returning import begin_return
from server.payments.rules.trades import Trade, TradeState, differences

FIRST_LOOK = timedelta(seconds=5)
ABSENT_MARGIN = timedelta(minutes=2)
"""How long after its expiry an order that the channel does not know counts as never placed."""
CONTINUE_MIN = timedelta(seconds=60)
"""An attempt with less life than this is not offered again: the cashier would close under the patient's finger."""
NO_CHANNEL = "none"
ORDERING_AGAIN = "ordering_again"
MAY_STILL_BE_PAID = UNPAID | {PaymentState.CLOSED}


class MoneyDiffers(ZhenfuError):
    """Verified money that does not fit the payment it names. It is kept as unclaimed and never books."""

    code = "money_differs"


def start(
    *,
    hospital: str,
    payment_id: str,
    owner: str,
    origin: Origin,
    purpose: str,
    request: ChannelRequest,
    personal: Personal,
    claims: tuple[str, ...],
    now: datetime,
) -> Payment:
    """A new attempt to pay for the subject in ``personal``. 0 fen needs no channel: it is paid at once and goes to the HIS."""
    free = request.amount_fen == 0
    channel = NO_CHANNEL if free else request.channel
    state, part_state = (PaymentState.PAID, PartState.PAID) if free else (PaymentState.CREATED, PartState.UNPAID)
    owed = Effect(kind=EffectKind.BOOK, due_at=now) if free else Effect(kind=EffectKind.QUERY, due_at=now + FIRST_LOOK)
    return Payment(
        hospital=hospital,
        id=payment_id,
        version=1,
        state=state,
        purpose=purpose,
        owner=owner,
        origin=origin,
        request=replace(request, channel=channel),
        personal=personal,
        parts=(Part(kind="cash", channel=channel, amount_fen=request.amount_fen, state=part_state),),
        claims=claims,
        created_at=now,
        paid_at=now if free else None,
        effects=(owed,),
        history=(HistoryEvent(at=now, what="created", by=PAYER),),
    )


def can_continue(live: Payment, wanted: Payment, now: datetime) -> bool:
    """May ``wanted`` go on with ``live``? Only if everything the channel was told is equal, the SMS would go to the same number
    (or to none), and nobody is closing it, or has changed what is stored of it.

    ``expires_at`` is of the first request; description follows from the rest.
    """
    asked, wants = live.request, wanted.request
    same = all(
        getattr(asked, name) == getattr(wants, name)
        for name in ("channel", "method", "app_id", "merchant_id", "payer", "amount_fen", "currency", "description")
    )
    closing = any(effect.kind is EffectKind.CLOSE for effect in live.effects)
    fresh = asked.expires_at - now >= CONTINUE_MIN
    same = same and set(live.claims) == set(wanted.claims) and live.personal.phone == wanted.personal.phone
    return live.state in UNPAID and same and fresh and not closing and not live.tampered


def ordered(payment: Payment, order_ref: str, now: datetime) -> Payment:
    """The channel has taken the order. A notification may have been faster: then there is nothing left to do."""
    if payment.state not in UNPAID or (payment.state is PaymentState.PENDING and payment.cash.order_ref == order_ref):
        return payment
    part = replace(payment.cash, order_ref=order_ref)
    return changed(payment, "ordered", at=now, state=PaymentState.PENDING, parts=with_part(payment, part))


def ordering_again(payment: Payment, now: datetime) -> Payment:
    """The order is about to be sent once more, perhaps beside a first call that is still running."""
    if payment.state not in UNPAID or _ordered_again(payment):
        return payment
    return changed(payment, ORDERING_AGAIN, at=now)


def _ordered_again(payment: Payment) -> bool:
    return any(line.what == ORDERING_AGAIN for line in payment.history)


def first_order_failed(payment: Payment, why: str, now: datetime) -> Payment:
    """The first order was refused or not sent. Unless another call has placed it meanwhile, the channel never had it."""
    if payment.state is PaymentState.CREATED and not _ordered_again(payment):
        return closed(payment, why, now)
    return look_now(payment, now)


def repeated_order_failed(payment: Payment, why: str, now: datetime) -> Payment:
    """A repeat was refused or not sent, which says nothing of the calls before it: the channel is asked."""
    return look_now(payment, now)


def closed(payment: Payment, why: str, now: datetime) -> Payment:
    """The channel has confirmed that this attempt can no longer be paid (or it was surely never sent)."""
    if payment.state not in UNPAID:
        return payment
    effects = without(payment.effects, EffectKind.QUERY, EffectKind.CLOSE)
    return changed(
        payment, "closed", at=now, detail={"why": why}, state=PaymentState.CLOSED, claims=(), effects=effects
    )


def request_close(
    payment: Payment, why: str, now: datetime, *, by: str = SYSTEM, due_at: datetime | None = None
) -> Payment:
    """Owe the channel a close, at ``due_at`` or now. From here on nobody can continue this attempt."""
    if payment.state not in UNPAID or any(effect.kind is EffectKind.CLOSE for effect in payment.effects):
        return payment
    effects = (*without(payment.effects, EffectKind.QUERY), Effect(kind=EffectKind.CLOSE, due_at=due_at or now))
    return changed(payment, "closing", at=now, by=by, detail={"why": why}, effects=effects)


def close_answered(payment: Payment, trade: Trade, now: datetime) -> Payment:
    """The channel's answer to a close that was asked without a lease, while somebody waits; anything unclear is left to the effect."""
    if trade.has_money:
        return money_arrived(payment, trade, now, at_the_source=True)
    return closed(payment, "closed_at_channel", now) if trade.state is TradeState.CLOSED else payment


def look_now(payment: Payment, now: datetime) -> Payment:
    """Bring the next look at the channel forward: somebody has told us something worth checking."""
    query = next((effect for effect in payment.effects if effect.kind is EffectKind.QUERY), None)
    if query is None or query.lease is not None or query.due_at <= now:
        return payment
    return bumped(payment, effects=with_effect(payment.effects, replace(query, due_at=now)))


def doubt(payment: Payment, now: datetime) -> Payment:
    """A notification told of money that does not fit: ask the channel what it really holds, even for an attempt that is closed."""
    if payment.state is not PaymentState.CLOSED:
        return look_now(payment, now)
    if any(effect.kind is EffectKind.QUERY for effect in payment.effects):
        return payment
    query = Effect(kind=EffectKind.QUERY, due_at=now)
    return changed(payment, "doubted", at=now, effects=with_effect(payment.effects, query))


def money_arrived(payment: Payment, trade: Trade, now: datetime, *, at_the_source: bool) -> Payment:
    """The channel holds money for this payment. Money overtakes: it may come before the order's answer or after the close.

    ``at_the_source``: True when the channel was asked (its answer is what it holds), False for a notification.
    Raises MoneyDiffers for money that is not what was asked; confirmed at the source, a wrong amount goes back by itself, and so
    does what is left of money that somebody has begun to refund there.
    """
    if payment.state not in UNPAID and payment.cash.transaction_id is not None:
        if payment.cash.transaction_id == trade.transaction_id:
            return payment
        raise MoneyDiffers("second transaction for a paid payment")
    if payment.state not in MAY_STILL_BE_PAID:
        raise MoneyDiffers("money for a payment that asked for none")
    different = differences(payment, trade)
    if trade.state is TradeState.REFUNDED and not at_the_source:
        raise MoneyDiffers("refunded at the channel before it was booked")
    if different and not (at_the_source and different == ("amount_fen",)):
        raise MoneyDiffers("differs in " + ", ".join(different))
    part = replace(payment.cash, state=PartState.PAID, transaction_id=trade.transaction_id, paid_fen=trade.amount_fen)
    arrived = replace(
        payment,
        parts=with_part(payment, part),
        paid_at=trade.paid_at or now,
        told_refunded_fen=max(payment.told_refunded_fen, trade.refunded_fen or 0),
        effects=without(payment.effects, EffectKind.QUERY, EffectKind.CLOSE),
    )
    if payment.state is PaymentState.CLOSED:
        return begin_return(arrived, "paid_after_close", now)
    if different:
        return begin_return(arrived, "amount_differs", now)
    if trade.state is TradeState.REFUNDED:
        return begin_return(arrived, "refunded_at_channel", now)
    effects = with_effect(arrived.effects, Effect(kind=EffectKind.BOOK, due_at=now))
    detail = {"transaction_id": trade.transaction_id}
    return changed(
        arrived, "paid", at=now, by=channel_actor(part.channel), detail=detail, state=PaymentState.PAID, effects=effects
    )


def after_look(payment: Payment, kind: EffectKind, token: str, trade: Trade, now: datetime, jitter: float) -> Payment:
    """Apply what the channel answered to our QUERY or CLOSE, under the worker's lease ``token``."""
    effect = held(payment.effects, str(kind), token)
    if trade.has_money:
        return money_arrived(payment, trade, now, at_the_source=True)
    if payment.state is PaymentState.CLOSED:
        return bumped(payment, effects=without(payment.effects, EffectKind.QUERY))
    if trade.state is TradeState.CLOSED:
        return closed(payment, "closed_at_channel", now)
    given_up = payment.request.expires_at + ABSENT_MARGIN
    if trade.state is TradeState.ABSENT and now >= given_up:
        return closed(payment, "never_placed", now)
    if kind is EffectKind.QUERY and trade.state is TradeState.UNPAID and now >= payment.request.expires_at:
        return request_close(payment, "expired", now)
    milestone = given_up if now >= payment.request.expires_at else payment.request.expires_at
    due_at = next_try(effect, now, jitter)
    if now < milestone:
        due_at = min(due_at, milestone)
    refuses_to_close = kind is EffectKind.CLOSE and trade.state is TradeState.UNPAID
    again = later(effect, due_at, error="UNPAID" if refuses_to_close else None)
    return bumped(payment, effects=with_effect(payment.effects, again))


def effect_failed(
    payment: Payment, key: str, token: str, now: datetime, jitter: float, error: str, *, unknown: bool
) -> Payment:
    """The call did not succeed: try again later. ``unknown`` marks that it may nevertheless have been done."""
    effects = failed(payment.effects, key, token, now, jitter, error, unknown=unknown)
    return payment if effects is payment.effects else bumped(payment, effects=effects)
