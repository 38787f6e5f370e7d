"""账务明细: every movement of the account, in either order of columns (docs/protocols/alipay.md section 8, docs/capabilities/reconciliation.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from server.platforms.alipay.pay.statement_files import FUND_LIST, detail_of, fen, fitted
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.rules.balances import BalanceChain
from server.reconciliation.rules.statement_cells import moment, must_be_whole
from server.reconciliation.statements import RefusalReason, StatementRefused

_NEEDED = ("账务流水号", "业务流水号", "发生时间", "收入金额（+元）", "支出金额（-元）", "账户余额（元）", "业务类型")
_SPELLINGS = {"商家订单号": "商户订单号", "支付宝流水号": "业务流水号"}
_KINDS = {"在线支付": RowKind.PAYMENT, "交易退款": RowKind.REFUND, "收费": RowKind.FEE, "提现": RowKind.WITHDRAWAL}
"""业务类型. An open set: whatever else comes is a discrepancy, not a crash."""
_WENT = re.compile(r"#支出合计：([0-9]{1,12})笔，共(-?[0-9.]+)元")
_CAME = re.compile(r"#收入合计：([0-9]{1,12})笔，共(-?[0-9.]+)元")


class FundStatement:
    """reconciliation.statements.StatementReading."""

    def __init__(self, file: BinaryIO) -> None:
        self._listing = detail_of(file, FUND_LIST)
        self._chain = BalanceChain()

    @property
    def balance(self) -> Balance | None:
        return self._chain.balance

    def __iter__(self) -> Iterator[Row]:
        columns: dict[str, int] = {}
        for line, cells in self._listing.rows():
            header = self._listing.header
            columns = columns or _columns(header)
            yield self._row(columns, fitted(cells, header, line, "备注", "商品名称"), line)
        if not columns:
            _columns(self._listing.header)
        came, went = (self._told(pattern) for pattern in (_CAME, _WENT))
        self._chain.must_hold(came=came, went=went)

    def _told(self, pattern: re.Pattern[str]) -> tuple[int, int]:
        said = self._listing.told(pattern)
        if said is None:
            raise StatementRefused("no totals", reason=RefusalReason.HALF)
        return int(said[1]), abs(fen(said[2]))

    def _row(self, columns: Mapping[str, int], cells: Sequence[str], line: int) -> Row:
        def cell(name: str) -> str:
            return cells[columns[name]] if name in columns else ""

        came, went = fen(cell("收入金额（+元）"), line), abs(fen(cell("支出金额（-元）"), line))
        said, change = cell("业务类型"), came - went
        kind = _KINDS.get(said, RowKind.UNKNOWN)
        row = Row(
            leg=Leg.FUND,
            kind=kind,
            number=must_be_whole(cell("账务流水号"), line),
            payment_number=must_be_whole(cell("商户订单号"), line),
            amount_fen=abs(change),
            state=RowState.DONE,
            at=moment(cell("发生时间"), line),
            channel_no=must_be_whole(cell("业务流水号"), line),
            fee_fen=-change if kind is RowKind.FEE else 0,
            note=said if kind is RowKind.UNKNOWN else cell("备注") if kind is RowKind.WITHDRAWAL else "",
        )
        self._chain.add(row, change, fen(cell("账户余额（元）"), line))
        return row


def _columns(header: Sequence[str]) -> dict[str, int]:
    columns = {_SPELLINGS.get(name, name): place for place, name in enumerate(header)}
    if any(name not in columns for name in _NEEDED):
        raise StatementRefused("no fund statement", reason=RefusalReason.UNREADABLE)
    return columns
