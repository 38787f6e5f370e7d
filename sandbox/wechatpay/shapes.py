"""What the platform accepts in a field: small checks that are put together into the shape of a body (asked.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.wechatpay.errors import Refused, wrong_parameter

_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")
LOOPBACK = ("127.0.0.1", "localhost")
Check = Callable[[Any, str], None]
"""Takes the value and its place (``amount/total``); raises Refused."""


def text(most: int, shape: str = "", *, in_bytes: bool = False) -> Check:
    """A string of 1 to ``most`` characters (or bytes) that has ``shape``."""
    pattern = re.compile(shape) if shape else None

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or not value:
            raise wrong_parameter(place, "is required, and must not be empty", value)
        if len(value.encode() if in_bytes else value) > most:
            raise wrong_parameter(place, f"is longer than {most}", value)
        if pattern is not None and not pattern.fullmatch(value):
            raise wrong_parameter(place, "has characters or a form that are not allowed", value)

    return check


def one_of(*allowed: str) -> Check:
    def check(value: Any, place: str) -> None:
        if value not in allowed:
            raise wrong_parameter(place, f"must be one of {', '.join(allowed)}", value)

    return check


def currency(value: Any, place: str) -> None:
    if value != "CNY":
        raise wrong_parameter(place, "Currency code is invalid", value)


def whole(least: int) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**63:
            raise wrong_parameter(place, f"must be a whole number, at least {least}", value)

    return check


def flag(value: Any, place: str) -> None:
    if not isinstance(value, bool):
        raise wrong_parameter(place, "must be true or false", value)


def moment(value: Any, place: str) -> None:
    """RFC 3339 as the platform writes it, ``yyyy-MM-DDTHH:mm:ss`` and an offset: not all of ISO 8601."""
    try:
        exact = isinstance(value, str) and _RFC_3339.fullmatch(value) is not None
        is_moment = exact and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        is_moment = False
    if not is_moment:
        raise wrong_parameter(place, "must be RFC 3339 with an offset", value)


def address(*schemes: str) -> Check:
    """An absolute URL with a path and without a query."""

    def check(value: Any, place: str) -> None:
        text(255)(value, place)
        try:
            url = urlsplit(value)
            host = url.hostname
        except ValueError:
            raise wrong_parameter(place, "is no URL", value) from None
        if url.scheme not in schemes or not host or len(url.path) < 2 or url.query or url.fragment:
            raise wrong_parameter(place, "must be an absolute URL with a path and without a query", value)

    return check


def listed(inner: Check) -> Check:
    def check(value: Any, place: str) -> None:
        if not isinstance(value, list) or not value:
            raise wrong_parameter(place, "must be a list", value)
        for index, each in enumerate(value):
            inner(each, f"{place}/{index}")

    return check


def shaped(fields: Mapping[str, Check], *required: str) -> Check:
    """An object with no other than ``fields``."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise wrong_parameter(place, "is required, an object", value)
        prefix = f"{place}/" if place else ""
        for name in value:
            if name not in fields:
                raise Refused(400, "PARAM_ERROR", f"参数中含有非法的额外参数 {prefix}{name}", number=270924358)
        for name, inner in fields.items():
            if name in value:
                inner(value[name], f"{prefix}{name}")
            elif name in required:
                raise wrong_parameter(f"{prefix}{name}", "is required")

    return check
