"""Facts of who is who among staff: one small document each, written once, never changed and never removed. Keyed hashes only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.storage.mongo.errors import translated
from server.storage.precision import whole_ms

FACTS_MAX = 1000


class MongoStaffFacts:
    """ports.StaffFactStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any]) -> None:
        self._collection = collection

    async def add(self, hospital: str, number: str, facts: Collection[str], at: datetime) -> None:
        """Most of the time nothing is new, and then nothing is written."""
        for fact in sorted(set(facts) - await self.of(hospital, number)):
            with translated():
                try:
                    await self._collection.insert_one(
                        {
                            "_id": f"{hospital}/{number}/{fact}",
                            "hospital": hospital,
                            "number": number,
                            "fact": fact,
                            "at": whole_ms(at),
                        }
                    )
                except DuplicateKeyError:  # somebody learnt it at the same moment
                    continue

    async def of(self, hospital: str, number: str) -> frozenset[str]:
        with translated():
            found = await self._collection.find({"hospital": hospital, "number": number}).to_list(FACTS_MAX)
        return frozenset(document["fact"] for document in found)

    async def sharing(self, hospital: str, facts: Collection[str]) -> frozenset[str]:
        if not facts:
            return frozenset()
        with translated():
            found = await self._collection.find({"hospital": hospital, "fact": {"$in": sorted(facts)}}).to_list(
                FACTS_MAX
            )
        return frozenset(document["number"] for document in found)
