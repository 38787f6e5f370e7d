"""审计: puts what people did into the hospital's chain, once each, whatever dies in between and however many do it at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from hmac import compare_digest

from server.domain.audit import (
    AuditEntry,
    Deed,
    canonical,
    history_sealed,
    next_entry,
    payment_deeds,
    seals,
    staff_all_sealed,
    staff_deeds,
    visit_deeds,
)
from server.domain.days import hospital_day
from server.domain.effects import Effect
from server.domain.errors import AlreadyStored, LostRace, NotSent, StoreError
from server.domain.payment import Payment
from server.domain.staff import Staff
from server.ports import Alert, Clock, Sealer, Stores
from server.services.transitions import Decide

log = logging.getLogger("zhenfu.audit")
RACES_MAX = 50
STAFF_RACES_MAX = 5
PURPOSE = "audit"


def mac_of(sealer: Sealer, entry: AuditEntry) -> str:
    """The keyed hash that seals ``entry`` and, through what it names as previous, everything before it."""
    return sealer.lookup(PURPOSE, canonical(entry))


def is_sealed_by_us(sealer: Sealer, entry: AuditEntry) -> bool:
    """Does its mac hold? Of an entry from before the chain had a key of its own, under the one that it had then."""
    before = sealer.lookup_before(PURPOSE, canonical(entry))
    return compare_digest(entry.mac, mac_of(sealer, entry)) or compare_digest(entry.mac, before)


class AuditService:
    """SEAL, and the same for staff. A repeat finds its entries by their ids."""

    def __init__(self, stores: Stores, sealer: Sealer, clock: Clock) -> None:
        self._stores = stores
        self._sealer = sealer
        self._clock = clock
        self._turn = asyncio.Lock()  # within a process one after the other; between processes the store decides

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """Raises NotSent when the end of the chain moved faster than it could be reached."""
        await self.append(payment.hospital, payment_deeds(payment, payment.sealed))
        upto, token, now = len(payment.history), effect.lease or "", self._clock.now()
        return lambda current: history_sealed(current, upto, token, now)

    async def staff_changed(self, staff: Staff) -> None:
        """Seal at once what was done to ``staff``. What can't be now is found by `sweep`: the change itself stands."""
        try:
            await self._seal_staff(staff)
        except (StoreError, NotSent) as error:
            log.warning("staff not sealed yet hospital=%s why=%s", staff.hospital, type(error).__name__)

    async def sweep(self, hospital: str) -> int:
        """Seal what a crash left of the history of staff; how many people's it was."""
        left = [one for one in await self._stores.staff.all(hospital) if one.visits or one.sealed < len(one.history)]
        for staff in left:
            await self._seal_staff(staff)
        return len(left)

    async def _seal_staff(self, staff: Staff) -> None:
        for _ in range(STAFF_RACES_MAX):
            await self.append(staff.hospital, (*staff_deeds(staff, staff.sealed), *visit_deeds(staff)))
            after = staff_all_sealed(staff)
            try:
                if after is not staff:
                    await self._stores.staff.save(staff, after)
            except LostRace:
                newer = await self._stores.staff.get(staff.hospital, staff.number)
                if newer is None:
                    return
                staff = newer
                continue
            return
        raise LostRace(staff.number)

    async def append(self, hospital: str, deeds: Sequence[Deed]) -> None:
        """All of them at the end of the chain, in their order; those that stand there already are left alone."""
        for deed in deeds:
            async with self._turn:
                await self._append(hospital, deed)

    async def _append(self, hospital: str, deed: Deed) -> None:
        for _ in range(RACES_MAX):
            there = await self._stores.audit.by_id(hospital, deed.id)
            if there is not None:
                await self._must_be_the_same(there, deed)
                return
            last = await self._stores.audit.last(hospital)
            entry = next_entry(hospital, last, deed, hospital_day(self._clock.now()))
            try:
                await self._stores.audit.append(replace(entry, mac=mac_of(self._sealer, entry)))
            except AlreadyStored:
                continue
            return
        raise NotSent("audit", "the end of the chain moves too fast")

    async def _must_be_the_same(self, there: AuditEntry, deed: Deed) -> None:
        """Somebody changed the history, or a backup took it back: a person must look. The chain keeps what it has."""
        if seals(there, deed):
            return
        alert = Alert(
            hospital=there.hospital,
            id=f"audit_differs:{deed.id}",
            kind="audit_differs",
            text=f"{deed.id} is not what audit entry {there.number} says",
            at=self._clock.now(),
        )
        await self._stores.alerts.raise_alert(alert)
