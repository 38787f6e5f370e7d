"""From which deposits the rest of an admission goes back. One pure function; every fen of the rest is placed, and none twice.

Lots are taken in the hospital's order. A lot is taken whole as long as the rest is as large; only the last one is taken in part. A lot's money only
goes back by its own channel, to whoever paid it. What can't go back so (cash, cards, lots that are too old) is named and paid out at
the window, and only as much of it as the other lots do not cover.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.refunds.model import LotOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """批次: one deposit as refundable money. ``number`` is our payment's, or the HIS's where it is none of ours; ``left_fen`` has not gone
    back and is not on its way. ``stuck``: why its way of payment can't return it, in words; empty where it can.
    """

    number: str
    way: str
    left_fen: int
    paid_at: datetime
    stuck: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What goes back of one lot. ``stuck``: why it is paid out at the window; empty where it goes back by ``way``."""

    number: str
    way: str
    amount_fen: int
    paid_at: datetime
    stuck: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """``unplaced_fen`` is what no known lot covers: the HIS owes it, and the window pays it out."""

    returns: tuple[Share, ...] = ()
    window: tuple[Share, ...] = ()
    unplaced_fen: int = 0

    @property
    def window_fen(self) -> int:
        """All that is paid out at the window."""
        return sum(share.amount_fen for share in self.window) + self.unplaced_fen


def allocate(return_fen: int, lots: Sequence[Lot], order: LotOrder) -> Allocation:
    """The shares in ``returns`` and ``window_fen`` are ``return_fen`` together. Raises ValueError for less than nothing."""
    if return_fen < 0 or any(lot.left_fen < 0 for lot in lots):
        raise ValueError("less than nothing to allocate")
    newest_first = order is LotOrder.NEWEST_FIRST
    in_order = sorted(lots, key=lambda lot: (lot.paid_at, lot.number), reverse=newest_first)
    returns, rest_fen = _taken(return_fen, [lot for lot in in_order if not lot.stuck])
    window, rest_fen = _taken(rest_fen, [lot for lot in in_order if lot.stuck])
    return Allocation(returns=returns, window=window, unplaced_fen=rest_fen)


def _taken(rest_fen: int, lots: Sequence[Lot]) -> tuple[tuple[Share, ...], int]:
    """The shares of these lots, and what they leave uncovered."""
    shares: list[Share] = []
    for lot in lots:
        amount_fen = min(lot.left_fen, rest_fen)
        if amount_fen:
            shares.append(
                Share(number=lot.number, way=lot.way, amount_fen=amount_fen, paid_at=lot.paid_at, stuck=lot.stuck)
            )
            rest_fen -= amount_fen
    return tuple(shares), rest_fen
