"""The history of a document: what happened to it, when and by whom, and the lines of it that the audit chain seals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from server.core.actors import SYSTEM
from server.core.ports import Ids

LONE_ID_CHARS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One line of a history: what happened, when, by whom. ``detail`` holds codes and numbers, never personal data."""

    at: datetime
    what: str
    by: str = SYSTEM
    detail: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditableEvent:
    """An event as the audit chain takes it. ``id`` names it for ever: kind, whose, which line."""

    id: str
    line: HistoryEvent


def event_id(kind: str, whose: str, which: int) -> str:
    """``kind`` is what the history belongs to (payment, staff …), ``whose`` its number, ``which`` the line counted from 0."""
    return f"{kind}/{whose}/{which}"


def lone_event(kind: str, ids: Ids, *, at: datetime, what: str, by: str, detail: Mapping[str, str]) -> AuditableEvent:
    """A line of the audit chain about something of this ``kind`` that has no history of its own. Each call names it anew, so what happens twice
    is two events.
    """
    line = HistoryEvent(at=at, what=what, by=by, detail=MappingProxyType(dict(detail)))
    return AuditableEvent(id=event_id(kind, ids.text(LONE_ID_CHARS), 0), line=line)


def auditable_events(
    kind: str, whose: str, history: Iterable[HistoryEvent], since: int = 0
) -> tuple[AuditableEvent, ...]:
    """The lines of ``history`` from number ``since`` on."""
    return tuple(
        AuditableEvent(id=event_id(kind, whose, which), line=line)
        for which, line in enumerate(history)
        if which >= since
    )
