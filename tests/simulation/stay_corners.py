"""What runs that pay for stays must have led into."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from server.inpatient.model import DISCHARGE
from server.inpatient.rules.plans import plan_of
from server.inpatient.rules.standings import refund_of
from server.payments.model import PaymentState
from server.payments.refund_model import RefundState

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

STAY_CORNERS = frozenset(
    {
        # deposits
        "two at once", "too much", "booked", "refused_by_his", "refund_requested", "refund_succeeded", "amount_differs",
        # discharges
        "to pay", "to return", "over two channels", "of one channel", "at the window", "in part", "a lot is refused", "taken back", "settled again",
        # what befalls them
        "call late", "call answer_lost", "call doubled", "call crash_after", "his queued", "his no", "refund abnormal", "refund closed",
    }
)  # fmt: skip


def stay_corners(world: SimulatedWorld) -> set[str]:
    found: set[str] = set()
    times: Counter[str] = Counter()
    for payment in world.database.payments():
        if payment.purpose != DISCHARGE or payment.state is not PaymentState.BOOKED:
            continue
        plan = plan_of(payment.personal.subject.facts)
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
        times.update(payment.personal.subject.numbers)
    if any(count > 1 for count in times.values()):
        found.add("settled again")
    return found
