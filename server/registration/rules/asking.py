"""What the hospital's rules say to one patient who wants one number, or gives one back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from server.core.days import day_text, moment_text
from server.patients.model import BoundCard
from server.patients.relations import GUARDED, Relation
from server.registration.model import ClinicChange, Shift, ShiftState, Slot
from server.registration.rules.asked import Asked
from server.registration.rules.clinic_changes import has_no_limit
from server.registration.rules.counting import counted_against
from server.registration.rules.hospital_rules import (
    RegistrationRules,
    Rule,
    cancelled_until,
    is_closed,
    last_day,
    released_at,
)
from server.registration.rules.refusal import Refusal, refusal_by


def not_given(shift: Shift, slot: Slot, now: datetime) -> str:
    """Why nobody can have this number, in words; empty when somebody can."""
    if shift.state is ShiftState.STOPPED:
        return "这位医生当天停诊，请选择其他时间或医生。"
    return "这个时间已过，请选择其他时间。" if slot.ends_at <= now else ""


def refused(rules: RegistrationRules, asked: Asked, now: datetime) -> Refusal | None:
    """The first rule that is against it; None when none is."""
    return _not_open(rules, asked.day, now) or _not_for(rules, asked) or counted_against(rules, asked, now)


def _not_open(rules: RegistrationRules, day: date, now: datetime) -> Refusal | None:
    if is_closed(rules, now) and rules.closed is not None:
        first, last = rules.closed
        return refusal_by(rules, Rule.CLOSED, first=f"{first:%H:%M}", last=f"{last:%H:%M}")
    if day > last_day(rules, now):
        opens = moment_text(released_at(rules, day, now))
        return refusal_by(rules, Rule.WINDOW, day=day_text(day), opens=opens)
    return None


def _not_for(rules: RegistrationRules, asked: Asked) -> Refusal | None:
    """Is the patient somebody whom the hospital does not register here, or the department does not see?"""
    if rules.real_name and not asked.patient.id_no:
        return refusal_by(rules, Rule.REAL_NAME)
    age = age_on(asked.patient.birth_date, asked.day)
    if age is None:
        return None
    if age < rules.guardian_under and not asked.has_guardian:
        rule = Rule.GUARDIAN_BOUND if rules.guardian_bound else Rule.GUARDIAN
        return refusal_by(rules, rule, age=age, limit=rules.guardian_under)
    ages = dict(rules.ages).get(asked.department_no)
    if ages is None or ages.least <= age <= ages.most:
        return None
    rule, limit = (Rule.TOO_YOUNG, ages.least) if age < ages.least else (Rule.TOO_OLD, ages.most)
    return refusal_by(rules, rule, department=asked.department, age=age, limit=limit)


def bound_by_guardian(cards: Sequence[BoundCard], card_no: str) -> bool:
    """Is this one of ``cards`` bound as that of a child or ward, by somebody who has bound their own card? Only an adult's card proves to be
    one's own.
    """
    guarded = any(card.card_no == card_no and card.relation in GUARDED for card in cards)
    return guarded and any(card.relation is Relation.SELF for card in cards)


def age_on(birth_date: str, day: date) -> int | None:
    """Full years on ``day``; None where the HIS's date of birth can't be read."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def cancel_refused(
    rules: RegistrationRules, begins_at: datetime, now: datetime, change: ClinicChange | None = None
) -> str:
    """Why a number can't be given back here any more, in words; empty when it can."""
    until = cancelled_until(rules, begins_at)
    if now < until or has_no_limit(begins_at, now, change):
        return ""
    return refusal_by(rules, Rule.CANCEL_UNTIL, until=moment_text(until)).words
