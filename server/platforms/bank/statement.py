"""A bank's CSV: what has come into the account, found by the names of its columns, which differ from bank to bank."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import BinaryIO

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.rules.balances import BalanceChain
from server.reconciliation.statements import RefusalReason, StatementRefused

CAME = ("贷方发生额", "贷方金额", "收入金额", "收入")
WENT = ("借方发生额", "借方金额", "支出金额", "支出")
LEFT = ("余额", "账户余额", "账户结余")
DAY, TIME = ("交易日期", "记账日期", "日期"), ("交易时间", "时间")
NUMBER = ("交易流水号", "流水号")
WORDS = ("附言", "用途", "摘要")
_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")
_STRIPPED = "\t \ufeff\"'`"


class BankStatement:
    """reconciliation.statements.StatementReading of leg BANK: one row for each amount that came in; what left is checked and left out."""

    balance: Balance | None = None

    def __init__(self, file: BinaryIO) -> None:
        content = file.read()
        if not content:
            raise StatementRefused(reason=RefusalReason.EMPTY)
        if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise StatementRefused("a spreadsheet", reason=RefusalReason.RESAVED)
        self._lines = csv.reader(_text(content).splitlines())
        self._chain = BalanceChain()

    def __iter__(self) -> Iterator[Row]:
        columns: dict[str, int] = {}
        for cells in self._lines:
            names = [cell.strip(_STRIPPED) for cell in cells]
            if not columns and any(name in names for name in CAME) and any(name in names for name in DAY):
                columns = {name: place for place, name in enumerate(names)}  # lines before it name the account
            elif columns and any(names):
                row = self._row(columns, names, self._lines.line_num)
                if row.amount_fen:
                    yield row
        if not columns:
            raise StatementRefused("no bank statement", reason=RefusalReason.UNREADABLE)
        self._chain.must_follow()

    def _row(self, columns: Mapping[str, int], cells: Sequence[str], line: int) -> Row:
        def cell(names: Sequence[str]) -> str:
            found = [columns[name] for name in names if name in columns and columns[name] < len(cells)]
            return cells[found[0]] if found else ""

        if len(cells) < len(columns):
            raise StatementRefused("cells", line, reason=RefusalReason.HALF)
        came, went = _fen(cell(CAME), line), _fen(cell(WENT), line)
        notes = (cells[columns[name]] for name in WORDS if name in columns)
        row = Row(
            leg=Leg.BANK,
            kind=RowKind.WITHDRAWAL,
            number=cell(NUMBER),
            payment_number="",
            amount_fen=came,
            state=RowState.DONE,
            at=_moment(cell(DAY), cell(TIME), line),
            note=" ".join(note for note in notes if note),
        )
        if cell(LEFT):
            self._chain.add(row, came - went, _fen(cell(LEFT), line))
        return row


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StatementRefused("neither UTF-8 nor GBK", reason=RefusalReason.HALF)


def _fen(text: str, line: int) -> int:
    found = _YUAN.fullmatch(text.replace(",", "").lstrip("+-") or "0")
    if found is None:
        raise StatementRefused("amount", line, reason=RefusalReason.UNREADABLE)
    amount = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    return -amount if text.startswith("-") else amount


def _moment(day: str, time: str, line: int) -> datetime:
    day = day.replace("/", "-")
    if re.fullmatch(r"[0-9]{8}", day):
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    try:
        return datetime.fromisoformat(f"{day} {time}".strip()).replace(tzinfo=HOSPITAL_ZONE)
    except ValueError:
        raise StatementRefused("time", line, reason=RefusalReason.UNREADABLE) from None
