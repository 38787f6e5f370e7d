"""Transitions of looks at a channel: brought forward, asked for in doubt, tried again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.effects.model import Effect, EffectKind, failed, find, with_effect
from server.payments.model import Payment, about, bumped, changed
from server.payments.part import PartState
from server.payments.rules.order_lines import DOUBTED, is_doubted, which_order


def look_now(payment: Payment, now: datetime) -> Payment:
    """Bring the next looks at the channels forward: somebody has told us something worth checking."""
    looks = [effect for effect in payment.effects if effect.kind is EffectKind.QUERY]
    worth_it = [effect for effect in looks if effect.lease is None and effect.due_at > now]
    if not worth_it:
        return payment
    effects = payment.effects
    for effect in worth_it:
        effects = with_effect(effects, replace(effect, due_at=now))
    return bumped(payment, effects=effects)


def doubt(payment: Payment, now: datetime, order_no: str = "") -> Payment:
    """A notification told of money that does not fit: ask the channel what it really holds of that order, even if it is closed.

    Of an order that is open the doubt is noted: a close that the channel had answered before must not end it (`paying.closed`).
    """
    part = payment.part_for(order_no)
    if part.state is PartState.CLOSED:
        effects = source_asked(payment.effects, about(payment, part), now)
        return payment if effects is payment.effects else changed(payment, DOUBTED, at=now, effects=effects)
    if part.state is PartState.PAID or is_doubted(payment, part):
        return look_now(payment, now)
    return changed(look_now(payment, now), DOUBTED, at=now, detail=which_order(payment, part))


def source_asked(effects: tuple[Effect, ...], subject: str, now: datetime) -> tuple[Effect, ...]:
    """``effects`` with a look at the channel for the order that ``subject`` names, also where it is closed."""
    query = Effect(kind=EffectKind.QUERY, subject=subject, due_at=now)
    return effects if find(effects, query.key) is not None else with_effect(effects, query)


def effect_failed(
    payment: Payment, key: str, token: str, now: datetime, jitter: float, error: str, *, unknown: bool
) -> Payment:
    """The call did not succeed: try again later. ``unknown`` marks that it may nevertheless have been done."""
    effects = failed(payment.effects, key, token, now, jitter, error, unknown=unknown)
    return payment if effects is payment.effects else bumped(payment, effects=effects)
