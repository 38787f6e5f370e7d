"""What `run.py audit verify` finds, and the documents that it holds against the chain: each kind of them is a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from server.alerts.model import ALERT
from server.alerts.ports import AlertStore
from server.audit.model import AuditEntry, same_line
from server.audit.ports import AuditStore
from server.core.history import AuditableEvent, HistoryEvent
from server.core.ports import Clock

SEALED_WITHIN = timedelta(hours=1)
"""A line that people had a hand in and that is older than this must be sealed."""
PROBLEMS_MAX = 100


@dataclass(slots=True)
class AuditReport:
    """``heads`` is the mac of each day's last entry; ``problems`` are sentences of codes and numbers, empty when the chain holds."""

    hospital: str
    entries: int = 0
    heads: dict[date, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(sentence)


class Examination:
    """What a source of the chain is given to say what is wrong with its documents and to find their lines in the chain."""

    def __init__(self, report: AuditReport, entries: AuditStore, clock: Clock) -> None:
        self.hospital = report.hospital
        self.say = report.say
        self._entries = entries
        self._clock = clock
        self._began = clock.now()

    async def is_in(self, event: str) -> bool:
        """Does the event of this id stand in the chain?"""
        return await self._entries.by_id(self.hospital, event) is not None

    async def all_in(self, events: Sequence[AuditableEvent], audited_lines: int) -> None:
        """Say so unless every event stands in the chain; those from number ``audited_lines`` on may still be on their way."""
        late = self._clock.now() - SEALED_WITHIN
        for which, event in enumerate(events):
            if which >= audited_lines and event.line.at > late:
                continue
            if not await self.is_in(event.id):
                why = "its entry is missing" if which < audited_lines else "it was never sealed (is a worker running?)"
                self.say(f"{event.id} ({event.line.what}) is not in the chain: {why}")

    async def rest(self) -> None:
        """Rest for as long as the work since the last rest took, so that whoever serves goes on."""
        await self._clock.sleep((self._clock.now() - self._began).total_seconds())
        self._began = self._clock.now()


class AuditSource(Protocol):
    """Documents whose history the chain seals. ``kinds`` are those of the entries that are about them."""

    kinds: frozenset[str]

    async def problem_of(self, entry: AuditEntry) -> str:
        """Why ``entry`` is of no line of theirs, as a sentence; empty when the line stands there unchanged. Raises Unreadable."""

    async def examine(self, examination: Examination) -> None:
        """Look at every document of the hospital."""


def line_problem(entry: AuditEntry, history: Sequence[HistoryEvent] | None) -> str:
    """Why ``entry`` is of no line of ``history`` (None: the document is gone); empty when the line stands there unchanged."""
    kind, whose, which = entry.source
    if history is None:
        return f"entry {entry.number} is of {kind} {whose}, which is gone"
    if which >= len(history):
        return f"entry {entry.number} seals line {which} of {kind} {whose}, which is gone from its history"
    if not same_line(history[which], entry.line):
        return f"line {which} of {kind} {whose} is not what entry {entry.number} sealed: {entry.what} was changed"
    return ""


class AuditedAlerts:
    """What people did to alerts. An alert's acts are sealed by the rounds that end alerts, so there is nothing to examine."""

    kinds = frozenset({ALERT})

    def __init__(self, alerts: AlertStore) -> None:
        self._alerts = alerts

    async def problem_of(self, entry: AuditEntry) -> str:
        _, whose, _ = entry.source
        alert = await self._alerts.get(entry.hospital, whose)
        return line_problem(entry, None if alert is None else alert.acts)

    async def examine(self, examination: Examination) -> None:
        return None
