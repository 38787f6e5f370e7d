"""Payments by a number that somebody holds, and by what must hold of them; who asks is noted by `refunds.search`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from server.core.days import HOSPITAL_ZONE, hospital_day
from server.core.ports import ANSWERS_MAX, Clock
from server.core.typed import number_key, unmistaken
from server.payments.model import Payment
from server.payments.ports import PaymentStore
from server.payments.rules.numbers_held import TAIL_CHARS, NumberKind, found_by
from server.payments.rules.search import PaymentSearch
from server.payments.rules.search_keys import tail_key, whole_keys

READ_MAX = 3000
"""So many payments are read for one search without a number: all of them are decrypted."""
PAGE = 200
_REFUND = re.compile(r"(.+)R\d{2,3}")


@dataclass(frozen=True, slots=True)
class FoundPayments:
    """In the order that was asked for. ``by`` is the number that was meant, None without one; ``is_cut``: there may be more."""

    payments: tuple[Payment, ...]
    by: NumberKind | None
    is_cut: bool = False

    @property
    def sum_fen(self) -> int:
        return sum(payment.paid_fen for payment in self.payments)


class PaymentFinder:
    def __init__(self, payments: PaymentStore, clock: Clock) -> None:
        self._payments = payments
        self._clock = clock

    async def find(self, hospital: str, search: PaymentSearch) -> FoundPayments:
        """Raises BadInput for days that make no sense."""
        if search.words:
            by, found = await self.by_number(hospital, search.words)
            fitting = [payment for payment in found if search.fits(payment)]
            return FoundPayments(search.ordered(fitting), by, len(found) >= ANSWERS_MAX)
        return await self._through_days(hospital, search)

    async def by_number(self, hospital: str, typed: str) -> tuple[NumberKind | None, tuple[Payment, ...]]:
        """(what ``typed`` is of the newest, what has it). A whole number counts before an end of others. Newest first. What is found by
        nothing is looked for once more with digits for the letters that look like them.
        """
        key = number_key(typed)
        by, found = await self._by_key(hospital, key)
        alike = unmistaken(key)
        return (by, found) if found or alike == key else await self._by_key(hospital, alike)

    async def _by_key(self, hospital: str, key: str) -> tuple[NumberKind | None, tuple[Payment, ...]]:
        whole = await self._payments.get(hospital, key) if key else None
        refund = _REFUND.fullmatch(key)
        if whole is None and refund is not None:
            whole = await self._payments.get(hospital, refund[1])
        if whole is not None:
            return NumberKind.NUMBER, (whole,)
        found = tuple(await self._payments.find(hospital, whole_keys(key), ANSWERS_MAX))
        if not found:
            found = await self._by_tail(hospital, key)
        if not found and refund is not None and len(refund[1]) >= TAIL_CHARS:
            return NumberKind.NUMBER, await self._by_tail(hospital, refund[1])
        return (found_by(found[0], key) if found else None), found

    async def _by_tail(self, hospital: str, key: str) -> tuple[Payment, ...]:
        tail = tail_key(key)
        found = await self._payments.find(hospital, [tail], ANSWERS_MAX) if tail is not None else ()
        return tuple(payment for payment in found if found_by(payment, key))

    async def _through_days(self, hospital: str, search: PaymentSearch) -> FoundPayments:
        since, until = search.within(hospital_day(self._clock.now()))
        begin = datetime.combine(since, time(), HOSPITAL_ZONE)
        place = (datetime.combine(until, time(), HOSPITAL_ZONE) + timedelta(days=1), "")
        fitting: list[Payment] = []
        for _ in range(READ_MAX // PAGE):
            page = await self._payments.between(hospital, begin, place, PAGE)
            fitting += [payment for payment in page if search.fits(payment)]
            if len(page) < PAGE:
                return FoundPayments(search.ordered(fitting), None)
            place = page[-1].page_cursor
        return FoundPayments(search.ordered(fitting), None, is_cut=True)
