"""The list of those whom no message reached as a CSV file for spreadsheets: UTF-8 with a byte order mark, CRLF, no cell that acts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from server.core.csv_cells import BOM, safe_cell
from server.core.days import hospital_day
from server.core.money import plain_yuan_text
from server.old_balances.model import Unreached
from server.old_balances.texts import WHY_NOT

HEAD = ("就诊卡号", "姓名", "登记的手机号", "余额（元）", "为什么没有通知到", "从哪天起")


def head_text() -> str:
    """The first line."""
    return BOM + _rows([HEAD])


def lines_text(found: Iterable[Unreached]) -> str:
    """A line each, nothing masked: the hospital writes to them and calls them."""
    return _rows(_cells(one) for one in found)


def _cells(one: Unreached) -> Sequence[str]:
    line = one.balance
    since = "" if one.since is None else hospital_day(one.since).isoformat()
    return (
        line.card_no,
        line.patient_name,
        line.phone,
        plain_yuan_text(line.balance_fen),
        WHY_NOT[one.why],
        since,
    )


def _rows(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
