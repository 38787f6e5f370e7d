"""One more side of a channel's day, as an insurance centre's list: held against our own rows, with the same categories. Pure.

It is compared key by key with what we have of that day. Rows of other systems are not ours to judge; what it tells of on another day a
person carries over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from server.reconciliation.model import Act, Category, Discrepancy, Leg, MatchResult, Reason, Row, RowState
from server.reconciliation.rules.judging import in_order, moved_nothing


def with_further(result: MatchResult, ours: Iterable[Row], further: Iterable[Row], prefix: str) -> MatchResult:
    """``result`` with every key on which the further leg and our books do not agree."""
    sides: dict[str, tuple[list[Row], list[Row]]] = {}
    for place, rows in enumerate((ours, further)):
        for row in rows:
            if row.payment_number.startswith(prefix):
                sides.setdefault(row.key, ([], []))[place].append(row)
    judged = ((key, here, there, _verdict(here, there)) for key, (here, there) in sides.items())
    found = [
        Discrepancy(
            id=f"{Leg.FURTHER}:{key}", category=verdict[0], reason=verdict[1], act=Act.LOOK, rows=in_order([*here, *there]),
            difference_fen=_net_fen(there) - _net_fen(here), since=result.day,
        )
        for key, here, there, verdict in judged
        if verdict is not None
    ]  # fmt: skip
    everything = sorted((*result.discrepancies, *found), key=lambda each: (each.category, each.id))
    return replace(result, discrepancies=tuple(everything)) if found else result


def _verdict(here: Sequence[Row], there: Sequence[Row]) -> tuple[Category, Reason] | None:
    if len(there) > 1:
        return Category.DOUBLE, Reason.LISTED_TWICE
    if not here:
        return None if there[0].state is RowState.FAILED else (Category.MISSING_HERE, Reason.ONLY_IN_FURTHER)
    if not there:
        return None if here[0].state is RowState.FAILED else (Category.MISSING_AT_CHANNEL, Reason.NOT_IN_FURTHER)
    if here[0].amount_fen != there[0].amount_fen and not moved_nothing(here[0], there[0]):
        return Category.AMOUNT, Reason.AMOUNT_IN_FURTHER
    return (Category.STATE, Reason.STATE_DIFFERS) if here[0].state is not there[0].state else None


def _net_fen(rows: Iterable[Row]) -> int:
    return sum(row.signed_fen for row in rows)
