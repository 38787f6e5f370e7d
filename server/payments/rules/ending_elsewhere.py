"""The act by which two people say, with proof, that money which does not go has reached the payer another way. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind, find, with_effect, without
from server.payments.ending_model import Ending
from server.payments.model import Payment, PaymentState, changed, with_refund
from server.payments.part import Part
from server.payments.refund_model import RUNNING, Refund, RefundOrigin, RefundState
from server.payments.rules.ending_sides import Sides, stuck_refunds
from server.payments.rules.going_back import return_goes_on
from server.payments.rules.refund_shares import (
    back_fen,
    is_all_back,
    left_fen,
    next_to_undo,
    open_refund,
    refunds_of,
)
from server.payments.rules.stuck_sending import must_not_go

SETTLED_ELSEWHERE = "settled_elsewhere"


def settled_elsewhere(payment: Payment, ending: Ending, sides: Sides, now: datetime) -> Payment:
    """Money that has reached the payer another way, with proof: refunds of ours that do not go give way to it, and what is left goes on."""
    part, stuck = _stuck_part(payment)
    for refund in stuck:
        sending = find(payment.effects, f"{EffectKind.REFUND}:{refund.id}")
        must_not_go(sides.refunds.get(refund.id), sending, "退费", now)
    returning = payment.state is PaymentState.RETURNING
    due_fen = part.paid_fen - back_fen(payment, part) - _going_fen(payment, part, stuck)
    due_fen = due_fen if returning else sum(refund.amount_fen for refund in stuck)
    if payment.state not in {PaymentState.RETURNING, PaymentState.BOOKED} or due_fen <= 0:
        raise NotAllowed("nothing is stuck", user_message="这笔支付没有卡住的退费，不能这样了结。")
    if not 0 < ending.amount_fen <= due_fen or (not returning and ending.amount_fen != due_fen):
        raise NotAllowed("another amount", user_message="金额与卡住的退费不符。")
    settled = Refund(
        id=_settled_id(payment), amount_fen=ending.amount_fen, origin=RefundOrigin.ELSEWHERE, reason=SETTLED_ELSEWHERE,
        state=RefundState.SUCCEEDED, at=ending.at, finished_at=now, his_settled_at=now, note=ending.proof,
        asked_by=ending.by, decided_by=ending.agreed_by, approval_reasons=("ending",), request_id=ending.ticket,
        covered_fen=0 if returning else ending.amount_fen, part=part.kind,
    )  # fmt: skip
    after = _give_way(payment, stuck, "" if returning else settled.id, now)
    after = replace(after, refunds=with_refund(after, settled))
    if returning and is_all_back(after):
        after = replace(after, state=PaymentState.RETURNED)
    elif returning and left_fen(after, part) > 0:
        after = open_refund(
            after, part, left_fen(after, part), RefundOrigin.AUTOMATIC, payment.return_reason or "", now
        )
    elif returning:
        after = return_goes_on(after, now)
    if after.refunded_fen >= after.paid_fen:
        after = replace(after, claims=())
    return changed(
        after, SETTLED_ELSEWHERE, at=now, detail={"refund": settled.id, "amount_fen": str(ending.amount_fen)}
    )


def _stuck_part(payment: Payment) -> tuple[Part, tuple[Refund, ...]]:
    """The part whose money does not go, and its stuck refunds; where none is stuck, the part whose turn it is to go back."""
    stuck = stuck_refunds(payment)
    part = payment.part_of(stuck[0]) if stuck else next_to_undo(payment) or payment.parts[0]
    return part, tuple(refund for refund in stuck if refund.part == part.kind)


def _give_way(payment: Payment, stuck: tuple[Refund, ...], covered_by: str, now: datetime) -> Payment:
    """A stuck refund that the channel has is closed here, so that its later success is noticed; one that it has not is withdrawn."""
    for refund in stuck:
        state = RefundState.CLOSED if refund.state is RefundState.ABNORMAL else RefundState.WITHDRAWN
        ended = replace(refund, state=state, finished_at=now, covered_by=covered_by)
        effects = without(payment.effects, EffectKind.REFUND, EffectKind.QUERY_REFUND, subject=refund.id)
        if covered_by:  # the HIS has written it off, and hears that its money has gone
            effects = with_effect(effects, Effect(kind=EffectKind.NOTIFY_HIS, subject=refund.id, due_at=now))
        payment = replace(payment, refunds=with_refund(payment, ended), effects=effects)
    return payment


def _going_fen(payment: Payment, part: Part, stuck: tuple[Refund, ...]) -> int:
    """What is under way and may arrive."""
    ids = {refund.id for refund in stuck}
    return sum(
        refund.amount_fen for refund in refunds_of(payment, part) if refund.state in RUNNING and refund.id not in ids
    )


def _settled_id(payment: Payment) -> str:
    """Never sent to a channel: another letter than the numbers that are."""
    count = sum(refund.origin is RefundOrigin.ELSEWHERE for refund in payment.refunds)
    return f"{payment.id}S{count + 1:02d}"
