"""Bound cards: number and name sealed, found again by a keyed hash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from server.domain.people import BoundCard
from server.ports import Sealer
from server.storage.mongo.errors import translated
from server.storage.mongo.upsert import upsert
from server.storage.rules import CARDS_PER_OWNER_MAX, check_room


class MongoCards:
    """ports.CardStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def bind(self, card: BoundCard) -> None:
        check_room([bound.card_no for bound in await self.of_owner(card.hospital, card.owner)], card.card_no)
        plain = json.dumps([card.card_no, card.name], ensure_ascii=False).encode()
        fields = {
            "hospital": card.hospital,
            "owner": card.owner,
            "sealed": self._sealer.seal(f"card:{card.hospital}:{card.owner}", plain),
        }
        key = self._key(card.hospital, card.owner, card.card_no)
        await upsert(self._collection, key, {"$set": fields})

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        with translated():
            await self._collection.delete_one({"_id": self._key(hospital, owner, card_no)})

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        with translated():
            found = await self._collection.find({"hospital": hospital, "owner": owner}).to_list(CARDS_PER_OWNER_MAX)
        cards = []
        for document in found:
            card_no, name = json.loads(self._sealer.open(f"card:{hospital}:{owner}", document["sealed"]))
            cards.append(BoundCard(hospital=hospital, owner=owner, card_no=card_no, name=name))
        return cards

    def _key(self, hospital: str, owner: str, card_no: str) -> str:
        return self._sealer.lookup("card", f"{hospital}\x00{owner}\x00{card_no}")
