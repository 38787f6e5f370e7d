"""How a reconciliation day goes on: opened, its legs fetched, matched, decided, closed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE
from server.core.errors import NotAllowed, NotFound
from server.effects.model import Effect, EffectKind, find, held, later, with_effect, without
from server.reconciliation.day_model import (
    CLOSED_STATES,
    FINAL,
    THERE,
    DayClose,
    DayLeg,
    DayState,
    Disposition,
    LegAnswer,
    ReconciliationDay,
    advanced,
    bumped,
)
from server.reconciliation.model import Discrepancy, Leg, MatchResult
from server.reconciliation.rules.linking import still_linked
from server.reconciliation.rules.result_text import result_from_text, result_sha256, result_text

AGAIN_AFTER = timedelta(minutes=10)
PATIENCE = timedelta(hours=6)
"""So long a fund statement and a HIS list are waited for; a day is never matched without the channel's trade statement."""
REMARK_CHARS = range(2, 201)
REPAIRS_MAX = 3
REPAIRED, CLOSED, CORRECTED = "day_repaired", "day_closed_reconciled", "day_corrected"


def opened(hospital: str, channel: str, day: date, now: datetime, due_at: datetime) -> ReconciliationDay:
    return ReconciliationDay(
        hospital=hospital, channel=channel, day=day, version=1, state=DayState.OPEN, created_at=now,
        effects=(Effect(kind=EffectKind.FETCH_LEGS, due_at=max(now, due_at)),),
    )  # fmt: skip


def fetched(day: ReconciliationDay, legs: Collection[DayLeg], token: str, now: datetime) -> ReconciliationDay:
    """What was asked for and what came. While a leg is waited for, fetching goes on."""
    effect = held(day.effects, str(EffectKind.FETCH_LEGS), token)
    merged = {each.leg: each for each in (*day.legs, *legs)}
    patient = now < max(day.created_at, _ends_at(day.day)) + PATIENCE
    waiting = [leg for leg, each in merged.items() if each.answer not in FINAL and (patient or leg is Leg.CHANNEL)]
    if waiting:
        effects = with_effect(day.effects, later(effect, now + AGAIN_AFTER, error=f"waiting for {' '.join(waiting)}"))
        return bumped(day, legs=_ordered(merged), effects=effects, state=_waiting(day))
    ready = {leg: each if each.answer in FINAL else given_up(each) for leg, each in merged.items()}
    effects = owing(without(day.effects, EffectKind.FETCH_LEGS), EffectKind.MATCH_DAY, now)
    detail = {str(leg): each.sha256[:16] or str(each.answer) for leg, each in sorted(ready.items())}
    return advanced(day, "day_fetched", at=now, detail=detail, legs=_ordered(ready), effects=effects)


def _ends_at(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), HOSPITAL_ZONE)


def _waiting(day: ReconciliationDay) -> DayState:
    return day.state if day.result else DayState.WAITING


def given_up(leg: DayLeg) -> DayLeg:
    return replace(leg, answer=LegAnswer.GIVEN_UP, detail=str(leg.answer))


def _ordered(legs: dict[Leg, DayLeg]) -> tuple[DayLeg, ...]:
    return tuple(legs[leg] for leg in Leg if leg in legs)


def matched(
    day: ReconciliationDay, result: MatchResult, of_run: Collection[DayLeg], token: str, now: datetime
) -> ReconciliationDay:
    """The run's result. What people decided stays; what is the same as before is told to nobody again. ``of_run``: the legs that the run itself has read."""
    held(day.effects, str(EffectKind.MATCH_DAY), token)
    text = result_text(result)
    legs = _ordered({each.leg: each for each in (*day.legs, *of_run)})
    effects = without(day.effects, EffectKind.MATCH_DAY)
    if text == day.result:
        return bumped(day, legs=legs, effects=effects)
    after = replace(day, result=text)
    state = DayState.DIFFERING if undecided(after) else DayState.OPEN
    effects = owing(owing(effects, EffectKind.REPORT_DAY, now), EffectKind.CLOSE_DAY, now)
    detail = {"matched": str(result.matched), "differing": str(len(result.differing)), "sha256": result_sha256(text)}
    return advanced(day, "day_matched", at=now, detail=detail, result=text, legs=legs, state=state, effects=effects)


def undecided(day: ReconciliationDay) -> tuple[Discrepancy, ...]:
    """What counts and about which nobody has decided yet, or nobody has agreed."""
    return undecided_of(day, result_from_text(day.result)) if day.result else ()


def differing_of(day: ReconciliationDay) -> tuple[Discrepancy, ...]:
    """What counts on ``day``, decided or not."""
    return result_from_text(day.result).differing if day.result else ()


def undecided_of(day: ReconciliationDay, result: MatchResult) -> tuple[Discrepancy, ...]:
    """`undecided` of a day whose ``result`` has been read from its text already."""
    differing = {each.id: each for each in result.differing}
    return tuple(each for each in differing.values() if not _is_decided(day, each, differing))


def _is_decided(day: ReconciliationDay, each: Discrepancy, differing: Collection[str]) -> bool:
    """A decision is about what was seen: another amount of money is another question."""
    last = day.disposition(each.id)
    same = last is not None and last.holds and last.difference_fen == each.difference_fen
    return same and last is not None and still_linked(last, differing)


def reported(day: ReconciliationDay, repaired: Sequence[str], token: str, now: datetime) -> ReconciliationDay:
    """Finance has been told. What Zhenfu has set going itself is looked at again in a while."""
    held(day.effects, str(EffectKind.REPORT_DAY), token)
    effects = without(day.effects, EffectKind.REPORT_DAY)
    if not repaired:
        return bumped(day, effects=effects)
    effects = owing(effects, EffectKind.MATCH_DAY, now + AGAIN_AFTER)
    return advanced(day, REPAIRED, at=now, detail={"count": str(len(repaired)), "first": repaired[0]}, effects=effects)


def may_repair(day: ReconciliationDay) -> bool:
    """What a repair does not mend is a person's affair after a few tries."""
    return sum(line.what == REPAIRED for line in day.history) < REPAIRS_MAX


def closed(day: ReconciliationDay, token: str, now: datetime) -> ReconciliationDay:
    """The close, if nothing is left to decide; the line of history is what is sealed."""
    held(day.effects, str(EffectKind.CLOSE_DAY), token)
    effects = without(day.effects, EffectKind.CLOSE_DAY)
    if undecided(day):
        return bumped(day, effects=effects, state=DayState.DIFFERING)
    result = result_from_text(day.result)
    last = day.closes[-1] if day.closes else None
    digest, decided = result_sha256(day.result), len(result.differing)
    if last is not None and (last.result_sha256, last.decided) == (digest, decided) and day.state in CLOSED_STATES:
        return bumped(day, effects=effects)
    fund = day.leg(Leg.FUND)
    close = DayClose(
        number=len(day.closes) + 1,
        at=now,
        result_sha256=digest,
        matched=result.matched,
        decided=decided,
        missing=tuple(each.leg for each in day.legs if each.answer not in THERE),
        absent=tuple(leg for leg in Leg if day.leg(leg) is None and leg is not Leg.FURTHER),
        balance=fund.balance if fund else None,
        corrects=last.number if last else 0,
    )
    state = DayState.SETTLED if decided else DayState.CLOSED
    what = CORRECTED if last else CLOSED
    detail = _close_detail(close)
    return advanced(day, what, at=now, detail=detail, state=state, closes=(*day.closes, close), effects=effects)


def _close_detail(close: DayClose) -> dict[str, str]:
    detail = {
        "close": str(close.number), "sha256": close.result_sha256, "matched": str(close.matched),
        "decided": str(close.decided), "without": " ".join((*close.missing, *close.absent)), "corrects": str(close.corrects),
    }  # fmt: skip
    if close.balance is not None:
        balance = close.balance
        detail |= {
            "opening_fen": str(balance.opening_fen), "came_fen": str(balance.came_fen),
            "went_fen": str(balance.went_fen), "fee_fen": str(balance.fee_fen),
            "closing_fen": str(balance.closing_fen),
        }  # fmt: skip
    return detail


def decided(day: ReconciliationDay, disposition: Disposition, now: datetime) -> ReconciliationDay:
    """A person's decision is added. Raises NotFound, NotAllowed."""
    found = {each.id: each for each in result_from_text(day.result).differing} if day.result else {}
    if disposition.discrepancy not in found:
        raise NotFound("discrepancy", user_message="没有找到这条差异，请刷新后再看。")
    if found[disposition.discrepancy].difference_fen != disposition.difference_fen:
        raise NotAllowed("another amount", user_message="这条差异的金额已经变化，请刷新后再处理。")
    if len(disposition.remark.strip()) not in REMARK_CHARS:
        raise NotAllowed("no remark", user_message="请填写原因，2至200字。")
    detail = {"discrepancy": disposition.discrepancy, "act": str(disposition.act)}
    after = advanced(
        day, "discrepancy_decided", at=now, by=disposition.by, detail=detail,
        dispositions=(*day.dispositions, disposition),
    )  # fmt: skip
    return _to_close(after, now)


def agreed(day: ReconciliationDay, discrepancy: str, by: str, now: datetime) -> ReconciliationDay:
    """A second person agrees with what the first decided. Raises NotFound, NotAllowed."""
    last = day.disposition(discrepancy)
    if last is None or last.holds:
        raise NotFound("disposition", user_message="这条差异没有待复核的处理。")
    if by == last.by:
        raise NotAllowed("own decision", user_message="请由另一人复核。")
    detail = {"discrepancy": discrepancy, "act": str(last.act)}
    second = replace(last, second_by=by)
    after = advanced(day, "discrepancy_agreed", at=now, by=by, detail=detail, dispositions=(*day.dispositions, second))
    if last.sends:  # the payment's row says so from now on
        after = replace(after, effects=owing(after.effects, EffectKind.MATCH_DAY, now + AGAIN_AFTER))
    return _to_close(after, now)


def _to_close(day: ReconciliationDay, now: datetime) -> ReconciliationDay:
    if undecided(day):
        return day
    return replace(day, effects=owing(day.effects, EffectKind.CLOSE_DAY, now))


def run_again(day: ReconciliationDay, by: str, now: datetime) -> ReconciliationDay:
    """A person wants the day matched anew. What may be newer by now is fetched again (`legs`)."""
    return advanced(day, "day_run_again", at=now, by=by, effects=owing(day.effects, EffectKind.FETCH_LEGS, now))


def bank_told(day: ReconciliationDay, by: str, now: datetime) -> ReconciliationDay:
    """A bank's file says something new of this day's payouts: the day is matched again, if it has been matched at all."""
    if not day.result:
        return day
    return advanced(day, "day_bank_told", at=now, by=by, effects=owing(day.effects, EffectKind.MATCH_DAY, now))


def history_audited(day: ReconciliationDay, upto: int, token: str, now: datetime) -> ReconciliationDay:
    """The first ``upto`` lines stand in the audit chain."""
    effect = held(day.effects, str(EffectKind.SEAL), token)
    effects = without(day.effects, EffectKind.SEAL)
    if len(day.history) > upto:
        effects = with_effect(effects, later(effect, now))
    return bumped(day, audited_lines=max(upto, day.audited_lines), effects=effects)


def owing(effects: tuple[Effect, ...], kind: EffectKind, due_at: datetime) -> tuple[Effect, ...]:
    """``kind`` is owed from ``due_at`` on, also where somebody is at work on it: that work began too early."""
    known = find(effects, str(kind))
    if known is not None and known.lease is None and known.due_at <= due_at:
        return effects
    return with_effect(effects, Effect(kind=kind, due_at=due_at))
