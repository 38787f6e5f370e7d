"""Small facts with an end. Keys are keyed hashes, values sealed; what must be atomic is one insert or one guarded update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.core.errors import Forged, LostRace
from server.core.optimistic import decide_and_write
from server.core.ports import Sealer
from server.storage.mongo.errors import translated
from server.storage.mongo.few import few
from server.storage.mongo.upsert import upsert
from server.storage.precision import whole_ms
from server.storage.reading import those_readable

ROUNDS_MAX = 50


@dataclass(frozen=True, slots=True)
class _Counted:
    """``document`` as it was read; ``ends`` is when its count begins anew, None where it begins with this one."""

    number: int
    document: Mapping[str, Any] | None = None
    ends: datetime | None = None


def _one_more(counted: _Counted) -> _Counted:
    return _Counted(counted.number + 1)


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
            if await self._insert(place, fields):
                return True
            ended = {"_id": place, "expires_at": {"$lte": whole_ms(now)}}
            if (await self._collection.update_one(ended, {"$set": fields})).matched_count:
                return True
            # The sweep of expired documents may have run between the two: then the place is free after all.
            return await self._collection.find_one({"_id": place}) is None and await self._insert(place, fields)

    async def get(self, kind: str, key: str, now: datetime) -> str | None:
        place = self._place(kind, key)
        with translated():
            document = await self._collection.find_one({"_id": place})
        return self._value(place, document, now)

    async def first(self, kinds: Sequence[str], key: str, now: datetime) -> str | None:
        kept = await self._kept([self._place(kind, key) for kind in kinds], now)
        return next((value for value in kept if value is not None), None)

    async def several(self, kind: str, keys: Sequence[str], now: datetime) -> Mapping[str, str]:
        kept = await self._kept([self._place(kind, key) for key in keys], now)
        return {key: value for key, value in zip(keys, kept, strict=True) if value is not None}

    async def _kept(self, places: Sequence[str], now: datetime) -> Sequence[str | None]:
        if not places:
            return ()
        with translated():
            documents = await few(self._collection, {"_id": {"$in": places}}, len(places))
        found = {document["_id"]: document for document in documents}
        return [self._value(place, found.get(place), now) for place in places]

    async def swap(self, kind: str, key: str, old: str, new: str, expires_at: datetime) -> bool:
        place = self._place(kind, key)
        with translated():
            result = await self._collection.update_one(
                {"_id": place, "mark": self._mark(place, old)}, {"$set": self._fields(place, new, expires_at)}
            )
        return bool(result.matched_count)

    async def count(self, kind: str, key: str, now: datetime, expires_at: datetime) -> int:
        place = self._place(kind, key)

        async def read() -> _Counted:
            with translated():
                document = await self._collection.find_one({"_id": place})
            counted = self._value(place, document, now)
            return _Counted(
                int(counted or 0), document, None if counted is None or document is None else document["expires_at"]
            )

        async def write(before: _Counted, after: _Counted) -> _Counted:
            fields, was = self._fields(place, str(after.number), before.ends or expires_at), before.document
            with translated():
                if was is None:
                    won = await self._insert(place, fields)
                else:
                    unchanged = {"_id": place, "mark": was["mark"], "expires_at": was["expires_at"]}
                    won = bool((await self._collection.update_one(unchanged, {"$set": fields})).matched_count)
            if not won:
                raise LostRace(kind)
            return after

        _, stored = await decide_and_write(read, _one_more, write, kind, races_max=ROUNDS_MAX)
        return stored.number

    async def drop(self, kind: str, key: str) -> None:
        with translated():
            await self._collection.delete_one({"_id": self._place(kind, key)})

    async def _insert(self, place: str, fields: dict[str, Any]) -> bool:
        try:
            await self._collection.insert_one({"_id": place, **fields})
        except DuplicateKeyError:
            return False
        return True

    def _place(self, kind: str, key: str) -> str:
        return f"{kind}:{self._sealer.lookup('short_lived', f'{kind}:{key}')}"

    def _mark(self, place: str, value: str) -> str:
        return self._sealer.lookup("short_lived_value", f"{place}:{value}")

    def _fields(self, place: str, value: str, expires_at: datetime) -> dict[str, Any]:
        ends = whole_ms(expires_at)
        sealed = self._sealer.seal(_purpose(place, ends), value.encode())
        return {"sealed": sealed, "mark": self._mark(place, value), "expires_at": ends}

    def _value(self, place: str, document: dict[str, Any] | None, now: datetime) -> str | None:
        """None when there is none, when it has ended, and when it can't be read: then it is as if it had ended."""
        if document is None or document["expires_at"] <= now:
            return None
        return next(iter(those_readable([document], lambda one: self._open(place, one), "short_lived")), None)

    def _open(self, place: str, document: dict[str, Any]) -> str:
        """Raises Forged where anything but us has moved it, or its end."""
        try:
            return self._sealer.open(_purpose(place, document["expires_at"]), document["sealed"]).decode()
        except Forged:  # written before the end was bound in; the last of those ends forty days after the upgrade
            return self._sealer.open(f"short_lived:{place}", document["sealed"]).decode()


def _purpose(place: str, ends: datetime) -> str:
    return f"short_lived:{place}:{ends.isoformat()}"
