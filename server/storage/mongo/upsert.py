"""Update or insert by key. Two processes that insert at once collide inside the database: the second one's update then finds the first."""

from __future__ import annotations

from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.storage.mongo.errors import translated


async def upsert(collection: AsyncIOMotorCollection[Any], key: str, update: dict[str, Any]) -> None:
    """One document by ``_id``. Raises StoreUnavailable."""
    with translated():
        try:
            await collection.update_one({"_id": key}, update, upsert=True)
        except DuplicateKeyError:
            await collection.update_one({"_id": key}, update)
