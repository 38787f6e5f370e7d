"""People have what is held about them erased, in the middle of a run (decision 0036). What still owes something stays as it is; what was erased
says no longer who, is told to nobody, and its money goes on being right.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from server.app.wiring import Composition
from server.core.errors import ZhenfuError
from server.payments.model import Payment
from server.payments.rules.erasing import ERASED, is_pseudonymous
from server.privacy.model import FoundBy
from tests.simulation.chance import between, picked
from tests.simulation.process import ConnectionLost

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

SEEDS = 0.2
AFTER_S = (60.0, 2000.0)
BY = "cli:admin"


class Erasures:
    """``payers``: who began each payment, also when it no longer says so."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self.payers: dict[str, str] = {}

    def saved(self, before: Payment | None, after: Payment) -> None:
        self.payers.setdefault(after.id, after.payer.subject)
        if before is None or not is_pseudonymous(after) or is_pseudonymous(before):
            return
        self._world.notable.add("erased")
        name = self._world.shorter(after.id)
        if before.effects or not before.at_rest():
            self._world.trace.problem(f"{name} was erased while it owed something")
        for person in {visitor.person for visitor in self._world.visitors if visitor.subject == self.payers[after.id]}:
            known = (person.name, person.phone, *person.cards, self.payers[after.id])
            left = repr(after)
            if any(fact in left for fact in known):
                self._world.trace.problem(f"{name} was erased and still says who")

    async def run(self) -> None:
        """By staff who found somebody by one of their payments; what a fault cut short is not repeated."""
        world = self._world
        share, after, which, _ = world.chance.rolls("erasure")
        if share >= SEEDS:
            return
        await asyncio.sleep(between(*AFTER_S, after**2))
        payments = [payment for payment in world.database.payments() if not is_pseudonymous(payment)]
        if not payments:
            return
        number = picked(payments, which).id

        async def erase(parts: Composition) -> int:
            records = parts.services.person_records
            person = await records.find(world.hospital_id, FoundBy.PAYMENT, number)
            return (await records.erase(person, BY)).payments

        with suppress(ConnectionLost, ZhenfuError):
            erased = await world.rounds.ask(erase)
            world.trace.note("staff", f"erase whoever paid {world.shorter(number)}", str(erased))


def is_erased(payment: Payment) -> bool:
    return any(line.what == ERASED for line in payment.history)
