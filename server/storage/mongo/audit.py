"""The audit chain: one document per entry, only ever inserted (but for `rename`). Numbers and ids are unique, so two writers never fork or double it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.audit.model import AuditEntry
from server.core.errors import AlreadyStored
from server.core.ports import Sealer
from server.storage.mongo.errors import translated
from server.storage.precision import whole_ms
from server.storage.reading import read_one, those_readable
from server.storage.rules import check_limit, check_renaming

PAGE = 200
SEALED = "@"
"""Before a sealed name, which no name begins with."""


class MongoAudit:
    """ports.AuditStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def append(self, entry: AuditEntry) -> None:
        with translated():
            try:
                await self._collection.insert_one(self._document(entry))
            except DuplicateKeyError as error:
                raise AlreadyStored(entry.id) from error

    async def rename(self, before: AuditEntry, after: AuditEntry) -> None:
        check_renaming(before, after)
        place = self._document(before)["_id"]
        with translated():
            await self._collection.update_one(
                {"_id": place, "entry": before.id, "mac": before.mac}, {"$set": {"by": self._by(place, after.by)}}
            )

    async def last(self, hospital: str, before: date | None = None) -> AuditEntry | None:
        query: dict[str, Any] = {"hospital": hospital}
        order = [("hospital", DESCENDING), ("number", DESCENDING)]
        if before is not None:
            query["day"] = {"$lt": before.isoformat()}
            order = [("hospital", DESCENDING), ("day", DESCENDING), ("number", DESCENDING)]
        with translated():
            document = await self._collection.find_one(query, sort=order)
        return None if document is None else read_one(document, self.read)

    async def by_id(self, hospital: str, entry_id: str) -> AuditEntry | None:
        with translated():
            document = await self._collection.find_one({"hospital": hospital, "entry": entry_id})
        return None if document is None else read_one(document, self.read)

    async def page(self, hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        query = {"hospital": hospital, "number": {"$gt": Int64(after)}}
        with translated():
            found = (
                await self._collection.find(query).sort("number", ASCENDING).limit(check_limit(limit)).to_list(limit)
            )
        return [read_one(document, self.read) for document in found]

    async def latest(self, hospital: str, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        query: dict[str, Any] = {"hospital": hospital}
        if before is not None:
            query["number"] = {"$lt": Int64(before)}
        with translated():
            found = (
                await self._collection.find(query).sort("number", DESCENDING).limit(check_limit(limit)).to_list(limit)
            )
        return those_readable(found, self.read, "audit")

    async def seal_ids(self) -> int:
        """Every payer's id that still stands in clear is sealed; how many there were. The chain is over the name, not over how it is kept."""
        count, after = 0, ""
        while True:
            with translated():
                page = (
                    await self._collection.find({"_id": {"$gt": after}})
                    .sort("_id", ASCENDING)
                    .limit(PAGE)
                    .to_list(PAGE)
                )
                if not page:
                    return count
                for document in page:
                    place, by = document["_id"], document["by"]
                    if (kept := self._by(place, by)) != by:
                        await self._collection.update_one({"_id": place, "by": by}, {"$set": {"by": kept}})
                        count += 1
                after = page[-1]["_id"]

    def _by(self, place: str, by: str) -> str:
        """Until 2026-11 a payer was named by the identity, which begins with channel and app."""
        return f"{SEALED}{self._sealer.seal(_purpose(place), by.encode())}" if by.count(":") > 1 else by

    def _document(self, entry: AuditEntry) -> dict[str, Any]:
        place = f"{entry.hospital}/{entry.number:012d}"
        return {
            "_id": place,
            "hospital": entry.hospital,
            "number": Int64(entry.number),
            "day": entry.day.isoformat(),
            "entry": entry.id,
            "at": whole_ms(entry.at),
            "what": entry.what,
            "by": self._by(place, entry.by),
            "detail": dict(entry.detail),
            "previous": entry.previous,
            "mac": entry.mac,
        }

    def read(self, document: Mapping[str, Any]) -> AuditEntry:
        by = document["by"]
        return AuditEntry(
            hospital=document["hospital"],
            number=int(document["number"]),
            day=date.fromisoformat(document["day"]),
            id=document["entry"],
            at=document["at"],
            what=document["what"],
            by=self._sealer.open(_purpose(document["_id"]), by[len(SEALED) :]).decode()
            if by.startswith(SEALED)
            else by,
            detail=MappingProxyType(dict(document["detail"])),
            previous=document["previous"],
            mac=document["mac"],
        )


def _purpose(place: str) -> str:
    return f"audit:{place}"
