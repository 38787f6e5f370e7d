"""Sheets of reconciled days, with the columns that finance uses (docs/capabilities/reconciliation.md): the list of days, the differences
of one, and fees. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from server.core.days import hospital_day
from server.payments.texts import HIS_NUMBER, TRANSACTION_NUMBER
from server.reconciliation.model import Category, Discrepancy, Leg, MatchResult, Row, RowKind, Sums
from server.reconciliation.register_model import Cell, CellKind, Column, Sheet
from server.reconciliation.rules.figures import rate
from server.reconciliation.texts import ACTS, CATEGORIES, CAUSES, sign_text

_COUNT, _MONEY, _DAY, _TIME = CellKind.COUNT, CellKind.MONEY, CellKind.DAY, CellKind.TIME
ONLY_BOOKS = frozenset({Category.MISSING_AT_CHANNEL})
ONLY_CHANNEL = frozenset({Category.MISSING_HERE, Category.MISSING_IN_HIS})
KINDS = {
    RowKind.PAYMENT: "收款", RowKind.REFUND: "退费", RowKind.FEE: "手续费", RowKind.WITHDRAWAL: "提现", RowKind.UNKNOWN: "其他",
}  # fmt: skip


def day_list(days: Iterable[tuple[MatchResult, str, str]]) -> Sheet:
    """日对账表: one line a day and channel; the texts are the day's state and the channel in words. A leg that the day does not have leaves its cells empty."""
    columns = (
        Column(title="日期", kind=_DAY), Column(title="渠道"), Column(title="医院系统笔数", kind=_COUNT, summed=True), Column(title="渠道笔数", kind=_COUNT, summed=True),
        Column(title="已勾兑", kind=_COUNT, summed=True), Column(title="医院系统单边", kind=_COUNT, summed=True),
        Column(title="渠道单边", kind=_COUNT, summed=True), Column(title="金额不一致", kind=_COUNT, summed=True),
        Column(title="其他差异", kind=_COUNT, summed=True), Column(title="医院系统金额", kind=_MONEY, summed=True),
        Column(title="渠道金额", kind=_MONEY, summed=True), Column(title="结果"),
    )  # fmt: skip
    ordered = sorted(days, key=lambda each: (each[0].day, each[2]))
    rows = tuple(_day(result, state, channel) for result, state, channel in ordered)
    return Sheet(name="days", title="日对账表", columns=columns, rows=rows)


def _day(result: MatchResult, state: str, channel_name: str) -> tuple[Cell, ...]:
    his, channel = result.sums.get(Leg.HIS), result.sums.get(Leg.CHANNEL)
    counts: Counter[str] = Counter(_column_of(each.category) for each in result.differing)
    return (
        result.day, channel_name, his.rows if his else None, channel.rows if channel else None, result.matched, counts["books"], counts["channel"],
        counts["amount"], counts["other"], his.net_fen if his else None, channel.net_fen if channel else None, state,
    )  # fmt: skip


def _column_of(category: Category) -> str:
    if category in ONLY_BOOKS:
        return "books"
    if category in ONLY_CHANNEL:
        return "channel"
    return "amount" if category is Category.AMOUNT else "other"


def differences(result: MatchResult, decided: Mapping[str, str] | None = None) -> Sheet:
    """差异明细: what matching could not explain, with what the books and the channel say, why it may be so and what to do; ``decided`` says in
    words what people have decided, by a difference's id.
    """
    columns = (
        Column(title="交易日期", kind=_DAY), Column(title="类型"), Column(title="单号"), Column(title=HIS_NUMBER), Column(title=TRANSACTION_NUMBER),
        Column(title="医院系统金额", kind=_MONEY), Column(title="渠道金额", kind=_MONEY), Column(title="差额", kind=_MONEY, summed=True),
        Column(title="长短款"), Column(title="差异"), Column(title="可能原因"), Column(title="建议"), Column(title="对账日期", kind=_DAY), Column(title="处理"),
    )  # fmt: skip
    rows = tuple((*_difference(each, result), (decided or {}).get(each.id, "")) for each in result.discrepancies)
    return Sheet(name="differences", title="差异明细", columns=columns, rows=rows)


def _difference(found: Discrepancy, result: MatchResult) -> tuple[Cell, ...]:
    first = found.called
    his = next((row for row in found.rows if row.leg is Leg.HIS), None)
    channel = next((row for row in found.rows if row.leg in {Leg.CHANNEL, Leg.FUND}), None)
    return (
        hospital_day(first.at), KINDS[first.kind], first.number, his.note if his else "", channel.channel_no if channel else "",
        _comes_to(his, found), _comes_to(channel, found), found.difference_fen, sign_text(found.difference_fen), CATEGORIES[found.category],
        CAUSES[found.reason], ACTS[found.act], result.day,
    )  # fmt: skip


def _comes_to(row: Row | None, found: Discrepancy) -> int | None:
    """All of ``found`` that the leg of ``row`` says, in fen; refunds are below 0, and what was taken back or refused is nothing. Of a trade
    the fees beside it are no part.
    """
    if row is None:
        return None
    told = [each for each in found.rows if each.leg is row.leg]
    trades = [each for each in told if each.kind is not RowKind.FEE]
    return sum(each.signed_fen for each in trades or told)


def fees(days: Iterable[tuple[date, str, Sums]]) -> Sheet:
    """手续费统计: by day and channel, what the channel has kept. The texts are the channels in words, the sums those of its statement."""
    columns = (
        Column(title="日期", kind=_DAY), Column(title="渠道"), Column(title="收款笔数", kind=_COUNT, summed=True),
        Column(title="收款金额", kind=_MONEY, summed=True), Column(title="退费金额", kind=_MONEY, summed=True),
        Column(title="手续费", kind=_MONEY, summed=True), Column(title="占收款", kind=CellKind.SHARE),
    )  # fmt: skip
    rows = tuple(
        (day, channel, sums.payments, sums.paid_fen, sums.refunded_fen, sums.fee_fen, rate(sums.fee_fen, sums.paid_fen))
        for day, channel, sums in sorted(days, key=lambda each: (each[0], each[1]))
    )
    return Sheet(name="fees", title="手续费统计", columns=columns, rows=rows)
