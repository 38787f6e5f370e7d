"""Reconciliation days in memory: the twin of `mongo.days`; and kept files in memory, the twin of `kept_files`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from server.core.errors import StoreUnavailable
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.ports import Incoming, Opens
from server.storage.memory_documents import MemoryDocuments
from server.storage.rules import check_day_step, check_limit


class MemoryDays(MemoryDocuments[ReconciliationDay]):
    """reconciliation.ports.DayStore."""

    def __init__(self) -> None:
        super().__init__(check_day_step)

    async def latest(
        self, hospital: str, limit: int, before: date | None = None, since: date | None = None
    ) -> Sequence[ReconciliationDay]:
        first, end = since or date.min, before or date.max
        mine = [day for day in self.documents.values() if day.hospital == hospital and first <= day.day < end]
        return sorted(mine, key=lambda day: (-day.day.toordinal(), day.channel))[: check_limit(limit)]


class MemoryFiles:
    """reconciliation.ports.KeptFiles."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        yield _Received(self)

    async def keep(self, content: bytes) -> str:
        name = sha256(content).hexdigest()
        self._files[name] = content
        return name

    async def opened(self, sha256: str) -> Opens:
        if sha256 not in self._files:
            raise StoreUnavailable("a kept file is gone")
        return partial(BytesIO, self._files[sha256])


class _Received:
    """reconciliation.ports.Incoming."""

    def __init__(self, files: MemoryFiles) -> None:
        self._files = files
        self._content = b""

    @property
    def size(self) -> int:
        return len(self._content)

    async def write(self, piece: bytes) -> None:
        self._content += piece

    def opened(self) -> BinaryIO:
        return BytesIO(self._content)

    async def keep(self) -> str:
        return await self._files.keep(self._content)
