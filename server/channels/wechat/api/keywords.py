"""Shapes values so that a template's keywords take them (protocols/wechat_official.md section 8): a wrong one is error 47003.

A keyword's name is its type and a number: ``thing1``, ``amount2``. A value is never refused here, only cut and cleaned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

NOTHING = "无"
NOTHING_ASCII = "-"
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


def shaped(keyword: str, value: str) -> str:
    """``value`` as the type of ``keyword`` allows it. A type that the platform does not list gets plain short text."""
    kind = keyword.rstrip("0123456789")
    one_line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return _SHAPES.get(kind, _text)(one_line)


def data_of(keywords: Mapping[str, str], values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """``data`` of a message: each keyword of its template with the value that is meant for it, shaped."""
    return {keyword: {"value": shaped(keyword, values.get(name, ""))} for keyword, name in keywords.items()}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(value: str) -> str:
    return _cut(value, 200) or NOTHING


def _thing(value: str) -> str:
    return _cut(value, 20) or NOTHING


def _character_string(value: str) -> str:
    return "".join(char for char in value if char.isascii())[:32] or NOTHING_ASCII


def _number(value: str) -> str:
    match = re.search(r"\d+(?:\.\d+)?", value.replace(",", ""))
    return match[0][:32] if match else "0"


def _letter(value: str) -> str:
    return "".join(char for char in value if char.isascii() and char.isalpha())[:32] or "A"


def _symbol(value: str) -> str:
    return "".join(char for char in value if not char.isalnum() and not char.isspace())[:5] or NOTHING_ASCII


def _time(value: str) -> str:
    """``2026-11-23 14:01`` → ``2026年11月23日 14:01``; a time of day alone stays as it is."""
    return _DATE.sub(lambda found: f"{found[1]}年{int(found[2]):02d}月{int(found[3]):02d}日", value) or "00:00"


def _amount(value: str) -> str:
    """``1,234.56`` → ``1234.56元``."""
    match = re.search(r"\d{1,10}(?:\.\d+)?", value.replace(",", ""))
    return f"{match[0]}元" if match else "0.00元"


def _phone_number(value: str) -> str:
    return "".join(char for char in value if char in "0123456789+-*")[:17] or NOTHING_ASCII


def _car_number(value: str) -> str:
    return value[:8] or NOTHING_ASCII


def _name(value: str) -> str:
    """Ten characters as soon as one is Chinese, else twenty."""
    return value[: 20 if value.isascii() else 10] or NOTHING


def _phrase(value: str) -> str:
    return "".join(char for char in value if "一" <= char <= "鿿")[:5] or NOTHING


_SHAPES: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "character_string": _character_string,
    "number": _number,
    "letter": _letter,
    "symbol": _symbol,
    "time": _time,
    "date": _time,
    "amount": _amount,
    "phone_number": _phone_number,
    "car_number": _car_number,
    "name": _name,
    "phrase": _phrase,
    "const": _thing,
    "enum": _thing,
}
