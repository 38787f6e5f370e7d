"""The hospital's rules for registrations as data, and when they let numbers out and take them back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

from server.core.days import hospital_day, hospital_time


class Rule(StrEnum):
    """Each has words of its own for who is refused by it (`texts.WORDS`)."""

    CLOSED = "closed"
    WINDOW = "window"
    REAL_NAME = "real_name"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    GUARDIAN = "guardian"
    GUARDIAN_BOUND = "guardian_bound"
    ONE_A_DAY = "one_a_day"
    OPEN_MOST = "open_most"
    TAKEN_MOST = "taken_most"
    MISSED = "missed"
    CANCELLED = "cancelled"
    CANCEL_UNTIL = "cancel_until"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentAges:
    """Whom a department sees, by the age on the day of the visit; ``most`` is the last age that it sees."""

    least: int = 0
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """A patient may take at most ``times`` numbers within ``days`` days."""

    times: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Whatever happens ``times`` times within ``days`` days keeps a person from registering here for ``pause_days`` days."""

    times: int
    days: int
    pause_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelUntil:
    """A number can be given back until ``at``, the hospital's time, ``days_before`` days before the visit; 0 is the day of the visit."""

    days_before: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRules:
    """``days_ahead``: how many days after today can be registered for; the last of them is released at ``released_at`` of today. ``closed``:
    from when until when of each day nothing is given out. ``real_name``: nobody registers whose ID number the HIS does not have.
    ``one_a_day``: a person has one number a day in one department. ``open_most``:
    how many numbers to come a person may have at once, 0 for any. ``taken_most``: how many a person may take in a time. ``missed`` and
    ``cancelled``: when no-shows and given-back numbers lead to a pause. ``guardian_under``: who is younger is registered by somebody with
    an adult's card; with ``guardian_bound`` by somebody who has bound the patient's card as their child's or ward's, and an own one.
    ``cancel_before``: so long before its time a number can be given back here, unless ``cancel_until`` says otherwise.
    ``ages`` by the department's number. ``words``: the hospital's own words by rule.
    """

    days_ahead: int = 7
    released_at: time = time(7, 0)
    closed: tuple[time, time] | None = None
    real_name: bool = True
    one_a_day: bool = True
    open_most: int = 0
    taken_most: Most | None = None
    missed: Pause | None = None
    cancelled: Pause | None = None
    guardian_under: int = 0
    guardian_bound: bool = False
    cancel_before: timedelta = timedelta(hours=2)
    cancel_until: CancelUntil | None = None
    ages: tuple[tuple[str, DepartmentAges], ...] = ()
    words: Mapping[Rule, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def counts(self) -> bool:
        """Is there a rule that counts what a person has taken before?"""
        return bool(self.open_most or self.taken_most or self.missed or self.cancelled)

    @property
    def looks_back(self) -> timedelta:
        """How old the oldest record is that a rule counts."""
        counted = [one.days for one in (self.taken_most, self.missed, self.cancelled) if one is not None]
        paused = [one.pause_days for one in (self.missed, self.cancelled) if one is not None]
        return timedelta(days=max(counted, default=0) + max(paused, default=0))


def last_day(rules: RegistrationRules, now: datetime) -> date:
    """The last day for which numbers are given out now."""
    today = hospital_day(now)
    released = hospital_time(now).time() >= rules.released_at
    return today + timedelta(days=rules.days_ahead if released else rules.days_ahead - 1)


def released_at(rules: RegistrationRules, day: date, now: datetime) -> datetime:
    """When the numbers of ``day`` are given out."""
    moment = datetime.combine(day - timedelta(days=rules.days_ahead), rules.released_at)
    return moment.replace(tzinfo=hospital_time(now).tzinfo)


def is_closed(rules: RegistrationRules, now: datetime) -> bool:
    """Is this the time of the day in which nothing is given out? It may go over midnight."""
    if rules.closed is None:
        return False
    (first, last), local = rules.closed, hospital_time(now).time()
    return first <= local < last if first <= last else local >= first or local < last


def cancelled_until(rules: RegistrationRules, begins_at: datetime) -> datetime:
    """From when on a number can't be given back here any more."""
    if rules.cancel_until is None:
        return begins_at - rules.cancel_before
    local = hospital_time(begins_at)
    day = local.date() - timedelta(days=rules.cancel_until.days_before)
    return min(datetime.combine(day, rules.cancel_until.at, tzinfo=local.tzinfo), begins_at)
