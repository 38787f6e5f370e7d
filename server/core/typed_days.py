"""Days as people type them, in a form's field and in a line of the chat, read by one set of rules. Pure.

A day without a year is the last one that has been.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

_NEAR = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_SPANS = ("本周", "这周", "上周", "本月", "这个月", "上月", "上个月")
_WHOLE = r"(?<![0-9A-Z])(20[0-9]{2})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})(?![0-9A-Z])\s*[日号]?"
_DIGITS = r"(?<![0-9A-Z])(20[0-9]{2})([01][0-9])([0-3][0-9])(?![0-9A-Z])"
_SHORT = r"(?<![0-9])([0-9]{1,2})\s*月\s*([0-9]{1,2})(?![0-9])\s*[日号]?"
_DASHED = r"(?<![0-9A-Z./-])([0-9]{1,2})\s*[-/]\s*([0-9]{1,2})(?![0-9A-Z./-])"
_POINTED = r"([0-9]{1,2})\s*\.\s*([0-9]{1,2})"
_OF_MONTH = r"([0-9]{1,2})\s*[日号]"
_OF_A_LINE = re.compile("|".join((*_NEAR, *_SPANS, _WHOLE, _DIGITS, _SHORT, _DASHED)))
"""Within other words ``11.27`` is an amount and ``3号`` a room."""


def day_typed(text: str, today: date) -> date | None:
    """昨天, 11月27日, 11-27, 11.27, 2026-11-27, 20261127, 27号: ``text`` is a day and nothing else. None for no day."""
    if text in _NEAR:
        return today - timedelta(days=_NEAR[text])
    if (number_only := re.fullmatch(_OF_MONTH, text)) is not None:
        return _of_month(int(number_only[1]), today)
    for pattern in (_WHOLE, _DIGITS, _SHORT, _DASHED, _POINTED):
        if (found := re.fullmatch(pattern, text)) is not None:
            return _of([int(part) for part in found.groups()], today)
    return None


def days_in(line: str, today: date) -> tuple[str, list[date]]:
    """The days that stand in ``line`` (narrow capitals) among other words, earliest first, and the line without them."""
    days: list[date] = []

    def taken(found: re.Match[str]) -> str:
        if found[0] in _SPANS:
            days.extend(_span(found[0], today))
            return " "
        said = [int(part) for part in found.groups() if part is not None]
        day = _of(said, today) if said else today - timedelta(days=_NEAR[found[0]])
        if day is None or day > today:
            return found[0]
        days.append(day)
        return " "

    left = _OF_A_LINE.sub(taken, line)
    return left, sorted(days)


def _span(said: str, today: date) -> tuple[date, date]:
    """The first and the last day of a week that begins on Monday, or of a month; none is after ``today``."""
    by_week = said.endswith("周")
    first = today - timedelta(days=today.weekday()) if by_week else today.replace(day=1)
    if not said.startswith("上"):
        return first, today
    last = first - timedelta(days=1)
    return (first - timedelta(days=7) if by_week else last.replace(day=1)), last


def _of(said: Sequence[int], today: date) -> date | None:
    """Year, month and day; or month and day."""
    if len(said) == 3:
        return _day(*said)
    this_year = _day(today.year, *said)
    return this_year if this_year is not None and this_year <= today else _day(today.year - 1, *said)


def _of_month(number: int, today: date) -> date | None:
    this_month = _day(today.year, today.month, number)
    before = today.replace(day=1) - timedelta(days=1)
    is_past = this_month is not None and this_month <= today
    return this_month if is_past else _day(before.year, before.month, number)


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
