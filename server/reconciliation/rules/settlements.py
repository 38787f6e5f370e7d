"""结算登记: every payout of the channels with what has arrived of it, in finance's own columns 应到、已到、差额、勾兑结果. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from server.reconciliation.bank_model import BankBook, Payout
from server.reconciliation.model import Reason
from server.reconciliation.register_model import CellKind, Column, Sheet
from server.reconciliation.rules.bank_book import BOUNDS, differs

_MONEY, _TIME = CellKind.MONEY, CellKind.TIME
RESULTS = {Reason.PAYOUT_LATE: "未到账", Reason.PAYOUT_SHORT: "金额不同"}
ARRIVED, WAITS, NOT_TOLD = "已到账", "等待到账", "没有银行流水"


def settlements(book: BankBook, channels: Mapping[str, str], *, newest_first: bool = False) -> Sheet:
    """``channels``: titles by name. A payout that came in parts names each part's number."""
    columns = (
        Column(title="提现时间", kind=_TIME), Column(title="渠道"), Column(title="提现单号"), Column(title="应到", kind=_MONEY, summed=True),
        Column(title="已到", kind=_MONEY, summed=True), Column(title="差额", kind=_MONEY, summed=True), Column(title="到账时间", kind=_TIME),
        Column(title="银行账户"), Column(title="银行流水号"), Column(title="勾兑结果"),
    )  # fmt: skip
    payouts = book.payouts[::-1] if newest_first else book.payouts
    rows = tuple(
        (
            each.at, channels.get(each.channel, each.channel), each.number, each.amount_fen, each.arrived_fen,
            each.arrived_fen - each.amount_fen, max((one.at for one in each.arrivals), default=None),
            "、".join(sorted({one.account for one in each.arrivals})), "、".join(one.number for one in each.arrivals), result(book, each),
        )
        for each in payouts
    )  # fmt: skip
    return Sheet(name="settlements", title="结算登记", columns=columns, rows=rows)


def result(book: BankBook, payout: Payout) -> str:
    reason = differs(book, payout, BOUNDS)
    if reason is not None:
        return RESULTS[reason]
    if payout.arrivals:
        return ARRIVED
    return WAITS if book.files else NOT_TOLD
