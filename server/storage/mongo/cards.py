"""Bound cards: one document per owner, so that its bound and its order hold in one guarded write. Number and name are sealed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.domain.errors import LostRace
from server.domain.people import BoundCard
from server.ports import Sealer
from server.storage.mongo.errors import translated
from server.storage.rules import check_room

ROUNDS_MAX = 20
Entry = dict[str, str]


class MongoCards:
    """ports.CardStore. A card is found in its owner's document by a keyed hash of its number."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def bind(self, card: BoundCard) -> None:
        key = self._key(card.hospital, card.owner, card.card_no)
        plain = json.dumps([card.card_no, card.name, *card.marks], ensure_ascii=False).encode()
        entry = {"key": key, "sealed": self._sealer.seal(_purpose(card.hospital, card.owner), plain)}

        def with_card(cards: list[Entry]) -> list[Entry]:
            check_room([old["key"] for old in cards], key)
            if all(old["key"] != key for old in cards):
                return [*cards, entry]
            return [entry if old["key"] == key else old for old in cards]

        await self._change(card.hospital, card.owner, with_card)

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        key = self._key(hospital, owner, card_no)
        await self._change(hospital, owner, lambda cards: [old for old in cards if old["key"] != key])

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        with translated():
            document = await self._collection.find_one({"_id": _place(hospital, owner)})
        cards = []
        for entry in document["cards"] if document else ():
            card_no, name, *marks = json.loads(self._sealer.open(_purpose(hospital, owner), entry["sealed"]))
            cards.append(BoundCard(hospital=hospital, owner=owner, card_no=card_no, name=name, marks=tuple(marks)))
        return cards

    async def _change(self, hospital: str, owner: str, decide: Callable[[list[Entry]], list[Entry]]) -> None:
        """Read, decide, one guarded write; again if somebody was faster. Raises what ``decide`` raises, and LostRace at the bound."""
        place = _place(hospital, owner)
        for _ in range(ROUNDS_MAX):
            with translated():
                document = await self._collection.find_one({"_id": place})
                old = document["cards"] if document else []
                new = decide(old)
                if new == old or await self._write(place, hospital, owner, document, new):
                    return
        raise LostRace(f"{ROUNDS_MAX} times")

    async def _write(
        self, place: str, hospital: str, owner: str, document: dict[str, Any] | None, cards: list[Entry]
    ) -> bool:
        if document is None:
            first = {"_id": place, "hospital": hospital, "owner": owner, "version": Int64(1), "cards": cards}
            try:
                await self._collection.insert_one(first)
            except DuplicateKeyError:
                return False
            return True
        version = document["version"]
        step = {"$set": {"cards": cards, "version": Int64(version + 1)}}
        written = await self._collection.update_one({"_id": place, "version": version}, step)
        return bool(written.matched_count)

    def _key(self, hospital: str, owner: str, card_no: str) -> str:
        return self._sealer.lookup("card", f"{hospital}\x00{owner}\x00{card_no}")


def _place(hospital: str, owner: str) -> str:
    return f"{hospital}/{owner}"


def _purpose(hospital: str, owner: str) -> str:
    return f"card:{hospital}:{owner}"
