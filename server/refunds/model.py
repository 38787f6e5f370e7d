"""批次: what was paid in beforehand and may go back, as the HIS tells of it. Money is fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LotOrder(StrEnum):
    """Which sums the hospital gives back first."""

    NEWEST_FIRST = "newest"
    OLDEST_FIRST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """批次: one sum that was paid in. ``out_trade_no`` is the order at the channel: of ours our number; empty for cash and cards."""

    his_trade_no: str
    receipt_no: str
    way: str
    amount_fen: int
    returned_fen: int
    paid_at: datetime
    out_trade_no: str
