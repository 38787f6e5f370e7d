"""Reconciliation days in memory: the twin of `mongo.days`; and kept files in memory, the twin of `kept_files`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from io import BytesIO

from server.core.errors import AlreadyStored, LostRace, StoreUnavailable
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.ports import Opens
from server.storage.precision import kept, whole_ms
from server.storage.rules import check_day_step, check_limit


class MemoryDays:
    """reconciliation.ports.DayStore."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, str], ReconciliationDay] = {}
        self._aside: dict[tuple[str, str], datetime] = {}

    async def insert(self, day: ReconciliationDay) -> None:
        if (day.hospital, day.id) in self._days:
            raise AlreadyStored(day.id)
        self._days[day.hospital, day.id] = kept(day)

    async def get(self, hospital: str, day_id: str) -> ReconciliationDay | None:
        return self._days.get((hospital, day_id))

    async def save(self, before: ReconciliationDay, after: ReconciliationDay) -> None:
        check_day_step(before, after)
        key = (before.hospital, before.id)
        stored = self._days.get(key)
        if stored is None or stored.version != before.version:
            raise LostRace(before.id)
        self._days[key] = kept(after)
        self._aside.pop(key, None)

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        dated = [(self._due_at(day), day.hospital, day.id) for day in self._days.values() if day.id not in without]
        due = sorted((at, hospital, day_id) for at, hospital, day_id in dated if at is not None and at <= now)
        return [(hospital, day_id) for _, hospital, day_id in due[: check_limit(limit)]]

    async def set_aside(self, day: ReconciliationDay, until: datetime) -> None:
        stored = self._days.get((day.hospital, day.id))
        if stored is not None and stored.version == day.version:
            self._aside[day.hospital, day.id] = whole_ms(until)

    async def owing(self, since: datetime, until: datetime, limit: int) -> Sequence[ReconciliationDay]:
        dated = [(day.next_due, day.id, day) for day in self._days.values() if day.next_due]
        between = sorted((one for one in dated if since <= one[0] <= until), key=lambda one: one[:2])
        return [day for _, _, day in between[: check_limit(limit)]]

    async def latest(self, hospital: str, limit: int, before: date | None = None) -> Sequence[ReconciliationDay]:
        mine = [d for d in self._days.values() if d.hospital == hospital and (before is None or d.day < before)]
        return sorted(mine, key=lambda day: (-day.day.toordinal(), day.channel))[: check_limit(limit)]

    def _due_at(self, day: ReconciliationDay) -> datetime | None:
        return self._aside.get((day.hospital, day.id), day.next_due)


class MemoryFiles:
    """reconciliation.ports.KeptFiles."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    async def keep(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        self._files[name] = content
        return name

    async def opened(self, sha256: str) -> Opens:
        if sha256 not in self._files:
            raise StoreUnavailable("a kept file is gone")
        return partial(BytesIO, self._files[sha256])
