"""What becomes of unclaimed money that people sent back, what a person must look at meanwhile, and what the audit chain has of it. All pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from server.alerts.model import Alert
from server.core.actors import channel_actor
from server.core.errors import NotAllowed
from server.core.history import AuditableEvent, auditable_events
from server.effects.model import Effect, EffectKind, at_last_resort, find, held, later, next_try, with_effect, without
from server.effects.rules import failed_at_last
from server.payments.rules.causes import stuck
from server.payments.rules.trades import ChannelRefund, RefundOutcome
from server.payments.rules.unclaimed_acts import AGREED, changed
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedMoney, UnclaimedState

UNCLAIMED = "unclaimed"
"""The kind of these entries in the audit chain, and of these documents for the engine of owed work."""
MONEY, WAITS, STUCK, TAMPERED = "unclaimed_money", "unclaimed_waits", "unclaimed_stuck", "unclaimed_tampered"
"""Kinds of alerts."""
RETURNED, REFUSED = "unclaimed_returned", "unclaimed_refund_closed"
_NUMBER = re.compile(r"U[0-9]{2}")


def is_number_of_return(out_trade_no: str, refund_no: str) -> bool:
    """Does ``refund_no`` look like the number of a refund of unclaimed money of this order?"""
    return refund_no.startswith(out_trade_no) and _NUMBER.fullmatch(refund_no, len(out_trade_no)) is not None


def return_answered(
    money: UnclaimedMoney, answer: ChannelRefund, now: datetime, jitter: float, asked: Effect | None = None
) -> UnclaimedMoney:
    """The channel's word on the refund under which it goes back. ``asked``: the effect for which it was asked, under its lease.

    Raises NotAllowed for a word that does not fit: a person must look.
    """
    if asked is not None:
        held(money.effects, asked.key, asked.lease or "")
    if (answer.out_trade_no, answer.out_refund_no) != (money.out_trade_no, money.refund_no):
        raise NotAllowed("refund of another payment")
    if answer.outcome is not RefundOutcome.ABSENT and answer.amount_fen != money.amount_fen:
        raise NotAllowed("refund of another amount")
    if money.state is not UnclaimedState.RETURNING:
        return _after_the_end(money, answer)
    match answer.outcome:
        case RefundOutcome.SUCCEEDED:
            return _moved(money, RETURNED, now, state=UnclaimedState.SETTLED)
        case RefundOutcome.CLOSED:
            closed = money.refunds_closed + 1
            return _moved(money, REFUSED, now, state=UnclaimedState.OPEN, ended=None, refunds_closed=closed)
        case RefundOutcome.PROCESSING | RefundOutcome.ABNORMAL | RefundOutcome.UNCONFIRMED:
            unsure = answer.outcome is RefundOutcome.UNCONFIRMED
            return _sent_again(money, now) if unsure and _asked_long(asked) else _asked_later(money, now, jitter, asked)
        case RefundOutcome.ABSENT:
            return (
                _sent_again(money, now)
                if asked is None or asked.kind is not EffectKind.REFUND
                else _try_later(money, asked, now, jitter)
            )


def _after_the_end(money: UnclaimedMoney, answer: ChannelRefund) -> UnclaimedMoney:
    """Stale news changes nothing; success of what was refused or settled another way is money that left twice."""
    settled_by = money.ended if money.state is UnclaimedState.SETTLED else None
    went_back = settled_by is not None and settled_by.act is UnclaimedAct.SEND_BACK
    if answer.outcome is RefundOutcome.SUCCEEDED and not went_back:
        raise NotAllowed(f"refund succeeded after {money.state}")
    if answer.outcome in {RefundOutcome.CLOSED, RefundOutcome.ABNORMAL} and went_back:
        raise NotAllowed(f"refund {answer.outcome} after succeeded")
    return money


def _moved(money: UnclaimedMoney, what: str, now: datetime, **fields: object) -> UnclaimedMoney:
    detail = {"refund": money.refund_no, "amount_fen": str(money.amount_fen)}
    effects = _rest(money)
    return changed(money, what, at=now, by=channel_actor(money.channel), detail=detail, effects=effects, **fields)


def _rest(money: UnclaimedMoney) -> tuple[Effect, ...]:
    return without(money.effects, EffectKind.REFUND, EffectKind.QUERY_REFUND)


def _asked_later(money: UnclaimedMoney, now: datetime, jitter: float, asked: Effect | None) -> UnclaimedMoney:
    """The refund is under way, or stuck until a person acts: it is asked for again."""
    owed = find(money.effects, f"{EffectKind.QUERY_REFUND}:{money.refund_no}")
    if asked is None and owed is not None:
        return money
    asking = owed or Effect(kind=EffectKind.QUERY_REFUND, subject=money.refund_no, due_at=now)
    again = later(asking, next_try(asking, now, jitter))
    return _bumped(money, with_effect(without(money.effects, EffectKind.REFUND), again))


def _asked_long(asked: Effect | None) -> bool:
    return asked is not None and asked.kind is EffectKind.QUERY_REFUND and at_last_resort(asked)


def _sent_again(money: UnclaimedMoney, now: datetime) -> UnclaimedMoney:
    """The refund is sent again under the same number."""
    if find(money.effects, f"{EffectKind.REFUND}:{money.refund_no}") is not None:
        return money
    send = Effect(kind=EffectKind.REFUND, subject=money.refund_no, due_at=now)
    return _bumped(money, (*_rest(money), send))


def _try_later(money: UnclaimedMoney, asked: Effect, now: datetime, jitter: float) -> UnclaimedMoney:
    return _bumped(money, with_effect(money.effects, later(asked, next_try(asked, now, jitter), error="ABSENT")))


def _bumped(money: UnclaimedMoney, effects: tuple[Effect, ...]) -> UnclaimedMoney:
    return replace(money, version=money.version + 1, effects=effects)


def with_effects(money: UnclaimedMoney, effects: tuple[Effect, ...], version: int) -> UnclaimedMoney:
    """For the engine: leases and retries, without a line of history."""
    return replace(money, effects=effects, version=version)


def after_failure(money: UnclaimedMoney, effects: tuple[Effect, ...], effect: Effect, now: datetime) -> UnclaimedMoney:
    """For the engine: nothing more is owed because a try has failed."""
    return _bumped(money, effects)


# ---- what people must look at --------------------------------------------------------------------------------------------------


def unclaimed_alarms(before: UnclaimedMoney, after: UnclaimedMoney) -> tuple[tuple[str, str], ...]:
    """(kind, subject) of every alert that this step gives rise to."""
    found = [(STUCK, key) for key in failed_at_last(before.effects, after.effects)]
    if after.ending is not None and after.ending != before.ending:
        found.append((WAITS, after.ending.ticket))
    return tuple(found)


def money_told_of(alert: Alert) -> tuple[str, str]:
    """(id, subject) of the unclaimed money that ``alert`` is about; both empty where it is about none."""
    if alert.kind == MONEY:
        return alert.id.removeprefix(f"{UNCLAIMED}:"), ""
    if not alert.kind.startswith(f"{UNCLAIMED}_"):
        return "", ""
    money_id, _, subject = alert.id.partition(f":{alert.kind}")
    return money_id, subject.removeprefix(":")


def unclaimed_cause_is_gone(money: UnclaimedMoney, kind: str, subject: str) -> bool:
    """Has what an alert of this kind tells of ended?"""
    if kind == MONEY:
        return money.settled
    if kind == WAITS:
        return money.ending is None or money.ending.ticket != subject
    if kind == STUCK:
        effect = find(money.effects, subject)
        return effect is None or not stuck(effect)
    if kind == TAMPERED:
        return not money.tampered
    return kind == f"{UNCLAIMED}_unreadable"  # whoever holds it in hand has read it


# ---- the audit chain -----------------------------------------------------------------------------------------------------------


def unclaimed_events(money: UnclaimedMoney, since: int = 0) -> tuple[AuditableEvent, ...]:
    """The lines of its history from number ``since`` on."""
    return auditable_events(UNCLAIMED, money.id, money.history, since)


def lines_audited(money: UnclaimedMoney, upto: int, token: str, now: datetime) -> UnclaimedMoney:
    """The first ``upto`` lines stand in the audit chain; lines that came meanwhile are written next."""
    seal = held(money.effects, str(EffectKind.SEAL), token)
    rest = without(money.effects, EffectKind.SEAL)
    if upto < len(money.history):
        rest = (*rest, replace(seal, lease=None, tries=0, due_at=now))
    return replace(money, version=money.version + 1, audited_lines=max(money.audited_lines, upto), effects=rest)


def unclaimed_contradictions(money: UnclaimedMoney) -> tuple[str, ...]:
    """What its history does not lead to, as sentences of codes and numbers; empty when all is as it should be."""
    leads_to, found = UnclaimedState.OPEN, []
    for line in money.history:
        if line.what == AGREED:
            sends = line.detail.get("act") == UnclaimedAct.SEND_BACK
            leads_to = UnclaimedState.RETURNING if sends else UnclaimedState.SETTLED
            if line.by == line.detail.get("proposed_by"):
                found.append("one person alone ended it")
        if line.what in {RETURNED, REFUSED}:
            if leads_to is not UnclaimedState.RETURNING:
                found.append("a refund of it went to the channel, and no two people had sent it back")
            leads_to = UnclaimedState.SETTLED if line.what == RETURNED else UnclaimedState.OPEN
    if money.state is not leads_to:
        found.append(f"it is {money.state}, and its history leads to {leads_to}")
    return tuple(found)
