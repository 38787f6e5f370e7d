"""The hospital's day is that of Asia/Shanghai, whatever the machine's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

HOSPITAL_ZONE = ZoneInfo("Asia/Shanghai")


def hospital_time(moment: datetime) -> datetime:
    return moment.astimezone(HOSPITAL_ZONE)


def hospital_day(moment: datetime) -> date:
    return hospital_time(moment).date()
