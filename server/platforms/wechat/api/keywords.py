"""Shapes values so that a template's keywords take them (docs/protocols/wechat_official.md section 8): a wrong one is error 47003.

A keyword's name is its type and a number: ``thing1``, ``amount2``. A value is never refused here, only cut and cleaned.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from server.core.characters import cut_to_chars

NOTHING = "无"
NOTHING_ASCII = "-"
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_RANGE = re.compile(r"\s*[~～〜至]\s*")
_CLOCK = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])")
_HAN = re.compile("[一-鿿]")
_NO_TIME = "00:00"


def shaped(keyword: str, value: str) -> str:
    """``value`` as the type of ``keyword`` allows it. A type that the platform does not list gets plain short text."""
    kind = keyword.rstrip("0123456789")
    one_line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return _SHAPES.get(kind, _text)(one_line)


def data_of(keywords: Mapping[str, str], values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """``data`` of a message: each keyword of its template with the value that is meant for it, shaped."""
    return {keyword: {"value": shaped(keyword, values.get(name, ""))} for keyword, name in keywords.items()}


def _text(value: str) -> str:
    return cut_to_chars(value, 200, "…") or NOTHING


def _thing(value: str) -> str:
    return cut_to_chars(value, 20, "…") or NOTHING


def _character_string(value: str) -> str:
    return "".join(char for char in value if char.isascii())[:32].strip() or NOTHING_ASCII


def _number(value: str) -> str:
    match = re.search(r"\d+(?:\.\d+)?", value.replace(",", ""))
    return match[0][:32].rstrip(".") if match else "0"


def _letter(value: str) -> str:
    return "".join(char for char in value if char.isascii() and char.isalpha())[:32] or "A"


def _symbol(value: str) -> str:
    return "".join(char for char in value if not char.isalnum() and not char.isspace())[:5] or NOTHING_ASCII


def _time(value: str) -> str:
    """``2026-11-23 14:01`` → ``2026年11月23日 14:01``; a time of day alone stays as it is. Only real dates and times are taken."""
    moments = [_moment(part) for part in _RANGE.split(value)[:2]]
    return "~".join(moment for moment in moments if _CLOCK.search(moment)) or _NO_TIME


def _date(value: str) -> str:
    """As `_time`, but the day is what is needed, and the time may be missing."""
    moments = [_moment(part) for part in _RANGE.split(value)[:2]]
    return "~".join(moment for moment in moments if "日" in moment) or _NO_TIME


def _moment(value: str) -> str:
    """Day and time of one moment, as far as they are real; nothing else."""
    day, clock = _DATE.search(value), _CLOCK.search(value)
    return " ".join(part for part in (_day(day) if day else "", clock[0] if clock else "") if part)


def _day(found: re.Match[str]) -> str:
    try:
        real = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return ""
    return f"{real.year}年{real.month:02d}月{real.day:02d}日"


def _amount(value: str) -> str:
    """``1,234.56`` → ``1234.56元``."""
    match = re.search(r"\d{1,10}(?:\.\d+)?", value.replace(",", ""))
    return f"{match[0]}元" if match else "0.00元"


def _phone_number(value: str) -> str:
    return "".join(char for char in value if char in "0123456789+-*")[:17] or NOTHING_ASCII


def _car_number(value: str) -> str:
    return value[:8] or NOTHING_ASCII


def _name(value: str) -> str:
    """A name without digits; ten characters as soon as one is Chinese, else twenty."""
    named = " ".join("".join(char for char in value if unicodedata.category(char)[0] != "N").split())
    return cut_to_chars(named, 20 if named.isascii() else 10) or NOTHING


def _phrase(value: str) -> str:
    return "".join(_HAN.findall(value))[:5] or NOTHING


_SHAPES: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "character_string": _character_string,
    "number": _number,
    "letter": _letter,
    "symbol": _symbol,
    "time": _time,
    "date": _date,
    "amount": _amount,
    "phone_number": _phone_number,
    "car_number": _car_number,
    "name": _name,
    "phrase": _phrase,
    "const": _thing,
    "enum": _thing,
}
