"""保存期限: payments whose legal time is over say no longer who, and cards that nobody uses are unbound. Everything else that is kept of
people ends by itself (docs/decisions/0036).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.errors import NotSent
from server.core.ports import ShortLivedStore, SureClock
from server.effects.rounds import repeat
from server.patients.cards_in_use import CardsInUse
from server.payments.hospital import Hospital
from server.payments.model import PageCursor
from server.payments.ports import PaymentStore
from server.payments.rules.erasing import first_day_kept
from server.privacy.records import PersonRecords

log = logging.getLogger("zhenfu.retention")
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any payment."""
ROUND_S = 3600.0
PAGE = 50
BETWEEN_PAGES_S = 2.0
KEPT = timedelta(days=400)
LEASE = timedelta(minutes=5)
SWEPT_FOR = timedelta(days=2)
_PLACE, _LEASE, _SWEPT = "retention_place", "retention_round", "cards_swept"
END = "end"


class RetentionRounds:
    """Runs in every worker; of several one goes round a hospital at a time. A round that breaks off goes on where it was."""

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        short_lived: ShortLivedStore,
        records: PersonRecords,
        cards: CardsInUse,
        clock: SureClock,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._short_lived = short_lived
        self._records = records
        self._cards = cards
        self._clock = clock

    async def run(self) -> None:
        """For ever."""
        await repeat(self.once, ROUND_S, self._clock, log, "retention round", NotSent)

    async def once(self) -> None:
        """All that is over today. Raises ClockOff where this machine's clock is wrong, and StoreError."""
        await self._clock.must_agree()
        today = hospital_day(self._clock.now())
        for hospital in self._hospitals.values():
            await self._end(hospital.id, first_day_kept(today, hospital.payments_kept_years))
            await self._unbind(hospital.id, today)

    async def _unbind(self, hospital: str, today: date) -> None:
        """Once a day, by whichever worker comes first; one that dies over it is followed by another after the lease."""
        now, key = self._clock.now(), f"{hospital}:{today:%Y%m%d}"
        if await self._short_lived.get(_SWEPT, key, now) or not await self._short_lived.put_once(
            _LEASE, f"cards:{key}", "", now, now + LEASE
        ):
            return
        count = await self._cards.end_unused(hospital)
        await self._short_lived.put(_SWEPT, key, END, self._clock.now() + SWEPT_FOR)
        log.info("cards hospital=%s bound=%d", hospital, count)

    async def _end(self, hospital: str, kept_from: date) -> None:
        """Page by page, newest first, from where the last round stopped."""
        key, end = f"{hospital}:{kept_from:%Y}", datetime.combine(kept_from, time(), HOSPITAL_ZONE)
        while (before := await self._place(key, end)) is not None:
            now = self._clock.now()
            if not await self._short_lived.put_once(_LEASE, key, "", now, now + LEASE):
                return  # another worker is at it
            page = await self._payments.between(hospital, BEGINNING, before, PAGE)
            await self._records.term_over(hospital, page, kept_from)
            last = page[-1].page_cursor if len(page) == PAGE else None
            text = END if last is None else json.dumps([last[0].isoformat(), last[1]])
            await self._short_lived.put(_PLACE, key, text, self._clock.now() + KEPT)
            await self._short_lived.drop(_LEASE, key)
            if last is not None:
                await self._clock.sleep(BETWEEN_PAGES_S)

    async def _place(self, key: str, end: datetime) -> PageCursor | None:
        """Before what to go on; None when everything before ``end`` is done."""
        kept = await self._short_lived.get(_PLACE, key, self._clock.now())
        if kept is None:
            return end, ""
        if kept == END:
            return None
        moment, payment_id = json.loads(kept)
        return datetime.fromisoformat(moment), payment_id
