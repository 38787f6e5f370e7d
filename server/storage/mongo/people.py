"""Who is who: one small document per identity, found by its proofs. Proofs are keyed hashes, and so is the document's name; the identity is sealed.

A proof counts only with its MAC, a keyed hash of proof and identity together: two people are not joined by writing into the database.
In a document the proofs are called ``marks``, and their MACs ``proofs``.
Until 2026-11 documents were named by the identity and had no MACs: such a one moves when it is met or swept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.core.ports import Sealer
from server.patients.model import PayerIdentity
from server.patients.rules import IDENTITY_PROOFS_MAX, KnownIdentity
from server.storage.mongo.errors import translated
from server.storage.mongo.few import few
from server.storage.mongo.places import named_after
from server.storage.mongo.upsert import upsert
from server.storage.reading import those_readable
from server.storage.rules import check_limit
from server.storage.sealed_parts import owner_key

PAGE = 200
Document = dict[str, Any]


class MongoPeople:
    """ports.PersonStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def add_identity_proofs(self, hospital: str, identity: PayerIdentity, proofs: Sequence[str]) -> None:
        """Most logins bring nothing new, and then nothing is written."""
        known = await self.get(hospital, identity.key)
        old = known.identity_proofs if known is not None else frozenset[str]()
        if set(proofs) <= old or len(old | set(proofs)) > IDENTITY_PROOFS_MAX:
            return
        place = self._place(hospital, identity.key)
        step = {
            "$set": self._facts(hospital, identity.key, f"{identity.channel}:{identity.app_id}"),
            "$addToSet": {"marks": {"$each": sorted(proofs)}, "proofs": {"$each": self._macs(place, proofs)}},
        }
        await upsert(self._collection, place, step)

    async def drop_identity_proofs(self, hospital: str, key: str, proofs: Sequence[str]) -> None:
        await self.get(hospital, key)  # one from before moves first
        place = self._place(hospital, key)
        gone = {"$pullAll": {"marks": list(proofs), "proofs": self._macs(place, proofs)}}
        with translated():
            await self._collection.update_one({"_id": place}, gone)

    async def drop(self, hospital: str, key: str) -> None:
        names = [self._place(hospital, key), f"{hospital}/{key}"]  # the second of before 2026-11
        with translated():
            await self._collection.delete_many({"_id": {"$in": names}})

    async def get(self, hospital: str, key: str) -> KnownIdentity | None:
        place, old_place = self._place(hospital, key), f"{hospital}/{key}"
        with translated():
            found = {one["_id"]: one for one in await few(self._collection, {"_id": {"$in": [place, old_place]}}, 2)}
            document = found.get(place)
            if document is None and old_place in found:
                await self._moved(found[old_place])
                document = await self._collection.find_one({"_id": place})
        return next(iter(those_readable([document] if document else [], self.read, "people")), None)

    async def sharing(self, hospital: str, proofs: Sequence[str], limit: int) -> Sequence[KnownIdentity]:
        if not proofs:
            return []
        query = {"hospital": hospital, "marks": {"$in": list(proofs)}}
        with translated():
            documents = await few(self._collection, query, check_limit(limit))
            for old in [document for document in documents if "key" in document]:
                await self._moved(old)
            if any("key" in document for document in documents):
                documents = await few(self._collection, query, limit)
        known = those_readable(documents, self.read, "people")
        return sorted((one for one in known if one.identity_proofs & set(proofs)), key=lambda one: one.key)

    async def page(self, hospital: str, after: str, limit: int) -> tuple[Sequence[KnownIdentity], str]:
        documents = await named_after(self._collection, hospital, after, limit)
        named = [document for document in documents if "key" not in document]  # one from before moves when it is met
        return those_readable(named, self.read, "people"), documents[-1]["_id"] if len(documents) == limit else ""

    async def move_all(self) -> int:
        """Every document that is still named by its identity is named by the hash; how many there were. Safe to repeat."""
        count = 0
        while True:
            with translated():
                old = await self._collection.find({"key": {"$gt": ""}}).limit(PAGE).to_list(PAGE)
                for document in old:
                    await self._moved(document)
            count += len(old)
            if not old:
                return count

    async def _moved(self, old: Document) -> None:
        """First there, then gone: what has been put there meanwhile stays."""
        hospital, key, proofs = old["hospital"], old["key"], list(old["marks"])
        place = self._place(hospital, key)
        new = {"_id": place, **self._facts(hospital, key, old["app"])}
        with suppress(DuplicateKeyError):
            await self._collection.insert_one({**new, "marks": proofs, "proofs": self._macs(place, proofs)})
        await self._collection.delete_one({"_id": old["_id"]})

    def _facts(self, hospital: str, key: str, app: str) -> Document:
        sealed = self._sealer.seal(f"person:{self._place(hospital, key)}", key.encode())
        return {"hospital": hospital, "app": app, "sealed": sealed}

    def _macs(self, place: str, proofs: Iterable[str]) -> list[str]:
        return [self._sealer.lookup("person_mark", f"{place}\x00{proof}") for proof in sorted(proofs)]

    def read(self, document: Document) -> KnownIdentity:
        place, macs = document["_id"], set(document.get("proofs", ()))
        proven = [proof for proof in document["marks"] if not macs.isdisjoint(self._macs(place, [proof]))]
        key = self._sealer.open(f"person:{place}", document["sealed"]).decode()
        app = ":".join(key.split(":")[:2])
        return KnownIdentity(key=key, app=app, identity_proofs=frozenset(proven))

    def _place(self, hospital: str, key: str) -> str:
        return f"{hospital}/{owner_key(hospital, key, self._sealer)}"
