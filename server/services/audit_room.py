"""The audit chain as finance and admins see it."""

from __future__ import annotations

from server.domain.audit import AuditEntry
from server.domain.console import Room, must_enter
from server.domain.staff import Staff
from server.ports import AuditStore

PAGE = 100


class AuditRoom:
    def __init__(self, audit: AuditStore) -> None:
        self._audit = audit

    async def latest(self, actor: Staff, before: int | None = None) -> tuple[AuditEntry, ...]:
        """Newest first, PAGE at a time, those numbered below ``before``."""
        must_enter(actor, Room.AUDIT)
        return tuple(await self._audit.latest(actor.hospital, PAGE, before))
