"""Statement files as the platforms make them, what is read of them, and the same files changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from server.platforms.alipay.pay import fund_statement as alipay_fund
from server.platforms.alipay.pay import trade_statement as alipay_trade
from server.platforms.wechat.pay import fund_statement as wechat_fund
from server.platforms.wechat.pay import trade_statement as wechat_trade
from server.reconciliation.model import Row, RowKind
from server.reconciliation.statements import RefusalReason, StatementReading, StatementRefused

GOLDEN = Path(__file__).resolve().parents[2] / "sandbox" / "golden"
WECHAT, WECHAT_FUND = wechat_trade.TradeStatement, wechat_fund.FundStatement
ALIPAY, ALIPAY_FUND = alipay_trade.TradeStatement, alipay_fund.FundStatement
Reader = Callable[[io.BytesIO], StatementReading]
A, B = "GOLDEN20260302A00", "GOLDEN20260302B00"
PAYMENTS = [
    (RowKind.PAYMENT, f"{A}1", 12800, 77),
    (RowKind.PAYMENT, f"{A}2", 5, 0),
    (RowKind.PAYMENT, f"{A}3", 30000, 180),
]
REFUNDS = [(RowKind.REFUND, f"{A}1R01", 3300, -19)]
ALIPAY_ROWS = [
    (RowKind.PAYMENT, f"{B}1", 8800, 53),
    (RowKind.PAYMENT, f"{B}2", 50, 0),
    (RowKind.REFUND, f"{B}1R01", 800, -4),
]


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def zipped(packing: int = zipfile.ZIP_STORED, /, **members: bytes) -> bytes:
    """A zip of these members, the same bytes at every hour: a member's time of writing is the format's first day."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, packing)
    return packed.getvalue()


def rows(reader: Reader, content: bytes) -> list[Row]:
    return list(reader(io.BytesIO(content)))


def told(reader: Reader, content: bytes) -> list[tuple[RowKind, str, int, int]]:
    return [(row.kind, row.number, row.amount_fen, row.fee_fen) for row in rows(reader, content)]


def refused(reader: Reader, content: bytes) -> RefusalReason:
    return refusal(reader, content)[0]


def refusal(reader: Reader, content: bytes) -> tuple[RefusalReason, int]:
    """The cause, and the number of the line; 0 of the whole file."""
    with pytest.raises(StatementRefused) as caught:
        rows(reader, content)
    return caught.value.reason, caught.value.line


ALL = "wechat-ALL-newer.csv"
BASIC = "wechat-BASIC-2026-03-02.csv"
TRADE = "alipay-trade-2026-03-02.csv"
FUND = "alipay-fund-2026-03-02-newer.csv"
READERS: dict[str, Reader] = {ALL: WECHAT, BASIC: WECHAT_FUND, TRADE: ALIPAY, FUND: ALIPAY_FUND}
CODING = {ALL: "utf-8-sig", BASIC: "utf-8-sig", TRADE: "gb18030", FUND: "gb18030"}


def changed(name: str, old: str, new: str, times: int = 1) -> bytes:
    text = golden(name).decode(CODING[name])
    assert old in text
    return text.replace(old, new, times).encode(CODING[name])
