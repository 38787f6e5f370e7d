"""What arrives at the hospital's banks: files that finance hands in, and the withdrawals of fund statements that are held against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from server.core.errors import BadInput, NotFound
from server.core.optimistic import decide_and_write
from server.core.ports import Clock
from server.core.typed import plain
from server.effects.ledger import Ledger
from server.reconciliation.bank_model import Arrival, BankBook, BankFile
from server.reconciliation.day_model import ReconciliationDay, day_id
from server.reconciliation.model import Row
from server.reconciliation.ports import Aside, BankBookStore, BankReader, BankReading, KeptFiles, Opens
from server.reconciliation.rules import bank_book, days

ACCOUNT_CHARS_MAX = 20
_NUMBER = re.compile(r"[0-9A-Za-z]{6,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TAIL_CHARS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BankPreview:
    """What a file would add, before anything is changed. ``settles`` counts the payouts of which it has something."""

    sha256: str
    account: str
    first: date
    last: date
    rows: tuple[Row, ...]
    settles: int

    @property
    def came_fen(self) -> int:
        return sum(row.amount_fen for row in self.rows)


class BankBooks:
    """One book a hospital; whoever changes it at the same time as somebody else begins again."""

    def __init__(self, store: BankBookStore) -> None:
        self._store = store

    async def get(self, hospital: str) -> BankBook:
        return await self._store.get(hospital)

    async def change(self, hospital: str, decide: Callable[[BankBook], BankBook]) -> tuple[BankBook, BankBook]:
        """(before, after). Raises Tampered for a book that somebody changed in the database, and what ``decide`` raises."""

        def changed(before: BankBook) -> BankBook:
            after = decide(before)
            return before if after == before else after

        return await decide_and_write(lambda: self._store.get(hospital), changed, self._store.save, "bank book")

    async def record_withdrawals(self, hospital: str, channel: str, withdrawals: Iterable[Row]) -> BankBook:
        """The book, which knows these withdrawals of ``channel`` from now on."""
        rows = list(withdrawals)
        _, after = await self.change(hospital, lambda book: bank_book.with_withdrawals(book, channel, rows))
        return after


class BankDesk:
    """Finance hands a bank's file in: it is read, shown, and only then taken into the book."""

    def __init__(
        self,
        books: BankBooks,
        ledger: Ledger[ReconciliationDay],
        files: KeptFiles,
        read: BankReader,
        aside: Aside,
        clock: Clock,
    ) -> None:
        self._books = books
        self._ledger = ledger
        self._files = files
        self._read = read
        self._aside = aside
        self._clock = clock

    async def book(self, hospital: str) -> BankBook:
        return await self._books.get(hospital)

    async def preview(self, hospital: str, content: bytes, account: str) -> BankPreview:
        """``content`` is kept as it was received. Raises StatementRefused, BadInput for a file without money that came, or of no account."""
        found = await self._aside(lambda: self._read(content))
        sha256 = await self._files.keep(content)
        return await self._told(hospital, sha256, found, account)

    async def shown(self, hospital: str, sha256: str, account: str) -> BankPreview:
        """The file that `preview` has kept, once more. Raises StatementRefused, BadInput, StoreUnavailable for a file that is not kept."""
        if _SHA256.fullmatch(sha256) is None:
            raise BadInput("file", user_message="没有找到这个文件，请重新上传。")
        opens = await self._files.opened(sha256)
        found = await self._aside(lambda: self._read(_content(opens)))
        return await self._told(hospital, sha256, found, account)

    async def keep(self, hospital: str, seen: BankPreview, by: str) -> BankFile:
        """What was `shown` is taken into the book, and the days of which it says something new are matched again. Raises NotAllowed."""
        file = BankFile(
            sha256=seen.sha256, account=seen.account, first=seen.first, last=seen.last, rows=len(seen.rows), came_fen=seen.came_fen,
            by=by, at=self._clock.now(),
        )  # fmt: skip
        arrivals = arrivals_of(seen.rows, seen.account)
        before, after = await self._books.change(hospital, lambda book: bank_book.with_file(book, file, arrivals))
        for channel, day in bank_book.changed_days(before, after):
            await self._match_again(hospital, day_id(channel, day), by)
        return file

    async def _told(self, hospital: str, sha256: str, found: BankReading, account: str) -> BankPreview:
        account = _tail(found.account) or plain(account)[:ACCOUNT_CHARS_MAX]
        if not account:
            raise BadInput("account", user_message="文件里没有写账号，请填写这是哪个银行账户，例如账号末4位。")
        if not found.rows or found.first is None or found.last is None:
            raise BadInput("no money came", user_message="这个文件里没有收入，请检查起止日期。")
        book = await self._books.get(hospital)
        after = bank_book.with_arrivals(book, arrivals_of(found.rows, account))
        settles = sum(one.arrivals != other.arrivals for one, other in zip(book.payouts, after.payouts, strict=True))
        return BankPreview(
            sha256=sha256, account=account, first=found.first, last=found.last, rows=found.rows, settles=settles
        )

    async def _match_again(self, hospital: str, day: str, by: str) -> None:
        now = self._clock.now()
        try:
            await self._ledger.apply(hospital, day, lambda current: days.bank_told(current, by, now))
        except NotFound:  # the channel's day is not reconciled here
            return


def _content(opens: Opens) -> bytes:
    with opens() as file:
        return file.read()


def arrivals_of(rows: Sequence[Row], account: str) -> list[Arrival]:
    return [
        Arrival(
            account=account, number=row.number, amount_fen=row.amount_fen, at=row.at,
            numbers=tuple(sorted(set(_NUMBER.findall(f"{row.note} {row.number}")))),
        )
        for row in rows
    ]  # fmt: skip


def _tail(account: str) -> str:
    """An account is known by its last digits; the whole number is nobody's business here."""
    return f"尾号{account[-_TAIL_CHARS:]}" if account else ""
