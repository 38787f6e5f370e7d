"""Documents that owe work, each kept as a text under a MAC: one guarded write per change. What is in clear finds a document; the text says what it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.core.errors import AlreadyStored, LostRace, Unreadable
from server.core.ports import Sealer
from server.effects.document import D
from server.storage.mongo.errors import translated
from server.storage.precision import kept, whole_ms
from server.storage.reading import read_one, those_readable
from server.storage.rules import check_limit

StoredDocument = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextForm(Generic[D]):
    """How documents of one kind are kept. ``purpose`` separates their MACs from others. ``in_clear`` has the fields by which they are found,
    beside those that all have. ``check_step`` raises Tampered, and ValueError for what no step may do.
    """

    purpose: str
    schema: int
    to_text: Callable[[D], str]
    from_text: Callable[[str], D]
    changed: Callable[[D], D]
    check_step: Callable[[D, D], None]
    in_clear: Callable[[D], Mapping[str, Any]]


class MongoTextDocuments(Generic[D]):
    """effects.ports.DocumentStore. ``changed`` of a form marks what somebody else has changed."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer, form: TextForm[D]) -> None:
        self._collection = collection
        self._sealer = sealer
        self._form = form

    async def insert(self, document: D) -> None:
        with translated():
            try:
                await self._collection.insert_one(self._stored(document))
            except DuplicateKeyError as error:
                raise AlreadyStored(document.id) from error

    async def get(self, hospital: str, document_id: str) -> D | None:
        with translated():
            stored = await self._collection.find_one({"_id": _place(hospital, document_id)})
        return None if stored is None else read_one(stored, self.read)

    async def save(self, before: D, after: D) -> None:
        self._form.check_step(before, after)
        place = _place(before.hospital, before.id)
        guard = {"_id": place, "version": Int64(before.version), "schema": {"$lte": self._form.schema}}
        with translated():
            result = await self._collection.replace_one(guard, self._stored(after))
        if result.matched_count == 0:
            raise LostRace(before.id)

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> Sequence[tuple[str, str]]:
        query, named = {"next_due": {"$lte": whole_ms(now)}}, {"hospital": 1, "id": 1, "next_due": 1}
        cursor = self._collection.find(query, named).sort("next_due", ASCENDING)
        with translated():
            found = await cursor.limit(check_limit(limit) + len(without)).to_list(None)
        return [(one["hospital"], one["id"]) for one in found if one["id"] not in set(without)][:limit]

    async def set_aside(self, document: D, until: datetime) -> None:
        guard = {"_id": _place(document.hospital, document.id), "version": Int64(document.version)}
        with translated():
            await self._collection.update_one(guard, {"$set": {"next_due": whole_ms(until)}})

    async def owing(self, since: datetime, until: datetime, limit: int) -> Sequence[D]:
        query = {"next_due": {"$gte": whole_ms(since), "$lte": whole_ms(until)}}
        cursor = self._collection.find(query).sort("next_due", ASCENDING).limit(check_limit(limit))
        with translated():
            found = await cursor.to_list(None)
        return those_readable(found, self.read, self._form.purpose)

    def read(self, stored: StoredDocument) -> D:
        """Raises Unreadable for one of a newer Zhenfu, and whatever is wrong with a damaged one."""
        if int(stored["schema"]) > self._form.schema:
            raise Unreadable("schema", newer=True)
        text = stored["text"]
        document = self._form.from_text(text)
        ours = self._sealer.mac_holds(self._form.purpose, text.encode(), stored.get("mac", ""))
        same = (stored["_id"], stored["version"]) == (_place(document.hospital, document.id), document.version)
        return document if ours and same else self._form.changed(document)

    def _stored(self, document: D) -> StoredDocument:
        whole = kept(document)
        text = self._form.to_text(whole)
        found: StoredDocument = {
            "_id": _place(whole.hospital, whole.id),
            "id": whole.id,
            "hospital": whole.hospital,
            **self._form.in_clear(whole),
            "version": Int64(whole.version),
            "schema": self._form.schema,
            "text": text,
            "mac": self._sealer.mac(self._form.purpose, text.encode()),
        }
        if whole.next_due is not None:
            found["next_due"] = whole_ms(whole.next_due)
        return found


def _place(hospital: str, document_id: str) -> str:
    return f"{hospital}/{document_id}"
