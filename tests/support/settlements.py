"""What must hold of a booked discharge whose money has come to rest: its plan, its lots' refunds and the sums that its page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from server.inpatient.discharge import Discharge
from server.inpatient.rules.standings import (
    Standing,
)
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.payments.rules.refund_shares import refundable_fen
from server.refunds.rules.shares import ShareState


def settlement_problems(view: Discharge, settlement: Payment, lots: Mapping[str, Payment]) -> Iterator[str]:
    """``view`` is the page of the stay; it shows another settlement, or none, where this one was taken back since. ``lots`` by number."""
    if view.settlement is None or view.settlement.id != settlement.id or view.plan is None or view.standing is None:
        return
    standing, asked = view.standing, view.plan.presettlement
    allocation = view.plan.allocation
    allocated_fen = sum(share.amount_fen for share in allocation.returns) + allocation.window_fen
    shown_fen = standing.returned_fen + standing.under_way_fen + standing.window_fen + standing.otherwise_fen
    if not asked.to_return_fen == allocated_fen == shown_fen:
        yield f"{settlement.id}: {asked.to_return_fen} to return, {allocated_fen} allocated, {shown_fen} shown"
    yield from _failed_for_nothing(standing, lots)
    if standing.under_way_fen:
        yield f"{settlement.id}: {standing.under_way_fen} are under way for ever"
    left_fen = view.known.admission.left_fen
    if left_fen != standing.window_fen:
        yield f"{settlement.id}: the HIS owes {left_fen}, the page says {standing.window_fen}"


def _failed_for_nothing(standing: Standing, lots: Mapping[str, Payment]) -> Iterator[str]:
    """A share fails only where its lot has not enough left, or the HIS has refused."""
    for one in standing.shares:
        lot = lots[one.share.number]
        refused = any(refund.state is RefundState.REJECTED for refund in lot.refunds)
        if one.state is ShareState.FAILED and not refused and refundable_fen(lot) >= one.share.amount_fen:
            yield f"{lot.id}: {one.share.amount_fen} were never asked back"
