"""Bound cards: one document per owner, so that its bound and its order hold in one guarded write. Number and name are sealed, and whose
they are is found by a keyed hash. Until 2026-11 the document was named by the owner's id: such a one moves when it is met or swept.

Until 2026-11-29 a card did not say whose it is, so that nobody could ask who has bound it: it says so once its owner has come again. What is
said beside the older parts is left alone by a Zhenfu that does not know it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.core.errors import LostRace
from server.core.optimistic import decide_and_write
from server.core.ports import Sealer
from server.patients.model import BoundCard
from server.patients.relations import Relation, family_relation
from server.storage.mongo.errors import translated
from server.storage.mongo.few import few
from server.storage.mongo.places import named_after
from server.storage.precision import whole_ms
from server.storage.reading import those_readable
from server.storage.rules import check_limit, check_room
from server.storage.sealed_parts import owner_key

ROUNDS_MAX = 20
PAGE = 200
Entry = dict[str, str]
Document = dict[str, Any]


class MongoCards:
    """ports.CardStore. A card is found in its owner's document by a keyed hash of its number."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def bind(self, card: BoundCard) -> None:
        key = self._key(card.hospital, card.owner, card.card_no)
        place = self._place(card.hospital, card.owner)
        plain = json.dumps([card.card_no, card.name, *card.identity_proofs], ensure_ascii=False).encode()
        entry = {"key": key, "sealed": self._sealer.seal(_purpose(place), plain), **self._found_by(place, card)}
        entry |= self._said(place, card.family)

        def with_card(cards: list[Entry]) -> list[Entry]:
            check_room([old["key"] for old in cards], key)
            if all(old["key"] != key for old in cards):
                return [*cards, entry]
            return [entry if old["key"] == key else old for old in cards]

        await self._change(card.hospital, card.owner, with_card)

    async def say(self, hospital: str, owner: str, card_no: str, family: Relation | None) -> bool:
        key, said = self._key(hospital, owner, card_no), self._said(self._place(hospital, owner), family)
        is_bound = False

        def with_word(cards: list[Entry]) -> list[Entry]:
            nonlocal is_bound
            is_bound = any(old["key"] == key for old in cards)
            return [_without_word(old) | said if old["key"] == key else old for old in cards]

        await self._change(hospital, owner, with_word)
        return is_bound

    async def unbind(self, hospital: str, owner: str, card_no: str) -> None:
        key = self._key(hospital, owner, card_no)
        await self._change(hospital, owner, lambda cards: [old for old in cards if old["key"] != key])

    async def of_owner(self, hospital: str, owner: str) -> Sequence[BoundCard]:
        return await self.of_owners(hospital, [owner])

    async def of_owners(self, hospital: str, owners: Sequence[str]) -> Sequence[BoundCard]:
        with translated():
            documents = await self._documents(hospital, owners)
        return [card for owner in owners for card in await self._cards(hospital, owner, documents.get(owner))]

    async def _cards(self, hospital: str, owner: str, document: Document | None) -> Sequence[BoundCard]:
        entries = document.get("cards", ()) if document else ()
        found = those_readable(entries, lambda entry: self._read(hospital, owner, entry), "cards")
        if len(found) == len(entries) and any("card" not in entry for entry in entries):
            with suppress(LostRace):  # the next reader does it
                await self._change(
                    hospital, owner, lambda cards: [self._findable(hospital, owner, old) for old in cards]
                )
        return found

    async def of_card(self, hospital: str, card_no: str, limit: int) -> Sequence[BoundCard]:
        card = self._card(hospital, card_no)
        with translated():
            documents = await few(self._collection, {"hospital": hospital, "cards.card": card}, check_limit(limit))
        entries = [entry for entry in _placed(documents) if entry.get("card") == card]
        found = those_readable(entries, lambda entry: self._read_placed(hospital, entry), "cards")
        return sorted((one for one in found if one.card_no == card_no), key=lambda one: one.owner)

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[BoundCard], str]:
        documents = await named_after(self._collection, hospital, after, limit)
        entries = [entry for entry in _placed(documents) if "binding" in entry]
        found = those_readable(entries, lambda entry: self._read_placed(hospital, entry), "cards")
        return found, documents[-1]["_id"] if len(documents) == limit else ""

    def _read_placed(self, hospital: str, entry: Entry) -> BoundCard:
        """One of `_placed` that says itself whose it is."""
        owner, _ = json.loads(self._sealer.open(_binding(entry["_id"]), entry["binding"]))
        return self._read(hospital, owner, entry)

    def read(self, document: Document) -> list[tuple[str, ...]]:
        """What is sealed of each card in an owner's document: number, name, proofs."""
        hospital, owner = document["hospital"], document.get("owner")
        purpose = _purpose(document["_id"]) if owner is None else f"card:{hospital}:{owner}"
        return [tuple(json.loads(self._sealer.open(purpose, entry["sealed"]))) for entry in document["cards"]]

    def _read(self, hospital: str, owner: str, entry: Entry) -> BoundCard:
        place = self._place(hospital, owner)
        card_no, name, *proofs = json.loads(self._sealer.open(_purpose(place), entry["sealed"]))
        since = json.loads(self._sealer.open(_binding(place), entry["binding"]))[1] if "binding" in entry else None
        bound_at = datetime.fromisoformat(since) if since else None
        said = self._sealer.open(_family(place), entry["family"]).decode() if "family" in entry else ""
        return BoundCard(
            hospital=hospital,
            owner=owner,
            card_no=card_no,
            name=name,
            identity_proofs=tuple(proofs),
            bound_at=bound_at,
            family=family_relation(said),
        )

    def _said(self, place: str, family: Relation | None) -> Entry:
        return {} if family is None else {"family": self._sealer.seal(_family(place), family.encode())}

    def _found_by(self, place: str, card: BoundCard) -> Entry:
        """What lets somebody ask who has bound the card: its keyed hash, whose it is and since when."""
        since = None if card.bound_at is None else whole_ms(card.bound_at).isoformat()
        binding = self._sealer.seal(_binding(place), json.dumps([card.owner, since]).encode())
        return {"card": self._card(card.hospital, card.card_no), "binding": binding}

    def _findable(self, hospital: str, owner: str, entry: Entry) -> Entry:
        if "card" in entry:
            return entry
        return {**entry, **self._found_by(self._place(hospital, owner), self._read(hospital, owner, entry))}

    async def move_all(self) -> int:
        """Every document that is still named by its owner's id is named by the hash; how many there were. Safe to repeat."""
        count = 0
        while True:
            with translated():
                old = await self._collection.find({"owner": {"$gt": ""}}).limit(PAGE).to_list(PAGE)
                for document in old:
                    await self._moved(document, self._place(document["hospital"], document["owner"]))
            count += len(old)
            if not old:
                return count

    async def _documents(self, hospital: str, owners: Sequence[str]) -> dict[str, Document]:
        """By owner, of those who have one."""
        places = {self._place(hospital, owner): owner for owner in owners}
        old_places = {f"{hospital}/{owner}": place for place, owner in places.items()}
        query = {"_id": {"$in": [*places, *old_places]}}
        found = {one["_id"]: one for one in await few(self._collection, query, 2 * len(places))}
        left = [(found[old], place) for old, place in old_places.items() if old in found and place not in found]
        for old, place in left:
            await self._moved(old, place)
            if moved := await self._collection.find_one({"_id": place}):
                found[place] = moved
        return {owner: found[place] for place, owner in places.items() if place in found}

    async def _moved(self, old: Document, place: str) -> None:
        """First there, then gone: of several at once one puts it there, and what was changed there since is not put back."""
        was = f"card:{old['hospital']}:{old['owner']}"
        cards = [
            {**entry, "sealed": self._sealer.seal(_purpose(place), self._sealer.open(was, entry["sealed"]))}
            for entry in old["cards"]
        ]
        with suppress(DuplicateKeyError):
            await self._collection.insert_one(
                {"_id": place, "hospital": old["hospital"], "version": old["version"], "cards": cards}
            )
        await self._collection.delete_one({"_id": old["_id"]})

    async def _change(self, hospital: str, owner: str, decide: Callable[[list[Entry]], list[Entry]]) -> None:
        """Raises what ``decide`` raises, and LostRace."""
        place = self._place(hospital, owner)
        nobody: Document = {"_id": place, "hospital": hospital, "version": 0, "cards": []}

        async def read() -> Document:
            with translated():
                return (await self._documents(hospital, [owner])).get(owner, nobody)

        def decided(before: Document) -> Document:
            cards = decide(before["cards"])
            if cards == before["cards"]:
                return before
            return {**before, "cards": cards, "version": Int64(before["version"] + 1)}

        await decide_and_write(read, decided, self._write, "cards", races_max=ROUNDS_MAX)

    async def _write(self, before: Document, after: Document) -> Document:
        """Raises LostRace."""
        with translated():
            if not before["version"]:
                try:
                    await self._collection.insert_one(after)
                except DuplicateKeyError as error:
                    raise LostRace("cards") from error
                return after
            step = {"$set": {"cards": after["cards"], "version": after["version"]}}
            written = await self._collection.update_one({"_id": before["_id"], "version": before["version"]}, step)
        if not written.matched_count:
            raise LostRace("cards")
        return after

    def _key(self, hospital: str, owner: str, card_no: str) -> str:
        return self._sealer.lookup("card", f"{hospital}\x00{owner}\x00{card_no}")

    def _card(self, hospital: str, card_no: str) -> str:
        return self._sealer.lookup("bound_card", f"{hospital}\x00{card_no}")

    def _place(self, hospital: str, owner: str) -> str:
        return f"{hospital}/{owner_key(hospital, owner, self._sealer)}"


def _placed(documents: Sequence[Document]) -> list[Entry]:
    """The cards of all of them, each with the place of its owner's document."""
    return [{**entry, "_id": document["_id"]} for document in documents for entry in document["cards"]]


def _without_word(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name != "family"}


def _purpose(place: str) -> str:
    return f"card:{place}"


def _binding(place: str) -> str:
    return f"card_binding:{place}"


def _family(place: str) -> str:
    return f"card_family:{place}"
