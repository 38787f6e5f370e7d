"""Rows of a leg in a plain CSV file, for reconciling files alone (docs/reconciliation.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.statements import RefusalReason, StatementRefused

NEEDED = ("kind", "number", "amount_fen", "at")
OPTIONAL = ("payment_number", "state", "channel_no", "fee_fen", "note")


class RowFile:
    """reconciliation.statements.StatementReading. The columns are NEEDED and any of OPTIONAL, in any order, named in the first line.

    ``payment_number`` may be left out for payments; a time without a zone is hospital time.
    """

    balance: Balance | None = None

    def __init__(self, leg: Leg, file: BinaryIO) -> None:
        self._leg = leg
        self._file = file

    def __iter__(self) -> Iterator[Row]:
        text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="")
        lines = csv.reader(text)
        try:
            header = [name.strip() for name in next(lines, [])]
            if not header:
                raise StatementRefused(reason=RefusalReason.EMPTY)
            if any(name not in header for name in NEEDED):
                raise StatementRefused("columns", 1, reason=RefusalReason.UNREADABLE)
            at = {name: header.index(name) if name in header else None for name in (*NEEDED, *OPTIONAL)}
            for cells in lines:
                yield self._row(cells, at, lines.line_num)
        except (UnicodeDecodeError, csv.Error) as error:
            raise StatementRefused(type(error).__name__, lines.line_num, reason=RefusalReason.UNREADABLE) from error
        finally:
            if not text.closed:
                text.detach()

    def _row(self, cells: list[str], at: dict[str, int | None], line: int) -> Row:
        def cell(name: str) -> str:
            place = at[name]
            return "" if place is None else cells[place]

        try:
            number, moment = cell("number"), datetime.fromisoformat(cell("at"))
            return Row(
                leg=self._leg,
                kind=RowKind(cell("kind")),
                number=number,
                payment_number=cell("payment_number") or number,
                amount_fen=int(cell("amount_fen")),
                state=RowState(cell("state") or RowState.DONE),
                at=moment if moment.tzinfo else moment.replace(tzinfo=HOSPITAL_ZONE),
                channel_no=cell("channel_no"),
                fee_fen=int(cell("fee_fen") or 0),
                note=cell("note"),
            )
        except (ValueError, IndexError) as error:
            raise StatementRefused(str(error)[:80], line, reason=RefusalReason.UNREADABLE) from error
