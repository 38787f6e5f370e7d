"""A reconciliation day whose next step a worker holds, for tests of single steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind, find, take
from server.reconciliation.day_model import DayLeg, LegAnswer, ReconciliationDay
from server.reconciliation.model import Balance, Leg, MatchResult
from server.reconciliation.rules import days as rules
from server.reconciliation.rules.result_text import result_text
from tests.unit.reconciliation.days import DAY, NUMBER, TOMORROW, at, clean_day, put

OPENED = at(10, day=TOMORROW)
NOW = at(10, 30, day=TOMORROW)
IN_TEN_MINUTES = NOW + timedelta(minutes=10)
GIVE_UP = OPENED + timedelta(hours=6)
TOKEN = "worker-1"
FETCH, MATCH, REPORT, CLOSE = (
    EffectKind.FETCH_LEGS, EffectKind.MATCH_DAY, EffectKind.REPORT_DAY, EffectKind.CLOSE_DAY,
)  # fmt: skip
BALANCE = Balance(opening_fen=100, came_fen=50, went_fen=20, fee_fen=3, closing_fen=127)


def a_day(**fields: object) -> ReconciliationDay:
    return replace(rules.opened("demo", "wechat", DAY, OPENED, OPENED), **fields)  # type: ignore[arg-type]


def held(day: ReconciliationDay, kind: EffectKind, now: datetime = NOW) -> ReconciliationDay:
    """``day``, of which a worker holds ``kind``."""
    day = replace(day, effects=(Effect(kind=kind, due_at=now),))
    return replace(day, effects=take(day.effects, str(kind), token=TOKEN, now=now, lease=timedelta(minutes=5)))


def due(day: ReconciliationDay, kind: EffectKind) -> datetime | None:
    """When nobody holds it: when it is due."""
    effect = find(day.effects, str(kind))
    return None if effect is None or effect.lease is not None else effect.due_at


def leg(of: Leg, answer: LegAnswer = LegAnswer.FILE, **fields: object) -> DayLeg:
    sha256 = "ab" * 32 if answer is LegAnswer.FILE else ""
    return DayLeg(leg=of, answer=answer, at=NOW, **{"sha256": sha256, **fields})  # type: ignore[arg-type]


CHANNEL, FUND, HIS = leg(Leg.CHANNEL), leg(Leg.FUND, balance=BALANCE), leg(Leg.HIS)
NO_FUND = leg(Leg.FUND, LegAnswer.NOT_YET)


def a_result(*what: str) -> MatchResult:
    day = clean_day()
    for each in what:
        put(day, each, NUMBER)
    return day.run()


AGREES, DIFFERS = a_result(), a_result("missing in the HIS")


def matched(result: MatchResult = DIFFERS, **fields: object) -> ReconciliationDay:
    return a_day(result=result_text(result), legs=(CHANNEL, FUND, HIS), **fields)


def last_line(day: ReconciliationDay) -> HistoryEvent:
    return day.history[-1]
