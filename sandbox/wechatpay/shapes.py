"""What the platform accepts in a field, as types, and its refusal of what doesn't fit. The bodies made of them are in asked.py."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.wechatpay.errors import Refused, wrong_parameter
from sandbox.world.shapes import fits
from sandbox.world.wire import split_address

_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")
OPTIONAL: Any = None
"""The default of a field that may be left out. The default itself is not checked; a null that was sent is."""


class Exact(BaseModel):
    """An object with no other fields than its own, and with no number where a text belongs. A type is built when it first reads a body."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)


def _is_moment(value: str) -> bool:
    """RFC 3339 as the platform writes it, ``yyyy-MM-DDTHH:mm:ss`` and an offset: not all of ISO 8601."""
    try:
        return _RFC_3339.fullmatch(value) is not None and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_address(value: str) -> bool:
    """An absolute URL with a path and without a query."""
    url = split_address(value)
    return url is not None and len(url.path) > 1 and not url.query and not url.fragment


Text = Annotated[str, Field(min_length=1)]
Text32 = Annotated[Text, Field(max_length=32)]
Text64 = Annotated[Text, Field(max_length=64)]
Text128 = Annotated[Text, Field(max_length=128)]
Text256 = Annotated[Text, Field(max_length=256)]
Encrypted = Annotated[Text, Field(max_length=2048)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Positive = Annotated[int, Field(ge=1, lt=2**63)]
Moment = Annotated[str, fits(_is_moment, "must be RFC 3339 with an offset")]
Address = Annotated[
    Text, Field(max_length=255), fits(_is_address, "must be an absolute URL with a path and without a query")
]
Currency = Annotated[str, fits("CNY".__eq__, "Currency code is invalid")]

_EMPTY, _LIST = "is required, and must not be empty", "must be a list"
_ISSUES = {
    "missing": "is required",
    "model_type": "is required, an object",
    "string_type": _EMPTY,
    "string_too_short": _EMPTY,
    "string_too_long": "is longer than {max_length}",
    "string_pattern_mismatch": "has characters or a form that are not allowed",
    "literal_error": "must be one of {expected}",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be a whole number, at least {ge}",
    "less_than": "must be a whole number below 2^63",
    "bool_type": "must be true or false",
    "list_type": _LIST,
    "too_short": _LIST,
    "value_error": "{error}",
}


def check(value: Any, shape: type[Exact]) -> None:
    """Raises Refused: the platform names one fault, a field that it doesn't know before one that is wrong."""
    try:
        shape.model_validate(value)
    except ValidationError as error:
        fault = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
        place, kind = "/".join(str(part) for part in fault["loc"]), fault["type"]
        if kind == "extra_forbidden":
            raise Refused(400, "PARAM_ERROR", f"参数中含有非法的额外参数 {place}", number=270924358) from None
        issue = _ISSUES[kind].format(**fault.get("ctx", {}))
        raise wrong_parameter(place, issue, None if kind == "missing" else fault["input"]) from None
