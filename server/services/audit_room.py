"""The audit chain as finance and admins see it, and have it checked."""

from __future__ import annotations

import asyncio
from datetime import date

from server.domain.audit import AuditEntry
from server.domain.console import Room, must_enter
from server.domain.errors import TooManyTries
from server.domain.staff import Staff
from server.ports import AuditStore
from server.services.audit_check import AuditCheck, AuditReport

PAGE = 100
CHECK_S_MAX = 20.0
HEAD_CHARS_MAX = 100


class AuditRoom:
    def __init__(self, audit: AuditStore, check: AuditCheck) -> None:
        self._audit = audit
        self._check = check
        self._checking = asyncio.Lock()

    async def latest(self, actor: Staff, before: int | None = None) -> tuple[AuditEntry, ...]:
        """Newest first, PAGE at a time, those numbered below ``before``."""
        must_enter(actor, Room.AUDIT)
        return tuple(await self._audit.latest(actor.hospital, PAGE, before))

    async def verify(self, actor: Staff, day: date | None, head: str) -> AuditReport | None:
        """What the whole chain says, or of ``day``; None when that takes longer than a page may wait. One check at a time: it reads all.

        Raises TooManyTries.
        """
        must_enter(actor, Room.AUDIT)
        if self._checking.locked():
            raise TooManyTries("audit check", person="正在校验，请稍后再试。", wait_seconds=int(CHECK_S_MAX))
        async with self._checking:
            try:
                async with asyncio.timeout(CHECK_S_MAX):
                    return await self._check.verify(actor.hospital, day, head[:HEAD_CHARS_MAX])
            except TimeoutError:
                return None
