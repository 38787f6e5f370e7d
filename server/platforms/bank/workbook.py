"""The lines of a bank's .xlsx as texts, as its CSV would have them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time

from server.reconciliation.statements import RefusalReason, StatementRefused

UNPACKED_MAX = 30 * 1024 * 1024
LINES_MAX, CELLS_MAX = 20_000, 60
DIGITS_KEPT = 10**15
"""A number cell with more digits has lost its last ones: that is what a spreadsheet program does to the numbers of a file that it saves."""


def workbook_lines(content: bytes) -> Iterator[list[str]]:
    """The lines of the first sheet. Raises StatementRefused."""
    from openpyxl import load_workbook  # with numpy a fifth of a second, which no start waits for

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED_MAX:
                raise StatementRefused("too large", reason=RefusalReason.UNREADABLE)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        lines = book.worksheets[0].iter_rows(max_row=LINES_MAX + 1, max_col=CELLS_MAX, values_only=True)
        read = [[_text(cell) for cell in line] for line in lines]
    except StatementRefused:
        raise
    except Exception as error:  # a damaged workbook can fail in any way
        raise StatementRefused("no workbook", reason=RefusalReason.RESAVED) from error
    if len(read) > LINES_MAX:
        raise StatementRefused("too many lines", reason=RefusalReason.UNREADABLE)
    return (_without_end(line) for line in read)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}" if cell.time() != time() else f"{cell:%Y-%m-%d}"
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        if abs(cell) >= DIGITS_KEPT:
            raise StatementRefused("a number without its last digits", reason=RefusalReason.RESAVED)
        return str(cell) if isinstance(cell, int) else f"{cell:.2f}"
    return str(cell)


def _without_end(line: list[str]) -> list[str]:
    """Empty cells right of the table are no cells."""
    while line and not line[-1]:
        line.pop()
    return line
