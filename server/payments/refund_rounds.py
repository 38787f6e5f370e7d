"""退费巡查: looks at every payment with money 1, 3, 7 … days after it began, for refunds that nobody announced (`refund_looks`).

Days of payments are read by index, page by page, and nothing is written unless something is found: a payment carries no effect for this.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.errors import LostRace, NotFound, OutsideError
from server.core.ports import Clock
from server.effects.recurring import PIECE, Piece
from server.payments.model import PageCursor
from server.payments.ports import PaymentStore
from server.payments.refund_looks import RefundLooks

log = logging.getLogger("zhenfu.refunds")
AGES_DAYS = (1, 3, 7, 14, 30, 60, 120, 240, 360)
"""The last one lies inside the year for which channels refund."""
EVERY = timedelta(minutes=10)
PAGE = 50
BETWEEN_LOOKS_S = 0.05


@dataclass(frozen=True, slots=True)
class _Place:
    """On ``day`` the payments of the ages before ``ages`` (an index into AGES_DAYS) are done, and of that age those from ``before`` on."""

    day: date
    ages: int = 0
    before: PageCursor | None = None


class RefundRounds:
    """The task REFUND_LOOKS of a hospital's timetable: each day has its looks once. A day that takes longer ends before the next begins."""

    def __init__(self, payments: PaymentStore, looks: RefundLooks, clock: Clock) -> None:
        self._payments = payments
        self._looks = looks
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Raises StoreError."""
        now = self._clock.now()
        at, until = _from_text(place, hospital_day(now)), now + PIECE
        while at.ages < len(AGES_DAYS):
            at = await self._go_on(hospital, at, until)
            if self._clock.now() >= until:
                break
        return Piece(_text(at), more=at.ages < len(AGES_DAYS))

    async def _go_on(self, hospital: str, at: _Place, until: datetime) -> _Place:
        """One page of the payments of one age, the newest first."""
        begin = datetime.combine(at.day - timedelta(days=AGES_DAYS[at.ages]), time(), HOSPITAL_ZONE)
        page = await self._payments.between(hospital, begin, at.before or (begin + timedelta(days=1), ""), PAGE)
        for payment in page:
            try:
                await self._looks.look(payment)
            except (OutsideError, LostRace, NotFound) as error:
                log.warning("not looked at payment=%s why=%s", payment.id, type(error).__name__)
            at = replace(at, before=payment.page_cursor)
            if self._clock.now() >= until:
                return at
            await self._clock.sleep(BETWEEN_LOOKS_S)
        return at if len(page) == PAGE else _Place(at.day, at.ages + 1)


def _text(at: _Place) -> str:
    before = None if at.before is None else [at.before[0].isoformat(), at.before[1]]
    return json.dumps({"day": at.day.isoformat(), "ages": at.ages, "before": before})


def _from_text(place: str, today: date) -> _Place:
    """Where to go on: where the last piece ended, or at the beginning of ``today`` when the last day is done."""
    if not place:
        return _Place(today)
    told = json.loads(place)
    day, ages, before = date.fromisoformat(told["day"]), told["ages"], told["before"]
    if ages >= len(AGES_DAYS) and day < today:
        return _Place(today)
    return _Place(day, ages, (datetime.fromisoformat(before[0]), before[1]) if before else None)
