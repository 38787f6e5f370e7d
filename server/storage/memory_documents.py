"""Documents that owe work, in memory: the twin of `mongo.text_documents`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Generic

from server.core.errors import AlreadyStored, LostRace
from server.effects.document import D
from server.effects.timetable import Timetable
from server.storage.precision import kept, whole_ms
from server.storage.rules import check_limit, check_timetable_step


class MemoryDocuments(Generic[D]):
    """effects.ports.DocumentStore. ``check_step`` raises Tampered, and ValueError for what no step may do."""

    def __init__(self, check_step: Callable[[D, D], None]) -> None:
        self._check_step = check_step
        self.documents: dict[tuple[str, str], D] = {}
        self._aside: dict[tuple[str, str], datetime] = {}

    async def insert(self, document: D) -> None:
        if (document.hospital, document.id) in self.documents:
            raise AlreadyStored(document.id)
        self.documents[document.hospital, document.id] = kept(document)

    async def get(self, hospital: str, document_id: str) -> D | None:
        return self.documents.get((hospital, document_id))

    async def save(self, before: D, after: D) -> None:
        self._check_step(before, after)
        key = (before.hospital, before.id)
        stored = self.documents.get(key)
        if stored is None or stored.version != before.version:
            raise LostRace(before.id)
        self.documents[key] = kept(after)
        self._aside.pop(key, None)

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        dated = [(self._due_at(one), one.hospital, one.id) for one in self.documents.values() if one.id not in without]
        due = sorted((at, hospital, document_id) for at, hospital, document_id in dated if at is not None and at <= now)
        return [(hospital, document_id) for _, hospital, document_id in due[: check_limit(limit)]]

    async def set_aside(self, document: D, until: datetime) -> None:
        stored = self.documents.get((document.hospital, document.id))
        if stored is not None and stored.version == document.version:
            self._aside[document.hospital, document.id] = whole_ms(until)

    async def owing(self, since: datetime, until: datetime, limit: int) -> Sequence[D]:
        dated = [(one.next_due, one.id, one) for one in self.documents.values() if one.next_due]
        between = sorted((one for one in dated if since <= one[0] <= until), key=lambda one: one[:2])
        return [document for _, _, document in between[: check_limit(limit)]]

    def _due_at(self, document: D) -> datetime | None:
        return self._aside.get((document.hospital, document.id), document.next_due)


class MemoryTimetables(MemoryDocuments[Timetable]):
    """effects.ports.TimetableStore."""

    def __init__(self) -> None:
        super().__init__(check_timetable_step)

    async def begin_anew(self, timetable: Timetable) -> None:
        key = (timetable.hospital, timetable.id)
        self.documents[key] = kept(timetable)
        self._aside.pop(key, None)
