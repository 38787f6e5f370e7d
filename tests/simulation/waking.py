"""A system that is back wakes what waits for it (decision 0020). When the faults have stopped every system is back; what waited for one by
then must be tried soon, not at the slow pace to which its failures had led.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.effects.model import find
from server.effects.rules import PATIENT_TRIES, waits
from server.effects.waking import HORIZON

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

WITHIN_S = 150.0
"""Probes every 15 s, one effect of each system; then ten a second. Twice of it for a database and clocks that were away just now."""


class Sleepers:
    """What waited for a system when the faults stopped: (payment, effect, tries)."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world, now = world, world.clock.now()
        self._waiting = [
            (payment.id, effect.key, effect.tries)
            for payment in world.database.payments()
            for effect in payment.effects
            if waits(effect, now) and effect.tries > PATIENT_TRIES and effect.due_at <= now + HORIZON
            if payment.id not in world.database.unreadable.slow
        ]
        world.probed_until_s = world.loop.time() + WITHIN_S
        if self._waiting:
            world.notable.add("waits for a system that is back")
            world.loop.call_later(WITHIN_S, self._look)

    def _look(self) -> None:
        for payment_id, key, tries in self._waiting:
            payment = self._world.database.payment(payment_id)
            effect = find(payment.effects, key) if payment is not None else None
            if effect is not None and effect.tries == tries and effect.lease is None:
                name = self._world.shorter(payment_id)
                self._world.trace.problem(f"{name} {key} sleeps on, and the system for which it waited is back")
