"""Transitions of a proof by PIN and TOTP: used up, counted against the lock and the day's limit. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from server.core.days import hospital_day
from server.core.errors import NotAllowed, TooManyTries
from server.staff.model import Staff, stepped

FAILURES_MAX = 5
LOCKED_FOR = timedelta(minutes=30)


def must_not_be_locked(staff: Staff, now: datetime) -> None:
    if staff.locked_until is not None and staff.locked_until > now:
        minutes = max(1, round((staff.locked_until - now).total_seconds() / 60))
        raise TooManyTries(
            "locked", user_message=f"输错次数太多，已锁定，请{minutes}分钟后再试。", wait_seconds=minutes * 60
        )


def proof_failed(staff: Staff, now: datetime) -> Staff:
    """One more wrong PIN or TOTP; at the bound nobody gets in for a while, right or wrong."""
    failures = staff.failures + 1
    if failures < FAILURES_MAX:
        return replace(staff, version=staff.version + 1, failures=failures)
    return stepped(staff, "staff_locked", staff.as_actor, now, failures=0, locked_until=now + LOCKED_FOR)


def proved(staff: Staff, step: int, spends_fen: int, now: datetime) -> Staff:
    """PIN and TOTP were right: the time step, which is newer than the last one, is used up, and ``spends_fen`` of the day's limit is spent.

    Raises NotAllowed for more than the day's limit: whoever tries again is told what to do then.
    """
    spent_fen = staff.spent_today_fen(now) + spends_fen
    if spends_fen and spent_fen > staff.limits.per_day_fen:
        raise NotAllowed("day limit", user_message="超过您的当日限额，请重新操作。")
    return replace(
        staff,
        version=staff.version + 1,
        last_step=step,
        failures=0,
        locked_until=None,
        spent_on=hospital_day(now),
        spent_fen=spent_fen,
    )


def given_back(staff: Staff, fen: int, spent_on: date | None) -> Staff:
    """Nothing came of what a proof had spent of that day's limit. The code stays used."""
    if not fen or staff.spent_on != spent_on:
        return staff
    return replace(staff, version=staff.version + 1, spent_fen=max(0, staff.spent_fen - fen))
