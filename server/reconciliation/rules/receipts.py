"""Electronic receipts 电子票据 of refunds: a refund whose receipt still lives is a discrepancy. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from server.reconciliation.his_rows import ISSUED, NO_RECEIPT, HisRow, rows_of_channel
from server.reconciliation.model import (
    Act,
    Category,
    Discrepancy,
    Leg,
    MatchResult,
    Reason,
    Row,
    RowKind,
    RowState,
    Sums,
)
from server.reconciliation.rules.parts import Counting


def receipt_rows(rows: Iterable[HisRow], channel: str) -> list[Row]:
    """Leg RECEIPT: one row for each receipt of a payment or a refund of ``channel``; of a refund DONE once it is red-flushed. ``note`` is the
    receipt's code and number.
    """
    told = (row for row in rows if row.receipt_state not in {"", NO_RECEIPT})
    return [row for his in told for row in _receipt_row(his, channel)]


def _receipt_row(his: HisRow, channel: str) -> Iterable[Row]:
    lives = his.kind is RowKind.REFUND and his.receipt_state == ISSUED
    state = RowState.FAILED if lives else RowState.DONE
    note = f"{his.receipt_code} {his.receipt_number}".strip()
    return (row._replace(leg=Leg.RECEIPT, state=state, note=note) for row in rows_of_channel([his], channel))


def receipts_told(rows: Sequence[HisRow]) -> bool:
    """Does the HIS tell of receipts at all?"""
    return any(row.receipt_state for row in rows)


def receipt_sums(rows: Iterable[Row]) -> Sums:
    """Receipts of payments, and those of refunds that are red-flushed."""
    counting = Counting()
    for row in rows:
        counting.add(row)
    return counting.sums


def with_receipts(result: MatchResult, rows: Iterable[HisRow], channel: str, prefix: str) -> MatchResult:
    """``result`` with every refund of the HIS's list whose receipt is still valid. No money differs: it is the receipt that says too much."""
    found = [
        Discrepancy(
            id=f"{Leg.RECEIPT}:{row.number or row.channel_no or row.note}",
            category=Category.RECEIPT,
            reason=Reason.RECEIPT_LIVES,
            act=Act.RED_FLUSH,
            rows=(*rows_of_channel([his], channel), row),
            difference_fen=0,
            since=result.day,
            ours=row.payment_number.startswith(prefix),
        )
        for his in rows
        if his.receipt_state == ISSUED and his.kind is RowKind.REFUND
        for row in receipt_rows([his], channel)
    ]
    everything = sorted((*result.discrepancies, *found), key=lambda each: (each.category, each.id))
    return replace(result, discrepancies=tuple(everything))
