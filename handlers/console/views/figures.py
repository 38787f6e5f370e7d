"""The page of registers and figures: every sheet as a table, the first ones with a picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from handlers.console.views.charts import Chart, bars, columns
from handlers.console.views.sheet_cells import Word, cell_text
from server.reconciliation.register_model import Books, Cell, CellKind, Column, Sheet
from server.reconciliation.rules.books import missing_note, sheets_of

ROWS_SHOWN = 50
BARS_MAX = 10
NUMBERS = frozenset({CellKind.COUNT, CellKind.MONEY, CellKind.SHARE, CellKind.SECONDS})
PICTURES = {"by-way": "bars", "by-department": "bars", "by-category": "bars", "trend": "columns", "by-hour": "columns"}
"""Which sheets have a picture, and of which sort."""


def period_text(first: date, last: date) -> str:
    if first == last:
        return f"{first.year}年{first.month}月{first.day}日"
    return f"{first.year}年{first.month}月{first.day}日 至 {last.year}年{last.month}月{last.day}日"


def figures_page(books: Books, month: tuple[date, date], word: Word) -> dict[str, object]:
    """``month`` is the last whole one, for the link to its report."""
    return {
        "since": books.first.isoformat(), "until": books.last.isoformat(), "period": period_text(books.first, books.last),
        "month": {"since": month[0].isoformat(), "until": month[1].isoformat(), "text": f"{month[0].year}年{month[0].month}月"},
        "missing": missing_note(books), "sheets": [sheet_view(sheet, word) for sheet in sheets_of(books)],
    }  # fmt: skip


def sheet_view(sheet: Sheet, word: Word) -> dict[str, object]:
    """A table of texts. A long register shows its first lines; the files have all."""
    return {
        "name": sheet.name, "title": sheet.title,
        "columns": [{"title": column.title, "look": _look(column)} for column in sheet.columns],
        "rows": [_line(sheet, row, word) for row in sheet.rows[:ROWS_SHOWN]],
        "sums": _line(sheet, sheet.sums, word) if sheet.rows and any(column.summed for column in sheet.columns) else [],
        "count": len(sheet.rows), "shown": min(len(sheet.rows), ROWS_SHOWN), "charts": charts_of(sheet, word),
        "prints": sheet.name not in {"receipts", "refunds", "e-receipts"},
    }  # fmt: skip


def _line(sheet: Sheet, row: tuple[object, ...], word: Word) -> list[dict[str, str]]:
    return [
        {"text": cell_text(cell, column.kind, word), "look": _look(column)}  # type: ignore[arg-type]
        for cell, column in zip(row, sheet.columns, strict=True)
    ]


def _look(column: Column) -> str:
    if column.kind in NUMBERS:
        return "number"
    return "cell--line" if column.kind in {CellKind.TIME, CellKind.DAY, CellKind.CODE} else "whole"


def charts_of(sheet: Sheet, word: Word) -> list[Chart]:
    """The pictures of a sheet: of its money, of the refund rate by day, of how long things take, of fees."""
    found = [chart_of(sheet, word)]
    titles = [column.title for column in sheet.columns]
    if sheet.name == "trend":
        found.append(_bars_of(sheet, "退费率最高的几天", titles.index("退费率"), word, highest=True))
    if sheet.name == "durations":
        found.append(_bars_of(sheet, "90%在此时间内", titles.index("90%在此时间内"), word))
    if sheet.name == "fees":
        found.append(_fee_bars(sheet, titles.index("渠道"), titles.index("手续费")))
    return [chart for chart in found if chart is not None]


def _bars_of(sheet: Sheet, title: str, place: int, word: Word, *, highest: bool = False) -> Chart | None:
    """One bar for each row that has a number there, or the ``highest`` few of them; None where all are nothing."""
    kind = sheet.columns[place].kind
    points = [
        (_label(row[0], sheet.columns[0].kind, word), cell) for row in sheet.rows if isinstance(cell := row[place], int)
    ]
    if highest:
        points = sorted((point for point in points if point[1]), key=lambda point: (-point[1], point[0]))[:BARS_MAX]
    if not any(number for _, number in points):
        return None
    return _named(bars(title, points, lambda number: cell_text(number, kind, word), ""))


def _label(cell: Cell, kind: CellKind, word: Word) -> str:
    """Days without their year: the whole date is longer than a label may be."""
    return f"{cell:%m-%d}" if isinstance(cell, date) else cell_text(cell, kind, word)


def _named(chart: Chart) -> Chart:
    """The chart with its title below it, which is not the title of the sheet."""
    return replace(chart, legend=(("in", chart.title),))


def _fee_bars(sheet: Sheet, channel: int, fee: int) -> Chart | None:
    """What each channel has kept."""
    kept: Counter[str] = Counter()
    for row in sheet.rows:
        kept[str(row[channel])] += _fen(row[fee])
    return _named(bars("各渠道手续费", sorted(kept.items(), key=lambda each: -each[1]))) if any(kept.values()) else None


def chart_of(sheet: Sheet, word: Word) -> Chart | None:
    """A chart of the money that came in and went back; the table beside it says the same in numbers."""
    sort = PICTURES.get(sheet.name)
    titles = [column.title for column in sheet.columns]
    if sort is None or not sheet.rows:
        return None
    paid, back = titles.index("收款金额"), titles.index("退费金额")
    points = [(cell_text(row[0], sheet.columns[0].kind, word), _fen(row[paid]), _fen(row[back])) for row in sheet.rows]
    if not any(came or went for _, came, went in points):
        return None
    if sort == "bars":
        return bars(sheet.title, [(name, came) for name, came, _ in points[:BARS_MAX]])
    return columns(
        sheet.title, [(name[-5:] if sheet.name == "trend" else name[:2], came, went) for name, came, went in points]
    )


def _fen(cell: object) -> int:
    return cell if isinstance(cell, int) else 0
