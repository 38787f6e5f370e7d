"""Payments in memory: the twin of `mongo.payments`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from server.core.errors import AlreadyStored, ClaimTaken, LostRace
from server.payments.model import PageCursor, Payment
from server.payments.rules.search_keys import SearchKey, moved_tag, search_keys_of, tags
from server.storage.precision import kept, whole_ms
from server.storage.rules import check_acceptance, check_erasure, check_limit, check_step

PAGE = 200


class MemoryPayments:
    def __init__(self) -> None:
        self.documents: dict[str, Payment] = {}
        self._claims: dict[tuple[str, str], str] = {}
        self._written: dict[str, Payment] = {}
        self._aside: dict[str, datetime] = {}

    async def insert(self, payment: Payment) -> None:
        payment = kept(payment)
        stored = self.documents.get(payment.id)
        if stored is not None:
            if stored == payment:
                return
            raise AlreadyStored(payment.id)
        if any((payment.hospital, claim) in self._claims for claim in payment.claims):
            raise ClaimTaken("claims")
        self._put(payment)

    async def get(self, hospital: str, payment_id: str) -> Payment | None:
        payment = self.documents.get(payment_id)
        return self._read(payment) if payment is not None and payment.hospital == hospital else None

    def _read(self, payment: Payment) -> Payment:
        """What the MACs are to a database: whoever changes a document behind the store's back has not written it."""
        return payment if payment is self._written[payment.id] else replace(payment, tampered=True)

    async def own(self, hospital: str, owner: str, payment_id: str) -> Payment | None:
        payment = await self.get(hospital, payment_id)
        return payment if payment is not None and payment.owner == owner else None

    async def save(self, before: Payment, after: Payment) -> None:
        check_step(before, after)
        stored = self.documents.get(before.id)
        if stored is None or stored.hospital != before.hospital or stored.version != before.version:
            raise LostRace(before.id)
        for claim in stored.claims:
            del self._claims[(stored.hospital, claim)]
        self._put(kept(after))

    async def pseudonymise(self, before: Payment, after: Payment) -> None:
        check_erasure(before, after)
        stored = self.documents.get(before.id)
        if stored is None or stored.hospital != before.hospital or stored.version != before.version:
            raise LostRace(before.id)
        self._put(kept(after))

    async def accept(self, before: Payment, after: Payment) -> None:
        check_acceptance(before, after)
        if await self.get(before.hospital, before.id) != before:
            raise LostRace(before.id)
        self._put(kept(after))

    def _put(self, payment: Payment) -> None:
        self.documents[payment.id] = self._written[payment.id] = payment
        self._aside.pop(payment.id, None)
        for claim in payment.claims:
            self._claims[(payment.hospital, claim)] = payment.id

    async def by_claims(self, hospital: str, claims: Sequence[str]) -> Sequence[Payment]:
        ids = dict.fromkeys(self._claims[(hospital, claim)] for claim in claims if (hospital, claim) in self._claims)
        return sorted((self._read(self.documents[payment_id]) for payment_id in ids), key=lambda p: p.page_cursor)

    async def by_owner(
        self, hospital: str, owner: str, limit: int, before: PageCursor | None = None, purpose: str = ""
    ) -> Sequence[Payment]:
        end = (whole_ms(before[0]), before[1]) if before is not None else None
        mine = [p for p in self._of(hospital) if p.owner == owner and purpose in ("", p.purpose)]
        return _newest_first([p for p in mine if end is None or p.page_cursor < end], limit)

    async def between(self, hospital: str, since: datetime, before: PageCursor, limit: int) -> Sequence[Payment]:
        begin, end = whole_ms(since), (whole_ms(before[0]), before[1])
        return _newest_first([p for p in self._of(hospital) if begin <= p.created_at and p.page_cursor < end], limit)

    async def moved_on(
        self, hospital: str, day: date, limit: int, before: PageCursor | None = None
    ) -> Sequence[Payment]:
        end = (whole_ms(before[0]), before[1]) if before is not None else None
        moved = [p for p in self._of(hospital) if moved_tag(day) in tags(p) and (end is None or p.page_cursor < end)]
        return _newest_first(moved, limit)

    async def by_charge(self, hospital: str, number: str, limit: int) -> Sequence[Payment]:
        return _newest_first([p for p in self._of(hospital) if number in p.personal.subject.numbers], limit)

    async def find(self, hospital: str, search_keys: Collection[SearchKey], limit: int) -> Sequence[Payment]:
        return _newest_first([p for p in self._of(hospital) if set(search_keys) & set(search_keys_of(p))], limit)

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        owing = [(self._due_at(p), p.id, p.hospital) for p in self.documents.values() if p.id not in without]
        waiting = sorted((due_at, payment_id, where) for due_at, payment_id, where in owing if due_at and due_at <= now)
        return [(where, payment_id) for _, payment_id, where in waiting[: check_limit(limit)]]

    async def owing(
        self, since: datetime, until: datetime, limit: int, hospital: str | None = None
    ) -> Sequence[Payment]:
        mine = [p for p in self.documents.values() if hospital in {None, p.hospital}]
        dated = [(p.next_due, p.id, p) for p in mine if p.next_due]
        between = [one for one in dated if since <= one[0] <= until]
        return [payment for _, _, payment in sorted(between, key=lambda one: one[:2])[: check_limit(limit)]]

    async def pages(self) -> AsyncIterator[Sequence[Payment]]:
        known = list(self.documents.values())
        for first in range(0, len(known), PAGE):
            yield [self._read(payment) for payment in known[first : first + PAGE]]

    async def set_aside(self, payment: Payment, until: datetime) -> None:
        stored = self.documents.get(payment.id)
        if stored is not None and stored.version == payment.version:
            self._aside[payment.id] = whole_ms(until)

    async def next_due(self) -> datetime | None:
        """The earliest due time of all: who plays time goes on to it."""
        return min((due for p in self.documents.values() if (due := self._due_at(p))), default=None)

    def _due_at(self, payment: Payment) -> datetime | None:
        return self._aside.get(payment.id, payment.next_due)

    def _of(self, hospital: str) -> list[Payment]:
        return [self._read(payment) for payment in self.documents.values() if payment.hospital == hospital]


def _newest_first(payments: list[Payment], limit: int) -> list[Payment]:
    return sorted(payments, key=lambda p: p.page_cursor, reverse=True)[: check_limit(limit)]
