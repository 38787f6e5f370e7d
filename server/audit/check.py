"""`run.py audit verify`: recomputes a hospital's whole chain and holds it against the documents whose history it seals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from hmac import compare_digest

from server.audit.model import (
    BEGINNING,
    CARD,
    DAY,
    ENTRY_RENAMED,
    PERSON,
    REPORT,
    SCHEMA,
    SHOWN_CHARS,
    AuditEntry,
    renaming,
)
from server.audit.ports import AuditStore
from server.audit.service import is_sealed_by_us, mac_of
from server.audit.sources import AuditReport, AuditSource, Examination
from server.core.errors import Unreadable
from server.core.ports import Clock, Sealer

PAGE = 200
CHAIN_ONLY = frozenset({PERSON, CARD, REPORT, SCHEMA})
"""Kinds of entries that have no other place than the chain."""


class AuditCheck:
    """Reads only; bounded memory, whatever the length of the chain."""

    def __init__(self, entries: AuditStore, sources: Sequence[AuditSource], sealer: Sealer, clock: Clock) -> None:
        self._entries = entries
        self._sources = sources
        self._sealer = sealer
        self._clock = clock

    async def verify(self, hospital: str, day: date | None = None, head: str = "") -> AuditReport:
        """Everything, or what is said of ``day`` only (its links are followed all the same). ``head``: what finance was told of
        ``day``, or of any day, at least the SHOWN_CHARS characters that they see.
        """
        report = AuditReport(hospital)
        last: AuditEntry | None = None
        async for entry in self._chain(report):
            told = day is None or entry.day == day
            here = report if told else AuditReport(hospital)
            await self._link(here, last, entry)
            if told:
                report.entries += 1
                report.heads[entry.day] = entry.mac
                await self._source(report, entry)
            last = entry
        if day is None:
            for source in self._sources:
                await source.examine(Examination(report, self._entries, self._clock))
        if head:
            self._head(report, day, head)
        return report

    # ---- the chain -----------------------------------------------------------------------------------------------------------------

    async def _chain(self, report: AuditReport) -> AsyncIterator[AuditEntry]:
        after, began = -1, self._clock.now()
        try:
            while page := await self._entries.page(report.hospital, after, PAGE):
                for entry in page:
                    yield entry
                after = page[-1].number
                began = await self._rested(began)
        except Unreadable as error:
            report.say(f"an entry after {max(after, 0)} can't be read ({error}): nothing from there on is checked")

    async def _rested(self, began: datetime) -> datetime:
        """Rest for as long as the work since ``began`` took, so that whoever serves goes on; when that was over."""
        await self._clock.sleep((self._clock.now() - began).total_seconds())
        return self._clock.now()

    async def _link(self, report: AuditReport, last: AuditEntry | None, entry: AuditEntry) -> None:
        """``entry`` is the next one, seals the one before, and is itself as it was sealed."""
        due = last.number + 1 if last else 1
        if entry.number != due:
            gone = f"{due}" if entry.number == due + 1 else f"{due} to {entry.number - 1}"
            report.say(f"entry {gone} is missing: after {due - 1} comes {entry.number}")
        elif not compare_digest(entry.previous, last.mac if last else BEGINNING):
            report.say(
                f"entry {entry.number} ({entry.day}) does not follow {due - 1}: one of them was changed or moved"
            )
        if last is not None and entry.day < last.day:
            report.say(f"entry {entry.number} is of {entry.day}, before {last.day} of the one before it")
        ours = is_sealed_by_us(self._sealer, entry)
        if not ours and not await self._is_renamed_by_us(entry):
            report.say(f"entry {entry.number} ({entry.id}) was changed, or made without the key")

    async def _is_renamed_by_us(self, entry: AuditEntry) -> bool:
        """Does a later entry of ours say that this one has the text that it has now?"""
        wanted = renaming(entry, mac_of(self._sealer, entry), entry.at)
        told = await self._entries.by_id(entry.hospital, wanted.id)
        if told is None or told.number <= entry.number or not is_sealed_by_us(self._sealer, told):
            return False
        return told.what == ENTRY_RENAMED and dict(told.detail) == dict(wanted.line.detail)

    def _head(self, report: AuditReport, day: date | None, head: str) -> None:
        wanted = head.replace(" ", "").lower()
        if len(wanted) < SHOWN_CHARS:
            report.say(f"a head has at least {SHOWN_CHARS} characters")
        elif not any(mac.startswith(wanted) for mac in report.heads.values()):
            which = f"the head of {day}" if day else "the head of any day"
            report.say(f"{wanted} is not {which}: the end of that day was cut off or changed after finance was told")

    # ---- what it seals -------------------------------------------------------------------------------------------------------------

    async def _source(self, report: AuditReport, entry: AuditEntry) -> None:
        """The line that ``entry`` seals still stands where it stood, unchanged."""
        try:
            kind, whose, _ = entry.source
        except ValueError:
            report.say(f"entry {entry.number} is of {entry.id}, which is nothing that we seal")
            return
        if kind == DAY:
            self._closed(report, entry, whose)
            return
        if kind in CHAIN_ONLY:
            return
        try:
            problem = await self._problem_of(entry, kind)
        except Unreadable as error:
            problem = f"entry {entry.number} is of {kind} {whose}, which can't be read ({error})"
        if problem:
            report.say(problem)

    async def _problem_of(self, entry: AuditEntry, kind: str) -> str:
        for source in self._sources:
            if kind in source.kinds:
                return await source.problem_of(entry)
        return f"entry {entry.number} is of {entry.id}, which is nothing that we seal"

    def _closed(self, report: AuditReport, entry: AuditEntry, whose: str) -> None:
        """A closed day ended with what was said then."""
        known = report.heads.get(date.fromisoformat(whose))
        if known is not None and known != entry.detail.get("head"):
            report.say(f"the day {whose} does not end with the head that entry {entry.number} gives")
