"""Records for finance: unclaimed money. The first of an id stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import DESCENDING

from server.payments.ports import UnclaimedMoney
from server.storage.mongo.errors import translated
from server.storage.mongo.int64 import with_int64
from server.storage.mongo.upsert import upsert
from server.storage.precision import whole_ms
from server.storage.reading import Document, those_readable
from server.storage.rules import check_limit


class MongoUnclaimed:
    """ports.UnclaimedStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any]) -> None:
        self._collection = collection

    async def keep(self, money: UnclaimedMoney) -> None:
        await _keep_first(self._collection, money.hospital, asdict(money))

    async def latest(self, hospital: str, limit: int) -> Sequence[UnclaimedMoney]:
        found = await _latest(self._collection, hospital, limit)
        return those_readable(found, unclaimed_money, "unclaimed")


def unclaimed_money(facts: Document) -> UnclaimedMoney:
    money = {key: value for key, value in facts.items() if key != "_id"}
    return UnclaimedMoney(**{**money, "amount_fen": int(money["amount_fen"])})


async def _keep_first(collection: AsyncIOMotorCollection[Any], hospital: str, facts: dict[str, Any]) -> None:
    facts = {**facts, "at": whole_ms(facts["at"])}
    await upsert(collection, f"{hospital}/{facts['id']}", {"$setOnInsert": with_int64(facts)})


async def _latest(collection: AsyncIOMotorCollection[Any], hospital: str, limit: int) -> list[dict[str, Any]]:
    cursor = collection.find({"hospital": hospital}).sort("at", DESCENDING).limit(check_limit(limit))
    with translated():
        found = await cursor.to_list(limit)
    found.sort(key=lambda facts: (facts["at"], facts["_id"]), reverse=True)
    return found
