"""Reading biz_content: each field with its length and form (section 7). Unknown fields are let pass, as the gateway does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from sandbox.alipay.errors import failed, invalid
from sandbox.world.chance import CHINA
from sandbox.world.wire import Record

FEN_MAX = 10_000_000_000
EXPRESS_MIN, EXPRESS_MAX = timedelta(minutes=1), timedelta(days=15)
_NUMBER = re.compile(r"[0-9A-Za-z_]{1,64}")
_YUAN = re.compile(r"\d{1,9}(\.\d{1,2})?")
_EXPRESS = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def text(content: Record, name: str, most: int, *, required: bool = False) -> str:
    """A string of at most ``most`` characters; "" for one that is not given. Raises Refused."""
    value = content.get(name)
    if value is None or value == "":
        if required:
            raise invalid(name, " 不能为空")
        return ""
    if not isinstance(value, str):
        raise invalid(name, " 必须是字符串")
    if len(value) > most:
        raise invalid(name, f" 超过 {most} 个字符")
    return value


def trade_number(content: Record, *, required: bool) -> str:
    """``out_trade_no``: letters, digits, ``_``."""
    number = text(content, "out_trade_no", 64, required=required)
    if number and not _NUMBER.fullmatch(number):
        raise invalid("out_trade_no", " 只能包含字母、数字、下划线")
    return number


def subject(content: Record) -> str:
    found = text(content, "subject", 256, required=True)
    if set("/=&") & set(found):
        raise invalid("subject", " 不能包含 /、=、&")
    return found


def fen(content: Record, name: str) -> int:
    """Yuan with at most two decimals, as text or number, in fen; 0 and less are let pass here. Raises Refused."""
    value = content.get(name)
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        raise invalid(name, " 不能为空")
    if not _YUAN.fullmatch(str(value)):
        raise invalid(name, " 格式不正确")
    try:
        amount_fen = int(Decimal(str(value)) * 100)
    except InvalidOperation:
        raise invalid(name, " 格式不正确") from None
    if amount_fen > FEN_MAX:
        raise failed("ACQ.TOTAL_FEE_EXCEED")
    return amount_fen


def expiry(content: Record, now: datetime, usual: timedelta) -> datetime:
    """``time_expire`` wins over ``timeout_express``. Raises Refused."""
    absolute, express = text(content, "time_expire", 32), text(content, "timeout_express", 6)
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
