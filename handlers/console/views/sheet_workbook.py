"""Registers as an Excel file: typed cells, the head in sight, sums as formulas.

`sheet_files.workbook` imports this module when a file is asked for: openpyxl and numpy take a fifth of a second.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from handlers.console.views.sheet_cells import SUM, Word, cell_text, column_title
from server.core.days import hospital_time
from server.reconciliation.register_model import Cell, CellKind, Column, Sheet

FORMATS = {
    CellKind.COUNT: "0", CellKind.MONEY: "#,##0.00", CellKind.SHARE: "0.00%", CellKind.SECONDS: "0",
    CellKind.TIME: "yyyy-mm-dd hh:mm:ss", CellKind.DAY: "yyyy-mm-dd",
}  # fmt: skip
WIDTHS = {CellKind.TIME: 20, CellKind.DAY: 12, CellKind.MONEY: 14, CellKind.COUNT: 10, CellKind.SHARE: 10}
WIDTH_MIN, WIDTH_MAX, LOOKED_AT = 8, 40, 200
_HEAD = Font(bold=True)
_HEAD_FILL = PatternFill("solid", start_color="FFE8F1EE")


def workbook_bytes(sheets: Sequence[Sheet], about: Iterable[tuple[str, str]], word: Word) -> bytes:
    """An .xlsx with a leaf 说明 of ``about`` (label, text) and one for each sheet: the head stays in sight, the last line has the sums as formulas.
    No text is ever a formula, whatever it begins with.
    """
    book = Workbook(write_only=True)
    _about(book, [*about, *((sheet.title, sheet.note) for sheet in sheets if sheet.note)])
    for sheet in sheets:
        _leaf(book, sheet, word)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _about(book: Any, rows: Iterable[tuple[str, str]]) -> None:
    leaf = book.create_sheet("说明")
    leaf.column_dimensions["A"].width, leaf.column_dimensions["B"].width = 16, 80
    for label, text in rows:
        leaf.append([_text(leaf, label, bold=True), _text(leaf, text)])


def _leaf(book: Any, sheet: Sheet, word: Word) -> None:
    leaf = book.create_sheet(sheet.title[:31])
    leaf.freeze_panes = "A2"
    leaf.print_title_rows = "1:1"
    leaf.page_setup.orientation, leaf.page_setup.fitToHeight = "landscape", 0
    leaf.sheet_properties.pageSetUpPr.fitToPage = True
    for index, column in enumerate(sheet.columns):
        texts = (cell_text(row[index], column.kind, word) for row in sheet.rows[:LOOKED_AT])
        leaf.column_dimensions[get_column_letter(index + 1)].width = _width(column, texts)
    leaf.append([_text(leaf, column_title(column), bold=True) for column in sheet.columns])
    for row in sheet.rows:
        leaf.append([_typed(leaf, cell, column.kind, word) for cell, column in zip(row, sheet.columns, strict=True)])
    if sheet.rows and any(column.summed for column in sheet.columns):
        leaf.append([_sum_cell(leaf, sheet, index) for index in range(len(sheet.columns))])


def _sum_cell(leaf: Any, sheet: Sheet, index: int) -> Any:
    column = sheet.columns[index]
    if not column.summed:
        return _text(leaf, SUM if index == 0 else "", bold=True)
    letter = get_column_letter(index + 1)
    cell = WriteOnlyCell(leaf, value=f"=SUM({letter}2:{letter}{len(sheet.rows) + 1})")
    cell.number_format, cell.font = FORMATS[column.kind], _HEAD
    return cell


def _typed(leaf: Any, cell: Cell, kind: CellKind, word: Word) -> Any:
    if cell is None or isinstance(cell, str):
        return _text(leaf, cell_text(cell, kind, word))
    typed = WriteOnlyCell(leaf, value=_value(cell, kind))
    typed.number_format = FORMATS.get(kind, "General")
    return typed


def _value(cell: int | datetime | date, kind: CellKind) -> object:
    """Excel knows no zones: a time is that of the hospital's clock."""
    if isinstance(cell, datetime):
        return hospital_time(cell).replace(tzinfo=None, microsecond=0)
    if isinstance(cell, int) and kind is CellKind.MONEY:
        return Decimal(cell) / 100
    return Decimal(cell) / 10_000 if isinstance(cell, int) and kind is CellKind.SHARE else cell


def _text(leaf: Any, text: str, *, bold: bool = False) -> Any:
    """A cell of text: its type is set by hand, and the quote prefix keeps it text when somebody edits it."""
    cell = WriteOnlyCell(leaf, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    if text:
        cell.data_type = "s"
    cell.quotePrefix = True
    if bold:
        cell.font, cell.fill, cell.alignment = _HEAD, _HEAD_FILL, Alignment(vertical="center")
    return cell


def _width(column: Column, texts: Iterable[str]) -> int:
    """In characters; a Chinese one counts twice."""
    if column.kind in WIDTHS:
        return WIDTHS[column.kind]
    longest = max((sum(2 if one > "\u2e80" else 1 for one in text) for text in (column.title, *texts)), default=0)
    return min(max(longest + 2, WIDTH_MIN), WIDTH_MAX)
