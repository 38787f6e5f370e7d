"""A payment that somebody changed in the database, taken as it stands on the word of two people, so that work goes on. All pure.

What people did before stands in the audit chain and is taken from there. A refund that has not been sent and that the history does not
lead to never goes: it is withdrawn. Everything else stays as it was found, and what the history does not lead to is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from server.core.errors import NotAllowed
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, find, with_effect
from server.payments.model import UNPAID, Payment, PaymentState, about, changed
from server.payments.refund_model import RUNNING, Refund, RefundState
from server.payments.rules.replay import (
    ASKED_FOR,
    TAMPERING_ACCEPTED,
    contradictions,
    heads_of,
    refund_contradictions,
    unsaid_fen,
)

_UNSENT = frozenset({RefundState.REQUESTED, RefundState.APPROVED, RefundState.RELEASED})
_OF_A_REFUND = (EffectKind.EXPIRE, EffectKind.RELEASE, EffectKind.REFUND, EffectKind.QUERY_REFUND)


def as_in_the_chain(payment: Payment, lines: Sequence[HistoryEvent]) -> Payment:
    """``payment`` with the first lines of its history as the audit chain has them; ``lines`` are those, from the first one on."""
    return replace(payment, history=(*lines, *payment.history[len(lines) :]), audited_lines=len(lines))


def unsupported_refunds(payment: Payment) -> tuple[Refund, ...]:
    """Refunds that would be sent and that the history does not lead to."""
    unsent = (refund for refund in payment.refunds if refund.state in _UNSENT)
    return tuple(refund for refund in unsent if refund_contradictions(payment, refund))


def leaves_fen(payment: Payment) -> int:
    """What goes out once it is taken as it stands."""
    stays = {refund.id for refund in unsupported_refunds(payment)}
    return sum(refund.amount_fen for refund in payment.refunds if refund.state in _UNSENT and refund.id not in stays)


def accepted(payment: Payment, by: str, proposed_by: str, now: datetime) -> Payment:
    """``payment``, whose history is as the chain has it, taken as it stands. Raises NotAllowed, with words."""
    if not payment.tampered:
        raise NotAllowed("not tampered with", user_message="这笔支付没有被改动，不用确认。")
    if by == proposed_by:
        raise NotAllowed("own proposal", user_message="不能复核自己提出的确认。")
    withdrawn = {refund.id for refund in unsupported_refunds(payment)}
    refunds = tuple(
        replace(refund, state=RefundState.WITHDRAWN, finished_at=now) if refund.id in withdrawn else refund
        for refund in payment.refunds
    )
    effects = tuple(effect for effect in payment.effects if effect.subject not in withdrawn)
    taken = replace(payment, tampered=False, refunds=refunds, effects=effects)
    taken = replace(taken, effects=_owed(taken, now))
    detail = {
        "proposed_by": proposed_by,
        "refund": ",".join(sorted(withdrawn)),
        "differs": "; ".join(heads_of(contradictions(taken))),
        "unsaid_fen": str(unsaid_fen(taken)),
    }
    return changed(taken, TAMPERING_ACCEPTED, at=now, by=by, detail=detail)


def _owed(payment: Payment, now: datetime) -> tuple[Effect, ...]:
    """What it owes, and what it must owe in the state in which it is: whoever changed it may have crossed that off."""
    effects = payment.effects
    for part in payment.open_parts if payment.state in UNPAID else ():
        look = Effect(kind=EffectKind.QUERY, subject=about(payment, part), due_at=now)
        closing = replace(look, kind=EffectKind.CLOSE)
        effects = effects if find(effects, closing.key) is not None else with_effect(effects, look)
    if payment.state is PaymentState.PAID and find(effects, str(EffectKind.BOOK)) is None:
        effects = with_effect(effects, Effect(kind=EffectKind.BOOK, due_at=now))
    for refund in payment.refunds:
        owes = any(effect.subject == refund.id and effect.kind in _OF_A_REFUND for effect in effects)
        if refund.state in RUNNING and not owes:
            effects = with_effect(effects, Effect(kind=_next_of(refund), subject=refund.id, due_at=now))
    return effects


def _next_of(refund: Refund) -> EffectKind:
    match refund.state:
        case RefundState.REQUESTED:
            return EffectKind.EXPIRE
        case RefundState.APPROVED if refund.origin in ASKED_FOR:
            return EffectKind.RELEASE
        case RefundState.APPROVED | RefundState.RELEASED:
            return EffectKind.REFUND
        case _:
            return EffectKind.QUERY_REFUND
