"""审计: puts what people did into the hospital's chain, once each, whatever dies in between and however many do it at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from hmac import compare_digest

from server.alerts.model import Alert
from server.alerts.ports import AlertStore
from server.audit.model import AuditEntry, canonical, next_entry, renaming, seals
from server.audit.ports import AuditStore
from server.core.days import hospital_day
from server.core.errors import AlreadyStored, NotSent
from server.core.history import AuditableEvent
from server.core.ports import Clock, Sealer

RACES_MAX = 50
PURPOSE = "audit"


def mac_of(sealer: Sealer, entry: AuditEntry) -> str:
    """The keyed hash that seals ``entry`` and, through what it names as previous, everything before it."""
    return sealer.lookup(PURPOSE, canonical(entry))


def is_sealed_by_us(sealer: Sealer, entry: AuditEntry) -> bool:
    """Does its mac hold? Of an entry from before the chain had a key of its own, under the one that it had then."""
    text = canonical(entry)
    return any(compare_digest(hashed(PURPOSE, text), entry.mac) for hashed in (sealer.lookup, sealer.lookup_before))


class AuditService:
    """Appends events to a hospital's chain, each once: a repeat finds its entry by the event's id."""

    def __init__(self, entries: AuditStore, alerts: AlertStore, sealer: Sealer, clock: Clock) -> None:
        self._entries = entries
        self._alerts = alerts
        self._sealer = sealer
        self._clock = clock
        self._turn = asyncio.Lock()  # within a process one after the other; between processes the store decides

    async def append(self, hospital: str, events: Sequence[AuditableEvent]) -> None:
        """All of them at the end of the chain, in their order; those that stand there already are left alone.

        Raises NotSent when the end of the chain moves faster than it can be reached, and StoreUnavailable.
        """
        for event in events:
            async with self._turn:
                await self._append(hospital, event)

    async def rename(self, hospital: str, entry_id: str, name: str, pseudonym: str) -> None:
        """The entry of this id, done by ``name``, is by ``pseudonym`` from now on; one by somebody else, and one that is not there, stays.

        First the chain says so, then the entry changes: what breaks off in between is done by a repeat. Raises NotSent and StoreError.
        """
        entry = await self._entries.by_id(hospital, entry_id)
        if entry is None or entry.by != name:
            return
        after = replace(entry, by=pseudonym)
        told = renaming(after, mac_of(self._sealer, after), self._clock.now())
        if await self._entries.by_id(hospital, told.id) is None:
            await self.append(hospital, [told])
        await self._entries.rename(entry, after)

    async def _append(self, hospital: str, event: AuditableEvent) -> None:
        for _ in range(RACES_MAX):
            there = await self._entries.by_id(hospital, event.id)
            if there is not None:
                await self._must_be_the_same(there, event)
                return
            last = await self._entries.last(hospital)
            entry = next_entry(hospital, last, event, hospital_day(self._clock.now()))
            try:
                await self._entries.append(replace(entry, mac=mac_of(self._sealer, entry)))
            except AlreadyStored:
                continue
            return
        raise NotSent("audit", "the end of the chain moves too fast")

    async def _must_be_the_same(self, there: AuditEntry, event: AuditableEvent) -> None:
        """Somebody changed the history, or a backup took it back: a person must look. The chain keeps what it has."""
        if seals(there, event):
            return
        alert = Alert(
            hospital=there.hospital,
            id=f"audit_differs:{event.id}",
            kind="audit_differs",
            text=f"{event.id} is not what audit entry {there.number} says",
            at=self._clock.now(),
        )
        await self._alerts.raise_alert(alert)
