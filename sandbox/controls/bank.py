"""The hospital's bank (README.md): what has arrived there, as its accounts' statements and as plain values."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field
from tornado.web import HTTPError

from sandbox.bank.accounts import ACCOUNTS, BankAccount, account_of
from sandbox.bank.statements import NotReady
from sandbox.controls.asked import Name
from sandbox.controls.handlers import Control
from sandbox.world.shapes import ABSENT, Asked, worded

FEN_MAX = 10**12
Leaving = Annotated[int, Field(ge=-FEN_MAX, le=-1)]
Coming = Annotated[int, Field(ge=1, le=FEN_MAX)]


class _BankControl(Control):
    def account(self, number: str) -> BankAccount:
        found = account_of(number)
        if found is None:
            known = ", ".join(account.number for account in ACCOUNTS.values())
            raise HTTPError(404, f"the hospital has no such account; it has {known}")
        return found


class BankHandler(Control):
    """``GET /sandbox/bank``."""

    def get(self) -> None:
        self.write(self.outside.bank.books())


class StatementHandler(_BankControl):
    """``GET /sandbox/bank/statement?account=&first=&last=``."""

    def get(self) -> None:
        account = self.account(self.get_query_argument("account", ""))
        first, last = self._day("first"), self._day("last")
        try:
            body = self.outside.bank.file(account, first, last)
        except NotReady:
            self.fail(409, "NOT_READY", "the bank has no statement of these days yet")
            return
        self.set_header("Content-Type", "text/csv")
        name = f"{account.number}_{first:%Y%m%d}_{last:%Y%m%d}.csv"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(body)

    def _day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.get_query_argument(name, self.outside.scene.clock.today.isoformat()))
        except ValueError:
            raise HTTPError(400, f"{name} is a day such as 2026-11-24") from None


class Booked(Asked):
    account: Name = ""
    fen: Annotated[Leaving | Coming, worded("a whole number, below 0 for what leaves the account")] = ABSENT
    payer: Name = "示例往来单位"
    text: Name = ""


class BookHandler(_BankControl):
    """``POST /sandbox/bank/book {account, fen, payer?, text?}``."""

    def post(self) -> None:
        asked = self.asked(Booked)
        account = self.account(asked.account)
        row = self.outside.bank.book(account, asked.fen, asked.payer[:40], asked.text[:80])
        self.write({"day": row["day"], "amount_fen": row["amount_fen"]})


ROUTES = {
    r"/sandbox/bank": BankHandler,
    r"/sandbox/bank/statement": StatementHandler,
    r"/sandbox/bank/book": BookHandler,
}
