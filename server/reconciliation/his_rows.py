"""The HIS's list of a day (docs/his-interface.md section 7): all of it for registers and figures, and the rows of one channel for matching."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from server.reconciliation.model import Leg, Row, RowKind, RowState

ISSUED, RED, NO_RECEIPT = "issued", "red", "none"
"""Given out and valid; red-flushed 红冲, in full or with a new receipt over what is left; never given out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HisRow:
    """One receipt or refund, in whatever way it was paid. ``items`` are pairs of a kind of item and fen.

    The electronic receipt 电子票据 of a payment, or of the payment that a refund is of: its code, its number and its state (ISSUED, RED, NO_RECEIPT);
    the state is empty where the HIS does not tell of receipts.
    """

    kind: RowKind
    way: str
    amount_fen: int
    booked_at: datetime
    his_trade_no: str
    out_trade_no: str = ""
    out_refund_no: str = ""
    transaction_id: str = ""
    entrance: str = ""
    terminal: str = ""
    operator: str = ""
    shift: str = ""
    department: str = ""
    doctor: str = ""
    items: tuple[tuple[str, int], ...] = ()
    receipt_code: str = ""
    receipt_number: str = ""
    receipt_state: str = ""


def his_file(rows: Iterable[HisRow]) -> bytes:
    """One JSON object a line, as it is kept."""
    told = ({**asdict(row), "booked_at": row.booked_at.isoformat()} for row in rows)
    return b"".join(json.dumps(each, ensure_ascii=False, sort_keys=True).encode() + b"\n" for each in told)


def his_rows(lines: Iterable[bytes]) -> Iterator[HisRow]:
    """What `his_file` wrote, from the lines of its file."""
    for line in lines:
        told = json.loads(line)
        items = tuple((category, fen) for category, fen in told.pop("items"))
        kind, booked_at = RowKind(told.pop("kind")), datetime.fromisoformat(told.pop("booked_at"))
        yield HisRow(kind=kind, booked_at=booked_at, items=items, **told)


def rows_of_channel(rows: Iterable[HisRow], channel: str) -> Iterator[Row]:
    """The rows that were paid by this channel; a HIS names its ways as we name channels."""
    for row in rows:
        if row.way == channel:
            refund = row.kind is RowKind.REFUND
            yield Row(
                leg=Leg.HIS,
                kind=row.kind,
                number=row.out_refund_no if refund else row.out_trade_no,
                payment_number=row.out_trade_no,
                amount_fen=row.amount_fen,
                state=RowState.DONE,
                at=row.booked_at,
                channel_no=row.transaction_id,
                note=row.his_trade_no,
            )
