"""Reading biz_content: each field with its length and form (section 7), as types."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from sandbox.alipay.errors import TEXTS, failed, invalid
from sandbox.world.chance import CHINA
from sandbox.world.shapes import Shape, code_of, first_fault, fits, refuse
from sandbox.world.wire import Record

FEN_MAX = 10_000_000_000
EXPRESS_MIN, EXPRESS_MAX = timedelta(minutes=1), timedelta(days=15)
_NUMBER = re.compile(r"[0-9A-Za-z_]{1,64}")
_YUAN = re.compile(r"\d{1,9}(\.\d{1,2})?")
_EXPRESS = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _fen(value: Any) -> int:
    """Yuan with at most two decimals, as text or number, in fen; 0 and less are let pass here."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(" 不能为空")
    if not _YUAN.fullmatch(str(value)):
        raise ValueError(" 格式不正确")
    amount_fen = int(Decimal(str(value)) * 100)
    if amount_fen > FEN_MAX:
        refuse("ACQ.TOTAL_FEE_EXCEED", TEXTS["ACQ.TOTAL_FEE_EXCEED"])
    return amount_fen


_FILLED = fits(bool, " 不能为空")
"""What is not there, or is null, is "" (section 7)."""
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
Text28 = Annotated[Text, Field(max_length=28)]
Text64 = Annotated[Text, Field(max_length=64)]
Text128 = Annotated[Text, Field(max_length=128)]
Text256 = Annotated[Text, Field(max_length=256)]
Filled32 = Annotated[Text, Field(max_length=32), _FILLED]
Filled64 = Annotated[Text64, _FILLED]
Number = Annotated[Filled64, fits(lambda text: bool(_NUMBER.fullmatch(text)), " 只能包含字母、数字、下划线")]
Subject = Annotated[Text256, _FILLED, fits(lambda text: not set("/=&") & set(text), " 不能包含 /、=、&")]
Fen = Annotated[int, BeforeValidator(_fen)]

_WHAT = {
    "missing": " 不能为空",
    "string_type": " 必须是字符串",
    "too_long": " 超过 {max_length} 个字符",
    "literal_error": " 应为 {expected}",
    "value_error": "{error}",
}


def read(content: Record, shape: type[Shape], **context: Any) -> Shape:
    """Raises Refused about the first field that is wrong. ``context`` is what its checks depend on."""
    try:
        return shape.model_validate(content, context=context)
    except ValidationError as error:
        fault = first_fault(error)
        if code := code_of(fault):
            raise failed(code, fault["msg"]) from None
        raise invalid(str(fault["loc"][0]), _WHAT[fault["type"]].format(**fault.get("ctx", {}))) from None


def expiry(absolute: str, express: str, now: datetime, usual: timedelta) -> datetime:
    """``time_expire`` wins over ``timeout_express``. Raises Refused."""
    if absolute:
        form = "%Y-%m-%d %H:%M:%S" if len(absolute) > 16 else "%Y-%m-%d %H:%M"
        try:
            until = datetime.strptime(absolute, form).replace(tzinfo=CHINA)
        except ValueError:
            raise invalid("time_expire", " 格式为 yyyy-MM-dd HH:mm:ss") from None
        if until <= now:
            raise failed("ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR")
        return min(until, now + EXPRESS_MAX)
    if not express:
        return now + usual
    if express == "1c":
        return now.replace(hour=23, minute=59, second=59, microsecond=0)
    found = _EXPRESS.fullmatch(express)
    life = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not EXPRESS_MIN <= life <= EXPRESS_MAX:
        raise invalid("timeout_express", " 取值范围 1m～15d")
    return now + life


def yuan(amount_fen: int) -> str:
    return f"{'-' if amount_fen < 0 else ''}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def clock_text(stamp: str) -> str:
    """``yyyy-MM-dd HH:mm:ss`` of a record's time."""
    return stamp[:19].replace("T", " ")
