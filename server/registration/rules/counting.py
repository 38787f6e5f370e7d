"""The rules that count what a patient has taken before: by the patient, whatever the phone and the way. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from server.core.days import hospital_day, moment_text
from server.registration.record_model import Record, RecordState
from server.registration.rules.asked import Asked
from server.registration.rules.hospital_rules import Pause, RegistrationRules, Rule
from server.registration.rules.refusal import Refusal, refusal_by

TAKEN = frozenset({RecordState.BOOKED, RecordState.USED, RecordState.MISSED, RecordState.CANCELLED})
"""What counts as taken. What the hospital has ended does not."""


def counted_against(rules: RegistrationRules, asked: Asked, now: datetime) -> Refusal | None:
    """The first rule by which the patient's records are against another number."""
    records = asked.records
    return (
        _paused(rules, Rule.MISSED, rules.missed, _ends(records, RecordState.MISSED), now)
        or _paused(rules, Rule.CANCELLED, rules.cancelled, _ends(records, RecordState.CANCELLED), now)
        or _same_day(rules, asked)
        or _too_many(rules, records, now)
    )


def _same_day(rules: RegistrationRules, asked: Asked) -> Refusal | None:
    held = {RecordState.BOOKED, RecordState.USED}
    same = any(
        one.state in held and one.department_no == asked.department_no and hospital_day(one.begins_at) == asked.day
        for one in asked.records
    )
    return refusal_by(rules, Rule.ONE_A_DAY, department=asked.department) if rules.one_a_day and same else None


def _too_many(rules: RegistrationRules, records: Sequence[Record], now: datetime) -> Refusal | None:
    to_come = sum(one.state is RecordState.BOOKED and one.begins_at > now for one in records)
    if rules.open_most and to_come >= rules.open_most:
        return refusal_by(rules, Rule.OPEN_MOST, most=rules.open_most)
    if rules.taken_most is None:
        return None
    since = now - timedelta(days=rules.taken_most.days)
    taken = sum(one.state in TAKEN and since < one.taken_at <= now for one in records)
    if taken < rules.taken_most.times:
        return None
    return refusal_by(rules, Rule.TAKEN_MOST, days=rules.taken_most.days, most=rules.taken_most.times)


def _ends(records: Sequence[Record], state: RecordState) -> list[datetime]:
    """When the records of this state came into it, the earliest first."""
    return sorted(one.ended_at or one.begins_at for one in records if one.state is state)


def _paused(
    rules: RegistrationRules, rule: Rule, pause: Pause | None, moments: Sequence[datetime], now: datetime
) -> Refusal | None:
    until = None if pause is None else paused_until(pause, moments, now)
    if pause is None or until is None:
        return None
    return refusal_by(rules, rule, days=pause.days, times=pause.times, until=moment_text(until))


def paused_until(pause: Pause, moments: Sequence[datetime], now: datetime) -> datetime | None:
    """Returns the end of the pause of a person to whom it happened at ``moments``, the earliest first; None where there is no pause now."""
    within, lasts = timedelta(days=pause.days), timedelta(days=pause.pause_days)
    past = [moment for moment in moments if moment <= now]
    firsts = zip(past, past[pause.times - 1 :], strict=False)
    ends = [last + lasts for first, last in firsts if last - first <= within]
    return max((end for end in ends if end > now), default=None)


def as_of(records: Sequence[Record], moment: datetime) -> tuple[Record, ...]:
    """The records as they were at ``moment``: what came later has not happened yet."""
    known = (one for one in records if one.taken_at <= moment)
    return tuple(
        one
        if one.state is RecordState.BOOKED or (one.ended_at or one.begins_at) <= moment
        else replace(one, state=RecordState.BOOKED, ended_at=None)
        for one in known
    )
