"""ports.ShortLivedStore in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.storage.precision import whole_ms


class MemoryShortLived:
    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], tuple[str, datetime]] = {}

    async def put(self, kind: str, key: str, value: str, expires_at: datetime) -> None:
        self.documents[(kind, key)] = (value, whole_ms(expires_at))

    async def put_once(self, kind: str, key: str, value: str, now: datetime, expires_at: datetime) -> bool:
        if await self.get(kind, key, now) is not None:
            return False
        await self.put(kind, key, value, expires_at)
        return True

    async def get(self, kind: str, key: str, now: datetime) -> str | None:
        value, expires_at = self.documents.get((kind, key), (None, now))
        return value if expires_at > now else None

    async def first(self, kinds: Sequence[str], key: str, now: datetime) -> str | None:
        kept = [value for kind in kinds if (value := await self.get(kind, key, now)) is not None]
        return kept[0] if kept else None

    async def several(self, kind: str, keys: Sequence[str], now: datetime) -> Mapping[str, str]:
        return {key: value for key in keys if (value := await self.get(kind, key, now)) is not None}

    async def swap(self, kind: str, key: str, old: str, new: str, expires_at: datetime) -> bool:
        if self.documents.get((kind, key), (None,))[0] != old:
            return False
        await self.put(kind, key, new, expires_at)
        return True

    async def count(self, kind: str, key: str, now: datetime, expires_at: datetime) -> int:
        value, ends = self.documents.get((kind, key), ("0", now))
        if ends <= now:
            value, ends = "0", expires_at
        await self.put(kind, key, str(int(value) + 1), ends)
        return int(value) + 1

    async def drop(self, kind: str, key: str) -> None:
        self.documents.pop((kind, key), None)
