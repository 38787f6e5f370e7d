"""What finance says in the chat about reconciliation, understood: forgiving of spaces, full-width characters and ways to say a day. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from server.core.typed import plain

DAY, FIGURES, DIFFERENCES = "对账", "日报", "差异"
_COMMAND = re.compile(r"(对\s*账|日\s*报|差\s*异)(.*)", re.DOTALL)
_NEAR = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_WHOLE = re.compile(r"(20[0-9]{2})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?")
_DIGITS = re.compile(r"(20[0-9]{2})([0-9]{2})([0-9]{2})")
_SHORT = re.compile(r"([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?")
_OF_MONTH = re.compile(r"([0-9]{1,2})\s*[日号]")
_END = " 。.!！?？~"


@dataclass(frozen=True, slots=True)
class Asked:
    """``day`` is None where what stands behind the command is no day."""

    command: str
    day: date | None


def heard(text: str, today: date) -> Asked | None:
    """The command that ``text`` begins with, and its day: yesterday where none is said. None for anything else."""
    said = plain(text).strip()
    found = _COMMAND.fullmatch(said)
    if found is None:
        return None
    return Asked(re.sub(r"\s", "", found[1]), day_said(found[2].strip(_END), today))


def day_said(text: str, today: date) -> date | None:
    """昨天, 11月27日, 11-27, 2026-11-27, 20261127, 27号; a day without a year is the last one that has been. None for no day."""
    if not text:
        return today - timedelta(days=1)
    if text in _NEAR:
        return today - timedelta(days=_NEAR[text])
    for pattern in (_WHOLE, _DIGITS):
        if (whole := pattern.fullmatch(text)) is not None:
            return _day(*map(int, whole.groups()))
    if (short := _SHORT.fullmatch(text)) is not None:
        month, number = int(short[1]), int(short[2])
        this_year = _day(today.year, month, number)
        return this_year if this_year is None or this_year <= today else _day(today.year - 1, month, number)
    if (number_only := _OF_MONTH.fullmatch(text)) is not None:
        this_month = _day(today.year, today.month, int(number_only[1]))
        before = today.replace(day=1) - timedelta(days=1)
        is_past = this_month is not None and this_month <= today
        return this_month if is_past else _day(before.year, before.month, int(number_only[1]))
    return None


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
