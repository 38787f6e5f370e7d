"""Registers as files for spreadsheets: Excel as `sheet_workbook` has it, CSV as `csv_file` has it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from handlers.console.views.sheet_cells import SUM, Word, cell_text, column_title
from server.core.csv_cells import BOM, safe_cell
from server.reconciliation.register_model import Cell, CellKind, Sheet


def workbook(sheets: Sequence[Sheet], about: Iterable[tuple[str, str]], word: Word) -> bytes:
    """The ``sheets`` as one .xlsx, after a leaf 说明 of ``about`` (label, text). Blocks; call it off the loop."""
    from handlers.console.views.sheet_workbook import workbook_bytes  # brings openpyxl and numpy: not at a start

    return workbook_bytes(sheets, about, word)


def sheet_csv(sheet: Sheet, word: Word) -> str:
    """UTF-8 with a byte order mark, CRLF; amounts in plain yuan; the last line has the sums."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column_title(column) for column in sheet.columns])
    lines: list[Sequence[Cell]] = [
        *sheet.rows,
        *([_sums(sheet)] if sheet.rows and any(c.summed for c in sheet.columns) else []),
    ]
    for line in lines:
        writer.writerow([_csv_cell(cell, column.kind, word) for cell, column in zip(line, sheet.columns, strict=True)])
    return BOM + text.getvalue()


def _csv_cell(cell: Cell, kind: CellKind, word: Word) -> str:
    if isinstance(cell, int):
        return str(cell) if kind is CellKind.SECONDS else cell_text(cell, kind, word).replace(",", "")
    return safe_cell(cell_text(cell, kind, word))


def _sums(sheet: Sheet) -> tuple[Cell, ...]:
    """The line of sums, with the word for it in the first column unless that is summed."""
    first, *rest = sheet.sums
    return (SUM if first is None else first, *rest)
