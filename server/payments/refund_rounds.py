"""退费巡查: looks at every payment with money 1, 3, 7 … days after it began, for refunds that nobody announced (`refund_looks`).

Days of payments are read by index, page by page, and nothing is written unless something is found: a payment carries no effect for this.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.errors import LostRace, NotFound, OutsideError
from server.core.ports import ShortLivedStore, SureClock
from server.effects.rounds import repeat
from server.payments.hospital import Hospital
from server.payments.model import PageCursor
from server.payments.ports import PaymentStore
from server.payments.refund_looks import RefundLooks

log = logging.getLogger("zhenfu.refunds")
AGES_DAYS = (1, 3, 7, 14, 30, 60, 120, 240, 360)
"""The last one lies inside the year for which channels refund."""
ROUND_S = 600.0
PAGE = 50
BETWEEN_LOOKS_S = 0.05
KEPT = timedelta(days=3)
_DONE, _LEASE = "refund_round_place", "refund_round"
LEASE = timedelta(minutes=5)
END = "end"


class RefundRounds:
    """Runs in every worker; of several one goes round a hospital at a time. A round that breaks off goes on where it was."""

    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        short_lived: ShortLivedStore,
        looks: RefundLooks,
        clock: SureClock,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._short_lived = short_lived
        self._looks = looks
        self._clock = clock

    async def run(self) -> None:
        """For ever."""
        await repeat(self.once, ROUND_S, self._clock, log, "refund round")

    async def once(self) -> None:
        """All that is to be looked at today. Raises ClockOff where this machine's clock is wrong, and StoreError."""
        await self._clock.must_agree()
        today = hospital_day(self._clock.now())
        for hospital in self._hospitals:
            for age in AGES_DAYS:
                await self._day(hospital, today - timedelta(days=age), age)

    async def _day(self, hospital: str, day: date, age: int) -> None:
        """The payments of one day, newest first, from where the last round stopped."""
        key, begin = f"{hospital}:{day:%Y%m%d}:{age}", datetime.combine(day, time(), HOSPITAL_ZONE)
        while (before := await self._place(key, begin + timedelta(days=1))) is not None:
            now = self._clock.now()
            if not await self._short_lived.put_once(_LEASE, key, "", now, now + LEASE):
                return  # another worker is at it
            page = await self._payments.between(hospital, begin, before, PAGE)
            for payment in page:
                try:
                    await self._looks.look(payment)
                except (OutsideError, LostRace, NotFound) as error:
                    log.warning("not looked at payment=%s why=%s", payment.id, type(error).__name__)
                await self._clock.sleep(BETWEEN_LOOKS_S)
            last = page[-1].page_cursor if len(page) == PAGE else None
            text = END if last is None else json.dumps([last[0].isoformat(), last[1]])
            await self._short_lived.put(_DONE, key, text, self._clock.now() + KEPT)
            await self._short_lived.drop(_LEASE, key)

    async def _place(self, key: str, end: datetime) -> PageCursor | None:
        """Before what to go on; None when the day is done."""
        kept = await self._short_lived.get(_DONE, key, self._clock.now())
        if kept is None:
            return end, ""
        if kept == END:
            return None
        moment, payment_id = json.loads(kept)
        return datetime.fromisoformat(moment), payment_id
