"""The books of some days for registers and figures: our own receipts and refunds, and what the HIS has from windows and kiosks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE
from server.core.errors import BadInput, OutsideError
from server.core.ports import ANSWERS_MAX
from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.reconciliation.ports import HisDayList
from server.reconciliation.register_model import Books, Entry
from server.reconciliation.rules.entries import entries_of
from server.reconciliation.rules.his_entries import entries_of_others

DAYS_MAX = 31
YEARS = range(2000, 2200)
HIS_S_MAX = 20.0
_Ask = Callable[[str, datetime, datetime, int], Awaitable[Sequence[Payment]]]


class Registers:
    """``his`` by hospital: who has a list of the day."""

    def __init__(
        self, hospitals: Mapping[str, Hospital], payments: PaymentStore, his: Mapping[str, HisDayList]
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._his = his

    async def read(self, hospital: str, first: date, last: date) -> Books:
        """Of the hospital's days from ``first`` to ``last``. Raises BadInput for no days, or more than DAYS_MAX."""
        if first.year not in YEARS or last.year not in YEARS or last < first:
            raise BadInput("days", user_message="日期不正确。")
        if (last - first).days >= DAYS_MAX:
            raise BadInput("days", user_message=f"一次最多查{DAYS_MAX}天。")
        ours = await self._ours(hospital, first, last)
        others, unlisted = await self._others(hospital, first, last)
        return Books(first=first, last=last, entries=(*ours, *others), unlisted=unlisted)

    async def _ours(self, hospital: str, first: date, last: date) -> tuple[Entry, ...]:
        since = datetime.combine(first, time(), HOSPITAL_ZONE)
        until = datetime.combine(last + timedelta(days=1), time(), HOSPITAL_ZONE)
        found: dict[str, Payment] = {}
        for ask in (self._payments.paid_between, self._payments.refunded_between):
            found |= {payment.id: payment for payment in await _all(ask, hospital, since, until)}
        return _within((entry for payment in found.values() for entry in entries_of(payment)), since, until)

    async def _others(self, hospital: str, first: date, last: date) -> tuple[tuple[Entry, ...], tuple[date, ...]]:
        """(entries, the days that the HIS did not list). Days follow each other: the HIS is asked one question at a time."""
        entries: list[Entry] = []
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        prefix, listed = self._hospitals[hospital].prefix, 0
        try:
            async with asyncio.timeout(HIS_S_MAX):
                for day in days:
                    rows = await self._his[hospital].statement_day(day)
                    if rows is None:
                        break
                    entries += entries_of_others(rows, prefix)
                    listed += 1
        except (OutsideError, TimeoutError):
            pass  # what was not listed is said
        return tuple(entries), tuple(days[listed:])


async def _all(ask: _Ask, hospital: str, since: datetime, until: datetime) -> Sequence[Payment]:
    """Every payment of the time: a full answer may lack some, so its halves are asked for."""
    found = await ask(hospital, since, until, ANSWERS_MAX)
    middle = since + (until - since) / 2
    if len(found) < ANSWERS_MAX or middle - since < timedelta(milliseconds=1):
        return found
    return [*await _all(ask, hospital, since, middle), *await _all(ask, hospital, middle, until)]


def _within(entries: Iterable[Entry], since: datetime, until: datetime) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if since <= entry.at < until)
