"""A system that is back wakes what waits for it, gently; and while it is away, one waiting effect after another tries it.

The pace of an effect that failed often is slow, and a system does not say when it is back. So every PROBE_S one effect that waits
for it is made due; when one gets an answer, all others are made due too, RATE_PER_S a second. Several workers share this by a
short-lived mark. Nothing is read but documents that owe something within HORIZON, by the index on their due time.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Generic

from server.core.errors import LostRace, NotFound, StoreError, Tampered, Unreadable
from server.core.ports import Ids, ShortLivedStore, SureClock
from server.effects.document import D
from server.effects.due_order import in_due_order
from server.effects.ledger import Ledger
from server.effects.rules import waits, woken

log = logging.getLogger("zhenfu.waking")
PROBE_S = 15.0
RATE_PER_S = 10.0
HORIZON = timedelta(minutes=75)
"""Longer than the slowest pace of any effect but looks, whose own timetable goes on for days: what is due later is not woken."""
PROBE_PAGES_MAX = 5
WAKE_PAGES_MAX = 25
HELD = timedelta(seconds=20)
_PROBED, _WOKEN = "probed", "woken"


class Waking(Generic[D]):
    def __init__(self, ledger: Ledger[D], short_lived: ShortLivedStore, clock: SureClock, ids: Ids) -> None:
        self._ledger = ledger
        self._short_lived = short_lived
        self._clock = clock
        self._ids = ids

    async def run(self) -> None:
        """Probe for ever. A store that is down is waited for, and no bug ends the rounds."""
        while True:
            try:
                await self.probe()
            except StoreError as error:
                log.warning("probing why=%s", type(error).__name__)
            except Exception:
                log.exception("probing")
            await self._clock.sleep(PROBE_S * (0.8 + 0.4 * self._ids.jitter()))

    async def probe(self) -> None:
        """Make one effect due now for each hospital and system that something waits for."""
        now = self._clock.now()
        probed: set[tuple[str, str]] = set()
        async for document in self._owing(now, PROBE_PAGES_MAX):
            for effect in document.effects:
                system = waits(effect, now)
                if system and (document.hospital, system) not in probed:
                    probed.add((document.hospital, system))
                    ends = now + timedelta(seconds=PROBE_S * 0.7)
                    if await self._mine(_PROBED, document.hospital, system, now, ends):
                        await self._wake(document, system, now, now)

    async def back(self, hospital: str, system: str) -> None:
        """``system`` has answered again: what waits for it in ``hospital`` is made due, spread over the next seconds or minutes."""
        now = self._clock.now()
        if not await self._mine(_WOKEN, hospital, system, now, now + HELD):
            return
        count = 0
        async for document in self._owing(now, WAKE_PAGES_MAX):
            if document.hospital == hospital and any(waits(effect, now) == system for effect in document.effects):
                due_at = now + timedelta(seconds=(count + self._ids.jitter()) / RATE_PER_S)
                count += await self._wake(document, system, now, due_at)
        if count:
            log.info("woken hospital=%s system=%s %ss=%d", hospital, system, self._ledger.kind.name, count)
            ends = now + max(HELD, timedelta(seconds=count / RATE_PER_S))
            await self._short_lived.put(_WOKEN, f"{hospital}:{system}", "1", ends)

    def _owing(self, now: datetime, pages_max: int) -> AsyncIterator[D]:
        """Documents that owe something within HORIZON."""
        owing, until = self._ledger.documents.owing, now + HORIZON
        return in_due_order(lambda since, limit: owing(since, until, limit), now - HORIZON, pages_max)

    async def _wake(self, document: D, system: str, now: datetime, due_at: datetime) -> bool:
        try:
            after = await self._ledger.apply_effects(
                document.hospital, document.id, lambda effects: woken(effects, system, now, due_at)
            )
        except (LostRace, NotFound, Tampered, Unreadable):
            return False
        return after.version != document.version

    async def _mine(self, kind: str, hospital: str, system: str, now: datetime, ends: datetime) -> bool:
        return await self._short_lived.put_once(kind, f"{hospital}:{system}", "1", now, ends)
