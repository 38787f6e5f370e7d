"""What a channel has paid out and what has arrived at the bank, matched by withdrawal and never by day: a batch arrives T + n. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from server.core.days import hospital_day
from server.reconciliation.model import Act, Category, Discrepancy, MatchResult, Reason, Row
from server.reconciliation.rules.judging import Bounds


def with_payouts(
    result: MatchResult, withdrawals: Iterable[Row], arrivals: Sequence[Row], until: date, bounds: Bounds
) -> MatchResult:
    """``result`` with what differs between the ``withdrawals`` of its day and the ``arrivals`` at the bank until the day ``until``.

    A withdrawal is found again by its number (the movement's or the business's) in the bank's words; of those that are not, one is found by
    its amount. Each arrival counts once. A withdrawal that is younger than ``payout_days`` on ``until`` waits and does not count yet.
    """
    left = sorted(arrivals, key=lambda row: (row.at, row.number))
    sent = sorted(withdrawals, key=lambda row: (row.at, row.number))
    named = [_arrival(row, left, _names) for row in sent]
    arrived = [there or _arrival(row, left, _is_as_much) for row, there in zip(sent, named, strict=True)]
    differences = (_difference(row, there, until, bounds) for row, there in zip(sent, arrived, strict=True))
    found = [each for each in differences if each is not None]
    everything = sorted((*result.discrepancies, *found), key=lambda each: (each.category, each.id))
    return replace(result, discrepancies=tuple(everything))


def _arrival(withdrawal: Row, left: list[Row], fits: Callable[[Row, Row], bool]) -> Row | None:
    """The arrival of ``withdrawal``, taken out of ``left``. Money that came before it was sent is other money."""
    for row in left:
        if hospital_day(row.at) >= hospital_day(withdrawal.at) and fits(withdrawal, row):
            left.remove(row)
            return row
    return None


def _names(withdrawal: Row, arrival: Row) -> bool:
    return is_named((withdrawal.number, withdrawal.channel_no), arrival.note)


def is_named(numbers: Iterable[str], words: str) -> bool:
    """Does one of ``numbers`` stand in the bank's ``words``? A number that is part of a longer one is another number; an empty one is none."""
    return any(
        number in words and re.search(rf"(?<![0-9]){re.escape(number)}(?![0-9])", words) is not None
        for number in numbers
        if number
    )


def _is_as_much(withdrawal: Row, arrival: Row) -> bool:
    return arrival.amount_fen == withdrawal.amount_fen


def _difference(withdrawal: Row, arrival: Row | None, until: date, bounds: Bounds) -> Discrepancy | None:
    sent = hospital_day(withdrawal.at)
    if arrival is not None and arrival.amount_fen == withdrawal.amount_fen:
        return None
    rows = (withdrawal,) if arrival is None else (withdrawal, arrival)
    waits = arrival is None and (until - sent).days < bounds.payout_days
    return Discrepancy(
        id=f"{withdrawal.kind}:{withdrawal.number}",
        category=Category.CROSS_DAY if waits else Category.BANK_NOT_ARRIVED,
        reason=Reason.PAYOUT_LATE if arrival is None else Reason.PAYOUT_SHORT,
        act=Act.WAIT if waits else Act.CHECK_BANK,
        rows=rows,
        difference_fen=(arrival.amount_fen if arrival else 0) - withdrawal.amount_fen,
        since=sent,
    )
