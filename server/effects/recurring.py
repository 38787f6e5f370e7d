"""Does the recurring tasks of timetables, a piece at a time, and keeps each hospital's timetable there."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from server.alerts.model import CAUSE_GONE, closed_by_itself
from server.core.errors import AlreadyStored, ClockOff, NotFound, StoreError, Unreadable
from server.core.ports import Clock, SureClock
from server.effects.engine import Decision, Runner
from server.effects.ledger import Ledger, tampered_alert, unreadable_alert
from server.effects.model import Effect, EffectKind
from server.effects.ports import TimetableStore
from server.effects.timetable import Timetable, piece_done, stuck_alert_id, with_tasks

log = logging.getLogger("zhenfu.timetable")
PIECE = timedelta(seconds=20)
"""How long a piece may take before it ends at the next place where the task can go on; well inside a lease."""
MORE_AFTER = timedelta(seconds=2)
"""A task that has more to do rests for so long, so that the others of the hospital get their turn."""
KEPT_EACH_S = 600.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What a piece of a task has come to: the ``place`` where the task goes on, empty at its beginning, and whether there is ``more`` to do
    at once.
    """

    place: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class Recurring:
    """A task: ``piece`` does what there is to do for a hospital from a place on, for about `PIECE`; it is done again after ``every``."""

    piece: Callable[[str, str], Awaitable[Piece]]
    every: timedelta


class RecurringWork:
    """The runners of a timetable's effects. What a piece raises is a failure of its effect (`engine`)."""

    def __init__(
        self,
        ledger: Ledger[Timetable],
        tasks: Mapping[EffectKind, Recurring],
        hospitals: Collection[str],
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._tasks = tasks
        self._hospitals = hospitals
        self._clock = clock

    def runners(self) -> dict[EffectKind, Runner[Timetable]]:
        return dict.fromkeys(self._tasks, self._run)

    async def _run(self, timetable: Timetable, effect: Effect) -> Decision[Timetable]:
        task, token = self._tasks[effect.kind], effect.lease or ""
        place = timetable.places.get(str(effect.kind), "")
        piece = Piece(place)
        if timetable.hospital in self._hospitals:  # another process may know hospitals that this one does not
            piece = await task.piece(timetable.hospital, place)
            await self._works(timetable.hospital, effect)
        due_at = self._clock.now() + (MORE_AFTER if piece.more else task.every)
        return lambda current: piece_done(current, effect.key, token, piece.place, due_at)

    async def _works(self, hospital: str, effect: Effect) -> None:
        """The alarm of a task that had failed ends."""
        if effect.last_error is None:
            return
        now = self._clock.now()
        try:
            await self._ledger.alerts.change(
                hospital, stuck_alert_id(hospital, effect.key), lambda alert: closed_by_itself(alert, CAUSE_GONE, now)
            )
        except NotFound:
            return


class TimetableKeeper:
    """Sees to it that each hospital has a timetable that can be used. What one says can be done again from the beginning, so one that was
    changed by somebody else, or is damaged, is told of and begun anew.
    """

    def __init__(
        self,
        ledger: Ledger[Timetable],
        store: TimetableStore,
        tasks: Collection[EffectKind],
        hospitals: Collection[str],
        clock: SureClock,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self.tasks = tasks
        self._hospitals = hospitals
        self._clock = clock

    async def run(self) -> NoReturn:
        """Run for ever. A store that is down and a clock that is off are waited for, and no bug ends it."""
        while True:
            try:
                await self.keep()
            except (ClockOff, StoreError) as error:
                log.warning("timetables why=%s", type(error).__name__)
            except Exception:
                log.exception("timetables")
            await self._clock.sleep(KEPT_EACH_S)

    async def keep(self) -> None:
        """Raises ClockOff, StoreError."""
        await self._clock.must_agree()
        for hospital in self._hospitals:
            await self._keep(hospital, self._clock.now())

    async def _keep(self, hospital: str, now: datetime) -> None:
        name, fresh = self._ledger.kind.name, with_tasks(Timetable(hospital=hospital), self.tasks, now)
        try:
            found = await self._store.get(hospital, fresh.id)
        except Unreadable as why:
            if why.newer:  # a newer Zhenfu keeps it
                return
            await self._ledger.alerts.raise_alert(unreadable_alert(name, (hospital, fresh.id), why, now))
            await self._store.begin_anew(fresh)
            return
        if found is None:
            await self._begin(fresh)
        elif found.tampered:
            await self._ledger.alerts.raise_alert(tampered_alert(name, found, now))
            await self._store.begin_anew(fresh)
        elif with_tasks(found, self.tasks, now) is not found:
            await self._ledger.apply(
                hospital, fresh.id, lambda current: with_tasks(current, self.tasks, now), known=found
            )

    async def _begin(self, fresh: Timetable) -> None:
        try:
            await self._ledger.insert(fresh)
        except AlreadyStored:
            return
        log.info("timetable begun hospital=%s", fresh.hospital)
