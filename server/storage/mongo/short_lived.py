"""Small facts with an end. Keys are keyed hashes, values sealed; what must be atomic is one insert or one guarded update."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.domain.errors import LostRace
from server.ports import Sealer
from server.storage.mongo.errors import translated
from server.storage.mongo.upsert import upsert

ROUNDS_MAX = 50


class MongoShortLived:
    """ports.ShortLivedStore. ``mark`` is a keyed hash of the value, so that a swap can be guarded by what is there."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def put(self, kind: str, key: str, value: str, expires_at: datetime) -> None:
        place = self._place(kind, key)
        await upsert(self._collection, place, {"$set": self._fields(place, value, expires_at)})

    async def put_once(self, kind: str, key: str, value: str, now: datetime, expires_at: datetime) -> bool:
        place = self._place(kind, key)
        fields = self._fields(place, value, expires_at)
        with translated():
            try:
                await self._collection.insert_one({"_id": place, **fields})
            except DuplicateKeyError:
                taken_over = await self._collection.update_one(
                    {"_id": place, "expires_at": {"$lte": now}}, {"$set": fields}
                )
                return bool(taken_over.matched_count)
        return True

    async def get(self, kind: str, key: str, now: datetime) -> str | None:
        place = self._place(kind, key)
        with translated():
            document = await self._collection.find_one({"_id": place})
        return None if document is None or document["expires_at"] <= now else self._open(place, document)

    async def swap(self, kind: str, key: str, old: str, new: str, expires_at: datetime) -> bool:
        place = self._place(kind, key)
        with translated():
            result = await self._collection.update_one(
                {"_id": place, "mark": self._mark(place, old)}, {"$set": self._fields(place, new, expires_at)}
            )
        return bool(result.matched_count)

    async def count(self, kind: str, key: str, now: datetime, expires_at: datetime) -> int:
        for _ in range(ROUNDS_MAX):
            if await self.put_once(kind, key, "1", now, expires_at):
                return 1
            place = self._place(kind, key)
            with translated():
                document = await self._collection.find_one({"_id": place})
            if document is None or document["expires_at"] <= now:
                continue
            value = self._open(place, document)
            if await self.swap(kind, key, value, str(int(value) + 1), document["expires_at"]):
                return int(value) + 1
        raise LostRace(kind)

    async def drop(self, kind: str, key: str) -> None:
        with translated():
            await self._collection.delete_one({"_id": self._place(kind, key)})

    def _place(self, kind: str, key: str) -> str:
        return f"{kind}:{self._sealer.lookup('short_lived', f'{kind}:{key}')}"

    def _mark(self, place: str, value: str) -> str:
        return self._sealer.lookup("short_lived_value", f"{place}:{value}")

    def _fields(self, place: str, value: str, expires_at: datetime) -> dict[str, Any]:
        sealed = self._sealer.seal(f"short_lived:{place}", value.encode())
        return {"sealed": sealed, "mark": self._mark(place, value), "expires_at": expires_at}

    def _open(self, place: str, document: dict[str, Any]) -> str:
        return self._sealer.open(f"short_lived:{place}", document["sealed"]).decode()
