"""A bank's CSV or .xlsx: what has come into the account, found by the names of its columns, which differ from bank to bank."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import BinaryIO

from server.core.days import HOSPITAL_ZONE
from server.platforms.bank.workbook import workbook_lines
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.ports import BankReading
from server.reconciliation.rules.balances import BalanceChain
from server.reconciliation.statements import RefusalReason, StatementRefused

CAME = ("贷方发生额", "贷方金额", "收入金额", "收入")
WENT = ("借方发生额", "借方金额", "支出金额", "支出")
LEFT = ("余额", "账户余额", "账户结余")
DAY, TIME = ("交易日期", "记账日期", "日期"), ("交易时间", "时间")
NUMBER = ("交易流水号", "流水号")
ACCOUNT = ("账号", "本方账号", "账户")
WORDS = ("附言", "用途", "摘要")
_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")
_ACCOUNT = re.compile(r"(?:账号|账户|卡号)[^0-9]{0,6}([0-9]{8,32})")
_CUT_SHORT = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2}")
"""As a spreadsheet program writes a long number."""
_STRIPPED = "\t \ufeff\"'`"


class BankStatement:
    """reconciliation.statements.StatementReading of leg BANK: one row for each amount that came in; what left is checked and left out.

    ``account`` is the account's number where the file says it, ``days`` are the days of its lines, once the rows have been read.
    """

    balance: Balance | None = None

    def __init__(self, file: BinaryIO) -> None:
        content = file.read()
        if not content:
            raise StatementRefused(reason=RefusalReason.EMPTY)
        if content.startswith(b"\xd0\xcf\x11\xe0"):
            raise StatementRefused("an old workbook", reason=RefusalReason.RESAVED)
        self._packed = content.startswith(b"PK\x03\x04")
        self._lines = workbook_lines(content) if self._packed else csv.reader(_text(content).splitlines())
        self._chain, self._chain_below = BalanceChain(), BalanceChain()
        self.account = ""
        self.days: set[date] = set()

    def __iter__(self) -> Iterator[Row]:
        columns: dict[str, int] = {}
        for line, cells in enumerate(_told(self._lines), start=1):
            names = [cell.strip(_STRIPPED) for cell in cells]
            if not columns and any(name in names for name in CAME) and any(name in names for name in DAY):
                columns = {name: place for place, name in enumerate(names)}  # lines before it name the account
            elif not columns:
                self._heard_account(" ".join(names))
            elif any(names):
                row = self._row(columns, names, line)
                if row.amount_fen:
                    yield row
        if not columns:
            raise StatementRefused("no bank statement", reason=RefusalReason.UNREADABLE)
        if not self._chain_below.follows:  # some banks tell what left below 0: the balances say what is meant
            self._chain.must_follow()

    def _heard_account(self, words: str) -> None:
        found = _ACCOUNT.search(words)
        if found is not None and not self.account:
            self.account = found[1]

    def _row(self, columns: Mapping[str, int], cells: Sequence[str], line: int) -> Row:
        def cell(names: Sequence[str]) -> str:
            found = [columns[name] for name in names if name in columns and columns[name] < len(cells)]
            return cells[found[0]] if found else ""

        if any(_CUT_SHORT.fullmatch(each) for each in cells):
            raise StatementRefused("a number without its last digits", line, reason=RefusalReason.RESAVED)
        if not self._packed and len(cells) < len(columns):
            raise StatementRefused("cells", line, reason=RefusalReason.HALF)
        self.account = self.account or cell(ACCOUNT)
        came, went = _fen(cell(CAME), line), _fen(cell(WENT), line)
        notes = (cell((name,)) for name in WORDS)
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
        self.days.add(row.at.date())
        if cell(LEFT):
            left = _fen(cell(LEFT), line)
            self._chain.add(row, came - went, left)
            self._chain_below.add(row, came - abs(went), left)
        return row


def _told(lines: Iterable[list[str]]) -> Iterator[list[str]]:
    try:
        yield from lines
    except csv.Error as error:
        raise StatementRefused(str(error), reason=RefusalReason.UNREADABLE) from error


def read_bank_file(content: bytes) -> BankReading:
    """reconciliation.ports.BankReader: a bank's CSV or .xlsx."""
    statement = BankStatement(io.BytesIO(content))
    rows = tuple(statement)
    first, last = min(statement.days, default=None), max(statement.days, default=None)
    return BankReading(account=statement.account, rows=rows, first=first, last=last)


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
    if time and " " in day:  # a spreadsheet's day has a time of its own
        day = day.partition(" ")[0]
    if re.fullmatch(r"[0-9]{8}", day):
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    try:
        return datetime.fromisoformat(f"{day} {time}".strip()).replace(tzinfo=HOSPITAL_ZONE)
    except ValueError:
        raise StatementRefused("time", line, reason=RefusalReason.UNREADABLE) from None
