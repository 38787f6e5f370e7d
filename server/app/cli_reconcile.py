"""`run.py reconcile`: one day of one channel, on files alone (docs/reconciliation.md). It needs neither database nor settings of a hospital."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from server.core.days import hospital_day
from server.core.money import yuan_text
from server.platforms.alipay.pay import fund_statement as alipay_fund
from server.platforms.alipay.pay import trade_statement as alipay_trade
from server.platforms.bank.statement import BankStatement
from server.platforms.wechat.pay import fund_statement as wechat_fund
from server.platforms.wechat.pay import trade_statement as wechat_trade
from server.reconciliation.model import Balance, Discrepancy, Leg, MatchResult, Row, Sums
from server.reconciliation.rules.bank_book import noting
from server.reconciliation.rules.judging import Bounds
from server.reconciliation.rules.matching import Part, match
from server.reconciliation.rules.payouts import with_payouts
from server.reconciliation.statements import RefusalReason, StatementReading, StatementRefused
from server.reconciliation.texts import ACTS, BANK_REFUSALS, CATEGORIES, CAUSES, LEGS, sign_text
from server.storage.part_files import PartFiles
from server.storage.row_files import RowFile, RowsRefused

Item = TypeVar("Item")
CLOSED, DIFFERING, NOT_RUN = 0, 1, 2
SHOWN_MAX = 200
_EVERY_ROWS = 20_000
_EVERY_S = 0.5
_HEAD_BYTES = 4096
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe")
"""How workbooks of today and of before begin, and what a spreadsheet program calls Unicode text. Alipay's zip begins as the first does: its
reader tells them apart.
"""


class NotRun(Exception):
    """Why files could not be compared, in a sentence."""


@dataclass(frozen=True, slots=True)
class DayFiles:
    """The files of one channel's day. ``prefix`` begins our order numbers; it and ``day`` are else read from our first row."""

    ours: Path
    channel: Path
    fund: Path | None = None
    his: Path | None = None
    bank: Path | None = None
    prefix: str = ""
    day: date | None = None


def run(files: DayFiles) -> int:
    """The exit status: closed, differing, or could not run. What was found is printed."""
    try:
        result, balance = _matched(files)
    except NotRun as why:
        print(f"不能对账：{why}", file=sys.stderr)
        return NOT_RUN
    except OSError as error:
        print(f"不能对账：{error}", file=sys.stderr)
        return NOT_RUN
    print(*result_lines(result, balance), sep="\n")
    return DIFFERING if result.differing else CLOSED


def _matched(files: DayFiles) -> tuple[MatchResult, Balance | None]:
    paths = {Leg.OURS: files.ours, Leg.CHANNEL: files.channel, Leg.FUND: files.fund, Leg.HIS: files.his}
    there = {leg: path for leg, path in paths.items() if path is not None}
    first = _first_of(files.ours)
    prefix = files.prefix or _letters(first)
    if not prefix:
        raise NotRun(f"{files.ours}：看不出本系统的单号以什么开头，请加上 --prefix。")
    day = files.day or (hospital_day(first.at) if first else date.today())  # noqa: DTZ011
    sums: dict[Leg, Sums] = {}
    balance: Balance | None = None
    withdrawals: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="zhenfu-reconcile-") as folder:
        store = PartFiles(Path(folder))
        for leg, path in there.items():
            with opened(path) as file:
                reading = recognised(leg, file)
                rows = noting(Progress(LEGS[leg], file, path.stat().st_size).over(reading), withdrawals)
                sums[leg] = store.write(leg, rows, prefix, with_fund=Leg.FUND in there)
                balance = reading.balance or balance
        bounds = Bounds(prefix=prefix)
        parts = Progress("勾兑", size=store.lines, weight=_lines_in).over(store.parts(there))
        result = match(day, parts, there, bounds, sums=sums)
    if files.bank is not None:
        with opened(files.bank, BANK_REFUSALS) as file:
            arrivals = list(BankStatement(file))
        until = max((hospital_day(row.at) for row in arrivals), default=day)
        result = with_payouts(result, withdrawals, arrivals, until, bounds)
    return result, balance


def _lines_in(part: Part) -> int:
    return sum(len(lines) for lines in part.values())


def _first_of(path: Path) -> Row | None:
    with opened(path) as file:
        return next(iter(recognised(Leg.OURS, file)), None)


def _letters(row: Row | None) -> str:
    number = row.number if row else ""
    return number[: len(number) - len(number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))]


@contextmanager
def opened(path: Path, words: Mapping[RefusalReason, str] | None = None) -> Iterator[BinaryIO]:
    """Raises NotRun for a file that is refused, in ``words`` of its own where it has them, and for a pipe, which can't be read twice."""
    with path.open("rb") as file:
        if not file.seekable():
            raise NotRun(f"{path}：不能从管道读，请先存成文件。")
        try:
            yield file
        except StatementRefused as refused:
            raise NotRun(
                f"{path}：{words[refused.reason] if words else refused.user_message}（{refused}）"
            ) from refused


def recognised(leg: Leg, file: BinaryIO) -> StatementReading:
    """The reader of what ``file`` says it is: a statement as a platform made it, or rows of ours. Raises StatementRefused."""
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    refused = RowsRefused if leg in {Leg.OURS, Leg.HIS} else StatementRefused
    if head.startswith(SPREADSHEETS if refused is RowsRefused else SPREADSHEETS[1:]):
        raise refused(LEGS[leg], reason=RefusalReason.RESAVED)
    if leg in {Leg.CHANNEL, Leg.FUND}:
        if head.startswith(b"PK") or _says("#支付宝", head):
            return alipay_trade.TradeStatement(file) if leg is Leg.CHANNEL else alipay_fund.FundStatement(file)
        if head.startswith(b"\x1f\x8b") or _says("交易时间", head) or _says("记账时间", head):
            return wechat_trade.TradeStatement(file) if leg is Leg.CHANNEL else wechat_fund.FundStatement(file)
    if b"amount_fen" in head:
        return RowFile(leg, file)
    raise refused(LEGS[leg], reason=RefusalReason.UNREADABLE if head else RefusalReason.EMPTY)


def _says(word: str, head: bytes) -> bool:
    """In the platform's encoding, or in the one in which a spreadsheet program saved the file again: its reader says which."""
    return word.encode() in head or word.encode("gb18030") in head


class Progress:
    """Rows, rate and time left on stderr while a person looks on. ``size`` is that of ``file`` in bytes, else in rows; ``weight`` says how many
    rows an item is.
    """

    def __init__(
        self, what: str, file: BinaryIO | None = None, size: int = 0, weight: Callable[[Any], int] | None = None
    ) -> None:
        self._what, self._file, self._size, self._weight = what, file, size, weight
        self._shown = sys.stderr.isatty()

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        began = told = time.monotonic()
        count = 0
        for item in items:
            yield item
            count += self._weight(item) if self._weight else 1
            if self._shown and (count % _EVERY_ROWS == 0 or self._file is None):
                now = time.monotonic()
                if now - told >= _EVERY_S:
                    told = now
                    print(f"\r{self.line(count, now - began)}", end="", file=sys.stderr, flush=True)
        if self._shown:
            print(f"\r{self.line(count, time.monotonic() - began)}", file=sys.stderr)

    def line(self, count: int, passed_s: float) -> str:
        rate = count / passed_s if passed_s > 0 else 0.0
        done = count if self._file is None else 0 if self._file.closed else self._file.tell()
        share = done / self._size if self._size else 0.0
        left = f"，还需约 {passed_s / share - passed_s:.0f} 秒" if 0 < share < 1 else ""
        return f"{self._what} {count:,}，每秒 {rate:,.0f}{left}\x1b[K"


def result_lines(result: MatchResult, balance: Balance | None) -> Iterator[str]:
    """What a person reads of a run."""
    yield f"{result.day} 对账：{'有差异' if result.differing else '平'}"
    for leg, sums in result.sums.items():
        fees = f"，手续费 {yuan_text(sums.fee_fen)} 元" if sums.fee_fen else ""
        yield (
            f"{LEGS[leg]}：收款 {sums.payments} 笔 {yuan_text(sums.paid_fen)} 元，"
            f"退费 {sums.refunds} 笔 {yuan_text(sums.refunded_fen)} 元{fees}"
        )
    if balance is not None:
        yield (
            f"账户：期初 {yuan_text(balance.opening_fen)} + 收入 {yuan_text(balance.came_fen)} − 支出 "
            f"{yuan_text(balance.went_fen)} − 手续费 {yuan_text(balance.fee_fen)} = 期末 {yuan_text(balance.closing_fen)} 元"
        )
    waiting = len(result.discrepancies) - len(result.differing)
    yield f"已勾兑 {result.matched} 笔，差异 {len(result.differing)} 笔，跨日待勾兑 {waiting} 笔"
    yield from (_line(each) for each in result.discrepancies[:SHOWN_MAX])
    if len(result.discrepancies) > SHOWN_MAX:
        yield f"……另有 {len(result.discrepancies) - SHOWN_MAX} 笔"


def _line(each: Discrepancy) -> str:
    said = "，".join(f"{LEGS[row.leg]} {yuan_text(row.amount_fen)} 元" for row in each.rows)
    sign = sign_text(each.difference_fen)
    money = f"{sign} {yuan_text(abs(each.difference_fen))} 元" if each.difference_fen else sign
    whose = "" if each.ours else "（其他系统）"
    return f"{CATEGORIES[each.category]} {each.called.number}{whose}：{said}。{money}。{CAUSES[each.reason]}{ACTS[each.act]}。"
