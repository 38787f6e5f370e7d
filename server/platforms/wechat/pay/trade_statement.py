"""The trade statement ALL, SUCCESS or REFUND, in either family of columns (docs/protocols/wechat_pay_v3.md section 9, docs/capabilities/reconciliation.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from server.platforms.wechat.pay.statement_cells import fen, units
from server.platforms.wechat.pay.statement_frame import StatementFrame
from server.reconciliation.model import Balance, Leg, Row, RowKind, RowState
from server.reconciliation.rules.statement_cells import moment, must_be_whole
from server.reconciliation.statements import RefusalReason, StatementRefused

SUMMARY = "总交易单数"
_ORDER = ("订单金额", "总金额")
"""What was asked of the payer: the newer family's name, the older one's."""
_SETTLED = ("应结订单金额", "总金额")
_REFUND = ("申请退款金额", "退款金额")
_SETTLED_REFUND = ("退款金额",)
_TOTALS: Mapping[str, tuple[str, ...]] = {
    "settled": ("应结订单总金额", "总交易额"),
    "refund": ("退款总金额", "总退款金额"),
    "fee": ("手续费总金额",),
    "order": ("订单总金额",),
}
_ACCEPTED = frozenset({"SUCCESS", "PROCESSING"})
_STATES = {"SUCCESS": RowKind.PAYMENT, "REFUND": RowKind.REFUND, "REVOKED": RowKind.PAYMENT}


class TradeStatement(StatementFrame):
    """reconciliation.statements.StatementReading."""

    name = "trade"
    summary = SUMMARY
    needed = ("交易时间", "微信订单号", "商户订单号", "交易状态", "手续费")
    balance: Balance | None = None

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._sums = dict.fromkeys(_TOTALS, 0)
        self._count = 0

    def row(self, columns: Mapping[str, int], cells: Sequence[str], line: int) -> Row:
        def cell(*names: str) -> str:
            return next((cells[columns[name]] for name in names if name in columns), "")

        refund_no, fee = cell("商户退款单号"), units(cell("手续费"), line)
        is_refund = refund_no not in {"", "0"}
        order, settled = units(cell(*_ORDER), line), units(cell(*_SETTLED), line)
        back, settled_back = units(cell(*_REFUND), line), units(cell(*_SETTLED_REFUND), line)
        self._add(order=order, settled=settled, refund=settled_back, fee=fee)
        said = cell("交易状态")
        kind = RowKind.REFUND if is_refund and said in _STATES else _STATES.get(said, RowKind.UNKNOWN)
        lasting = cell("退款状态") in _ACCEPTED if is_refund else said != "REVOKED"
        out_trade_no = must_be_whole(cell("商户订单号"), line)
        channel_no = cell("微信退款单号") if is_refund else cell("微信订单号")
        return Row(
            leg=Leg.CHANNEL,
            kind=kind,
            number=must_be_whole(refund_no, line) if is_refund else out_trade_no,
            payment_number=out_trade_no,
            amount_fen=fen(back if is_refund else order),
            state=RowState.DONE if lasting else RowState.FAILED,
            at=moment(cell("退款申请时间", "交易时间") if is_refund else cell("交易时间"), line),
            channel_no=must_be_whole(channel_no, line),
            fee_fen=fen(fee),
            note=said if kind is RowKind.UNKNOWN else "",
            settled_fen=fen(settled_back if is_refund else settled),
        )

    def _add(self, **amounts: int) -> None:
        self._count += 1
        for name, amount in amounts.items():
            self._sums[name] += amount

    def must_add_up(self, totals: Mapping[str, int], line: int) -> None:
        wrong = [
            name
            for what, spellings in _TOTALS.items()
            for name in spellings
            if name in totals and totals[name] != self._sums[what]
        ]
        if totals[SUMMARY] != self._count * 100_000 or wrong:
            raise StatementRefused(" ".join(wrong), line, reason=RefusalReason.TOTALS)
