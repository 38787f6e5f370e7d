"""Pages of stored payments, newest first, without one that falls between two of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import DESCENDING

from server.core.ports import ANSWERS_MAX
from server.payments.model import PageCursor, Payment
from server.storage.documents import Document
from server.storage.mongo.errors import translated
from server.storage.mongo.few import few
from server.storage.mongo.newest import newest_between
from server.storage.mongo.payment_reader import PaymentReader
from server.storage.precision import whole_ms
from server.storage.rules import check_limit


class PaymentPages:
    def __init__(self, collection: AsyncIOMotorCollection[Any], reader: PaymentReader) -> None:
        self._collection = collection
        self._reader = reader

    async def between(
        self, query: Document, limit: int, since: datetime | None, before: PageCursor | None
    ) -> list[Payment]:
        """From ``since`` on, those that stand before ``before``; None is no bound. The indexes end with the time, so an instant in which a page
        begins or ends is read whole and put in order here. One more than the page tells whether it ends within an instant.
        """
        found: list[Payment] = []
        end = None if before is None else whole_ms(before[0])
        if end is not None and before is not None and before[1] and (since is None or since <= end):
            found = [p for p in await self._at_once(query, end) if p.id < before[1]]
        asked = min(check_limit(limit) + 1, ANSWERS_MAX)
        older = await self._older(query, since, end, asked)
        if len(older) == asked and older[-1].created_at == older[limit - 1].created_at:
            last = older[-1].created_at
            older = [p for p in older if p.created_at > last] + await self._at_once(query, last)
        return (found + older)[:limit]

    async def of_purpose(self, query: Document, purpose: str, limit: int, before: PageCursor | None) -> list[Payment]:
        """As `between`, those of ``purpose``. Each one's purpose is read first, and nothing else of it: for a field that its index has not the
        embedded database reads every payment there is.
        """
        found: list[Payment] = []
        check_limit(limit)
        while True:
            page, is_last = await self._named(query, before)
            ids = [payment_id for _, payment_id, what in page if what in {purpose, ""}]
            for first in range(0, len(ids), limit):
                some = await self.newest({"_id": {"$in": ids[first : first + limit]}}, limit)
                found += [payment for payment in some if payment.purpose == purpose]
                if len(found) >= limit:
                    return found[:limit]
            if is_last or not page:
                return found
            before = page[-1][:2]

    async def _named(self, query: Document, before: PageCursor | None) -> tuple[list[tuple[datetime, str, str]], bool]:
        """(created at, id, purpose) of what comes next, newest first, and whether that is all. An older Zhenfu wrote no purpose."""
        names, newest_first = {"created_at": 1, "purpose": 1}, [("created_at", DESCENDING)]
        end = {} if before is None else {"created_at": {"$lte": whole_ms(before[0])}}
        with translated():
            told = await few(self._collection, {**query, **end}, ANSWERS_MAX, projection=names, sort=newest_first)
        page = sorted(((one["created_at"], one["_id"], one.get("purpose", "")) for one in told), reverse=True)
        return [one for one in page if before is None or one[:2] < before], len(told) < ANSWERS_MAX

    async def _older(self, query: Document, since: datetime | None, end: datetime | None, limit: int) -> list[Payment]:
        """Newest first, from ``since`` on and before ``end``; None is no bound, and then all within the other one is reached."""
        if since is None or end is None:
            bounds = {} if since is None else {"$gte": since}
            bounds |= {} if end is None else {"$lt": end}
            return await self.newest({**query, "created_at": bounds} if bounds else query, limit)

        async def read(begin: datetime, until: datetime, at_most: int) -> list[Payment]:
            return await self.newest({**query, "created_at": {"$gte": begin, "$lt": until}}, at_most)

        return await newest_between(read, since, end, limit)

    async def _at_once(self, query: Document, instant: datetime) -> list[Payment]:
        return await self.newest({**query, "created_at": instant}, ANSWERS_MAX)

    async def newest(self, query: Document, limit: int) -> list[Payment]:
        return sorted(
            await self.those_found(query, limit, [("created_at", DESCENDING)]),
            key=lambda p: p.page_cursor,
            reverse=True,
        )

    async def those_found(
        self, query: Document, limit: int, order: list[tuple[str, int]], hint: str | None = None
    ) -> list[Payment]:
        """As many as ``limit`` that can be read: where some can't, older ones take their places."""
        ask_for = check_limit(limit)
        while True:
            with translated():
                found = await few(self._collection, query, ask_for, sort=order, hint=hint)
            payments = await self._reader.those_readable(found)
            if len(found) < ask_for or len(payments) >= limit or ask_for == ANSWERS_MAX:
                return payments[:limit]
            ask_for = min(ANSWERS_MAX, ask_for + limit - len(payments))
