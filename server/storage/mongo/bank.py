"""Bank books in MongoDB, one a hospital; the text is under a MAC."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import DuplicateKeyError

from server.core.errors import LostRace, Unreadable
from server.core.ports import Sealer
from server.reconciliation.bank_model import BankBook
from server.storage.bank_documents import SCHEMA, book_from_text, book_to_text
from server.storage.mongo.errors import translated
from server.storage.precision import kept
from server.storage.reading import read_one
from server.storage.rules import check_book_step

PURPOSE = "bank_book"
Document = dict[str, Any]


class MongoBankBooks:
    """reconciliation.ports.BankBookStore."""

    def __init__(self, collection: AsyncIOMotorCollection[Any], sealer: Sealer) -> None:
        self._collection = collection
        self._sealer = sealer

    async def get(self, hospital: str) -> BankBook:
        with translated():
            document = await self._collection.find_one({"_id": hospital})
        return BankBook(hospital=hospital) if document is None else read_one(document, self.read)

    async def save(self, before: BankBook, after: BankBook) -> BankBook:
        check_book_step(before, after)
        stored = kept(replace(after, version=before.version + 1))
        document = self._document(stored)
        with translated():
            if not before.version:
                try:
                    await self._collection.insert_one(document)
                except DuplicateKeyError as error:
                    raise LostRace("bank book") from error
                return stored
            guard = {"_id": before.hospital, "version": Int64(before.version), "schema": SCHEMA}
            result = await self._collection.replace_one(guard, document)
        if result.matched_count == 0:
            raise LostRace("bank book")
        return stored

    def read(self, document: Document) -> BankBook:
        """Raises Unreadable for one of a newer Zhenfu, and whatever is wrong with a damaged one."""
        if int(document["schema"]) > SCHEMA:
            raise Unreadable("schema", newer=True)
        text = document["text"]
        book = book_from_text(text)
        ours = self._sealer.mac_holds(PURPOSE, text.encode(), document.get("mac", ""))
        same = (document["_id"], document["version"]) == (book.hospital, book.version)
        return book if ours and same else replace(book, tampered=True)

    def _document(self, book: BankBook) -> Document:
        text = book_to_text(book)
        return {
            "_id": book.hospital, "version": Int64(book.version), "schema": SCHEMA, "text": text,
            "mac": self._sealer.mac(PURPOSE, text.encode()),
        }  # fmt: skip
