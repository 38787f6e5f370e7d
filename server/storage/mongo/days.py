"""Reconciliation days: one document each, one guarded write per change. What is in clear finds a day; the text under its MAC says what it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.core.errors import AlreadyStored, LostRace, Unreadable
from server.core.ports import Sealer
from server.reconciliation.day_model import ReconciliationDay
from server.storage.day_documents import SCHEMA, day_from_text, day_to_text
from server.storage.mongo.errors import translated
from server.storage.precision import kept, whole_ms
from server.storage.reading import read_one, those_readable
from server.storage.rules import check_day_step, check_limit

PURPOSE = "reconciliation_day"
CHANNELS_MAX = 16
"""So many more are read, because the index knows no order within a day."""
Document = dict[str, Any]


class MongoDays:
    """reconciliation.ports.DayStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def insert(self, day: ReconciliationDay) -> None:
        with translated():
            try:
                await self._collection.insert_one(self._document(day))
            except DuplicateKeyError as error:
                raise AlreadyStored(day.id) from error

    async def get(self, hospital: str, day_id: str) -> ReconciliationDay | None:
        with translated():
            document = await self._collection.find_one({"_id": _place(hospital, day_id)})
        return None if document is None else read_one(document, self.read)

    async def save(self, before: ReconciliationDay, after: ReconciliationDay) -> None:
        check_day_step(before, after)
        guard = {"_id": _place(before.hospital, before.id), "version": Int64(before.version), "schema": SCHEMA}
        with translated():
            result = await self._collection.replace_one(guard, self._document(after))
        if result.matched_count == 0:
            raise LostRace(before.id)

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        cursor = self._collection.find({"next_due": {"$lte": whole_ms(now)}}).sort("next_due", ASCENDING)
        with translated():
            found = await cursor.limit(check_limit(limit) + len(without)).to_list(None)
        return [(one["hospital"], one["id"]) for one in found if one["id"] not in set(without)][:limit]

    async def set_aside(self, day: ReconciliationDay, until: datetime) -> None:
        guard = {"_id": _place(day.hospital, day.id), "version": Int64(day.version)}
        with translated():
            await self._collection.update_one(guard, {"$set": {"next_due": whole_ms(until)}})

    async def owing(self, since: datetime, until: datetime, limit: int) -> Sequence[ReconciliationDay]:
        query = {"next_due": {"$gte": whole_ms(since), "$lte": whole_ms(until)}}
        cursor = self._collection.find(query).sort("next_due", ASCENDING).limit(check_limit(limit))
        with translated():
            found = await cursor.to_list(None)
        return those_readable(found, self.read, "reconciliation_days")

    async def latest(self, hospital: str, limit: int, before: date | None = None) -> Sequence[ReconciliationDay]:
        query: Document = {"hospital": hospital, "day": {"$lt": (before or date.max).isoformat()}}
        cursor = self._collection.find(query).sort("day", DESCENDING).limit(check_limit(limit) + CHANNELS_MAX)
        with translated():
            found = await cursor.to_list(None)
        days = those_readable(found, self.read, "reconciliation_days")
        return sorted(days, key=lambda day: (-day.day.toordinal(), day.channel))[:limit]

    def read(self, document: Document) -> ReconciliationDay:
        """Raises Unreadable for one of a newer Zhenfu, and whatever is wrong with a damaged one."""
        if int(document["schema"]) > SCHEMA:
            raise Unreadable("schema", newer=True)
        text = document["text"]
        day = day_from_text(text)
        ours = self._sealer.mac_holds(PURPOSE, text.encode(), document.get("mac", ""))
        same = (document["_id"], document["version"]) == (_place(day.hospital, day.id), day.version)
        return day if ours and same else replace(day, tampered=True)

    def _document(self, day: ReconciliationDay) -> Document:
        stored = kept(day)
        text = day_to_text(stored)
        found: Document = {
            "_id": _place(stored.hospital, stored.id),
            "id": stored.id,
            "hospital": stored.hospital,
            "channel": stored.channel,
            "day": stored.day.isoformat(),
            "state": str(stored.state),
            "version": Int64(stored.version),
            "schema": SCHEMA,
            "text": text,
            "mac": self._sealer.mac(PURPOSE, text.encode()),
        }
        if stored.next_due is not None:
            found["next_due"] = whole_ms(stored.next_due)
        return found


def _place(hospital: str, day_id: str) -> str:
    return f"{hospital}/{day_id}"
