"""The clocks of a process: its machine's, which may be wrong, and its worker's, which skips polls that would find nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from server.infrastructure.shared_clock import SharedClock
from tests.simulation.chance import between
from tests.simulation.faults import Fault

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


SKEW_S = 1.5
OFF_S_MAX = 5.0
AWAY_S = (8.0, 290.0)
"""Inside what every platform takes of a signature's time."""


class MachineClock:
    """Real clocks differ: this machine's is near the right time, or minutes away, or set while everything runs."""

    def __init__(self, world: SimulatedWorld, name: str) -> None:
        self._world = world
        self._near_s = round(between(-SKEW_S, SKEW_S, world.chance.share(f"skew/{name}")), 3)
        self._ahead_s = self._near_s
        self._off_since: float | None = None

    def now(self) -> datetime:
        return self._world.clock.now() + timedelta(seconds=self._ahead_s)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def set(self, fault: Fault | None) -> None:
        """As ``fault`` says; right without one."""
        away_s = between(*AWAY_S, fault.dial) if fault else 0.0
        ways = {"minutes_fast": away_s, "minutes_slow": -away_s}
        self._ahead_s = self._near_s + ways.get(fault.kind if fault else "", 0.0)
        self._off_since = self._world.loop.time() if abs(self._ahead_s) > OFF_S_MAX else None

    @property
    def off_for_s(self) -> float:
        """For how long it has been farther off than a process may be that works."""
        return 0.0 if self._off_since is None else self._world.loop.time() - self._off_since


class PollingClock:
    """For the worker's pause between two polls: the polls that would find nothing are skipped. ``next_due`` says when something is due."""

    def __init__(self, world: SimulatedWorld, clock: SharedClock, next_due: Callable[[], datetime | None]) -> None:
        self._world = world
        self._clock = clock
        self._next_due = next_due

    def now(self) -> datetime:
        return self._clock.now()

    def agrees(self) -> bool:
        return self._clock.agrees()

    async def must_agree(self) -> None:
        await self._clock.must_agree()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while True:
            due = self._next_due()
            left = None if due is None else (due - self.now()).total_seconds()
            if left is not None and left <= 0:
                return
            await self._world.database.bell.wait(left)
            if self._world.database.unreadable.slow:
                return  # something may be set aside: this poll finds it, or nothing
