"""Bank books in memory: the twin of `mongo.bank`."""

from __future__ import annotations

from dataclasses import replace

from server.core.errors import LostRace
from server.reconciliation.bank_model import BankBook
from server.storage.precision import kept
from server.storage.rules import check_book_step


class MemoryBankBooks:
    """reconciliation.ports.BankBookStore."""

    def __init__(self) -> None:
        self.documents: dict[str, BankBook] = {}

    async def get(self, hospital: str) -> BankBook:
        return self.documents.get(hospital, BankBook(hospital=hospital))

    async def save(self, before: BankBook, after: BankBook) -> BankBook:
        check_book_step(before, after)
        if (await self.get(before.hospital)).version != before.version:
            raise LostRace("bank book")
        self.documents[before.hospital] = kept(replace(after, version=before.version + 1))
        return self.documents[before.hospital]
