"""(j) The days are closed, and every fen of them is explained: money at the channel = ours = the HIS = the bank and the fees.

Differences that are really there are named and decided, and nothing else is named; what a person has decided stays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from server.reconciliation.day_model import CLOSED_STATES, ReconciliationDay
from server.reconciliation.model import FUND_MARK, Category, Leg, MatchResult, Sums
from server.reconciliation.rules.result_text import result_from_text
from tests.simulation.day_bank import check_bank, check_receipts
from tests.simulation.day_books import ACCOUNTS, DayBooks, Totals
from tests.simulation.day_further import is_of_further_side

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


def files_of(day: ReconciliationDay) -> tuple[tuple[str, str, str], ...]:
    """What the day was matched from: each leg with what there was of it and its file's checksum."""
    return tuple((str(each.leg), str(each.answer), each.sha256) for each in day.legs)


def _nothing_new(before: ReconciliationDay, day: ReconciliationDay) -> bool:
    """All that the run has read is kept, and it is the same: the files of the others, and of ours the rows of the day and what the days
    before carry into it, with our rows as they were then.
    """
    return files_of(before) == files_of(day)


def check_days(world: SimulatedWorld) -> None:
    """Every difference is a problem of the run."""
    days = world.database.days()
    if not world.closing.begun:
        return
    for day in days:
        if day.state not in CLOSED_STATES or day.effects:
            owed = " ".join(effect.key for effect in day.effects)
            world.trace.problem(f"(j) {day.id} is {day.state} and owes {owed or 'nothing'}")
        before = world.closing.results.get(day.id)
        if before is not None and _nothing_new(before, day) and before.result != day.result:
            world.trace.problem(f"(j) {day.id} was matched again and has another result")
    _decisions(world, {day.id: day for day in days})
    for channel in ACCOUNTS:
        of_channel = [day for day in days if day.channel == channel and day.result]
        _in_a_row(world, channel, [day.day for day in of_channel])
        if of_channel:
            books = DayBooks(world, channel, of_channel[0].day, of_channel[-1].day)
            _sums(world, of_channel, books)
            _differences(world, channel, of_channel, books)
            _account(world, channel, of_channel, books)
            check_bank(world, channel, of_channel)
            for day in of_channel:
                check_receipts(world, day, books)


def _decisions(world: SimulatedWorld, days: dict[str, ReconciliationDay]) -> None:
    for each in world.closing.decided:
        kept = days[each.day].dispositions if each.day in days else ()
        if not any((one.discrepancy, one.act) == (each.discrepancy, each.act) for one in kept):
            world.trace.problem(f"(j) {each.day}: what finance decided about {each.discrepancy} is gone")


def _in_a_row(world: SimulatedWorld, channel: str, days: list[date]) -> None:
    if not days or any(after - before != timedelta(days=1) for before, after in pairwise(days)):
        world.trace.problem(f"(j) {channel}: the days are {', '.join(map(str, days))}")


def _fee_named(day: ReconciliationDay, results: list[MatchResult]) -> bool:
    """Is it said of a movement of this day's account that the channel's two statements do not agree about it?"""
    keys = [each for result in results for each in result.discrepancies if FUND_MARK in each.id]
    return any(each.since == day.day for each in keys)


def _sums(world: SimulatedWorld, days: list[ReconciliationDay], books: DayBooks) -> None:
    """What each leg of a day adds up to."""
    results = [result_from_text(day.result) for day in days]
    for day, result in zip(days, results, strict=True):
        for leg, lines in ((Leg.CHANNEL, books.channel[day.day]), (Leg.HIS, books.his[day.day])):
            found, right = result.sums.get(leg, Sums()), Totals.of(lines)
            told = Totals(found.paid_fen, found.refunded_fen, found.fee_fen)
            spoilt = leg is Leg.CHANNEL and told == replace(right, fee_fen=right.fee_fen + 1)
            if spoilt and not _fee_named(day, results):
                world.trace.problem(f"(j) {day.id}: a statement has a wrong fee, and nothing is said of it")
            elif told != right and not spoilt:
                world.trace.problem(f"(j) {day.id}: the {leg} holds {right}, the day says {told}")


def _differences(world: SimulatedWorld, channel: str, days: list[ReconciliationDay], books: DayBooks) -> None:
    """Named are exactly the orders on which the sides differ. What the HIS had lost and refused, and what a call books there that hung for
    longer than it states, differed until that call landed.
    """
    results = [result_from_text(day.result) for day in days]
    named = {order for result in results for order in _orders(result)}
    right = books.differing()
    waiting = {row.payment_number for each in results[-1].carried for row in each.rows}
    for order in sorted(right - named - waiting):
        world.trace.problem(f"(j) {channel}: nothing is said of {world.shorter(order)}, on which the sides differ")
    landed = world.closing.forgotten & world.hung_beyond
    for order in sorted(named - right - landed):
        world.trace.problem(f"(j) {channel}: {world.shorter(order)} is called differing, and the sides agree")


def _orders(result: MatchResult) -> set[str]:
    """Of the channel and the HIS. What the account, receipts and the further side say is checked by itself."""
    named = (
        each
        for each in result.differing
        if FUND_MARK not in each.id and each.category is not Category.RECEIPT and not is_of_further_side(each.id)
    )
    return {row.payment_number for each in named for row in each.rows if row.payment_number}


def _account(world: SimulatedWorld, channel: str, days: list[ReconciliationDay], books: DayBooks) -> None:
    """Opening balance + in − out − fees = closing balance, day after day, and what left for the bank is there."""
    closing_fen = 0
    for day in days:
        balance = day.closes[-1].balance if day.closes else None
        if balance is None:
            continue
        if not balance.holds or balance.opening_fen != closing_fen:
            world.trace.problem(f"(j) {day.id}: the account opens with {closing_fen} fen, the close says {balance}")
        closing_fen = balance.closing_fen
    kept_fen = sum(Totals.of(lines).kept_fen for lines in books.channel.values())
    arrived_fen, short_fen = books.arrived_fen(days[-1].day), books.short_fen(days[-1].day)
    if closing_fen + arrived_fen + short_fen != kept_fen:
        where = f"{closing_fen} are in the account, {arrived_fen} at the bank, which kept {short_fen}"
        world.trace.problem(f"(j) {channel}: {kept_fen} fen came in, {where}")
