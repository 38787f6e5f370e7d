"""What runs that pay for stays must have led into."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from server.inpatient.model import DISCHARGE
from server.inpatient.rules.plans import plan_of
from server.inpatient.rules.standings import refund_of
from server.payments.model import PaymentState
from server.payments.refund_model import RefundState

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

LATE = timedelta(hours=1)
STAY_CORNERS = frozenset(
    {
        # deposits
        "two at once", "too much", "booked", "refused_by_his", "refund_requested", "refund_succeeded", "amount_differs",
        # discharges
        "to pay", "to return", "over two channels", "of one channel", "at the window", "in part", "a lot is refused", "taken back", "settled again",
        "a lot arrives late", "settled again meanwhile",
        # what befalls them
        "call late", "call answer_lost", "call doubled", "call crash_after", "his queued", "his no", "refund abnormal", "refund closed",
    }
)  # fmt: skip


def stay_corners(world: SimulatedWorld) -> set[str]:
    found: set[str] = set()
    times: Counter[str] = Counter()
    under_way_until: dict[str, datetime] = {}
    """By stay."""
    for payment in sorted(world.database.payments(), key=lambda one: one.created_at):
        if payment.purpose != DISCHARGE or payment.state is not PaymentState.BOOKED:
            continue
        plan, [stay, *_] = plan_of(payment.personal.subject.facts), payment.personal.subject.numbers
        if stay in under_way_until and payment.created_at < under_way_until[stay]:
            found.add("settled again meanwhile")
        found.add("to pay" if plan.presettlement.to_pay_fen else "to return")
        ways = {share.way for share in plan.allocation.returns}
        found |= {"over two channels"} if len(ways) > 1 else {"of one channel"} if ways else set()
        found |= {"at the window"} if plan.allocation.window_fen else set()
        for share in plan.allocation.returns:
            lot = world.database.payment(share.number)
            refund = refund_of(lot, payment.id)
            if lot is not None and share.amount_fen < lot.paid_fen:
                found.add("in part")
            if refund is not None and refund.state is RefundState.REJECTED:
                found.add("a lot is refused")
            if refund is not None and refund.finished_at is not None and refund.finished_at - refund.at > LATE:
                found.add("a lot arrives late")
                under_way_until[stay] = refund.finished_at
        times.update(payment.personal.subject.numbers)
    if any(count > 1 for count in times.values()):
        found.add("settled again")
    return found
