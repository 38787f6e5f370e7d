"""What a run plays and what is compared after it, by what its people pay for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.simulation.balance_books import BalanceBooks
from tests.simulation.balance_people import balance_script
from tests.simulation.guardian_people import guardian_script
from tests.simulation.intruder import break_in
from tests.simulation.invariants import check
from tests.simulation.paying import Paying
from tests.simulation.purpose_books import PurposeBooks
from tests.simulation.purpose_people import purpose_script
from tests.simulation.registration_people import registration_script
from tests.simulation.script import Step, script
from tests.simulation.staff import Staff
from tests.simulation.stay_books import StayBooks
from tests.simulation.stay_people import stay_script
from tests.simulation.ward_staff import WardStaff
from tests.simulation.window_staff import WindowStaff
from tests.simulation.years import years_go_by

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

STEPS = 14
MINI_STEPS = 20
"""Of a world with the mini-program, where a visit takes more of them."""
LONG_STEPS = 24
"""Of a world that pays for stays, where a stay has several deposits before it has an end, or for numbers, for which people wait, too, or whose bills' money
lies on cards before it goes back."""


def steps_of(paying: Paying, *, mini: bool) -> int:
    """How many steps of people a run has, unless it is told."""
    if paying not in {Paying.BILLS, Paying.PURPOSES}:
        return LONG_STEPS
    return MINI_STEPS if mini else STEPS


async def compare(world: SimulatedWorld) -> None:
    """The books of both sides, in the way of what the run has paid for."""
    if world.purposes is not None:
        PurposeBooks(world, world.purposes).check()
    elif world.registration is not None:
        PurposeBooks(world, world.registration).check()
        for problem in world.registration.problems():
            world.trace.problem(problem)
    elif world.stays is not None:
        await StayBooks(world, world.stays).check()
    elif world.balances is not None:
        check(world)
        await BalanceBooks(world, world.balances).check()
    else:
        check(world)
        await break_in(world)
        await years_go_by(world)


def script_of(world: SimulatedWorld, steps: int) -> Sequence[Step]:
    """What people do, and when."""
    if world.paying is Paying.PURPOSES:
        return purpose_script(world.seed, steps, len(world.phones))
    if world.paying is Paying.STAYS:
        return stay_script(world.seed, steps, len(world.phones))
    if world.paying is Paying.REGISTRATION:
        return registration_script(world.seed, steps, len(world.phones))
    if world.paying is Paying.GUARDIANS:
        return guardian_script(world.seed, steps, len(world.phones))
    if world.paying is Paying.BALANCES:
        return balance_script(world.seed, steps, len(world.phones), len(world.bills))
    return script(world.seed, steps, len(world.phones), len(world.bills), world.pairs)


def staff_of(world: SimulatedWorld) -> Staff:
    """Who does what is not done on a phone."""
    if world.stays is not None:
        return WardStaff(world, world.stays)
    return Staff(world) if world.balances is None else WindowStaff(world, world.balances)
