"""The audit chain: one document per entry, only ever inserted. Numbers and ids are unique, so two writers never fork or double it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.audit import AuditEntry
from server.domain.errors import AlreadyStored
from server.storage.mongo.errors import translated
from server.storage.precision import whole_ms
from server.storage.rules import check_limit


class MongoAudit:
    """ports.AuditStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any]) -> None:
        self._collection = collection

    async def append(self, entry: AuditEntry) -> None:
        with translated():
            try:
                await self._collection.insert_one(_document(entry))
            except DuplicateKeyError as error:
                raise AlreadyStored(entry.id) from error

    async def last(self, hospital: str, before: date | None = None) -> AuditEntry | None:
        query: dict[str, Any] = {"hospital": hospital}
        order = [("hospital", DESCENDING), ("number", DESCENDING)]
        if before is not None:
            query["day"] = {"$lt": before.isoformat()}
            order = [("hospital", DESCENDING), ("day", DESCENDING), ("number", DESCENDING)]
        with translated():
            document = await self._collection.find_one(query, sort=order)
        return None if document is None else _entry(document)

    async def by_id(self, hospital: str, entry_id: str) -> AuditEntry | None:
        with translated():
            document = await self._collection.find_one({"hospital": hospital, "entry": entry_id})
        return None if document is None else _entry(document)

    async def page(self, hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        query = {"hospital": hospital, "number": {"$gt": Int64(after)}}
        with translated():
            found = (
                await self._collection.find(query).sort("number", ASCENDING).limit(check_limit(limit)).to_list(limit)
            )
        return [_entry(document) for document in found]

    async def latest(self, hospital: str, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        query: dict[str, Any] = {"hospital": hospital}
        if before is not None:
            query["number"] = {"$lt": Int64(before)}
        with translated():
            found = (
                await self._collection.find(query).sort("number", DESCENDING).limit(check_limit(limit)).to_list(limit)
            )
        return [_entry(document) for document in found]


def _document(entry: AuditEntry) -> dict[str, Any]:
    return {
        "_id": f"{entry.hospital}/{entry.number:012d}",
        "hospital": entry.hospital,
        "number": Int64(entry.number),
        "day": entry.day.isoformat(),
        "entry": entry.id,
        "at": whole_ms(entry.at),
        "what": entry.what,
        "by": entry.by,
        "detail": dict(entry.detail),
        "previous": entry.previous,
        "mac": entry.mac,
    }


def _entry(document: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry(
        hospital=document["hospital"],
        number=int(document["number"]),
        day=date.fromisoformat(document["day"]),
        id=document["entry"],
        at=document["at"],
        what=document["what"],
        by=document["by"],
        detail=MappingProxyType(dict(document["detail"])),
        previous=document["previous"],
        mac=document["mac"],
    )
