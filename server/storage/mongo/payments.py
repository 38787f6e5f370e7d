"""Payments: one document each, one guarded write per transition (docs/decisions/0002-storage.md)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.core.days import HOSPITAL_ZONE
from server.core.errors import AlreadyStored, ClaimTaken, LostRace, Unreadable
from server.core.ports import Sealer
from server.core.typed import number_key
from server.payments.model import PageCursor, Payment
from server.payments.rules.search_keys import FindBy, SearchKey, moved_tag
from server.storage.documents import SCHEMA_VERSION, Document, payment_to_document
from server.storage.migrations import Steps, payment_steps
from server.storage.mongo.errors import translated
from server.storage.mongo.few import few
from server.storage.mongo.int64 import with_int64
from server.storage.mongo.newest import EVER
from server.storage.mongo.payment_pages import PaymentPages
from server.storage.mongo.payment_reader import PaymentReader
from server.storage.mongo.schema_record import SchemaRecord
from server.storage.mongo.searching import asking_for, of_claims, of_owner, owners_stored
from server.storage.mongo.transition import difference
from server.storage.mongo.walking import pages
from server.storage.precision import kept, whole_ms
from server.storage.rules import check_acceptance, check_erasure, check_limit, check_step
from server.storage.signing import Told, before_signing


class MongoPayments:
    """ports.PaymentStore."""

    def __init__(
        self,
        collection: AsyncIOMotorCollection[Any],
        sealer: Sealer,
        steps: Steps | None = None,
        schema: int = SCHEMA_VERSION,
        record: SchemaRecord | None = None,
    ) -> None:
        self._collection = collection
        self._sealer = sealer
        self._schema = schema
        self._record = record
        steps = payment_steps(sealer) if steps is None else steps
        self._reader = PaymentReader(collection, sealer, steps, schema, record)
        self._pages = PaymentPages(collection, self._reader)

    async def insert(self, payment: Payment) -> None:
        """Inserting the very same payment again (after an answer that got lost) is no error."""
        with translated():
            try:
                await self._collection.insert_one(with_int64(payment_to_document(payment, self._sealer)))
            except DuplicateKeyError as error:
                stored = await self._collection.find_one({"_id": payment.id})
                if stored is None:
                    raise ClaimTaken("claims") from error
                with suppress(Unreadable):
                    if await self._reader.open(stored) == kept(payment):
                        return
                raise AlreadyStored(payment.id) from error

    async def get(self, hospital: str, payment_id: str) -> Payment | None:
        return await self._one({"_id": payment_id, "hospital": hospital})

    async def own(self, hospital: str, owner: str, payment_id: str) -> Payment | None:
        owners = {"$in": owners_stored(hospital, owner, self._sealer, settled=await self._is_settled())}
        return await self._one({"_id": payment_id, "hospital": hospital, "owner": owners})

    async def _is_settled(self) -> bool:
        """Every document is of today's schema."""
        return self._record is None or await self._record.settled()

    async def _one(self, query: Document) -> Payment | None:
        with translated():
            document = await self._collection.find_one(query)
        return None if document is None else await self._reader.open(document)

    def read(self, document: Document) -> Payment:
        """One of any schema, nothing written. Raises whatever is wrong with it."""
        return self._reader.read(document)

    async def upgrade_all(self, told: Told | None = None) -> int:
        """Bring every document to today's schema, page by page; how many there were. Safe to repeat, to stop, and beside others.
        ``told`` hears of what is about to be signed for the first time.

        Between two pages it rests for as long as the last one took, so that whoever serves has half of the database at least.
        """
        count, loop = 0, asyncio.get_running_loop()
        began = loop.time()
        async for page in pages(self._collection):
            if told is not None:
                await before_signing(page, told)
            for document in page:
                with suppress(Unreadable):  # it is left as it is; doctor lists it
                    payment = await self._reader.open(document)
                    count += int(document["schema"]) < self._schema and not payment.tampered
            await asyncio.sleep(loop.time() - began)
            began = loop.time()
        return count

    async def save(self, before: Payment, after: Payment) -> None:
        """Raises LostRace, and ValueError for what no step may do (rules.check_step)."""
        check_step(before, after)
        # The schema is part of the guard: a newer Zhenfu may have upgraded the document since it was read.
        key = {"_id": before.id, "hospital": before.hospital, "version": before.version, "schema": self._schema}
        with translated():
            result = await self._collection.update_one(key, difference(before, after, self._sealer))
        if result.matched_count == 0:
            raise LostRace(before.id)

    async def pseudonymise(self, before: Payment, after: Payment) -> None:
        check_erasure(before, after)
        key = {"_id": before.id, "hospital": before.hospital, "version": before.version, "schema": self._schema}
        with translated():
            result = await self._collection.replace_one(key, with_int64(payment_to_document(after, self._sealer)))
        if result.matched_count == 0:
            raise LostRace(before.id)

    async def accept(self, before: Payment, after: Payment) -> None:
        check_acceptance(before, after)
        with translated():
            found = await self._collection.find_one({"_id": before.id, "hospital": before.hospital})
        if found is None or await self._reader.open(found) != before:
            raise LostRace(before.id)
        fresh = with_int64(payment_to_document(after, self._sealer))
        with translated():  # over exactly the document that was read, whatever its version says
            result = await self._collection.replace_one(found, fresh)
        if result.matched_count == 0:
            raise LostRace(before.id)

    async def by_claims(self, hospital: str, claims: Sequence[str]) -> Sequence[Payment]:
        """At most one payment holds each claim. Oldest first."""
        if not claims:
            return []
        wanted = of_claims(hospital, claims, self._sealer, settled=await self._is_settled())
        with translated():
            found = await few(self._collection, wanted, check_limit(len(claims)))
        return sorted([await self._reader.open(document) for document in found], key=lambda p: p.page_cursor)

    async def by_owner(
        self, hospital: str, owner: str, limit: int, before: PageCursor | None = None, purpose: str = ""
    ) -> list[Payment]:
        wanted = of_owner(hospital, owner, self._sealer, settled=await self._is_settled())
        if purpose:
            return await self._pages.of_purpose(wanted, purpose, limit, before)
        return await self._pages.between(wanted, limit, None, before)

    async def between(self, hospital: str, since: datetime, before: PageCursor, limit: int) -> Sequence[Payment]:
        return await self._pages.between({"hospital": hospital}, limit, whole_ms(since), before)

    async def moved_on(self, hospital: str, day: date, limit: int, before: PageCursor | None = None) -> list[Payment]:
        """Most of them began on that day. What a clock lets begin later comes first, what began before is read as far back as is needed."""
        [wanted] = asking_for(hospital, [(FindBy.TAG, moved_tag(day))], self._sealer, settled=True)
        if before is not None:
            return await self._pages.between(wanted, limit, EVER, before)
        end = whole_ms(datetime.combine(day, time(), HOSPITAL_ZONE) + timedelta(days=1))
        later = await self._pages.between(wanted, limit, end, None)
        if len(later) == limit:
            return later
        return later + await self._pages.between(wanted, limit - len(later), EVER, (end, ""))

    async def by_charge(self, hospital: str, number: str, limit: int) -> Sequence[Payment]:
        found = await self.find(hospital, [(FindBy.CHARGE, number_key(number))], limit)
        return [payment for payment in found if number in payment.personal.subject.numbers]

    async def find(self, hospital: str, search_keys: Collection[SearchKey], limit: int) -> Sequence[Payment]:
        if not search_keys:
            return []
        queries = asking_for(hospital, search_keys, self._sealer, settled=await self._is_settled())
        found = {payment.id: payment for query in queries for payment in await self._pages.newest(query, limit)}
        return sorted(found.values(), key=lambda payment: payment.page_cursor, reverse=True)[:limit]

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        query, named = {"next_due": {"$lte": whole_ms(now)}}, {"hospital": 1, "next_due": 1}
        overdue = self._collection.find(query, named).sort("next_due", ASCENDING)
        with translated():
            found = await overdue.limit(check_limit(limit) + len(without)).to_list(None)
        found = [document for document in found if document["_id"] not in without][:limit]
        found.sort(key=lambda document: (document["next_due"], document["_id"]))
        return [(document["hospital"], document["_id"]) for document in found]

    async def set_aside(self, payment: Payment, until: datetime) -> None:
        key = {"_id": payment.id, "hospital": payment.hospital, "version": payment.version}
        with translated():
            await self._collection.update_one(key, {"$set": {"aside": True, "next_due": whole_ms(until)}})

    async def owing(
        self, since: datetime, until: datetime, limit: int, hospital: str | None = None
    ) -> Sequence[Payment]:
        """By the index of what is due, also for one hospital: without that word the embedded database reads every payment there is."""
        query: Document = {"next_due": {"$gte": whole_ms(since), "$lte": whole_ms(until)}}
        if hospital is not None:
            query["hospital"] = hospital
        return await self._pages.those_found(query, limit, [("next_due", ASCENDING)], hint="due")

    async def pages(self) -> AsyncIterator[Sequence[Payment]]:
        async for page in pages(self._collection):
            if payments := await self._reader.those_readable(page):
                yield payments
