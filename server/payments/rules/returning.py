"""Transitions of money that goes back: the automatic return, and what the channel says of any refund (DESIGN section 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.actors import channel_actor
from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind, at_last_resort, find, held, later, next_try, with_effect, without
from server.payments.model import Payment, PaymentState, bumped, changed, with_refund
from server.payments.part import Part
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.going_back import return_goes_on
from server.payments.rules.outside_refunds import (
    after_console_money,
    go_on_after_all,
    must_not_wait_for_ours,
    staff_refunds_give_way,
    without_unsent,
)
from server.payments.rules.refund_numbers import next_refund_id, pause_before_next
from server.payments.rules.refund_shares import (
    elsewhere_fen,
    is_all_back,
    left_fen,
    open_refund,
    refunding_fen,
    rest_asked,
)
from server.payments.rules.telling import PAYMENT_RETURNED, REFUND_ARRIVED, REFUND_RESULT, tell, tell_staff
from server.payments.rules.topics import Topic
from server.payments.rules.trades import ChannelRefund, RefundOutcome

FINAL = frozenset({RefundState.SUCCEEDED, RefundState.CLOSED})
ASKED_FOR = frozenset({RefundOrigin.STAFF, RefundOrigin.HIS})


def refund_answered(
    payment: Payment, answer: ChannelRefund, now: datetime, jitter: float, asked_by: tuple[str, str] | None = None
) -> Payment:
    """Apply the channel's word on one refund, from an answer (``asked_by`` = effect key, lease token) or a notification.

    A refund that we never asked for was made in the merchant console: it is recorded, counts and is followed, never sent.
    Raises NotAllowed for a word that can't be right (the caller keeps it as unclaimed).
    """
    asked = held(payment.effects, *asked_by) if asked_by is not None else None
    part = _concerned(payment, answer)
    refund = payment.refund(answer.out_refund_no)
    if refund is None:
        if answer.outcome in {RefundOutcome.ABSENT, RefundOutcome.CLOSED}:
            return payment
        payment, refund = _found_in_console(payment, part, answer, now)
    if refund.part != part.kind:
        raise NotAllowed("refund of another part")
    if answer.outcome is not RefundOutcome.ABSENT and answer.amount_fen != refund.amount_fen:
        raise NotAllowed("refund of another amount")
    if refund.state in FINAL:
        return _after_the_end(payment, refund, answer, asked)
    if refund.state is RefundState.WITHDRAWN:
        if answer.outcome in {RefundOutcome.ABSENT, RefundOutcome.CLOSED}:
            return _nothing_new(payment, refund, asked)
        if refunding_fen(payment, part) + refund.amount_fen > part.paid_fen:
            raise NotAllowed("withdrawn, and yet the channel has it")
    match answer.outcome:
        case RefundOutcome.SUCCEEDED:
            return _succeeded(payment, refund, answer, now)
        case RefundOutcome.CLOSED:
            return _closed(payment, refund, now)
        case RefundOutcome.UNCONFIRMED if _asked_long_enough(refund, asked):
            return _resubmit(payment, refund, now, jitter, asked, "refund_unconfirmed")
        case RefundOutcome.ABNORMAL | RefundOutcome.PROCESSING | RefundOutcome.UNCONFIRMED:
            return _running(payment, refund, answer, now, jitter, asked)
        case RefundOutcome.ABSENT:
            return _resubmit(payment, refund, now, jitter, asked, "refund_absent")


def _concerned(payment: Payment, answer: ChannelRefund) -> Part:
    """The part that ``answer`` is about. Raises NotAllowed for an order or a merchant that is not the payment's."""
    part = payment.part_for(answer.out_trade_no)
    if answer.out_trade_no != part.order_no:
        raise NotAllowed("refund of another payment")
    if answer.outcome is not RefundOutcome.ABSENT and answer.merchant_id != part.request.merchant_id:
        raise NotAllowed("refund of another merchant")
    return part


def _after_the_end(payment: Payment, refund: Refund, answer: ChannelRefund, asked: Effect | None) -> Payment:
    """Stale news changes nothing; a final word against an earlier final word is money that somebody must look for."""
    gone, said = refund.state is RefundState.SUCCEEDED, answer.outcome
    unsaid = {RefundOutcome.CLOSED, RefundOutcome.ABNORMAL} if gone else {RefundOutcome.SUCCEEDED}
    if said in unsaid:
        raise NotAllowed(f"refund {said} after {refund.state}")
    return _nothing_new(payment, refund, asked)


def _nothing_new(payment: Payment, refund: Refund, asked: Effect | None) -> Payment:
    """What the channel says is known. Whoever has asked for it has the answer, so nothing is owed any more."""
    return payment if asked is None else bumped(payment, effects=_owed_less(payment, refund))


def _owed_less(payment: Payment, refund: Refund) -> tuple[Effect, ...]:
    return without(payment.effects, EffectKind.REFUND, EffectKind.QUERY_REFUND, subject=refund.id)


def _succeeded(payment: Payment, refund: Refund, answer: ChannelRefund, now: datetime) -> Payment:
    done = replace(
        refund,
        state=RefundState.SUCCEEDED,
        channel_refund_id=answer.channel_refund_id or refund.channel_refund_id,
        finished_at=answer.finished_at or now,
    )
    if done.covered_fen >= done.amount_fen:  # all of it was written off already, under the numbers that gave way
        done = replace(done, his_settled_at=now)
    after = replace(payment, refunds=with_refund(payment, done), effects=_owed_less(payment, refund))
    after = replace(after, effects=_after_the_money(after, done, now))
    if done.rest_fen:
        after = _with_rest(after, done, now)
    fields: dict[str, object] = {"claims": ()} if after.refunded_fen >= after.paid_fen else {}
    if is_all_back(after) and (after.state is PaymentState.RETURNING or _never_offered(after)):
        after = replace(after, effects=without(after.effects, EffectKind.BOOK))
        fields = {"claims": (), "state": PaymentState.RETURNED, "effects": tell(after, PAYMENT_RETURNED, now)}
    elif after.state is PaymentState.RETURNING:
        after = return_goes_on(after, now)
    detail = {"refund": refund.id, "amount_fen": str(refund.amount_fen)}
    by = channel_actor(payment.part_of(refund).channel)
    return changed(after, "refund_succeeded", at=now, by=by, detail=detail, **fields)


def _with_rest(payment: Payment, done: Refund, now: datetime) -> Payment:
    """The same request goes on with the next part: written off first, unless the HIS has written off all of it at its window."""
    asked, follower = rest_asked(payment, done, now)
    if follower is None:
        return asked
    kind = EffectKind.REFUND if follower.state is RefundState.RELEASED else EffectKind.RELEASE
    return replace(asked, effects=with_effect(asked.effects, Effect(kind=kind, subject=follower.id, due_at=now)))


def _after_the_money(payment: Payment, refund: Refund, now: datetime) -> tuple[Effect, ...]:
    """The HIS hears that the money has gone, or has it written off where somebody refunded in the merchant console what it had booked;
    who asked and whose money it is are told.
    """
    effects = payment.effects
    if refund.origin in ASKED_FOR:
        effects = tell(payment, str(Topic.of_refund(REFUND_ARRIVED, refund.id)), now)
        effects = with_effect(effects, Effect(kind=EffectKind.NOTIFY_HIS, subject=refund.id, due_at=now))
    if refund.origin is RefundOrigin.STAFF:
        effects = tell_staff(effects, REFUND_RESULT, refund.id, now)
    if refund.origin is RefundOrigin.MERCHANT_CONSOLE and payment.state is PaymentState.BOOKED:
        effects = after_console_money(payment, refund, now)
    return effects


def _never_offered(payment: Payment) -> bool:
    """Paid, and the HIS has surely not heard of it: money that went back in the console is then not offered any more."""
    book = find(payment.effects, str(EffectKind.BOOK))
    return payment.state is PaymentState.PAID and book is not None and book.tries == 0


def _closed(payment: Payment, refund: Refund, now: datetime) -> Payment:
    """The channel's final no. Its share is free; money that must go back is sent again under a new number, and so is what the HIS
    has written off: that is not undone by itself.
    """
    after = replace(
        payment,
        refunds=with_refund(payment, replace(refund, state=RefundState.CLOSED, finished_at=now)),
        effects=_owed_less(payment, refund),
    )
    again_at, part = now + pause_before_next(after), payment.part_of(refund)
    if payment.state is PaymentState.RETURNING and left_fen(after, part) > 0:
        after = open_refund(after, part, left_fen(after, part), RefundOrigin.AUTOMATIC, refund.reason, again_at)
    elif refund.covered_fen:
        after = go_on_after_all(after, refund, again_at)
    elif refund.origin in ASKED_FOR and part.paid_fen - refunding_fen(after, part) >= refund.amount_fen:
        again = replace(refund, id=next_refund_id(after), state=RefundState.RELEASED, channel_refund_id=None)
        owed = Effect(kind=EffectKind.REFUND, subject=again.id, due_at=again_at)
        after = replace(after, refunds=with_refund(after, again), effects=with_effect(after.effects, owed))
    return changed(after, "refund_closed", at=now, by=channel_actor(part.channel), detail={"refund": refund.id})


def _running(
    payment: Payment, refund: Refund, answer: ChannelRefund, now: datetime, jitter: float, asked: Effect | None
) -> Payment:
    """The refund is under way, or stuck until a person acts: either way we keep asking."""
    state = RefundState.ABNORMAL if answer.outcome is RefundOutcome.ABNORMAL else RefundState.SUBMITTED
    owed = find(payment.effects, f"{EffectKind.QUERY_REFUND}:{refund.id}")
    if asked is None and owed is not None and state is refund.state:
        return payment
    asking = owed or Effect(kind=EffectKind.QUERY_REFUND, subject=refund.id, due_at=now)
    asking = later(asking, next_try(asking, now, jitter))
    effects = with_effect(without(payment.effects, EffectKind.REFUND, subject=refund.id), asking)
    moved = replace(refund, state=state, channel_refund_id=answer.channel_refund_id or refund.channel_refund_id)
    refunds = with_refund(payment, moved)
    if state is refund.state:
        return bumped(payment, refunds=refunds, effects=effects)
    return changed(payment, f"refund_{state}", at=now, detail={"refund": refund.id}, refunds=refunds, effects=effects)


def _asked_long_enough(refund: Refund, asked: Effect | None) -> bool:
    """True when a refund of ours is sent again under its own number, because the channel has left its arrival open for so long."""
    if asked is None or asked.kind is not EffectKind.QUERY_REFUND:
        return False
    return refund.origin is not RefundOrigin.MERCHANT_CONSOLE and at_last_resort(asked)


def _resubmit(
    payment: Payment, refund: Refund, now: datetime, jitter: float, asked: Effect | None, why: str
) -> Payment:
    """The channel knows no such refund: send it (again) under the same number. Somebody else's is only asked for again."""
    if asked is not None and (asked.kind is EffectKind.REFUND or refund.origin is RefundOrigin.MERCHANT_CONSOLE):
        again = later(asked, next_try(asked, now, jitter), error="ABSENT")
        return bumped(payment, effects=with_effect(payment.effects, again))
    effects = with_effect(_owed_less(payment, refund), Effect(kind=EffectKind.REFUND, subject=refund.id, due_at=now))
    ready = RefundState.RELEASED if refund.origin in ASKED_FOR else RefundState.APPROVED
    refunds = with_refund(payment, replace(refund, state=ready))
    return changed(payment, why, at=now, detail={"refund": refund.id}, refunds=refunds, effects=effects)


def _found_in_console(payment: Payment, part: Part, answer: ChannelRefund, now: datetime) -> tuple[Payment, Refund]:
    """The refund, and the payment with room for it: the channel would not have taken both, so refunds of ours that it never
    acknowledged give way, and only the rest is returned.
    """
    refund = Refund(
        id=answer.out_refund_no,
        amount_fen=answer.amount_fen,
        origin=RefundOrigin.MERCHANT_CONSOLE,
        reason="merchant_console",
        state=RefundState.APPROVED,
        at=now,
        part=part.kind,
    )
    beyond_fen = refunding_fen(payment, part) + answer.amount_fen - part.paid_fen
    room, gone = payment, ""
    if beyond_fen > 0 and payment.state is PaymentState.RETURNING:
        room, gone = without_unsent(payment, part)
    if beyond_fen > 0 and payment.state is PaymentState.BOOKED:
        room, refund, gone = staff_refunds_give_way(payment, refund, beyond_fen, now)
    if answer.amount_fen <= 0 or refunding_fen(room, part) + answer.amount_fen > part.paid_fen:
        must_not_wait_for_ours(payment, part, answer.amount_fen)
        raise NotAllowed("refunded beyond what was paid")
    if not gone:
        return payment, refund
    heard = answer.amount_fen <= elsewhere_fen(room, part)  # what was told before counts it already
    placed = replace(refund, state=RefundState.SUBMITTED) if heard else refund
    after = replace(room, refunds=with_refund(room, placed))
    rest_fen = left_fen(after, part)
    if rest_fen > 0 and payment.state is PaymentState.RETURNING:
        after = open_refund(after, part, rest_fen, RefundOrigin.AUTOMATIC, payment.return_reason or "", now)
    return changed(after, "refund_withdrawn", at=now, detail={"refund": gone}), refund
