"""The recurring tasks of the hospital, done by the engine of owed work: the polls that would find nothing to do are not played.

Which tasks are played is a matter of the run: days are opened only where days are closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from server.app.timetables import PACE
from server.app.wiring import Composition
from server.core.errors import ClockOff, StoreError
from server.effects.model import Effect, EffectKind, find
from server.effects.recurring import Piece, Recurring
from server.effects.timetable import timetable_id
from tests.simulation.line import at_once
from tests.simulation.process import AppProcess, ConnectionLost

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

ALWAYS = frozenset(
    {
        EffectKind.ALERT_ROUND,
        EffectKind.AUDIT_DAY,
        EffectKind.LIVE_SIDES,
        EffectKind.UNUSED_CARDS,
        EffectKind.UNUSED_PEOPLE,
    }
)
POLL_S_MAX = 3600.0
POLLS_MAX = 400
RESTS_LESS = timedelta(seconds=30)
"""A task with more to do rests for less (`effects.recurring.MORE_AFTER`), and one that has come to its end for more."""
CLOCK_PUT_RIGHT_S = 600.0
"""How long it takes until somebody has read in ``doctor`` that a machine's clock is off, and puts it right."""
GRACE = timedelta(minutes=10)
"""Beyond its interval and a lease, the time within which a task is owed again, whatever went wrong."""


class RecurringTasks:
    """``kinds`` is what the hospital's timetable owes from the next poll on."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self.kinds = ALWAYS
        self._under_way: dict[EffectKind, str] = {}

    def watched(self, tasks: Mapping[EffectKind, Recurring], process: str) -> dict[EffectKind, Recurring]:
        """``tasks`` as ``process`` does them; no two processes do one at once."""
        return {kind: Recurring(partial(self._piece, kind, process, task), task.every) for kind, task in tasks.items()}

    async def _piece(self, kind: EffectKind, process: str, task: Recurring, hospital: str, place: str) -> Piece:
        other = self._under_way.get(kind)
        if other is not None:
            self._world.trace.problem(f"(e) the task {kind}: two workers at once, {other} and {process}")
        self._under_way[kind] = process
        try:
            return await task.piece(hospital, place)
        finally:
            self._under_way.pop(kind, None)

    async def poll(self, process: AppProcess) -> None:
        """``process`` looks once for tasks that are due, and does them. What a fault cuts short is done later. A process whose clock is off
        does nothing and says so, until somebody puts the clock right.
        """
        try:
            with suppress(ConnectionLost, StoreError):
                await process.ask(self._poll, POLL_S_MAX)
        except ClockOff:
            await asyncio.sleep(CLOCK_PUT_RIGHT_S)
            process.machine.set(None)

    async def _poll(self, parts: Composition) -> None:
        parts.timetables.keeper.tasks = self.kinds
        await parts.timetables.keeper.keep()
        await parts.timetables.runner.run_due(self._world.hospital_id, timetable_id(self._world.hospital_id))

    async def done_once_more(self, kind: EffectKind) -> None:
        """Until the task has come to its end once from now on. A process polls when it is due."""
        before = self._owed(kind)
        await self._until(kind, lambda owed: before is None or owed.due_at > before.due_at)

    async def done(self, kind: EffectKind) -> None:
        """Until the task rests, which it may do already."""
        await self._until(kind, lambda owed: True)

    async def _until(self, kind: EffectKind, enough: Callable[[Effect], bool]) -> None:
        """Until the task rests, and what it owes is ``enough``."""
        for _ in range(POLLS_MAX):
            owed = self._owed(kind)
            rests = owed is not None and owed.tries == 0 and owed.due_at > self._world.clock.now() + RESTS_LESS
            if owed is not None and rests and enough(owed):
                return
            if owed is None:
                await asyncio.sleep(1)  # until a process that lives has begun it
            elif not await self._time_comes(owed):
                return
            await self.poll(self._world.rounds)
        self._world.trace.problem(f"the task {kind} never comes to its end")

    async def _time_comes(self, owed: Effect) -> bool:
        """False for a task that is owed too late."""
        world, parts = self._world, self._world.rounds.parts
        left = owed.due_at - world.clock.now()
        every = timedelta() if parts is None else parts.timetables.tasks[owed.kind].every
        if left > every + timedelta(seconds=PACE.lease_s) + GRACE:
            world.trace.problem(f"the task {owed.kind} is forgotten: nobody owes it before {owed.due_at}")
            return False
        await asyncio.sleep(max(left.total_seconds(), 0) + 1)
        return True

    def _owed(self, kind: EffectKind) -> Effect | None:
        store, hospital = self._world.database.stores.timetables, self._world.hospital_id
        timetable = at_once(store.get(hospital, timetable_id(hospital)))
        return None if timetable is None else find(timetable.effects, str(kind))
