"""Has a day compared anew when our books have come to say something else of what differs on it: the HIS took a lost booking over after all, or
the channel told late of money that only its statement had.
"""

from __future__ import annotations

from datetime import timedelta

from server.core.days import hospital_day
from server.core.errors import Unreadable
from server.core.ports import ANSWERS_MAX, Clock
from server.effects.ledger import Ledger
from server.effects.recurring import PIECE, Piece
from server.payments.ports import PaymentStore
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.ports import DayStore
from server.reconciliation.rules.anew import compared_anew, rests
from server.reconciliation.rules.days import differing_of
from server.reconciliation.rules.our_rows import says_otherwise

EVERY = timedelta(minutes=5)
LOOKED_AT_DAYS = 14
"""Longer than the HIS is asked for a booking that may land late (`effects.model.PACE_S`)."""


class DaysAgain:
    """The task DAYS_AGAIN of a hospital's timetable."""

    def __init__(self, ledger: Ledger[ReconciliationDay], days: DayStore, payments: PaymentStore, clock: Clock) -> None:
        self._ledger = ledger
        self._days = days
        self._payments = payments
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Newest day first; it goes on after the day whose id is ``place``. Raises StoreError."""
        now = self._clock.now()
        since = hospital_day(now) - timedelta(days=LOOKED_AT_DAYS)
        days = list(await self._days.latest(hospital, ANSWERS_MAX, since=since))
        ids = [day.id for day in days]
        for day in days[ids.index(place) + 1 :] if place in ids else days:
            if self._clock.now() >= now + PIECE:
                return Piece(place, more=True)
            if rests(day) and await self._has_news(day):
                await self._ledger.apply(hospital, day.id, lambda current: compared_anew(current, now))
            place = day.id
        return Piece()

    async def _has_news(self, day: ReconciliationDay) -> bool:
        for found in differing_of(day):
            for number in {row.payment_number for row in found.rows} if found.ours else ():
                try:
                    payment = await self._payments.get(day.hospital, number)
                except Unreadable:  # who met it has alerted
                    continue
                if payment is not None and says_otherwise(payment, day.channel, found):
                    return True
        return False
