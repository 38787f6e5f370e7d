"""The fund-flow statement of an account (docs/protocols/wechat_pay_v3.md section 9, docs/capabilities/reconciliation.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from server.platforms.wechat.pay.statement_cells import fen, units
from server.platforms.wechat.pay.statement_frame import StatementFrame
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.rules.balances import BalanceChain
from server.reconciliation.rules.statement_cells import moment, must_be_whole
from server.reconciliation.statements import RefusalReason, StatementRefused

SUMMARY = "资金流水总笔数"
_FEE_BACK = re.compile(r"含手续费([0-9.]+)元")
_IN, _OUT = "收入", "支出"
_KINDS = {
    ("交易", "交易", _IN): RowKind.PAYMENT,
    ("交易", "扣除交易手续费", _OUT): RowKind.FEE,
    ("退款", "退款", _OUT): RowKind.REFUND,
    ("提现", "提现", _OUT): RowKind.WITHDRAWAL,
}
"""(业务名称, 业务类型, 收支类型). An open set: whatever else comes is a discrepancy, not a crash."""


class FundStatement(StatementFrame):
    """reconciliation.statements.StatementReading."""

    name = "fund"
    summary = SUMMARY
    needed = (
        "记账时间",
        "微信支付业务单号",
        "资金流水单号",
        "业务名称",
        "业务类型",
        "收支类型",
        "收支金额(元)",
        "账户结余(元)",
    )

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._chain = BalanceChain()

    @property
    def balance(self) -> Balance | None:
        return self._chain.balance

    def column(self, cell: str) -> str:
        return super().column(cell).replace("（", "(").replace("）", ")")

    def row(self, columns: Mapping[str, int], cells: Sequence[str], line: int) -> Row:
        def cell(name: str) -> str:
            return cells[columns[name]]

        moved, left = (fen(units(cell(name), line)) for name in ("收支金额(元)", "账户结余(元)"))
        way = (cell("业务名称"), cell("业务类型"), cell("收支类型"))
        if way[2] not in {_IN, _OUT}:
            raise StatementRefused("neither in nor out", line, reason=RefusalReason.UNREADABLE)
        kind = _KINDS.get(way, RowKind.UNKNOWN)
        note = cells[columns["备注"]] if "备注" in columns else ""
        found = _FEE_BACK.search(note) if kind is RowKind.REFUND else None
        fee_back = fen(units(found[1], line)) if found else 0
        row = Row(
            leg=Leg.FUND,
            kind=kind,
            number=must_be_whole(cell("资金流水单号"), line),
            payment_number="",
            amount_fen=moved + fee_back,
            state=RowState.DONE,
            at=moment(cell("记账时间"), line),
            channel_no=must_be_whole(cell("微信支付业务单号"), line),
            fee_fen=moved if kind is RowKind.FEE else -fee_back,
            note="/".join(way) if kind is RowKind.UNKNOWN else note if kind is RowKind.WITHDRAWAL else "",
        )
        self._chain.add(row, moved if way[2] == _IN else -moved, left)
        return row

    def must_add_up(self, totals: Mapping[str, int], line: int) -> None:
        """The chain of balances, too."""
        said = {name: fen(amount) for name, amount in totals.items()}
        self._chain.must_hold(
            came=(said.get("收入笔数", 0) // 100, said.get("收入金额", 0)),
            went=(said.get("支出笔数", 0) // 100, said.get("支出金额", 0)),
        )
        if said[SUMMARY] != self._chain.count * 100:
            raise StatementRefused(SUMMARY, line, reason=RefusalReason.TOTALS)
