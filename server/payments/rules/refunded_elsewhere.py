"""Transitions of money that went back at the channel under numbers that nobody told us: what is known is stored, a person is alerted, and
refunds of ours for which there is no money left give way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from server.core.actors import channel_actor
from server.effects.model import Effect, EffectKind, find, held, later, with_effect, without
from server.payments.model import Payment, PaymentState, about, bumped, changed, with_part
from server.payments.part import Part
from server.payments.refund_model import NEVER_SENT, RefundOrigin, RefundState
from server.payments.rules.going_back import return_goes_on
from server.payments.rules.order_lines import which_order
from server.payments.rules.outside_refunds import without_unsent
from server.payments.rules.refund_shares import (
    TAKEN,
    all_told_fen,
    at_the_channel,
    is_all_back,
    left_fen,
    open_refund,
    refunds_of,
    surely_taken_fen,
    told_now_fen,
)
from server.payments.rules.telling import PAYMENT_RETURNED, tell
from server.payments.rules.told_sums import REFUND_HEARD, REFUNDED_ELSEWHERE, UNKNOWN
from server.payments.rules.trades import BankArrival, ChannelRefund, RefundOutcome

HEARD_AGAIN = timedelta(seconds=20)
_ENDED = NEVER_SENT | {RefundState.CLOSED, RefundState.SUCCEEDED}
_AT_THE_CHANNEL = TAKEN | {RefundState.CLOSED}


def perhaps_taken(payment: Payment, part: Part) -> tuple[str, ...]:
    """The numbers of our refunds of which the channel may know more than we do: it is asked before it is believed to know others."""
    sent = {effect.subject for effect in payment.effects if effect.kind is EffectKind.REFUND and effect.tries}
    refunds = refunds_of(payment, part)
    return tuple(r.id for r in refunds if r.state not in _ENDED and (r.state in TAKEN or r.id in sent))


def sum_told(payment: Payment, sum_fen: int, now: datetime, order_no: str = "") -> Payment:
    """The channel says that ``sum_fen`` of this order has been refunded in all, and refunds of ours that it may have taken were asked
    for. A sum that the known refunds explain changes nothing.
    """
    part = payment.part_for(order_no)
    if sum_fen <= all_told_fen(payment, part) or not part.paid_fen:
        return payment
    told = replace(part, told_refunded_fen=sum_fen)
    after = sum_recorded(replace(payment, parts=with_part(payment, told)), told, now)
    return _less_returned(after, told, now) if payment.state is PaymentState.RETURNING else after


def sum_recorded(payment: Payment, part: Part, now: datetime) -> Payment:
    """The payment with a line that says how much of ``part`` has gone back in all, by the channel's word."""
    elsewhere = str(told_now_fen(payment, part))
    detail = {"sum_fen": str(part.told_refunded_fen), "amount_fen": elsewhere, **which_order(payment, part)}
    return changed(payment, REFUNDED_ELSEWHERE, at=now, by=channel_actor(part.channel), detail=detail)


def unseen_refund(payment: Payment, absent: Collection[str], now: datetime, order_no: str = "") -> Payment:
    """The channel says that something has been refunded, not how much. Where it may be a refund of ours, that says nothing; those of ours in
    ``absent`` it does not have.
    """
    part = payment.part_for(order_no)
    ours = set(perhaps_taken(payment, part)) - set(absent)
    if part.refunded_unseen or ours or any(r.state in _AT_THE_CHANNEL for r in at_the_channel(payment, part)):
        return payment
    parts = with_part(payment, replace(part, refunded_unseen=True))
    by = channel_actor(part.channel)
    return changed(payment, REFUNDED_ELSEWHERE, at=now, by=by, detail={"sum_fen": UNKNOWN}, parts=parts)


def refund_heard(payment: Payment, answer: ChannelRefund, now: datetime) -> Payment:
    """A verified word of a refund that can't be placed yet, because something else is under way: it is stored at once, counts against what
    is left, and the channel is asked until it can be placed. A repeat changes nothing.
    """
    asking = Effect(kind=EffectKind.QUERY_REFUND, subject=answer.out_refund_no, due_at=now + HEARD_AGAIN)
    if find(payment.effects, asking.key) is not None:
        return payment
    part = payment.part_for(answer.out_trade_no)
    told_fen = part.told_refunded_fen
    if answer.outcome is RefundOutcome.SUCCEEDED:
        told_fen = max(told_fen, surely_taken_fen(payment, part) + answer.amount_fen)
    order = {"order": part.order_no} if about(payment, part) else {}
    return changed(
        payment,
        REFUND_HEARD,
        at=now,
        by=channel_actor(part.channel),
        detail={"refund": answer.out_refund_no, "amount_fen": str(answer.amount_fen), **order},
        effects=(*payment.effects, asking),
        parts=with_part(payment, replace(part, told_refunded_fen=told_fen)),
    )


def heard_of_nothing(payment: Payment, refund_id: str, key: str, token: str, now: datetime) -> Payment:
    """What was heard of came to nothing at the channel, or is kept as unclaimed: it is not asked for any more. ``key`` is the effect under
    whose lease this was found out.
    """
    held(payment.effects, key, token)
    less = replace(payment, effects=without(payment.effects, EffectKind.QUERY_REFUND, subject=refund_id))
    return bumped(given_back(less, key, token, now))


def given_back(payment: Payment, key: str, token: str, now: datetime) -> Payment:
    """The effect that ``token`` holds is due again at once, if it is still there: what it waited for is done."""
    effect = find(payment.effects, key)
    if effect is None or effect.lease != token:
        return payment
    return replace(payment, effects=with_effect(payment.effects, later(effect, now)))


def bank_arrival_told(payment: Payment, told: BankArrival, now: datetime) -> Payment:
    """The payer's bank has taken a refund, or has sent it back (it then goes to the payer's balance). A repeat changes nothing."""
    what = "refund_at_bank" if told.arrived else "refund_refused_by_bank"
    if any(line.what == what and line.detail.get("refund") == told.out_refund_no for line in payment.history):
        return payment
    amount = {"amount_fen": str(told.amount_fen)} if told.amount_fen else {}
    by = channel_actor(payment.part_for(told.out_trade_no).channel)
    return changed(payment, what, at=now, by=by, detail={"refund": told.out_refund_no, **amount})


def _less_returned(payment: Payment, part: Part, now: datetime) -> Payment:
    """What has gone back elsewhere is not returned again; only the rest is."""
    if left_fen(payment, part) >= 0:
        return _ended(payment, now)
    room, gone = without_unsent(payment, part)
    rest_fen = left_fen(room, part)
    if rest_fen > 0:
        room = open_refund(room, part, rest_fen, RefundOrigin.AUTOMATIC, payment.return_reason or "", now)
    if gone:
        room = changed(room, "refund_withdrawn", at=now, detail={"refund": gone})
    return _ended(room, now)


def _ended(payment: Payment, now: datetime) -> Payment:
    if not is_all_back(payment):
        return return_goes_on(payment, now)
    return replace(payment, state=PaymentState.RETURNED, effects=tell(payment, PAYMENT_RETURNED, now))
