"""How far the return of a discharge's rest has come, lot by lot. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundState
from server.refunds.rules.allocation import Allocation, Share
from server.refunds.rules.shares import ShareState, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareStanding:
    share: Share
    state: ShareState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The sums are the whole rest together: ``window_fen`` has what was for the window from the beginning, and what failed;
    ``otherwise_fen`` is what the hospital has given back since in another way (staff refunded a deposit, finance made a transfer).
    """

    shares: tuple[ShareStanding, ...]
    returned_fen: int
    under_way_fen: int
    window_fen: int
    otherwise_fen: int


def request_of(settlement_id: str) -> str:
    """The request under which each lot's refund is asked for: the same settlement asks each lot once."""
    return f"discharge:{settlement_id}"


def refund_of(lot: Payment | None, settlement_id: str) -> Refund | None:
    """The refund of ``lot`` for this settlement: the latest try, where the channel had refused one for good."""
    mine = [] if lot is None else [one for one in lot.refunds if one.request_id == request_of(settlement_id)]
    return next((one for one in reversed(mine) if one.state is not RefundState.CLOSED), mine[-1] if mine else None)


def standing_of(
    settlement: Payment, allocation: Allocation, lots: Mapping[str, Payment], owed_fen: int | None = None
) -> Standing:
    """``lots`` are the deposits' payments by their numbers; ``settlement`` is the discharge's own. ``owed_fen`` is what the HIS still owes
    of the settled stay, None before it is settled: the window pays out no more.
    """
    shares = tuple(
        ShareStanding(share=share, state=_state(settlement, lots.get(share.number))) for share in allocation.returns
    )

    def sum_of(*states: ShareState) -> int:
        return sum(one.share.amount_fen for one in shares if one.state in states)

    planned_fen = sum_of(ShareState.FAILED) + allocation.window_fen
    window_fen = planned_fen if owed_fen is None else min(planned_fen, owed_fen)
    return Standing(
        shares=shares,
        returned_fen=sum_of(ShareState.RETURNED),
        under_way_fen=sum_of(ShareState.WAITING, ShareState.UNDER_WAY),
        window_fen=window_fen,
        otherwise_fen=planned_fen - window_fen + sum_of(ShareState.ELSEWHERE),
    )


def _state(settlement: Payment, lot: Payment | None) -> ShareState:
    refund = refund_of(lot, settlement.id)
    if lot is None or refund is None:
        return ShareState.FAILED if settlement.state is PaymentState.BOOKED else ShareState.WAITING
    return state_of(lot, refund)
