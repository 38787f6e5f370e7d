"""Invented receipts and refunds for registers and figures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from server.reconciliation.register_model import Entry, EntryKind
from tests.unit.reconciliation.days import at

_FACTS: dict[str, Any] = {"way": "channel-a", "number": "ZH1", "entrance": "bill_qr"}


def received(amount_fen: int, when: datetime | None = None, **fields: Any) -> Entry:
    return Entry(kind=EntryKind.PAYMENT, at=when or at(9), amount_fen=amount_fen, **{**_FACTS, **fields})


def gave_back(amount_fen: int, when: datetime | None = None, **fields: Any) -> Entry:
    return Entry(
        kind=EntryKind.REFUND, at=when or at(15), amount_fen=amount_fen, **{**_FACTS, "number": "ZH1R01", **fields}
    )
