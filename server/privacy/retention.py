"""保存期限: payments whose legal time is over say no longer who. Everything else that is kept of people ends by itself
(docs/decisions/0036).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.ports import Clock
from server.effects.recurring import PIECE, Piece
from server.payments.hospital import Hospital
from server.payments.model import PageCursor
from server.payments.ports import PaymentStore
from server.payments.rules.erasing import first_day_kept
from server.privacy.records import PersonRecords

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any payment."""
EVERY = timedelta(hours=1)
PAGE = 50
BETWEEN_PAGES_S = 2.0


class RetentionRounds:
    """The task RETENTION of a hospital's timetable: page by page, the newest payment first, once for each first day that is kept."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], payments: PaymentStore, records: PersonRecords, clock: Clock
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._records = records
        self._clock = clock

    async def piece(self, hospital: str, place: str) -> Piece:
        """Raises StoreError, and NotSent where the audit chain can't be reached."""
        until = self._clock.now() + PIECE
        kept_from = first_day_kept(hospital_day(self._clock.now()), self._hospitals[hospital].payments_kept_years)
        before = _before(place, kept_from)
        while before is not None:
            page = await self._payments.between(hospital, BEGINNING, before, PAGE)
            await self._records.term_over(hospital, page, kept_from)
            before = page[-1].page_cursor if len(page) == PAGE else None
            if before is None or self._clock.now() >= until:
                break
            await self._clock.sleep(BETWEEN_PAGES_S)
        return Piece(_place(kept_from, before), more=before is not None)


def _place(kept_from: date, before: PageCursor | None) -> str:
    cursor = None if before is None else [before[0].isoformat(), before[1]]
    return json.dumps({"kept_from": kept_from.isoformat(), "before": cursor})


def _before(place: str, kept_from: date) -> PageCursor | None:
    """Before what to go on; None when everything before ``kept_from`` is done."""
    told = json.loads(place) if place else {}
    if told.get("kept_from") != kept_from.isoformat():
        return datetime.combine(kept_from, time(), HOSPITAL_ZONE), ""
    if told["before"] is None:
        return None
    moment, payment_id = told["before"]
    return datetime.fromisoformat(moment), payment_id
