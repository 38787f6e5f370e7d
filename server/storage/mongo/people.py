"""Who is who: one small document per identity, found by its marks. Marks are keyed hashes; nothing here names a person to a reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection

from server.domain.people import PayerIdentity
from server.domain.persons import MARKS_MAX, KnownIdentity
from server.storage.mongo.errors import translated
from server.storage.mongo.upsert import upsert
from server.storage.rules import check_limit


class MongoPeople:
    """ports.PersonStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any]) -> None:
        self._collection = collection

    async def add_marks(self, hospital: str, identity: PayerIdentity, marks: Sequence[str]) -> None:
        """Most logins bring nothing new, and then nothing is written."""
        known = await self.get(hospital, identity.key)
        old = known.marks if known is not None else frozenset[str]()
        if set(marks) <= old or len(old | set(marks)) > MARKS_MAX:
            return
        app = f"{identity.channel}:{identity.app_id}"
        step = {
            "$set": {"hospital": hospital, "key": identity.key, "app": app},
            "$addToSet": {"marks": {"$each": sorted(marks)}},
        }
        await upsert(self._collection, _place(hospital, identity.key), step)

    async def drop_marks(self, hospital: str, key: str, marks: Sequence[str]) -> None:
        with translated():
            await self._collection.update_one({"_id": _place(hospital, key)}, {"$pullAll": {"marks": list(marks)}})

    async def get(self, hospital: str, key: str) -> KnownIdentity | None:
        with translated():
            document = await self._collection.find_one({"_id": _place(hospital, key)})
        return None if document is None else _known(document)

    async def sharing(self, hospital: str, marks: Sequence[str], limit: int) -> Sequence[KnownIdentity]:
        if not marks:
            return []
        with translated():
            documents = await self._collection.find({"hospital": hospital, "marks": {"$in": list(marks)}}).to_list(
                check_limit(limit)
            )
        return sorted((_known(document) for document in documents), key=lambda one: one.key)


def _place(hospital: str, key: str) -> str:
    return f"{hospital}/{key}"


def _known(document: dict[str, Any]) -> KnownIdentity:
    return KnownIdentity(key=document["key"], app=document["app"], marks=frozenset(document["marks"]))
