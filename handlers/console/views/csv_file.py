"""Payments as a CSV file for spreadsheets: UTF-8 with a byte order mark, CRLF, and no cell that a spreadsheet would carry out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from handlers.console.views.columns import COLUMNS, FILED_TITLES
from server.payments.model import Payment

BOM = "\ufeff"
_ACTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""A cell that begins so is a formula to a spreadsheet (OWASP, CSV Injection); full-width signs are to some."""
LONG_DIGITS = 12
"""Spreadsheets round numbers of more digits than fifteen, and write those of twelve as 4.2E+11."""


def payments_csv(payments: Iterable[Payment], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([FILED_TITLES.get(name, COLUMNS[name].title) for name in columns])
    for payment in payments:
        writer.writerow([safe_cell((COLUMNS[name].filed or COLUMNS[name].cell)(payment)) for name in columns])
    return BOM + text.getvalue()


def safe_cell(text: str) -> str:
    """``text`` as a cell that is only read: an apostrophe before what would act, a tab after long digits, lines joined."""
    line = text.replace("\r\n", " ").replace("\n", " ")
    if line.lstrip(" \u3000").startswith(_ACTS):
        return f"'{line}"
    return f"{line}\t" if len(line) >= LONG_DIGITS and line.isascii() and line.isdigit() else line
