"""A shift's free numbers by half hours, as people choose among them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from server.registration.model import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Numbers of a shift that begin within the same half hour. ``slots`` is never empty."""

    begins_at: datetime
    ends_at: datetime
    slots: tuple[Slot, ...]


PERIOD_MINUTES = 30


def periods(slots: Sequence[Slot]) -> tuple[Period, ...]:
    """Free numbers by half hours, in the order of time."""
    groups: dict[datetime, list[Slot]] = {}
    for slot in sorted(slots, key=lambda one: (one.begins_at, one.number)):
        begins = slot.begins_at.replace(
            minute=slot.begins_at.minute // PERIOD_MINUTES * PERIOD_MINUTES, second=0, microsecond=0
        )
        groups.setdefault(begins, []).append(slot)
    return tuple(
        Period(begins_at=begins, ends_at=max(slot.ends_at for slot in group), slots=tuple(group))
        for begins, group in groups.items()
    )
