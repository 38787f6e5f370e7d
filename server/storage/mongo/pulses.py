"""Signs of life: one small document per process, dated by the database itself. They are in no backup."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from server.core.errors import StoreUnavailable
from server.core.ports import ANSWERS_MAX
from server.core.pulses import Pulse
from server.storage.mongo.errors import translated
from server.storage.mongo.int64 import with_int64
from server.storage.mongo.upsert import upsert
from server.storage.precision import whole_ms


class MongoPulses:
    """ports.PulseStore. ``$currentDate`` is the clock of the server that keeps the document, also behind a mongos."""

    def __init__(self, collection: AsyncIOMotorCollection[Any]) -> None:
        self._collection = collection
        self._beats = itertools.count(1)

    async def beat(self, pulse: Pulse) -> datetime:
        beat = next(self._beats)
        facts = with_int64({"offset_ms": pulse.offset_ms, "key_id": pulse.key_id, "beat": beat})
        await upsert(self._collection, pulse.process, {"$currentDate": {"at": True}, "$set": facts})
        with translated():
            written = await self._collection.find_one({"_id": pulse.process})
        if written is None or written["beat"] != beat:
            raise StoreUnavailable("what was written is not there")
        at: datetime = written["at"]
        return at

    async def since(self, moment: datetime) -> Sequence[Pulse]:
        with translated():
            found = await self._collection.find({"at": {"$gte": whole_ms(moment)}}).to_list(ANSWERS_MAX)
        pulses = [
            Pulse(
                process=document["_id"],
                offset_ms=int(document["offset_ms"]),
                key_id=document.get("key_id", ""),
                at=document["at"],
            )
            for document in found
        ]
        return sorted(pulses, key=lambda pulse: pulse.process)
