"""业务明细: payments and refunds of a day (docs/protocols/alipay.md section 8, docs/capabilities/reconciliation.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from server.platforms.alipay.pay.statement_files import TRADE_LIST, detail_of, fen, fitted
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.rules.statement_cells import moment, must_be_whole
from server.reconciliation.statements import RefusalReason, StatementRefused

_NEEDED = ("支付宝交易号", "商户订单号", "业务类型", "订单金额（元）")
_SPELLINGS = {"商家订单号": "商户订单号", "支付宝流水号": "支付宝交易号", "退款批次号": "退款批次号/请求号"}
"""Newer words for the same columns."""
_KINDS = {"交易": RowKind.PAYMENT, "退款": RowKind.REFUND}
_PAID = re.compile(r"#交易合计：([0-9]{1,12})笔，商家实收共(-?[0-9.]+)元")
_BACK = re.compile(r"#退款合计：([0-9]{1,12})笔，商家实收退款共(-?[0-9.]+)元")


class TradeStatement:
    """reconciliation.statements.StatementReading."""

    balance: Balance | None = None

    def __init__(self, file: BinaryIO) -> None:
        self._listing = detail_of(file, TRADE_LIST)
        self._sums = {kind: [0, 0] for kind in (*_KINDS.values(), RowKind.UNKNOWN)}

    def __iter__(self) -> Iterator[Row]:
        columns: dict[str, int] = {}
        for line, cells in self._listing.rows():
            header = self._listing.header
            columns = columns or _columns(header)
            yield self._row(columns, fitted(cells, header, line, "备注", "商品名称"), line)
        if not columns:
            _columns(self._listing.header)
        self._check()

    def _row(self, columns: Mapping[str, int], cells: Sequence[str], line: int) -> Row:
        def cell(name: str) -> str:
            return cells[columns[name]] if name in columns else ""

        said = cell("业务类型")
        kind = _KINDS.get(said, RowKind.UNKNOWN)
        order, settled = fen(cell("订单金额（元）"), line), fen(cell("商家实收（元）") or cell("订单金额（元）"), line)
        self._sums[kind][0] += 1
        self._sums[kind][1] += settled
        payment_number = must_be_whole(cell("商户订单号"), line)
        request = must_be_whole(cell("退款批次号/请求号"), line) if kind is RowKind.REFUND else ""
        return Row(
            leg=Leg.CHANNEL,
            kind=kind,
            number=request or payment_number,
            payment_number=payment_number,
            amount_fen=abs(order),
            state=RowState.DONE,
            at=moment(cell("完成时间") or cell("创建时间"), line),
            channel_no=must_be_whole(cell("支付宝交易号"), line),
            fee_fen=-fen(cell("服务费（元）"), line),
            note=said if kind is RowKind.UNKNOWN else "",
            settled_fen=abs(settled),
        )

    def _check(self) -> None:
        """The file's own totals. A line of totals that is not there says nothing. Raises StatementRefused."""
        for pattern, kind in ((_PAID, RowKind.PAYMENT), (_BACK, RowKind.REFUND)):
            said = self._listing.told(pattern)
            if said is not None and [int(said[1]), fen(said[2])] != self._sums[kind]:
                raise StatementRefused(kind, reason=RefusalReason.TOTALS)
        if self._listing.told(_PAID) is None:
            raise StatementRefused("no totals", reason=RefusalReason.HALF)


def _columns(header: Sequence[str]) -> dict[str, int]:
    columns = {_SPELLINGS.get(name, name): place for place, name in enumerate(header)}
    if any(name not in columns for name in _NEEDED):
        raise StatementRefused("no trade statement", reason=RefusalReason.UNREADABLE)
    return columns
