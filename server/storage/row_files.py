"""Rows of a leg in a plain CSV file, for reconciling files alone (docs/reconciliation.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO, ClassVar

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.rules.statement_cells import lines_in, must_be_whole, refused_cell
from server.reconciliation.statements import RefusalReason, StatementRefused

NEEDED = ("kind", "number", "amount_fen", "at")
OPTIONAL = ("payment_number", "state", "channel_no", "fee_fen", "note")
TRADES = frozenset({RowKind.PAYMENT, RowKind.REFUND})
KINDS: Mapping[Leg, frozenset[RowKind]] = {Leg.CHANNEL: TRADES | {RowKind.UNKNOWN}, Leg.FUND: frozenset(RowKind)}
"""What a leg that is given as rows may have beside payments and refunds."""
STATES = frozenset(RowState)
FEN_DIGITS_MAX = 15


class RowsRefused(StatementRefused):
    """A file of rows that must not be used; whoever exports it exports it again."""

    words: ClassVar[Mapping[RefusalReason, str]] = {
        RefusalReason.RESAVED: "这个文件被表格软件重新保存过，单号和时间已经改变。请重新导出，不要用表格软件打开再保存。",
        RefusalReason.UNREADABLE: "这一行不能识别。文件要用UTF-8编码的CSV，第一行是列名，至少有kind、number、amount_fen、at四列。",
        RefusalReason.HALF: "文件不完整，最后一行缺列。请重新导出。",
        RefusalReason.EMPTY: "文件是空的。没有收退费的日子也要有第一行列名。",
    }


class RowFile:
    """reconciliation.statements.StatementReading. The columns are NEEDED and any of OPTIONAL, in any order, named in the first line.

    ``payment_number`` may be left out for payments; a time without a zone is hospital time. Iterating raises RowsRefused.
    """

    balance: Balance | None = None

    def __init__(self, leg: Leg, file: BinaryIO) -> None:
        self._leg = leg
        self._file = file
        self._kinds = KINDS.get(leg, TRADES)

    def __iter__(self) -> Iterator[Row]:
        text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline=None)
        lines = csv.reader(lines_in(text.readline))
        try:
            header = [name.strip() for name in next(lines, [])]
            if not header:
                raise StatementRefused(reason=RefusalReason.EMPTY)
            if any(name not in header for name in NEEDED):
                raise StatementRefused("columns")
            at = {name: header.index(name) if name in header else None for name in (*NEEDED, *OPTIONAL)}
            for cells in lines:
                line = lines.line_num
                if len(cells) >= len(header):
                    yield self._row(cells, at)
                elif cells:
                    is_last = next(lines, None) is None
                    reason = RefusalReason.HALF if is_last else RefusalReason.UNREADABLE
                    raise StatementRefused("cells", line, reason=reason)
        except csv.Error as error:
            raise RowsRefused(str(error), lines.line_num) from error
        except StatementRefused as refused:
            raise RowsRefused(refused.detail, refused.line or lines.line_num, reason=refused.reason) from refused
        finally:
            if not text.closed:
                text.detach()

    def _row(self, cells: list[str], at: dict[str, int | None]) -> Row:
        def cell(name: str) -> str:
            place = at[name]
            return "" if place is None else cells[place]

        kind, state, channel_no = cell("kind"), cell("state") or RowState.DONE, cell("channel_no")
        number = must_be_whole(cell("number"))
        if kind not in self._kinds or state not in STATES:
            raise StatementRefused(f"{kind} {state}"[:80])
        if not number and not (self._leg is Leg.HIS and channel_no):
            raise StatementRefused("number")
        return Row(
            leg=self._leg,
            kind=RowKind(kind),
            number=number,
            payment_number=must_be_whole(cell("payment_number")) or number,
            amount_fen=_fen(cell("amount_fen")),
            state=RowState(state),
            at=_moment(cell("at")),
            channel_no=must_be_whole(channel_no),
            fee_fen=_signed_fen(cell("fee_fen") or "0"),
            note=cell("note"),
        )


def _fen(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= FEN_DIGITS_MAX):
        raise refused_cell(text)
    return int(text)


def _signed_fen(text: str) -> int:
    return -_fen(text[1:]) if text.startswith("-") else _fen(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refused_cell(text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=HOSPITAL_ZONE)
