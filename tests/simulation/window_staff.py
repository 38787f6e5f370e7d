"""The window in a run with old balances: money is put onto cards, spent from them, and paid out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.balances import Balances
from tests.simulation.script import Step
from tests.simulation.staff import Staff

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

WAITS, WAITS_S = 30, 10.0


class WindowStaff(Staff):
    def __init__(self, world: SimulatedWorld, balances: Balances) -> None:
        super().__init__(world)
        self._balances = balances

    async def do(self, step: Step) -> str:
        if step.what == "tell":
            return await self._balances.news.tells()
        return await self._moves(step) if step.what == "move" else await super().do(step)

    async def _moves(self, step: Step) -> str:
        """Whoever comes too early waits until a payment is booked."""
        for _ in range(WAITS):
            if told := self._balances.move(step.dial):
                return told
            await asyncio.sleep(WAITS_S)
        return "nothing to move"

    def _spend(self, step: Step) -> str:
        return self._balances.spend(step.dial)

    def _pay_out(self, step: Step) -> str:
        return self._balances.pay_out(step.dial)
