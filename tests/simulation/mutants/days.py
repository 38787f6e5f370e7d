"""Broken closing of days."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from server.effects.model import EffectKind, find
from server.payments.model import Booking, Payment
from server.payments.purposes.bills.purpose import BillsPurpose
from server.reconciliation.bank_model import BankBook, Payout
from server.reconciliation.day_model import DayLeg, Disposition, LegAnswer, ReconciliationDay
from server.reconciliation.legs import LegFetcher
from server.reconciliation.matcher import DayMatcher
from server.reconciliation.model import Carried, Category, Discrepancy, MatchResult, Reason
from server.reconciliation.repairs import Repairs
from server.reconciliation.rules import bank_book, days, further, judging, parts, receipts
from server.reconciliation.rules.comparing import Group
from server.reconciliation.rules.judging import Bounds
from server.reconciliation.sending_back import SendingBack
from server.storage.rules import check_day_step
from tests.simulation.mutants.patching import Patches, everywhere


def carry_forgotten() -> Patches:
    async def carried(self: DayMatcher, day: ReconciliationDay) -> tuple[Carried, ...]:
        return ()

    return [patch.object(DayMatcher, "_carried", carried)]


def result_of_the_run() -> Patches:
    """What a run says hangs on how often the day was matched before, not only on what the run has read."""
    right, runs = DayMatcher.matched, Counter[str]()

    async def matched(self: DayMatcher, day: ReconciliationDay) -> tuple[MatchResult, list[DayLeg]]:
        result, legs = await right(self, day)
        runs[day.id] += 1
        return replace(result, matched=result.matched + runs[day.id]), legs

    return [patch.object(DayMatcher, "matched", matched)]


def decision_wiped_by_a_run() -> Patches:
    right = days.run_again

    def run_again(day: ReconciliationDay, by: str, now: datetime) -> ReconciliationDay:
        return replace(right(day, by, now), dispositions=())

    return [patch.object(days, "run_again", run_again), *everywhere(check_day_step, lambda before, after: None)]


def fee_ignored() -> Patches:
    right = judging.fund_verdict

    def fund_verdict(group: Group) -> judging.Verdict | None:
        found = right(group)
        return None if found is not None and found[0] in {Category.FEE, Category.SETTLEMENT} else found

    return everywhere(right, fund_verdict)


def decision_moves_no_money() -> Patches:
    async def send(self: SendingBack, day: ReconciliationDay, decided: Disposition, second: str) -> None:
        return None

    return [patch.object(SendingBack, "send", send)]


def nobody_asks_the_his() -> Patches:
    async def asks_his(self: Repairs, day: ReconciliationDay, each: Discrepancy) -> bool:
        return False

    return [patch.object(Repairs, "_asks_his", asks_his)]


def repair_done_twice() -> Patches:
    """The HIS has its booking again under another number, and so a second one is made."""
    right = BillsPurpose.book

    async def book(self: BillsPurpose, payment: Payment) -> Booking:
        if find(payment.effects, str(EffectKind.ASK_HIS)) is not None:
            await right(self, replace(payment, id=f"{payment.id}A"))
        return await right(self, payment)

    return [patch.object(BillsPurpose, "book", book)]


def prefix_ignored() -> Patches:
    right = parts.places
    return [
        *everywhere(Bounds, lambda prefix: Bounds(prefix="")),
        *everywhere(right, lambda row, prefix, *, with_fund: right(row, "", with_fund=with_fund)),
    ]


def short_payout_unnoticed() -> Patches:
    """Whatever has arrived counts as all of it."""
    right = bank_book.differs

    def differs(book: BankBook, payout: Payout, bounds: Bounds = bank_book.BOUNDS) -> Reason | None:
        return None if payout.arrivals else right(book, payout, bounds)

    return [patch.object(bank_book, "differs", differs)]


def further_side_unnoticed() -> Patches:
    return everywhere(further.with_further, lambda result, ours, rows, prefix: result)


def further_side_not_waited_for() -> Patches:
    """A list that does not come at once counts as one that nobody offers."""
    right = LegFetcher._further_rows

    async def further_rows(self: LegFetcher, day: ReconciliationDay, now: datetime) -> DayLeg:
        leg = await right(self, day, now)
        return replace(leg, answer=LegAnswer.NOT_OFFERED) if leg.answer is LegAnswer.NOT_YET else leg

    return [patch.object(LegFetcher, "_further_rows", further_rows)]


def valid_receipt_unnoticed() -> Patches:
    return everywhere(receipts.with_receipts, lambda result, rows, channel, prefix: result)
