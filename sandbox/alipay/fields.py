"""Reading biz_content: each field with its length and form (section 7), as types."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from sandbox.alipay.errors import TEXTS, failed, invalid
from sandbox.world.chance import CHINA
from sandbox.world.wire import Record

FEN_MAX = 10_000_000_000
EXPRESS_MIN, EXPRESS_MAX = timedelta(minutes=1), timedelta(days=15)
ABSENT: Any = None
"""The default of a field that must be there and has a code of its own for its absence."""
_NUMBER = re.compile(r"[0-9A-Za-z_]{1,64}")
_YUAN = re.compile(r"\d{1,9}(\.\d{1,2})?")
_EXPRESS = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Asked(BaseModel):
    """What biz_content holds; what it doesn't hold, or holds empty, is "" here. Unknown fields are let pass, as the gateway does."""

    model_config = ConfigDict(strict=True, validate_default=True)


def refusal(sub_code: str, words: str = "") -> ValueError:
    """What a check raises that has a code of its own."""
    return PydanticCustomError(sub_code, words or TEXTS[sub_code])


def _has_code(kind: str) -> bool:
    """pydantic's own kinds of fault are words in small letters."""
    return not kind.islower()


def coded(sub_code: str, words: str) -> WrapValidator:
    """What doesn't fit is refused by ``sub_code``, unless something inside it has a code of its own."""

    def check(value: Any, fits: ValidatorFunctionWrapHandler) -> Any:
        try:
            return fits(value)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            own = _has_code(fault["type"])
            raise (refusal(fault["type"], fault["msg"]) if own else refusal(sub_code, words)) from None

    return WrapValidator(check)


def _given(value: Any) -> Any:
    return "" if value is None else value


def _filled(value: str) -> str:
    if not value:
        raise ValueError(" 不能为空")
    return value


def _number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise ValueError(" 只能包含字母、数字、下划线")
    return value


def _subject(value: str) -> str:
    if set("/=&") & set(value):
        raise ValueError(" 不能包含 /、=、&")
    return value


def _fen(value: Any) -> int:
    """Yuan with at most two decimals, as text or number, in fen; 0 and less are let pass here."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(" 不能为空")
    if not _YUAN.fullmatch(str(value)):
        raise ValueError(" 格式不正确")
    amount_fen = int(Decimal(str(value)) * 100)
    if amount_fen > FEN_MAX:
        raise refusal("ACQ.TOTAL_FEE_EXCEED")
    return amount_fen


Text = Annotated[str, BeforeValidator(_given)]
Text28 = Annotated[Text, Field(max_length=28)]
Text64 = Annotated[Text, Field(max_length=64)]
Text128 = Annotated[Text, Field(max_length=128)]
Text256 = Annotated[Text, Field(max_length=256)]
Filled32 = Annotated[Text, Field(max_length=32), AfterValidator(_filled)]
Filled64 = Annotated[Text64, AfterValidator(_filled)]
Number = Annotated[Filled64, AfterValidator(_number)]
Subject = Annotated[Text256, AfterValidator(_filled), AfterValidator(_subject)]
Fen = Annotated[int, BeforeValidator(_fen)]

_WHAT = {
    "missing": " 不能为空",
    "string_type": " 必须是字符串",
    "too_long": " 超过 {max_length} 个字符",
    "literal_error": " 应为 {expected}",
    "value_error": "{error}",
}
Shape = TypeVar("Shape", bound=Asked)


def read(content: Record, shape: type[Shape], **context: Any) -> Shape:
    """Raises Refused about the first field that is wrong. ``context`` is what its checks depend on."""
    try:
        return shape.model_validate(content, context=context)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        if _has_code(fault["type"]):
            raise failed(fault["type"], fault["msg"]) from None
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
