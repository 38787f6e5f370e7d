"""Cells of registers as people read them, on the page and in CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from handlers.console.views.actors import CHANNELS, by_whom
from handlers.console.views.words import ENTRANCES
from server.core.actors import Source
from server.core.days import hospital_time
from server.core.money import yuan_text
from server.reconciliation.register_model import Cell, CellKind, Column
from server.reconciliation.texts import WAYS

Word = Callable[[str], str]
NOBODY = "未记录"
SUM = "合计"
SECONDS_TITLE = "（秒）"


def words_of(channels: Mapping[str, str]) -> Word:
    """Codes to words. ``channels``: titles by name."""
    known = {**ENTRANCES, **WAYS, **CHANNELS, **channels, "": NOBODY}
    return lambda code: known.get(code) or (by_whom(code) if _is_actor(code) else code)


def column_title(column: Column) -> str:
    """The head of a column of a file, where a duration is a number of seconds."""
    return f"{column.title}{SECONDS_TITLE}" if column.kind is CellKind.SECONDS else column.title


def _is_actor(code: str) -> bool:
    return code.partition(":")[0] in set(Source)


def cell_text(cell: Cell, kind: CellKind, word: Word) -> str:
    """Money as 1,234.56, shares as 12.34%, times of the hospital's day; nothing for an empty cell."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{hospital_time(cell):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int):
        return _number_text(cell, kind)
    return word(cell) if kind is CellKind.CODE else cell


def _number_text(number: int, kind: CellKind) -> str:
    match kind:
        case CellKind.MONEY:
            return yuan_text(number)
        case CellKind.SHARE:
            return f"{number // 100}.{number % 100:02d}%"
        case CellKind.SECONDS:
            return duration_text(number)
        case _:
            return str(number)


def duration_text(seconds: int) -> str:
    """``45秒``, ``3分20秒``, ``2小时5分``, ``3天4小时``."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}天{hours}小时"
    if hours:
        return f"{hours}小时{minutes}分"
    return f"{minutes}分{seconds}秒" if minutes else f"{seconds}秒"
