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
from server.storage.mongo.walking import pages
from server.storage.precision import whole_ms
from server.storage.reading import read_one, those_readable
from server.storage.rules import check_limit, check_renaming

Document = dict[str, Any]
PAGE = 200
GROWTH = 8
"""So much further reaches the query after one that had too few."""
SEALED = "@"
"""Before a sealed name, which no name begins with."""


class MongoAudit:
    """ports.AuditStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer
        self._ends: dict[str, int] = {}  # by hospital: a number that was the last one when this process looked

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
        number: int | None = None
        while found := await self._newest(hospital, 1 if before is None else PAGE, number):
            for document in found:
                if before is None or document["day"] < before.isoformat():
                    return read_one(document, self.read)
            number = int(found[-1]["number"])
        return None

    async def by_id(self, hospital: str, entry_id: str) -> AuditEntry | None:
        with translated():
            document = await self._collection.find_one({"hospital": hospital, "entry": entry_id})
        return None if document is None else read_one(document, self.read)

    async def page(self, hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        """First among the numbers that follow at once, then among all: nearly every number is taken (`_newest`)."""
        near = after + check_limit(limit)
        found = await self._numbered(hospital, {"$gt": Int64(after), "$lte": Int64(near)}, limit, ASCENDING)
        if len(found) < limit:
            found += await self._numbered(hospital, {"$gt": Int64(near)}, limit - len(found), ASCENDING)
        return [read_one(document, self.read) for document in found]

    async def latest(self, hospital: str, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        return those_readable(await self._newest(hospital, check_limit(limit), before), self.read, "audit")

    async def _newest(self, hospital: str, limit: int, before: int | None) -> list[Document]:
        """The last ``limit`` numbered below ``before``, newest first. Nearly every number is taken, so each query reaches little more than it
        answers: the embedded database puts in order whatever it reaches.
        """
        found: list[Document] = []
        end, lowest = before, (await self._reached(hospital) + 1 if before is None else before)
        span = limit
        while len(found) < limit and lowest > 0:
            lowest -= span
            numbers = {
                **({"$gte": Int64(lowest)} if lowest > 0 else {}),
                **({} if end is None else {"$lt": Int64(end)}),
            }
            found += await self._numbered(hospital, numbers, limit - len(found), DESCENDING)
            end, span = lowest, span * GROWTH
        if before is None and found:
            self._ends[hospital] = int(found[0]["number"])
        return found

    async def _numbered(self, hospital: str, numbers: Document, limit: int, order: int) -> list[Document]:
        query: Document = {"hospital": hospital, **({"number": numbers} if numbers else {})}
        with translated():
            found: list[Document] = await self._collection.find(query).sort("number", order).limit(limit).to_list(limit)
        return found

    async def _reached(self, hospital: str) -> int:
        """A number that the chain has reached, near its end: there one begins to look for it. The first time it is found by strides."""
        if hospital in self._ends:
            return self._ends[hospital]
        stride = PAGE
        while await self._is_taken(hospital, stride):
            stride *= 2
        reached = 0 if stride == PAGE else stride // 2
        stride //= 4
        while stride >= PAGE:
            if await self._is_taken(hospital, reached + stride):
                reached += stride
            stride //= 2
        return reached

    async def _is_taken(self, hospital: str, number: int) -> bool:
        with translated():
            return await self._collection.find_one({"_id": _place(hospital, number)}) is not None

    async def seal_ids(self) -> int:
        """Every payer's id that still stands in clear is sealed; how many there were. The chain is over the name, not over how it is kept."""
        count = 0
        async for page in pages(self._collection):
            for document in page:
                place, by = document["_id"], document["by"]
                if (kept := self._by(place, by)) != by:
                    with translated():
                        await self._collection.update_one({"_id": place, "by": by}, {"$set": {"by": kept}})
                        count += 1
        return count

    def _by(self, place: str, by: str) -> str:
        """Until 2026-11 a payer was named by the identity, which begins with channel and app."""
        return f"{SEALED}{self._sealer.seal(_purpose(place), by.encode())}" if by.count(":") > 1 else by

    def _document(self, entry: AuditEntry) -> dict[str, Any]:
        place = _place(entry.hospital, entry.number)
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


def _place(hospital: str, number: int) -> str:
    return f"{hospital}/{number:012d}"


def _purpose(place: str) -> str:
    return f"audit:{place}"
