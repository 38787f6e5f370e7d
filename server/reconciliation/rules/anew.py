"""When a day that has been compared is compared anew without anybody asking for it. Pure."""

from __future__ import annotations

from datetime import datetime

from server.effects.model import EffectKind, find
from server.reconciliation.day_model import ReconciliationDay, bumped
from server.reconciliation.rules.days import owing


def rests(day: ReconciliationDay) -> bool:
    """It has been compared, and nothing is under way by which it will be compared again."""
    again = (EffectKind.FETCH_LEGS, EffectKind.MATCH_DAY)
    return bool(day.result) and all(find(day.effects, str(kind)) is None for kind in again)


def compared_anew(day: ReconciliationDay, now: datetime) -> ReconciliationDay:
    """Our books say something else by now: the day is matched again, with the files that it has. A new result is told in its history."""
    if not rests(day):
        return day
    return bumped(day, effects=owing(day.effects, EffectKind.MATCH_DAY, now))


def carried_anew(day: ReconciliationDay, now: datetime) -> ReconciliationDay:
    """The day before has another result, and with it other rows that wait for this one: it is matched again, also where a worker is at it."""
    if not day.result and find(day.effects, str(EffectKind.MATCH_DAY)) is None:
        return day
    return bumped(day, effects=owing(day.effects, EffectKind.MATCH_DAY, now))
