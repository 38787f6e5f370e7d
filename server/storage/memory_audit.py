"""The in-memory twin of the audit chain's store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from server.audit.model import AuditEntry
from server.core.errors import AlreadyStored
from server.storage.precision import kept
from server.storage.rules import check_limit, check_renaming


class MemoryAudit:
    """ports.AuditStore."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, int], AuditEntry] = {}

    async def append(self, entry: AuditEntry) -> None:
        if (entry.hospital, entry.number) in self.documents or await self.by_id(entry.hospital, entry.id):
            raise AlreadyStored(entry.id)
        self.documents[(entry.hospital, entry.number)] = kept(entry)

    async def rename(self, before: AuditEntry, after: AuditEntry) -> None:
        check_renaming(before, after)
        if self.documents.get((before.hospital, before.number)) == kept(before):
            self.documents[(after.hospital, after.number)] = kept(after)

    async def last(self, hospital: str, before: date | None = None) -> AuditEntry | None:
        chain = [entry for entry in self._of(hospital) if before is None or entry.day < before]
        return chain[-1] if chain else None

    async def by_id(self, hospital: str, entry_id: str) -> AuditEntry | None:
        return next((entry for entry in self._of(hospital) if entry.id == entry_id), None)

    async def page(self, hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        return [entry for entry in self._of(hospital) if entry.number > after][: check_limit(limit)]

    async def latest(self, hospital: str, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        chain = [entry for entry in self._of(hospital) if before is None or entry.number < before]
        return chain[::-1][: check_limit(limit)]

    def _of(self, hospital: str) -> list[AuditEntry]:
        mine = [entry for (of, _), entry in self.documents.items() if of == hospital]
        return sorted(mine, key=lambda entry: entry.number)
