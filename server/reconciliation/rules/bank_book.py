"""How a bank book goes on, and what it says of a channel's payouts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from server.core.days import hospital_day
from server.core.errors import NotAllowed
from server.reconciliation.bank_model import Arrival, BankBook, BankFile, Payout
from server.reconciliation.day_model import DayLeg, LegAnswer
from server.reconciliation.model import (
    Act,
    Category,
    Discrepancy,
    Leg,
    MatchResult,
    Reason,
    Row,
    RowKind,
    RowState,
    Sums,
)
from server.reconciliation.rules.judging import Bounds
from server.reconciliation.rules.payouts import is_named

WAITING_MAX = 20_000
FORGOTTEN_AFTER = timedelta(days=92)
"""An arrival that belongs to no payout; payouts and files stay for longer than a year."""
KEPT_FOR = timedelta(days=400)
ALIKE_WITHIN = timedelta(days=10)
"""Money of the same amount that comes later than this is other money, unless it names the payout."""

BOUNDS = Bounds(prefix="")
"""Payouts have no prefix; how long one may take is the same for every hospital."""


def with_withdrawals(book: BankBook, channel: str, withdrawals: Iterable[Row]) -> BankBook:
    """``book`` with the withdrawals of a fund statement of ``channel``; the same book when it has them all."""
    known = {(each.channel, each.number) for each in book.payouts}
    fresh = [
        Payout(channel=channel, number=row.number, channel_no=row.channel_no, amount_fen=row.amount_fen, at=row.at)
        for row in withdrawals
        if (channel, row.number) not in known
    ]
    return _settled(replace(book, payouts=_in_order((*book.payouts, *fresh)))) if fresh else book


def with_file(book: BankBook, file: BankFile, arrivals: Iterable[Arrival]) -> BankBook:
    """``book`` with a bank's file. Files may overlap: a line that the book has already is not there twice. Raises NotAllowed for too many."""
    after = _forgetful(replace(with_arrivals(book, arrivals), files=(*book.files, file)))
    if len(after.waiting) > WAITING_MAX:
        raise NotAllowed("too many lines of a bank", user_message="流水太多，请缩短起止日期，分几次上传。")
    return after


def with_arrivals(book: BankBook, arrivals: Iterable[Arrival]) -> BankBook:
    """``book`` with what it has not been told before."""
    have = Counter((*book.waiting, *(arrival for payout in book.payouts for arrival in payout.arrivals)))
    fresh: list[Arrival] = []
    for arrival in arrivals:
        if have[arrival]:
            have[arrival] -= 1
        else:
            fresh.append(arrival)
    return _settled(replace(book, waiting=(*book.waiting, *fresh)))


def _settled(book: BankBook) -> BankBook:
    """Arrivals go to the payouts that they name; then, oldest first, to payouts of which nothing has come and whose amount they have."""
    left = sorted(book.waiting, key=_place)
    payouts = list(book.payouts)
    for place, payout in enumerate(payouts):
        if payout.arrived_fen < payout.amount_fen:
            payouts[place] = _with(payout, left, [each for each in left if _names(each, payout)])
    for place, payout in enumerate(payouts):
        if not payout.arrivals:
            alike = [each for each in left if _is_alike(each, payout) and not _names_any(each, payouts)]
            payouts[place] = _with(payout, left, alike[:1])
    return replace(book, payouts=tuple(payouts), waiting=tuple(left))


def _with(payout: Payout, left: list[Arrival], found: Sequence[Arrival]) -> Payout:
    for each in found:
        left.remove(each)
    return replace(payout, arrivals=(*payout.arrivals, *found))


def _names(arrival: Arrival, payout: Payout) -> bool:
    """Money that came before it was sent is other money."""
    numbers = (payout.number, payout.channel_no)
    return hospital_day(arrival.at) >= payout.day and any(is_named(numbers, word) for word in arrival.numbers)


def _names_any(arrival: Arrival, payouts: Iterable[Payout]) -> bool:
    return any(_names(arrival, payout) for payout in payouts)


def _is_alike(arrival: Arrival, payout: Payout) -> bool:
    after = hospital_day(arrival.at) - payout.day
    return arrival.amount_fen == payout.amount_fen and timedelta(0) <= after <= ALIKE_WITHIN


def _place(arrival: Arrival) -> tuple[str, str, str, int]:
    return arrival.at.isoformat(), arrival.account, arrival.number, arrival.amount_fen


def _in_order(payouts: Iterable[Payout]) -> tuple[Payout, ...]:
    return tuple(sorted(payouts, key=lambda each: (each.at, each.channel, each.number)))


def _forgetful(book: BankBook) -> BankBook:
    now = max((file.at for file in book.files), default=None)
    if now is None:
        return book
    return replace(
        book,
        waiting=tuple(each for each in book.waiting if now - each.at <= FORGOTTEN_AFTER),
        payouts=tuple(each for each in book.payouts if now - each.at <= KEPT_FOR),
        files=tuple(each for each in book.files if now - each.at <= KEPT_FOR),
    )


# ---- what it says ------------------------------------------------------------------------------------------------------------------


def payouts_of(book: BankBook, channel: str, day: date) -> list[Payout]:
    """What ``channel`` paid out on ``day``."""
    return [each for each in book.payouts if each.channel == channel and each.day == day]


def covered(book: BankBook, channel: str) -> tuple[date, date] | None:
    """The days that the bank's files tell of in the accounts into which ``channel`` pays, or in any, while nothing of it has arrived."""
    accounts = {arrival.account for payout in book.payouts if payout.channel == channel for arrival in payout.arrivals}
    files = [each for each in book.files if not accounts or each.account in accounts]
    return (min(each.first for each in files), max(each.last for each in files)) if files else None


def differs(book: BankBook, payout: Payout, bounds: Bounds = BOUNDS) -> Reason | None:
    """None for one that has arrived, that still has time, or that the bank's files do not tell of."""
    if payout.arrivals:
        return Reason.PAYOUT_SHORT if payout.arrived_fen != payout.amount_fen else None
    days = covered(book, payout.channel)
    if days is None or payout.day < days[0] or (days[1] - payout.day).days < bounds.payout_days:
        return None
    return Reason.PAYOUT_LATE


def payout_differences(book: BankBook, channel: str, day: date, bounds: Bounds = BOUNDS) -> list[Discrepancy]:
    """The payouts of ``day`` that have not arrived in time, or not with their amount."""
    return [
        Discrepancy(
            id=f"{RowKind.WITHDRAWAL}:{payout.number}", category=Category.BANK_NOT_ARRIVED, reason=reason, act=Act.CHECK_BANK,
            rows=_rows(payout), difference_fen=payout.arrived_fen - payout.amount_fen, since=day,
        )
        for payout in payouts_of(book, channel, day)
        if (reason := differs(book, payout, bounds)) is not None
    ]  # fmt: skip


def with_arrivals_of(book: BankBook, result: MatchResult, channel: str) -> MatchResult:
    """``result`` with what differs between the payouts of its day and the bank's files."""
    found = payout_differences(book, channel, result.day)
    everything = sorted((*result.discrepancies, *found), key=lambda each: (each.category, each.id))
    return replace(result, discrepancies=tuple(everything)) if found else result


def noting(rows: Iterable[Row], withdrawals: list[Row]) -> Iterator[Row]:
    """``rows``, of which withdrawals are noted as they pass."""
    for row in rows:
        if row.kind is RowKind.WITHDRAWAL:
            withdrawals.append(row)
        yield row


def bank_leg(book: BankBook, channel: str, day: date) -> DayLeg | None:
    """The leg BANK of a channel's day: how many of its payouts have arrived, and how much. None without payouts or without a bank's word."""
    payouts = payouts_of(book, channel, day)
    if not payouts or not book.files:
        return None
    arrived = [each for each in payouts if each.arrivals]
    sums = Sums(payments=len(arrived), paid_fen=sum(each.arrived_fen for each in arrived))
    detail = f"{len(payouts) - len(arrived)} waiting"
    return DayLeg(leg=Leg.BANK, answer=LegAnswer.FILE, at=book.files[-1].at, sums=sums, detail=detail)


def _rows(payout: Payout) -> tuple[Row, ...]:
    sent = Row(
        Leg.FUND, RowKind.WITHDRAWAL, payout.number, "", payout.amount_fen, RowState.DONE, payout.at, payout.channel_no
    )
    arrived = (
        Row(Leg.BANK, RowKind.WITHDRAWAL, each.number, "", each.amount_fen, RowState.DONE, each.at, note=each.account)
        for each in payout.arrivals
    )
    return sent, *arrived


def changed_days(before: BankBook, after: BankBook, bounds: Bounds = BOUNDS) -> list[tuple[str, date]]:
    """(channel, day) of the payouts of which ``after`` says something else than ``before``."""
    known = {(each.channel, each.number): (each.arrivals, differs(before, each, bounds)) for each in before.payouts}
    return sorted({
        (each.channel, each.day)
        for each in after.payouts
        if known.get((each.channel, each.number)) != (each.arrivals, differs(after, each, bounds))
    })  # fmt: skip
