"""The shapes of registers and figures 登记与统计: entries, and the sheets that are made of them.

An entry is one receipt or one refund, whoever took it and in whatever way: ours, or one that only the HIS tells of. A sheet is a table
with typed columns; the page, Excel and CSV show the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from server.reconciliation.his_rows import HisRow


class EntryKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of an entry's amount is of one kind of item of one doctor. Empty texts where nobody says them."""

    amount_fen: int
    category: str = ""
    department: str = ""
    doctor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``amount_fen`` is positive in both kinds. ``at`` is when the money moved. ``way`` is the way of payment (a channel, ``cash``, ``card`` …)
    and ``entrance`` where it began, both as codes. ``patient`` is masked. ``shares`` add up to the amount. ``began_at`` is when a refund
    was asked for and ``reason`` why (`payments.refund_model.REASONS`), ``booked_at`` when the HIS took a payment over. Texts are empty where
    nobody says them.
    """

    kind: EntryKind
    at: datetime
    way: str
    amount_fen: int
    number: str
    payment_number: str = ""
    transaction_id: str = ""
    his_no: str = ""
    receipt_no: str = ""
    patient: str = ""
    entrance: str = ""
    terminal: str = ""
    operator: str = ""
    shift: str = ""
    shares: tuple[Share, ...] = ()
    began_at: datetime | None = None
    reason: str = ""
    booked_at: datetime | None = None

    @property
    def is_refund(self) -> bool:
        return self.kind is EntryKind.REFUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Receipts and refunds of the days from ``first`` to ``last``. ``listed`` is what the HIS listed, ours too; ``unlisted`` are the days of
    which it said nothing.
    """

    first: date
    last: date
    entries: tuple[Entry, ...]
    listed: tuple[HisRow, ...] = ()
    unlisted: tuple[date, ...] = ()


class CellKind(StrEnum):
    """What a column's cells are: ``MONEY`` in fen, ``SHARE`` in parts per ten thousand, ``TIME`` aware, ``CODE`` a word of ours that the
    reader's words replace (ways of payment, entrances, people).
    """

    TEXT = "text"
    CODE = "code"
    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    SECONDS = "seconds"
    TIME = "time"
    DAY = "day"


Cell = str | int | datetime | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``summed``: the sheet's last line has the column's sum."""

    title: str
    kind: CellKind = CellKind.TEXT
    summed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """``name`` is a word of small ASCII letters and hyphens, for addresses and file names. ``note`` says what a reader must know of it."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def sums(self) -> tuple[int | None, ...]:
        """By column: the sum of its cells, None where it has none."""
        return tuple(
            sum(cell for row in self.rows if isinstance(cell := row[index], int)) if column.summed else None
            for index, column in enumerate(self.columns)
        )
