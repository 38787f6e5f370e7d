"""What runs with old balances must have led into."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from server.payments.refund_model import RefundOrigin, RefundState
from tests.simulation.balances import is_asked_back

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

BALANCE_CORNERS = frozenset(
    {
        # what the window does, and what a family does at once
        "spent", "paid out", "two at once", "several lots",
        # how a lot goes back
        "whole", "in part", "asked again", "over two channels", "beside a refund of staff", "refused by the HIS", "sent anew",
        # what befalls it
        "dies while it is asked", "call late", "call answer_lost", "call doubled", "call crash_after", "his queued", "refund abnormal", "refund closed",
    }
)  # fmt: skip


def balance_corners(world: SimulatedWorld) -> set[str]:
    found: set[str] = set()
    ways: Counter[str] = Counter()
    for payment in world.database.payments():
        asked = [one for one in payment.refunds if is_asked_back(one)]
        found |= {_how(one.amount_fen, payment.paid_fen) for one in asked}
        found |= {"refused by the HIS" for one in asked if one.state is RefundState.REJECTED}
        found |= {"sent anew" for one in asked if one.state is RefundState.CLOSED}
        if len({one.request_id for one in asked}) > 1:
            found.add("asked again")
        if asked and any(
            not is_asked_back(one) and one.origin is not RefundOrigin.ELSEWHERE for one in payment.refunds
        ):
            found.add("beside a refund of staff")
        if asked:
            ways[payment.parts[0].channel] += 1
        deaths = [world.clock.seconds(one.at) for one in asked]
        if any(0 <= at - asked_at < 30 for asked_at in deaths for _, at in world.deaths):
            found.add("dies while it is asked")
    return found | ({"over two channels"} if len(ways) > 1 else set())


def _how(amount_fen: int, paid_fen: int) -> str:
    return "whole" if amount_fen == paid_fen else "in part"
