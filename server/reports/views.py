"""Who has looked at which report: a line in the audit chain, written before anything is shown, with no word of the content."""

from __future__ import annotations

from server.audit.model import REPORT
from server.audit.service import AuditService
from server.core.actors import READER
from server.core.history import lone_event
from server.core.ports import Clock, Ids, Sealer
from server.patients.model import Session

REPORT_VIEWED, REPORT_SHARED, REPORT_UNSHARED = "report_viewed", "report_shared", "report_unshared"
PAGE, FILE, TREND, SHARED_PAGE, SHARED_FILE = "page", "file", "trend", "shared_page", "shared_file"
"""What of a report was looked at."""


class ReportViews:
    """A person is named by a keyed hash of their identity, a report by the key that its address has."""

    def __init__(self, audit: AuditService, sealer: Sealer, clock: Clock, ids: Ids) -> None:
        self._audit = audit
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    async def seen(self, session: Session, key: str, part: str) -> None:
        """Raises NotSent and StoreError: then nothing is shown."""
        await self._say(session.hospital, REPORT_VIEWED, {"report": key, "part": part, **self._who(session)})

    async def seen_by_link(self, hospital: str, key: str, share: str, part: str) -> None:
        """By whoever has the link: the line names the share, and with `shared` the person who made it."""
        await self._say(hospital, REPORT_VIEWED, {"report": key, "part": part, "share": share})

    async def shared(self, session: Session, key: str, share: str) -> None:
        await self._say(session.hospital, REPORT_SHARED, {"report": key, "share": share, **self._who(session)})

    async def unshared(self, session: Session, key: str, share: str) -> None:
        await self._say(session.hospital, REPORT_UNSHARED, {"report": key, "share": share, **self._who(session)})

    def _who(self, session: Session) -> dict[str, str]:
        reader = self._sealer.lookup("report_reader", f"{session.hospital}:{session.identity.key}")[:20]
        return {"reader": reader, "by_channel": session.identity.channel}

    async def _say(self, hospital: str, what: str, detail: dict[str, str]) -> None:
        line = lone_event(REPORT, self._ids, at=self._clock.now(), what=what, by=READER, detail=detail)
        await self._audit.append(hospital, [line])
