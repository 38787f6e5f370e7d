"""Opens each day of each channel when its statements may be there, and the days that were missed while nobody worked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.errors import AlreadyStored
from server.core.ports import Clock
from server.effects.ledger import Ledger
from server.effects.recurring import Piece
from server.payments.hospital import Hospital
from server.reconciliation.day_model import ReconciliationDay, day_id
from server.reconciliation.ports import DayStore
from server.reconciliation.rules.days import opened

log = logging.getLogger("zhenfu.reconciliation")
EVERY = timedelta(minutes=5)
READY_AT = time(10, 5)
"""When the statements of the day before may be asked for (the strictest platform says from 10:00; docs/protocols/)."""
CAUGHT_UP_DAYS = 14


class DayRounds:
    """The task OPEN_DAYS of a hospital's timetable."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], ledger: Ledger[ReconciliationDay], days: DayStore, clock: Clock
    ) -> None:
        self._hospitals = hospitals
        self._ledger = ledger
        self._days = days
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """It goes on nowhere: the days that are there say what is done. Raises StoreError."""
        now = self._clock.now()
        for channel in self._hospitals[hospital].channels:
            for day in await self._due(hospital, channel, now):
                await self._open(hospital, channel, day, now)
        return Piece()

    async def _due(self, hospital: str, channel: str, now: datetime) -> list[date]:
        """The days up to yesterday that are to be opened now, the oldest first. A hospital begins with yesterday."""
        yesterday = hospital_day(now) - timedelta(days=1)
        if now < _ready_at(yesterday):
            yesterday -= timedelta(days=1)
        missed: list[date] = []
        for back in range(CAUGHT_UP_DAYS):
            day = yesterday - timedelta(days=back)
            if await self._days.get(hospital, day_id(channel, day)) is not None:
                return missed[::-1]
            missed.append(day)
        return missed[:1]

    async def _open(self, hospital: str, channel: str, day: date, now: datetime) -> None:
        try:
            await self._ledger.insert(opened(hospital, channel, day, now, _ready_at(day)))
        except AlreadyStored:
            return
        log.info("day opened hospital=%s channel=%s day=%s", hospital, channel, day)


def _ready_at(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), READY_AT, HOSPITAL_ZONE)
