"""自动退回: the return of money that can't be used, part by part in the purpose's undo order; and the close of what may still be paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.effects.model import Effect, EffectKind, find, held, with_effect, without
from server.payments.model import Payment, PaymentState, about, changed
from server.payments.part import PartState
from server.payments.refund_model import RUNNING
from server.payments.rules.order_lines import is_doubted, ordered_again
from server.payments.rules.refund_shares import heard_refunds, is_all_back, rest_returned
from server.payments.rules.telling import PAYMENT_RETURNED, going_back, tell


def begin_return(payment: Payment, why: str, now: datetime) -> Payment:
    """Money that can't be used goes back: nothing is claimed any more, what is left is refunded, the payer is told. Parts that may still be
    paid are closed.

    A refund that was heard of and is still to be placed ends the return when it is placed.
    """
    closing = replace(closing_open(payment, now), return_reason=why)
    opened = rest_returned(closing, now)
    all_back = is_all_back(closing) and not heard_refunds(payment)
    state = PaymentState.RETURNED if all_back else PaymentState.RETURNING
    opened = freeing(opened, now)
    effects = tell(opened, going_back(payment, all_back=all_back), now)
    return changed(opened, "returning", at=now, detail={"why": why}, state=state, claims=(), effects=effects)


def freeing(payment: Payment, now: datetime) -> Payment:
    """The payment, which will not be used, with what its purpose holds for it to be freed (version and history are the caller's)."""
    if not payment.holds:
        return payment
    return replace(payment, effects=with_effect(payment.effects, Effect(kind=EffectKind.FREE, due_at=now)))


def freed(payment: Payment, token: str, now: datetime) -> Payment:
    """The purpose holds nothing for it any more."""
    held(payment.effects, str(EffectKind.FREE), token)
    return changed(payment, "freed", at=now, effects=without(payment.effects, EffectKind.FREE))


def return_goes_on(payment: Payment, now: datetime) -> Payment:
    """A return after one of its parts was paid, closed or refunded: the next part's turn, or the end (version and history are the caller's)."""
    if is_all_back(payment) and not heard_refunds(payment):
        effects = tell(payment, PAYMENT_RETURNED, now)
        return replace(payment, state=PaymentState.RETURNED, claims=(), effects=effects)
    under_way = any(refund.state in RUNNING for refund in payment.refunds)
    return payment if under_way or len(payment.parts) == 1 else rest_returned(payment, now)


def closing_open(payment: Payment, due_at: datetime) -> Payment:
    """The payment with a close owed for every order that may still be paid; the order of a later part that was surely never sent is closed
    here. The very same object where nothing is to be done (version and history are the caller's).
    """
    parts, effects = payment.parts, payment.effects
    for part in payment.open_parts:
        subject = about(payment, part)
        close = Effect(kind=EffectKind.CLOSE, subject=subject, due_at=due_at)
        if find(effects, close.key) is not None:
            continue
        effects = without(effects, EffectKind.QUERY, subject=subject)
        if subject and part.order_ref is None and not (ordered_again(payment, part) or is_doubted(payment, part)):
            parts = tuple(replace(one, state=PartState.CLOSED) if one is part else one for one in parts)
        else:
            effects = (*effects, close)
    same = parts == payment.parts and effects == payment.effects
    return payment if same else replace(payment, parts=parts, effects=effects)
