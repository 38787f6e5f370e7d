"""What runs with old balances must have led into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.payments.refund_model import RefundState
from tests.simulation.balances import is_asked_back

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

BALANCE_CORNERS = frozenset(
    {
        # what the window does, and what a family does at once
        "spent", "paid out", "two at once", "several lots",
        # what those are told who have bound the card
        "not delivered by wechat", "not delivered by sms", "nobody reached",
        # lots that their channel takes back no more, and one that it still does
        "too old", "some too old", "in time",
        # how a lot goes back
        "whole", "asked again", "refused by the HIS", "sent anew",
        # what befalls it
        "dies while it is asked", "call late", "call answer_lost", "call doubled", "call crash_after", "his queued", "refund abnormal", "refund closed",
    }
)  # fmt: skip


def balance_corners(world: SimulatedWorld) -> set[str]:
    found: set[str] = set()
    for payment in world.database.payments():
        asked = [one for one in payment.refunds if is_asked_back(one)]
        found |= {"whole" for one in asked if one.amount_fen == payment.paid_fen}
        found |= {"refused by the HIS" for one in asked if one.state is RefundState.REJECTED}
        found |= {"sent anew" for one in asked if one.state is RefundState.CLOSED}
        if len({one.request_id for one in asked}) > 1:
            found.add("asked again")
        moments = [world.clock.seconds(one.at) for one in asked]
        if any(0 <= at - asked_at < 30 for asked_at in moments for _, at in world.deaths):
            found.add("dies while it is asked")
    return found
