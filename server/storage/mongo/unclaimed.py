"""Unclaimed money: one document each under a MAC, one guarded write per step."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.core.errors import AlreadyStored, LostRace, StoreError, Unreadable
from server.core.ports import ANSWERS_MAX, Sealer
from server.payments.unclaimed_model import UnclaimedMoney, UnclaimedState
from server.storage.mongo.errors import translated
from server.storage.mongo.int64 import with_int64
from server.storage.mongo.newest import newest_rare
from server.storage.mongo.schema_record import UNCLAIMED, SchemaRecord
from server.storage.mongo.walking import pages, pages_of
from server.storage.precision import kept, whole_ms
from server.storage.rules import check_limit, check_unclaimed_step
from server.storage.signing import Told, digest
from server.storage.unclaimed_documents import (
    SCHEMA,
    is_ours,
    is_signed,
    money_from_document,
    money_to_document,
    place_of,
)

log = logging.getLogger("zhenfu.store")
Document = dict[str, Any]
WAITING = [*(str(state) for state in UnclaimedState if state is not UnclaimedState.SETTLED), None]
"""The states of what people must still look at; None is of an older Zhenfu. (An index is of no use for what a field is not.)"""


class MongoUnclaimed:
    """ports.UnclaimedStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer, record: SchemaRecord) -> None:
        self._collection = collection
        self._sealer = sealer
        self._record = record

    async def keep(self, money: UnclaimedMoney) -> UnclaimedMoney:
        try:
            await self.insert(money)
        except AlreadyStored:
            known = await self.get(money.hospital, money.id)
            if known is None:
                raise
            return known
        return kept(money)

    async def insert(self, money: UnclaimedMoney) -> None:
        with translated():
            try:
                await self._collection.insert_one(with_int64(money_to_document(money, self._sealer)))
            except DuplicateKeyError as error:
                raise AlreadyStored(money.id) from error

    async def get(self, hospital: str, money_id: str) -> UnclaimedMoney | None:
        with translated():
            document = await self._collection.find_one({"_id": place_of(hospital, money_id)})
        return None if document is None else await self._opened(document)

    async def save(self, before: UnclaimedMoney, after: UnclaimedMoney) -> None:
        check_unclaimed_step(before, after)
        key = {"_id": place_of(before.hospital, before.id), "version": before.version, "schema": SCHEMA}
        with translated():
            written = await self._collection.replace_one(key, with_int64(money_to_document(after, self._sealer)))
        if written.matched_count == 0:
            raise LostRace(before.id)

    async def latest(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        found = await newest_rare(self._collection, {"hospital": hospital}, "at", limit)
        return _in_order(await self._those_readable(found))

    async def unsettled(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        """What was changed in the database counts as unsettled, whatever it says: it is among the newest that are read."""
        waiting = await self._newest({"hospital": hospital, "state": {"$in": WAITING}}, limit)
        changed = [money for money in await self.latest(hospital, limit) if money.tampered]
        found = {money.id: money for money in (*waiting, *changed)}.values()
        return sorted(found, key=lambda money: (money.at, money.id), reverse=True)[:limit]

    async def of_order(self, hospital: str, channel: str, out_trade_no: str) -> Sequence[UnclaimedMoney]:
        """The channel is looked at here: for a field that its index has not, the embedded database reads all unclaimed money."""
        found = await self._newest({"hospital": hospital, "out_trade_no": out_trade_no}, ANSWERS_MAX)
        return [money for money in found if money.channel == channel]

    async def pages(self, hospital: str) -> AsyncIterator[Sequence[UnclaimedMoney]]:
        async for page in pages_of(self._collection, hospital):
            if money := await self._those_readable(page):
                yield money

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        query, named = {"next_due": {"$lte": whole_ms(now)}}, {"hospital": 1, "id": 1, "next_due": 1}
        overdue = self._collection.find(query, named).sort("next_due", ASCENDING)
        with translated():
            found = await overdue.limit(check_limit(limit) + len(without)).to_list(None)
        found = [document for document in found if document["id"] not in without][:limit]
        found.sort(key=lambda document: (document["next_due"], document["id"]))
        return [(document["hospital"], document["id"]) for document in found]

    async def owing(self, since: datetime, until: datetime, limit: int) -> Sequence[UnclaimedMoney]:
        query = {"next_due": {"$gte": whole_ms(since), "$lte": whole_ms(until)}}
        cursor = self._collection.find(query).sort("next_due", ASCENDING).limit(check_limit(limit))
        with translated():
            found = await cursor.to_list(limit)
        return await self._those_readable(found)

    async def set_aside(self, money: UnclaimedMoney, until: datetime) -> None:
        key = {"_id": place_of(money.hospital, money.id), "version": money.version}
        with translated():
            await self._collection.update_one(key, {"$set": {"aside": True, "next_due": whole_ms(until)}})

    def read(self, document: Document) -> UnclaimedMoney:
        """One of any schema, nothing written. Raises whatever is wrong with it."""
        return money_from_document(document)

    async def sign_all(self, told: Told | None = None) -> int:
        """Put every document from before under a MAC, page by page; how many there were. ``told`` hears of them before."""
        count, loop = 0, asyncio.get_running_loop()
        began = loop.time()
        async for page in pages(self._collection):
            unsigned = [document for document in page if not is_signed(document)]
            if told is not None and not await self._record.all_sealed(UNCLAIMED):
                for hospital in sorted({document["hospital"] for document in unsigned}):
                    theirs = [document for document in unsigned if document["hospital"] == hospital]
                    await told(hospital, len(theirs), digest(theirs))
            count += len(await self._those_readable(unsigned))
            await asyncio.sleep(loop.time() - began)
            began = loop.time()
        return count

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    async def _newest(self, query: Document, limit: int) -> list[UnclaimedMoney]:
        cursor = self._collection.find(query).sort("at", DESCENDING).limit(check_limit(limit))
        with translated():
            found = await cursor.to_list(limit)
        return _in_order(await self._those_readable(found))

    async def _those_readable(self, documents: Sequence[Document]) -> list[UnclaimedMoney]:
        found = []
        for document in documents:
            try:
                found.append(await self._opened(document))
            except Unreadable as error:
                log.warning("passed over a document of unclaimed that can't be read why=%s", error)
        return found

    async def _opened(self, document: Document) -> UnclaimedMoney:
        """One from before the MACs is signed first, as long as the database's own record does not say that all of those were: guarded,
        so that of several readers and writers one does it. Raises Unreadable.
        """
        try:
            money = money_from_document(document)
            if is_signed(document) or await self._record.all_sealed(UNCLAIMED):
                return money if is_ours(document, self._sealer) else replace(money, tampered=True)
            as_read = {"_id": document["_id"], "schema": None, "mac": None}
            with translated():
                signed = with_int64(money_to_document(money, self._sealer))
                if (await self._collection.replace_one(as_read, signed)).matched_count:
                    return money
                document = await self._collection.find_one({"_id": document["_id"]}) or signed
            money = money_from_document(document)
            return money if is_ours(document, self._sealer) else replace(money, tampered=True)
        except StoreError:
            raise
        except Exception as error:  # a damaged document can fail in any way; its content is never part of the message
            raise Unreadable(type(error).__name__) from error


def _in_order(money: list[UnclaimedMoney]) -> list[UnclaimedMoney]:
    """Newest first."""
    return sorted(money, key=lambda one: (one.at, one.id), reverse=True)
