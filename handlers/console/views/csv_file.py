"""Payments as a CSV file for spreadsheets: UTF-8 with a byte order mark, CRLF, and no cell that a spreadsheet would carry out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from handlers.console.views.columns import COLUMNS, FILED_TITLES
from server.core.csv_cells import BOM, safe_cell
from server.payments.model import Payment


def payments_csv(payments: Iterable[Payment], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([FILED_TITLES.get(name, COLUMNS[name].title) for name in columns])
    for payment in payments:
        writer.writerow([safe_cell((COLUMNS[name].filed or COLUMNS[name].cell)(payment)) for name in columns])
    return BOM + text.getvalue()
