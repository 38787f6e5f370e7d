"""What every statement's cells have in common: times of the hospital, and the traces that a spreadsheet program leaves."""

from __future__ import annotations

import re
from datetime import datetime

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.statements import RefusalReason, StatementRefused

_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")
_SLASHED = re.compile(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}")


def moment(text: str, line: int) -> datetime:
    """Hospital time; old files have full-width colons. Raises StatementRefused."""
    try:
        return datetime.fromisoformat(text.replace("：", ":")).replace(tzinfo=HOSPITAL_ZONE)
    except ValueError:
        raise refused_cell(text, line) from None


def must_be_whole(number: str, line: int) -> str:
    """A number as the platform wrote it. Raises StatementRefused for what a spreadsheet makes of long digits."""
    if _SCIENTIFIC.fullmatch(number):
        raise refused_cell(number, line)
    return number


def refused_cell(text: str, line: int) -> StatementRefused:
    """Dates with slashes and numbers in powers of ten come from spreadsheet programs."""
    resaved = _SCIENTIFIC.search(text) or _SLASHED.search(text)
    return StatementRefused(line=line, reason=RefusalReason.RESAVED if resaved else RefusalReason.UNREADABLE)
