"""A chain of three entries about documents that a test makes up, with all that checks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from server.audit.check import AuditCheck
from server.audit.model import AuditEntry
from server.audit.service import AuditService, mac_of
from server.audit.sources import AuditedAlerts, AuditReport, AuditSource, Examination, line_problem
from server.core.errors import Unreadable
from server.core.history import AuditableEvent, HistoryEvent
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.in_memory_app import InMemoryApp

TODAY = date(2026, 11, 23)


def event(which: int = 0, what: str = "seen", kind: str = "thing") -> AuditableEvent:
    return AuditableEvent(id=f"{kind}/1/{which}", line=HistoryEvent(at=MORNING, what=what, by="staff:1001"))


class Things:
    """Documents whose lines are ``lines``; None: the document is gone."""

    kinds = frozenset({"thing"})

    def __init__(self, lines: Sequence[HistoryEvent] | None) -> None:
        self._lines = lines
        self.examined: list[str] = []

    async def problem_of(self, entry: AuditEntry) -> str:
        if entry.source[2] == 9:
            raise Unreadable("no json")
        return line_problem(entry, self._lines)

    async def examine(self, examination: Examination) -> None:
        self.examined.append(examination.hospital)


class SmallChain:
    """A chain of three entries of one day."""

    def __init__(self, lines: Sequence[HistoryEvent] | None = None) -> None:
        self.clock, self.sealer = FakeClock(), InMemoryApp().sealer
        self.stores = memory_stores(self.clock.now)
        self.service = AuditService(self.stores.audit, self.stores.alerts, self.sealer, self.clock)
        self.things = Things([event(which).line for which in range(3)] if lines is None else lines)
        self.entries: dict[tuple[str, int], AuditEntry] = self.stores.audit.documents  # type: ignore[attr-defined]

    async def begun(self) -> SmallChain:
        await self.service.append(HOSPITAL, [event(which) for which in range(3)])
        return self

    def change(self, number: int, **fields: object) -> None:
        """One entry as the database has it now, with a mac that holds."""
        entry = replace(self.entries[(HOSPITAL, number)], **fields)  # type: ignore[arg-type]
        self.entries[(HOSPITAL, number)] = replace(entry, mac=mac_of(self.sealer, entry))

    async def said(self, **asked: object) -> AuditReport:
        sources: Sequence[AuditSource] = (AuditedAlerts(self.stores.alerts), self.things)
        return await AuditCheck(self.stores.audit, sources, self.sealer, self.clock).verify(HOSPITAL, **asked)  # type: ignore[arg-type]
