"""The hospital's day is that of Asia/Shanghai, whatever the machine's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

HOSPITAL_ZONE = ZoneInfo("Asia/Shanghai")


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
