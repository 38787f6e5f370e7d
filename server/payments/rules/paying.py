"""Transitions from an attempt to its money: order, close, and money that arrives whenever it likes (DESIGN section 3).

Every function is document → document. One that finds its change already made returns the very same object: nothing to write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.core.actors import SYSTEM, channel_actor
from server.core.errors import ZhenfuError
from server.effects.model import Effect, EffectKind, find, held, later, next_try, with_effect, without
from server.payments.model import UNPAID, Payment, PaymentState, about, bumped, changed, with_part
from server.payments.part import Part, PartState
from server.payments.rules.going_back import begin_return, closing_open, freeing, return_goes_on
from server.payments.rules.looking import look_now, source_asked
from server.payments.rules.order_lines import (
    ORDERING_AGAIN,
    is_doubted,
    last_order_call_at,
    ordered_again,
    which_order,
)
from server.payments.rules.refunded_elsewhere import sum_recorded
from server.payments.rules.starting import FIRST_LOOK
from server.payments.rules.trades import Trade, TradeState, differences

PART_PAID, PART_CLOSED = "part_paid", "part_closed"
PART_NOT_PAID = "part_not_paid"
"""Why money goes back of a payment of which another part was not paid."""
ABSENT_MARGIN = timedelta(minutes=2)
"""How long after its expiry an order that the channel does not know counts as never placed."""
ORDER_LANDS_WITHIN = timedelta(seconds=60)
"""How long an order call of unknown outcome may still be on its way to the channel."""


class MoneyDiffers(ZhenfuError):
    """Verified money that does not fit the payment it names. It is kept as unclaimed and never books."""

    code = "money_differs"


def ordered(payment: Payment, order_ref: str, now: datetime, order_no: str = "") -> Payment:
    """The channel has taken the order of a part (the first, unless ``order_no`` names another). A notification may have been faster: then
    there is nothing left to do.
    """
    part = payment.part_for(order_no)
    known = payment.state is PaymentState.PENDING and part.order_ref == order_ref
    if payment.state not in UNPAID or part.state is not PartState.UNPAID or known:
        return payment
    parts, effects = with_part(payment, replace(part, order_ref=order_ref)), payment.effects
    look = find(effects, f"{EffectKind.QUERY}:{about(payment, part)}")  # of a later part
    if look is not None and look.lease is None:
        effects = with_effect(effects, replace(look, due_at=min(look.due_at, now + FIRST_LOOK)))
    detail = which_order(payment, part)
    return changed(payment, "ordered", at=now, detail=detail, state=PaymentState.PENDING, parts=parts, effects=effects)


def ordering_again(payment: Payment, now: datetime, order_no: str = "") -> Payment:
    """The order is about to be sent once more, perhaps beside a first call that is still running."""
    part = payment.part_for(order_no)
    if payment.state not in UNPAID or part.state is not PartState.UNPAID or ordered_again(payment, part):
        return payment
    return changed(payment, ORDERING_AGAIN, at=now, detail=which_order(payment, part))


def first_order_failed(payment: Payment, why: str, now: datetime) -> Payment:
    """The first order was refused or not sent. Unless another call has placed it meanwhile, the channel never had it."""
    if payment.state is PaymentState.CREATED and not ordered_again(payment, payment.parts[0]):
        return closed(payment, why, now)
    return look_now(payment, now)


def repeated_order_failed(payment: Payment, why: str, now: datetime) -> Payment:
    """A repeat was refused or not sent, which says nothing of the calls before it: the channel is asked."""
    return look_now(payment, now)


def closed(payment: Payment, why: str, now: datetime, order_no: str = "") -> Payment:
    """The channel has confirmed that this order can no longer be paid (or it was surely never sent).

    With the last order the attempt is closed. While others are open they are closed as well; money of a part that is paid goes back.
    Where a notification told of money for this order that did not fit, the channel may have answered before it came: it is asked once more.
    """
    part = payment.part_for(order_no)
    if part.state is not PartState.UNPAID:
        return payment
    shut = replace(
        payment,
        parts=with_part(payment, replace(part, state=PartState.CLOSED)),
        effects=without(payment.effects, EffectKind.QUERY, EffectKind.CLOSE, subject=about(payment, part)),
    )
    if is_doubted(payment, part):
        shut = replace(shut, effects=source_asked(shut.effects, about(payment, part), now))
    detail = {"why": why, **which_order(payment, part)}
    if payment.state is PaymentState.RETURNING:
        return changed(return_goes_on(shut, now), PART_CLOSED, at=now, detail=detail)
    if shut.paid_fen:
        return begin_return(changed(shut, PART_CLOSED, at=now, detail=detail), PART_NOT_PAID, now)
    if shut.open_parts:
        return request_close(changed(shut, PART_CLOSED, at=now, detail=detail), PART_NOT_PAID, now)
    return _all_shut(shut, detail, now)


def request_close(
    payment: Payment, why: str, now: datetime, *, by: str = SYSTEM, due_at: datetime | None = None
) -> Payment:
    """Owe the channels a close of every open order, at ``due_at`` or now. From here on nobody can continue this attempt."""
    asked = closing_open(payment, due_at or now)
    if payment.state not in UNPAID or asked is payment:
        return payment
    asked = changed(asked, "closing", at=now, by=by, detail={"why": why})
    return asked if asked.open_parts else _all_shut(asked, {"why": why}, now)


def _all_shut(payment: Payment, detail: dict[str, str], now: datetime) -> Payment:
    """No order can be paid any more: the attempt is closed, unless a part of it was paid before."""
    if payment.paid_fen:
        return begin_return(payment, PART_NOT_PAID, now)
    shut = freeing(payment, now)
    return changed(shut, "closed", at=now, detail=detail, state=PaymentState.CLOSED, claims=())


def close_answered(payment: Payment, trade: Trade, now: datetime) -> Payment:
    """The channel's answer to a close that was asked without a lease, while somebody waits; anything unclear is left to the effect."""
    if trade.has_money:
        return money_arrived(payment, trade, now, at_the_source=True)
    shut = trade.state is TradeState.CLOSED
    return closed(payment, "closed_at_channel", now, trade.out_trade_no) if shut else payment


def money_arrived(payment: Payment, trade: Trade, now: datetime, *, at_the_source: bool) -> Payment:
    """The channel holds money for one of the payment's orders. Money overtakes: it may come before the order's answer or after the close.

    ``at_the_source``: True when the channel was asked (its answer is what it holds), False for a notification.
    Raises MoneyDiffers for money that is not what was asked; confirmed at the source, a wrong amount goes back by itself, and so
    does what is left of money that somebody has begun to refund there.
    """
    part = payment.part_for(trade.out_trade_no)
    if part.transaction_id is not None:
        if part.transaction_id == trade.transaction_id:
            return payment
        raise MoneyDiffers("second transaction for a paid payment")
    if part.state is PartState.PAID:
        raise MoneyDiffers("money for a payment that asked for none")
    different = differences(payment, trade)
    if trade.state is TradeState.REFUNDED and not at_the_source:
        raise MoneyDiffers("refunded at the channel before it was booked")
    if different and not (at_the_source and different == ("amount_fen",)):
        raise MoneyDiffers("differs in " + ", ".join(different))
    paid = replace(
        part,
        state=PartState.PAID,
        transaction_id=trade.transaction_id,
        paid_fen=trade.amount_fen,
        told_refunded_fen=max(part.told_refunded_fen, trade.refunded_fen or 0),
    )
    arrived = replace(
        payment,
        parts=with_part(payment, paid),
        paid_at=trade.paid_at or now,
        effects=without(payment.effects, EffectKind.QUERY, EffectKind.CLOSE, subject=about(payment, part)),
    )
    if paid.told_refunded_fen > part.told_refunded_fen:
        arrived = sum_recorded(arrived, paid, now)
    return _with_money(arrived, paid, trade, bool(different), now)


def _with_money(payment: Payment, part: Part, trade: Trade, differs: bool, now: datetime) -> Payment:
    """What becomes of a payment in which ``part`` has just been paid."""
    by, detail = channel_actor(part.channel), {"transaction_id": trade.transaction_id, **which_order(payment, part)}
    if payment.state in {PaymentState.RETURNING, PaymentState.RETURNED}:
        late = replace(payment, state=PaymentState.RETURNING)
        return changed(return_goes_on(late, now), PART_PAID, at=now, by=by, detail=detail)
    if payment.state is PaymentState.CLOSED:
        return begin_return(payment, "paid_after_close", now)
    if differs:
        return begin_return(payment, "amount_differs", now)
    if trade.state is TradeState.REFUNDED:
        return begin_return(payment, "refunded_at_channel", now)
    if any(one.state is PartState.CLOSED for one in payment.parts):
        return begin_return(changed(payment, PART_PAID, at=now, by=by, detail=detail), PART_NOT_PAID, now)
    if payment.open_parts:
        return changed(payment, PART_PAID, at=now, by=by, detail=detail, state=PaymentState.PENDING)
    effects = with_effect(payment.effects, Effect(kind=EffectKind.BOOK, due_at=now))
    return changed(payment, "paid", at=now, by=by, detail=detail, state=PaymentState.PAID, effects=effects)


def after_look(payment: Payment, kind: EffectKind, token: str, trade: Trade, now: datetime, jitter: float) -> Payment:
    """Apply what the channel answered to our QUERY or CLOSE, under the worker's lease ``token``."""
    part = payment.part_for(trade.out_trade_no)
    subject = about(payment, part)
    effect = held(payment.effects, f"{kind}:{subject}" if subject else str(kind), token)
    known = part.state is PartState.PAID and part.transaction_id == trade.transaction_id
    if trade.has_money and not known:
        return money_arrived(payment, trade, now, at_the_source=True)
    if part.state is not PartState.UNPAID:
        return bumped(payment, effects=without(payment.effects, kind, subject=subject))
    if trade.state is TradeState.CLOSED:
        return closed(payment, "closed_at_channel", now, part.order_no)
    given_up = _given_up_at(payment, part, kind)
    if trade.state is TradeState.ABSENT and now >= given_up:
        return closed(payment, "never_placed", now, part.order_no)
    if kind is EffectKind.QUERY and trade.state is TradeState.UNPAID and now >= part.request.expires_at:
        return request_close(payment, "expired", now)
    milestones = [moment for moment in (part.request.expires_at, given_up) if now < moment]
    due_at = min([next_try(effect, now, jitter), *milestones])
    refuses_to_close = kind is EffectKind.CLOSE and trade.state is TradeState.UNPAID
    again = later(effect, due_at, error="UNPAID" if refuses_to_close else None)
    return bumped(payment, effects=with_effect(payment.effects, again))


def _given_up_at(payment: Payment, part: Part, kind: EffectKind) -> datetime:
    """From when on an order that the channel does not know counts as never placed. An attempt that is being closed, and whose order was
    never answered, need not wait for its expiry: no phone has what opens the cashier, and a call can't be on its way for longer.
    """
    expired = part.request.expires_at + ABSENT_MARGIN
    if kind is not EffectKind.CLOSE or part.order_ref is not None:
        return expired
    return min(expired, last_order_call_at(payment, part) + ORDER_LANDS_WITHIN)
