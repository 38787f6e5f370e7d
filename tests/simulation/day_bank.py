"""Finance hands the bank's files in while days are closed; a payout may come short, and receipts of refunds may be left valid."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.bank.accounts import ACCOUNTS as BANK_ACCOUNTS
from sandbox.bank.accounts import BankAccount
from sandbox.world.payouts import PLACE, SHORT
from server.app.wiring import Composition
from server.core.days import hospital_day
from server.core.errors import BadInput, ZhenfuError
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.model import Category, MatchResult, Row, RowKind
from server.reconciliation.rules.result_text import result_from_text
from tests.simulation.day_books import PAYMENT, DayBooks
from tests.simulation.line import at_once
from tests.simulation.process import ConnectionLost

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

HANDS_IN = 0.7
"""In how many runs finance hands the bank's files in."""
SHORT_BY = 0.5
SHORT_FEN = 3
"""The bank keeps a fee of the first payout."""
RECEIPTS_LIVE = 0.4
"""In how many runs nobody red-flushes the receipts of refunds."""
LOOKS_BACK = timedelta(days=30)
BY = "staff:3001"


@dataclass
class DayBank:
    world: SimulatedWorld
    last: date | None = field(default=None)
    """Until which day the bank's files tell, None before the first."""

    def begin(self) -> None:
        faults, chance = self.world.outside.scene.faults, self.world.chance
        if chance.share("a payout is short") < SHORT_BY:
            rule = {"where": PLACE, "what": SHORT, "times": 1, "fen": SHORT_FEN}
            faults.replace({"rules": [*faults.as_json()["rules"], rule]})

    @property
    def receipts_live(self) -> bool:
        return self.world.chance.share("receipts stay valid") < RECEIPTS_LIVE

    async def hand_in(self) -> None:
        """The files of all accounts, from long before until today."""
        if self.world.chance.share("the bank's files are handed in") >= HANDS_IN:
            return
        today = hospital_day(self.world.clock.now())
        for account in BANK_ACCOUNTS.values():
            content = self.world.outside.bank.file(account, today - LOOKS_BACK, today)
            with suppress(BadInput):  # no money came
                await self._taken(content, account)
        self.last = today

    async def _taken(self, content: bytes, account: BankAccount) -> None:
        hospital = self.world.hospital_id

        async def keep(parts: Composition) -> None:
            seen = await parts.days.bank.preview(hospital, content, account.title)
            await parts.days.bank.keep(hospital, seen, BY)

        while True:
            try:
                await self.world.web[0].ask(keep)
            except BadInput:
                raise
            except (ConnectionLost, ZhenfuError):
                continue
            self.world.trace.note("finance", "hands in a file of the bank", account.title)
            return


def check_bank(world: SimulatedWorld, channel: str, days: list[ReconciliationDay]) -> None:
    """Every payout of which the bank's files tell is as it has arrived: named where it is short, and else not; and the book has its money."""
    last = world.closing.bank.last
    if last is None:
        return
    rows = [row for day in days for row in _of_category(day, Category.BANK_NOT_ARRIVED)]
    named = {number for row in rows for number in (row.number, row.channel_no)}
    payouts = at_once(world.database.stores.bank.get(world.hospital_id)).payouts
    book = {number: each.arrived_fen for each in payouts for number in (each.number, each.channel_no)}
    dates = {day.day.isoformat() for day in days}
    for payout in world.outside.bank.books()["payouts"]:
        told = payout["day"] in dates and payout["arrives"] <= last.isoformat()
        if payout["channel"] != channel or not told:
            continue
        number, short_fen = payout["number"], payout["amount_fen"] - payout["arrived_fen"]
        if bool(short_fen) is not (number in named):
            said = "nothing is said" if short_fen else "it is called short"
            world.trace.problem(f"(j) {channel}: payout {number} came {short_fen} fen short, and {said}")
        if book.get(number) != payout["arrived_fen"]:
            world.trace.problem(
                f"(j) {channel}: the book has {book.get(number)} of {payout['arrived_fen']} fen of {number}"
            )


def check_receipts(world: SimulatedWorld, day: ReconciliationDay, books: DayBooks) -> None:
    """Of every refund in the HIS's list whose receipt is still valid it is said, and of no other."""
    named = sorted(row.payment_number for row in _of_category(day, Category.RECEIPT) if row.kind is RowKind.REFUND)
    refunds = sorted(line.order for line in books.his[day.day] if line.kind != PAYMENT)
    right = refunds if world.closing.bank.receipts_live else []
    if sorted(set(named)) != sorted(set(right)):
        world.trace.problem(
            f"(j) {day.id}: {len(set(right))} refunds have a valid receipt, {len(set(named))} are named"
        )


def _of_category(day: ReconciliationDay, category: Category) -> list[Row]:
    result: MatchResult = result_from_text(day.result)
    return [row for each in result.discrepancies if each.category is category for row in each.rows]
