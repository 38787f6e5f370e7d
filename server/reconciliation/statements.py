"""Statements 渠道账单: what a channel answers when it is asked for one, and what a reader of its files promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import BinaryIO, ClassVar, Protocol

from server.core.errors import Refusal
from server.core.ports import Receiver
from server.reconciliation.model import Balance, Row


class StatementKind(StrEnum):
    TRADE = "trade"  # payments and refunds
    FUND = "fund"  # movements of the merchant's account


class StatementAnswer(StrEnum):
    """What there is of a statement. The four that are no rows mean four different things."""

    FILE = "file"  # rows
    HEADERS_ONLY = "headers_only"  # a whole file that says itself that there was nothing
    NONE_THAT_DAY = "none_that_day"  # the channel says that there was nothing
    NOT_YET = "not_yet"  # the channel is still writing it
    EMPTY_FILE = "empty_file"  # no bytes: a failed copy, never a day without trades


class RefusalReason(StrEnum):
    RESAVED = "resaved"
    UNREADABLE = "unreadable"
    HALF = "half"
    TOTALS = "totals"
    CHAIN = "chain"
    EMPTY = "empty"


REFUSALS = {
    RefusalReason.RESAVED: "这个文件被表格软件重新保存过，单号和时间已经改变。请到商户平台重新下载原文件，不要打开，直接上传。",
    RefusalReason.UNREADABLE: "这不是能识别的账单文件。请到商户平台下载账单原文件后上传。",
    RefusalReason.HALF: "账单文件不完整，可能还在生成或下载中断。请稍后重新下载。",
    RefusalReason.TOTALS: "账单的合计与明细不一致，不能用来对账。请重新下载，仍不一致请联系渠道客服。",
    RefusalReason.CHAIN: "资金账单的余额前后不连续，不能用来对账。请重新下载，仍不连续请联系渠道客服。",
    RefusalReason.EMPTY: "文件是空的。没有交易的日子也有表头，请重新下载。",
}


class StatementRefused(Refusal):
    """A file that must not be used. ``user_message`` says what to do; ``line`` is where it was noticed, 0 for the whole file."""

    code = "statement_refused"
    words: ClassVar[Mapping[RefusalReason, str]] = REFUSALS

    def __init__(self, detail: str = "", line: int = 0, *, reason: RefusalReason = RefusalReason.UNREADABLE) -> None:
        super().__init__(f"{reason} {detail} line {line}", user_message=self.words[reason])
        self.reason = reason
        self.detail = detail
        self.line = line


class StatementReading(Protocol):
    """A file that is being read. Its rows come once; `balance` is known when they are over (None for a file without balances).

    Iterating raises StatementRefused, at the latest at its end, where the file's own totals are held against its rows: until then
    nothing that came out of it may be believed.
    """

    @property
    def balance(self) -> Balance | None: ...

    def __iter__(self) -> Iterator[Row]: ...


class StatementSource(Protocol):
    """A channel whose statements can be had."""

    async def statement(self, day: date, kind: StatementKind, into: Receiver) -> StatementAnswer:
        """What there is of ``day``. With FILE, ``into`` has the file as the channel sent it, checked against the channel's own hash where it
        gives one. Raises OutcomeUnknown, NotSent, OutsideRefusal.
        """

    def read_statement(self, kind: StatementKind, file: BinaryIO) -> StatementReading:
        """Reads what `statement` brought, or what a person took from the platform themselves. Raises StatementRefused."""
