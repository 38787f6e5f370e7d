"""The hospital's day is that of Asia/Shanghai, whatever the machine's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

HOSPITAL_ZONE = ZoneInfo("Asia/Shanghai")
YEARS = range(1900, 2200)


def of_our_time(moment: datetime) -> datetime:
    """``moment`` itself. ``0001-01-01`` is how some systems write "no time": moved to another zone it is before all time and breaks a page.

    Raises ValueError.
    """
    if moment.year not in YEARS:
        raise ValueError("a year that nothing of ours is of")
    return moment


def hospital_time(moment: datetime) -> datetime:
    return moment.astimezone(HOSPITAL_ZONE)


def hospital_day(moment: datetime) -> date:
    return hospital_time(moment).date()


def day_text(day: date) -> str:
    """``11月23日``"""
    return f"{day.month}月{day.day}日"


def moment_text(moment: datetime) -> str:
    """``11月23日 09:30``, in the hospital's time."""
    local = hospital_time(moment)
    return f"{day_text(local.date())} {local:%H:%M}"
