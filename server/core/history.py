"""The history of a document: what happened to it, when and by whom, and the lines of it that the audit chain seals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from server.core.actors import SYSTEM


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


def auditable_events(
    kind: str, whose: str, history: Iterable[HistoryEvent], since: int = 0
) -> tuple[AuditableEvent, ...]:
    """The lines of ``history`` from number ``since`` on."""
    return tuple(
        AuditableEvent(id=event_id(kind, whose, which), line=line)
        for which, line in enumerate(history)
        if which >= since
    )
