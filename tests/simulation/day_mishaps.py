"""What the hospital does beside Zhenfu on the days that a run closes: other systems take money, and the HIS loses bookings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.payments.model import PaymentState
from tests.simulation.chance import picked
from tests.simulation.day_books import ACCOUNTS

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

MISSING = ("", "", "", "his", "channel")
FORGETS = 0.7
FOR_GOOD = 0.5
"""How often the HIS has lost the bills, too, and refuses the booking when it is told again."""


def windows_take(world: SimulatedWorld) -> set[str]:
    """The hospital's windows and kiosks take money on the same merchant accounts; now and then one side does not get the row. Their order
    numbers.
    """
    numbers = set()
    for channel in ACCOUNTS:
        for number in range(int(3 * world.chance.share(f"windows/{channel}"))):
            shares = world.chance.rolls(f"windows/{channel}/{number}")
            system, missing = picked(("window", "kiosk"), shares[0]), picked(MISSING, shares[1])
            fen = 1 + int(picked((1000, 200_000), shares[3]) * shares[2])
            taken = world.outside.other_systems.take(channel, fen, system, missing)
            numbers.add(taken["out_trade_no"])
    return numbers


def his_forgets(world: SimulatedWorld) -> set[str]:
    """Some of what the HIS had booked is not in it any more: the payments. A HIS that writes down other amounts than it is told is trouble
    enough.
    """
    forgotten = set()
    for payment in world.database.payments():
        whole = payment.state is PaymentState.BOOKED and payment.paid_fen and not payment.refunds
        lost = whole and not world.his_errs and payment.id not in world.unannounced
        if lost and world.chance.share(f"his/forgets/{payment.id}") < FORGETS:
            for_good = world.chance.share(f"his/forgets/{payment.id}/for good") < FOR_GOOD
            world.trace.note("his", "has lost the booking of", world.shorter(payment.id))
            world.desk.forget(payment.id, for_good=for_good)
            forgotten.add(payment.id)
    return forgotten
