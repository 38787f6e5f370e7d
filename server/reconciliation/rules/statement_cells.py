"""What every statement has in common: lines of bounded length, times of the hospital, the traces of a spreadsheet program and of a cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.statements import RefusalReason, StatementRefused

LINE_CHARS_MAX = 64 * 1024
"""The longest line of a real statement has some hundred characters."""
_CUT_WITHIN = frozenset({"unexpected end of data", "incomplete multibyte sequence"})
"""What a codec says of a character of which the last bytes are missing."""
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")
_SLASHED = re.compile(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}")


def lines_in(readline: Callable[[int], str]) -> Iterator[str]:
    """Line after line of a text, without their ends. Raises StatementRefused for another encoding, a file cut short, a line without an end."""
    try:
        while line := readline(LINE_CHARS_MAX):
            if len(line) == LINE_CHARS_MAX:
                raise StatementRefused("a line without an end", reason=RefusalReason.UNREADABLE)
            yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        if error.reason in _CUT_WITHIN:
            raise StatementRefused("within a character", reason=RefusalReason.HALF) from error
        raise StatementRefused(f"no {error.encoding}", reason=RefusalReason.RESAVED) from error


def moment(text: str, line: int) -> datetime:
    """Hospital time; old files have full-width colons. Raises StatementRefused."""
    try:
        return datetime.fromisoformat(text.replace("：", ":")).replace(tzinfo=HOSPITAL_ZONE)
    except ValueError:
        raise refused_cell(text, line) from None


def must_be_whole(number: str, line: int = 0) -> str:
    """A number as the platform wrote it. Raises StatementRefused for what a spreadsheet makes of long digits."""
    if _SCIENTIFIC.fullmatch(number):
        raise refused_cell(number, line)
    return number


def refused_cell(text: str, line: int = 0) -> StatementRefused:
    """Dates with slashes and numbers in powers of ten come from spreadsheet programs."""
    resaved = _SCIENTIFIC.search(text) or _SLASHED.search(text)
    return StatementRefused(line=line, reason=RefusalReason.RESAVED if resaved else RefusalReason.UNREADABLE)
