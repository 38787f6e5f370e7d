"""The account from day to day: it begins with what the day before left, or something moved that no statement lists. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.day_model import DayLeg, LegAnswer
from server.reconciliation.model import (
    FUND_MARK,
    Act,
    Balance,
    Category,
    Discrepancy,
    Leg,
    MatchResult,
    Reason,
    Row,
    RowKind,
    RowState,
)

NUMBER = "期初余额"
UNMOVED = frozenset({LegAnswer.NONE_THAT_DAY, LegAnswer.HEADERS_ONLY})
"""A fund statement without rows leaves the balance as it was."""


def left_before(funds: Iterable[DayLeg | None]) -> int | None:
    """What the days before have left in the account, in fen; ``funds`` are their fund statements, the last day's first. None where one of them
    has none: then nobody knows.
    """
    for fund in funds:
        if fund is None or fund.answer not in {LegAnswer.FILE, *UNMOVED}:
            return None
        if fund.balance is not None:
            return fund.balance.closing_fen
    return None


def with_jump(result: MatchResult, balance: Balance | None, before_fen: int | None) -> MatchResult:
    """``result`` with what the account has more, or less, in the morning than the day before left in it (``before_fen``)."""
    if balance is None or before_fen is None or balance.opening_fen == before_fen:
        return result
    jump_fen = balance.opening_fen - before_fen
    kind = RowKind.PAYMENT if jump_fen > 0 else RowKind.REFUND
    row = Row(
        leg=Leg.FUND, kind=kind, number=FUND_MARK + NUMBER, payment_number="", amount_fen=abs(jump_fen), state=RowState.DONE,
        at=datetime.combine(result.day, time(), HOSPITAL_ZONE),
    )  # fmt: skip
    found = Discrepancy(
        id=f"{RowKind.UNKNOWN}:{FUND_MARK}opening", category=Category.SETTLEMENT, reason=Reason.BALANCE_JUMPS, act=Act.CHECK_CHANNEL,
        rows=(row,), difference_fen=jump_fen, since=result.day,
    )  # fmt: skip
    everything = sorted((*result.discrepancies, found), key=lambda each: (each.category, each.id))
    return replace(result, discrepancies=tuple(everything))
