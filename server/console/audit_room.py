"""The audit chain as finance and admins see it, and have it checked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from server.audit.check import AuditCheck
from server.audit.model import AuditEntry
from server.audit.ports import AuditStore
from server.audit.rules import AuditSearch
from server.audit.sources import AuditReport
from server.console.rules import Room, must_enter
from server.core.errors import TooManyTries
from server.staff.model import Staff

PAGE = 100
PAGES_MAX = 50
CHECK_S_MAX = 20.0
HEAD_CHARS_MAX = 100


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """``next_before``: the number below which more may be found; None at the beginning of the chain."""

    entries: tuple[AuditEntry, ...]
    next_before: int | None


class AuditRoom:
    def __init__(self, audit: AuditStore, check: AuditCheck) -> None:
        self._audit = audit
        self._check = check
        self._checking = asyncio.Lock()

    async def found(self, actor: Staff, search: AuditSearch, before: int | None = None) -> FoundEntries:
        """What fits ``search`` of the entries numbered below ``before``, the last that happened first.

        Looks at PAGES_MAX pages at most; ``next_before`` is where to go on.
        """
        must_enter(actor, Room.AUDIT)
        found: list[AuditEntry] = []
        for _ in range(PAGES_MAX):
            entries = await self._audit.latest(actor.hospital, PAGE, before)
            for entry in entries:
                before = entry.number
                found += [entry] if search.fits(entry) else []
                if len(found) == PAGE:
                    break
            if len(found) == PAGE or len(entries) < PAGE:
                break
        more = before is not None and before > 1
        in_order = sorted(found, key=lambda entry: (entry.at, entry.number), reverse=True)
        return FoundEntries(tuple(in_order), before if more else None)

    async def verify(self, actor: Staff, day: date | None, head: str) -> AuditReport | None:
        """What the whole chain says, or of ``day``; None when that takes longer than a page may wait. One check at a time: it reads all.

        Raises TooManyTries.
        """
        must_enter(actor, Room.AUDIT)
        if self._checking.locked():
            raise TooManyTries("audit check", user_message="正在校验，请稍后再试。", wait_seconds=int(CHECK_S_MAX))
        async with self._checking:
            try:
                async with asyncio.timeout(CHECK_S_MAX):
                    return await self._check.verify(actor.hospital, day, head[:HEAD_CHARS_MAX])
            except TimeoutError:
                return None
