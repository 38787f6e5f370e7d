"""The books of some days for registers and figures: our own receipts and refunds, and what the HIS has from windows and kiosks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta

from server.core.days import hospital_day
from server.core.errors import BadInput, OutsideError
from server.payments.hospital import Hospital
from server.payments.model import PageCursor, Payment
from server.payments.ports import PaymentStore
from server.reconciliation.his_rows import HisRow
from server.reconciliation.ports import HisDayList
from server.reconciliation.register_model import Books, Entry
from server.reconciliation.rules.entries import entries_of
from server.reconciliation.rules.his_entries import entries_of_others

DAYS_MAX = 31
YEARS = range(2000, 2200)
HIS_S_MAX = 20.0
PAGE = 200


class Registers:
    """``his`` by hospital: who has a list of the day."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], payments: PaymentStore, his: Mapping[str, HisDayList]
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._his = his

    async def read(self, hospital: str, first: date, last: date) -> Books:
        """The register of the hospital's days from ``first`` to ``last``. Raises BadInput for no days, or more than DAYS_MAX."""
        if first.year not in YEARS or last.year not in YEARS or last < first:
            raise BadInput("days", user_message="日期不正确。")
        if (last - first).days >= DAYS_MAX:
            raise BadInput("days", user_message=f"一次最多查{DAYS_MAX}天。")
        ours = await self._ours(hospital, first, last)
        listed, unlisted = await self._listed(hospital, first, last)
        others = entries_of_others(listed, self._hospitals[hospital].prefix)
        return Books(first=first, last=last, entries=(*ours, *others), listed=listed, unlisted=unlisted)

    async def _ours(self, hospital: str, first: date, last: date) -> tuple[Entry, ...]:
        found: dict[str, Payment] = {}
        for day in _days(first, last):
            before: PageCursor | None = None
            while page := await self._payments.moved_on(hospital, day, PAGE, before):
                found |= {payment.id: payment for payment in page}
                before = page[-1].page_cursor
        entries = (entry for payment in found.values() for entry in entries_of(payment))
        return tuple(entry for entry in entries if first <= hospital_day(entry.at) <= last)

    async def _listed(self, hospital: str, first: date, last: date) -> tuple[tuple[HisRow, ...], tuple[date, ...]]:
        """(rows, the days that the HIS did not list). Days follow each other: the HIS is asked one question at a time."""
        found: list[HisRow] = []
        days, listed = _days(first, last), 0
        try:
            async with asyncio.timeout(HIS_S_MAX):
                for day in days:
                    rows = await self._his[hospital].statement_day(day)
                    if rows is None:
                        break
                    found += rows
                    listed += 1
        except (OutsideError, TimeoutError):
            pass  # what was not listed is said
        return tuple(found), tuple(days[listed:])


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
