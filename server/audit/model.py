"""The audit chain 审计链: what people did, born as history of documents, sealed so that no line can be changed, lost or moved.

A hospital has one chain, numbered from 1 without a gap. Its days follow one another: the first entry of a day seals the last one of the
day before, whose mac is that day's head. Each mac is a keyed hash over the entry and the mac before it; the key is not in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType

from server.core.history import AuditableEvent, HistoryEvent, event_id

FORM = "zhenfu-audit-1"
BEGINNING = "0" * 64
"""What the very first entry of a hospital seals."""
DAY = "day"
PERSON, CARD, REPORT = "person", "card", "report"
"""What was asked or erased of a patient or payer, whom a patient cut off from their card, who looked at a report: all stand in the chain only."""
SCHEMA, PAYMENTS_SIGNED, UNCLAIMED_SIGNED = "schema", "payments_signed", "unclaimed_signed"
"""That documents from before the MACs are signed, how many and which: the second witness of a moment in which they are trusted."""
DAY_CLOSED = "day_closed"
ENTRY_RENAMED = "entry_renamed"
SHOWN_CHARS = 16
"""So much of a head is told to people: enough that nobody finds another by trying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One link of a hospital's chain. ``day`` is when it was sealed (hospital's day), ``at`` when it happened. Codes and numbers only."""

    hospital: str
    number: int
    day: date
    id: str
    at: datetime
    what: str
    by: str
    detail: Mapping[str, str]
    previous: str
    mac: str = ""

    @property
    def line(self) -> HistoryEvent:
        return HistoryEvent(at=self.at, what=self.what, by=self.by, detail=self.detail)

    @property
    def source(self) -> tuple[str, str, int]:
        """(kind, whose, which line); of a closed day the line is 0. Raises ValueError for an id that is none of ours."""
        kind, _, rest = self.id.partition("/")
        whose, _, which = rest.rpartition("/")
        return kind, whose, int(which)


def closing(head: AuditEntry, now: datetime) -> AuditableEvent:
    """That ``head``'s day is over, and with what. It stands in a later day, so nothing can be added to that day any more."""
    detail = {"day": head.day.isoformat(), "last": str(head.number), "head": head.mac}
    line = HistoryEvent(at=now, what=DAY_CLOSED, detail=MappingProxyType(detail))
    return AuditableEvent(id=event_id(DAY, head.day.isoformat(), 0), line=line)


def signing(count: int, digest: str, now: datetime, what: str = PAYMENTS_SIGNED) -> AuditableEvent:
    """``count`` documents from before the MACs are about to be signed; ``digest`` is the SHA-256 of their texts. One and the same page that
    is signed again after a crash is the same event only at the same moment.
    """
    detail = {"count": str(count), "sha256": digest}
    line = HistoryEvent(at=now, what=what, detail=MappingProxyType(detail))
    return AuditableEvent(id=event_id(SCHEMA, f"{now:%Y%m%dT%H%M%S%f}-{digest[:16]}", 0), line=line)


def renaming(after: AuditEntry, mac: str, now: datetime) -> AuditableEvent:
    """That ``after`` has another name of who did it than its own mac is over; ``mac`` is that of its new text (docs/decisions/0038). The
    mac of the entry stays, so that every link stays what it was. The same text is told once.
    """
    detail = {"entry": str(after.number), "was": after.mac, "is": mac}
    line = HistoryEvent(at=now, what=ENTRY_RENAMED, detail=MappingProxyType(detail))
    return AuditableEvent(id=event_id(PERSON, f"entry-{after.number}-{mac[:SHOWN_CHARS]}", 0), line=line)


def next_entry(hospital: str, last: AuditEntry | None, event: AuditableEvent, today: date) -> AuditEntry:
    """The link after ``last``, still without its mac. Days never go back, whatever a machine's clock says."""
    return AuditEntry(
        hospital=hospital,
        number=last.number + 1 if last else 1,
        day=max(last.day, today) if last else today,
        id=event.id,
        at=event.line.at,
        what=event.line.what,
        by=event.line.by,
        detail=event.line.detail,
        previous=last.mac if last else BEGINNING,
    )


def same_line(one: HistoryEvent, other: HistoryEvent) -> bool:
    """Equal to the millisecond, which is what stores keep."""
    return _line(one) == _line(other)


def seals(entry: AuditEntry, event: AuditableEvent) -> bool:
    """Is ``entry`` of this very event? That a day is over is found anew by every round of every worker: it has no time of its own."""
    if entry.what == DAY_CLOSED == event.line.what:
        return dict(entry.detail) == dict(event.line.detail)
    return same_line(entry.line, event.line)


def canonical(entry: AuditEntry) -> str:
    """The text that is sealed: every part with its length, so that no two entries have one text."""
    parts = (
        FORM, entry.hospital, str(entry.number), entry.day.isoformat(), entry.id, *_line(entry.line), entry.previous,
    )  # fmt: skip
    return "".join(f"{len(part.encode())}:{part}\n" for part in parts)


def _line(line: HistoryEvent) -> tuple[str, ...]:
    at = line.at.astimezone(UTC).isoformat(timespec="milliseconds")
    pairs = [part for name in sorted(line.detail) for part in (name, line.detail[name])]
    return (at, line.what, line.by, str(len(pairs) // 2), *pairs)
