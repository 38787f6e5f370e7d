"""Rows of the HIS's day list as entries of the registers. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import RowKind
from server.reconciliation.register_model import Entry, EntryKind, Share


def entry_of(row: HisRow) -> Entry:
    """Items that do not add up to the amount are one share without a kind."""
    is_refund = row.kind is RowKind.REFUND
    named = {"department": row.department, "doctor": row.doctor}
    shares = tuple(Share(amount_fen=fen, category=category, **named) for category, fen in row.items)
    whole = (Share(amount_fen=row.amount_fen, **named),)
    return Entry(
        kind=EntryKind.REFUND if is_refund else EntryKind.PAYMENT, at=row.booked_at, way=row.way, amount_fen=row.amount_fen,
        number=(row.out_refund_no if is_refund else row.out_trade_no) or row.his_trade_no, payment_number=row.out_trade_no,
        transaction_id=row.transaction_id, his_no=row.his_trade_no, entrance=row.entrance, terminal=row.terminal,
        operator=row.operator, shift=row.shift,
        shares=shares if sum(share.amount_fen for share in shares) == row.amount_fen else whole,
    )  # fmt: skip


def entries_of_others(rows: Iterable[HisRow], prefix: str) -> tuple[Entry, ...]:
    """Entries of what came not through us: our own numbers begin with ``prefix`` and are told by our own books."""
    return tuple(entry_of(row) for row in rows if row.amount_fen and not row.out_trade_no.startswith(prefix))
