"""What a difference is called, why it is likely there and what is proposed. One group of rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.model import (
    FEE_BACK,
    FUND_MARK,
    Act,
    Category,
    Discrepancy,
    Leg,
    Reason,
    Row,
    RowKind,
    RowState,
)
from server.reconciliation.rules.comparing import Group

ORDER = {leg: place for place, leg in enumerate(Leg)}
Verdict = tuple[Category, Reason, Act]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """``prefix`` begins our order numbers. A one-sided row within ``edge`` of midnight, or of a refund, waits for ``carry_days``. One that has
    been counted is followed as long, and one of ours for ``followed_days``: HIS and money may come so late, after a repair or a decision.
    """

    prefix: str
    edge: timedelta = timedelta(minutes=30)
    carry_days: int = 3
    followed_days: int = 31
    payout_days: int = 3


def verdict(group: Group, legs: Collection[Leg], *, ours: bool) -> Verdict | None:
    """What is wrong with one key's rows; None when the legs that there are agree after all."""
    here, channel, his = group.get(Leg.OURS, []), group.get(Leg.CHANNEL, []), group.get(Leg.HIS, [])
    if any(row.kind is RowKind.UNKNOWN for row in channel):
        return Category.UNKNOWN_KIND, Reason.KIND_UNKNOWN, Act.LOOK
    if len(channel) > 1 or len(here) > 1:
        return Category.DOUBLE, Reason.LISTED_TWICE, Act.CHECK_CHANNEL
    if not ours:
        return _of_others(channel, his) if Leg.HIS in legs else None
    return _at_channel(here, channel, his) or (_in_his(here, channel, his) if Leg.HIS in legs else None)


def _at_channel(here: Sequence[Row], channel: Sequence[Row], his: Sequence[Row]) -> Verdict | None:
    refund = (*here, *channel, *his)[0].kind is RowKind.REFUND
    if not channel:
        if not here:
            return Category.MISSING_AT_CHANNEL, Reason.ONLY_IN_HIS, Act.CHECK_HIS
        if Leg.CHANNEL not in here[0].expected_in or here[0].state is RowState.FAILED:
            return None
        reason = Reason.REFUND_ONLY_HERE if refund else Reason.ONLY_HERE
        return Category.MISSING_AT_CHANNEL, reason, Act.QUERY_CHANNEL
    if not here:
        if channel[0].state is RowState.FAILED:
            return None
        if refund:
            return Category.MISSING_HERE, Reason.REFUNDED_OUTSIDE, Act.RECORD_REFUND
        return Category.MISSING_HERE, Reason.NOTIFICATION_LOST, Act.QUERY_CHANNEL
    if here[0].amount_fen != channel[0].amount_fen and not moved_nothing(here[0], channel[0]):
        return Category.AMOUNT, Reason.AMOUNT_AT_CHANNEL, Act.LOOK
    if here[0].state is not channel[0].state:
        return Category.STATE, Reason.STATE_DIFFERS, Act.QUERY_CHANNEL
    return None


def moved_nothing(*rows: Row) -> bool:
    """Do all sides say that it came to nothing? Then it does not matter which amount each had for it."""
    return all(row.state is RowState.FAILED for row in rows)


def _in_his(here: Sequence[Row], channel: Sequence[Row], his: Sequence[Row]) -> Verdict | None:
    other = (*here, *channel)[0]
    not_there = other.state is RowState.FAILED or (bool(here) and Leg.HIS not in here[0].expected_in)
    if not_there:
        return (Category.STATE, Reason.HIS_HOLDS_RETURNED, Act.CHECK_HIS) if his else None
    if not his:
        reason = Reason.NOT_WRITTEN_OFF if other.kind is RowKind.REFUND else Reason.NOT_BOOKED
        return Category.MISSING_IN_HIS, reason, Act.ASK_HIS
    return _amounts(other, his)


def _of_others(channel: Sequence[Row], his: Sequence[Row]) -> Verdict | None:
    """Another system's rows: compared with the HIS only, and only ever shown to a person."""
    if not channel:
        return Category.MISSING_AT_CHANNEL, Reason.OTHER_SYSTEM_NOT_PAID, Act.CHECK_HIS
    if channel[0].state is RowState.FAILED:
        return (Category.STATE, Reason.STATE_DIFFERS, Act.CHECK_HIS) if his else None
    if not his:
        return Category.MISSING_IN_HIS, Reason.OTHER_SYSTEM_NOT_BOOKED, Act.CHECK_HIS
    return _amounts(channel[0], his)


def _amounts(other: Row, his: Sequence[Row]) -> Verdict | None:
    """The HIS may have one payment in several rows, one for each bill; the same amount again is the payment booked twice."""
    if sum(row.amount_fen for row in his) == other.amount_fen:
        return None
    if all(row.amount_fen == other.amount_fen for row in his):
        return Category.DOUBLE, Reason.BOOKED_TWICE, Act.CHECK_HIS
    return Category.AMOUNT, Reason.AMOUNT_IN_HIS, Act.CHECK_HIS


def fund_verdict(group: Group) -> Verdict | None:
    """``group`` has under CHANNEL what the trade statement makes one expect, under FUND what the fund statement says."""
    expected, found = group.get(Leg.CHANNEL, []), group.get(Leg.FUND, [])
    if any(row.kind is RowKind.UNKNOWN for row in found):
        return Category.UNKNOWN_KIND, Reason.KIND_UNKNOWN, Act.LOOK
    if sorted(row.amount_fen for row in expected) == sorted(row.amount_fen for row in found):
        return None
    if (*expected, *found)[0].kind is RowKind.FEE:
        return Category.FEE, Reason.FEE_DIFFERS, Act.CHECK_CHANNEL
    if expected and found:
        return Category.SETTLEMENT, Reason.AMOUNT_AT_CHANNEL, Act.CHECK_CHANNEL
    reason = Reason.NOT_IN_FUND if expected else Reason.NOT_IN_TRADES
    return Category.SETTLEMENT, reason, Act.CHECK_CHANNEL


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """By leg, then by what they say: the same rows always stand in the same order."""
    return tuple(sorted(rows, key=lambda row: (ORDER[row.leg], row.at, row.amount_fen, row.number, row.note)))


def may_come_later(rows: Sequence[Row], category: Category, edge: timedelta) -> bool:
    """May the other side tell of these rows on another day? Near midnight; and a refund whose HIS and money go at different times. Of what
    both of the channel's statements have told, nothing more comes.
    """
    if category is Category.MISSING_HERE:
        return any(near_midnight(row, edge) for row in rows)
    if category in {Category.MISSING_AT_CHANNEL, Category.MISSING_IN_HIS}:
        return any(row.kind is RowKind.REFUND or near_midnight(row, edge) for row in rows)
    one_sided = category in {Category.SETTLEMENT, Category.FEE} and len({row.leg for row in rows}) == 1
    return one_sided and any(near_midnight(row, edge) for row in rows)


def must_come_later(rows: Sequence[Row], category: Category, day: date) -> bool:
    """Is it known that the HIS has these rows on a day after ``day``?"""
    return category is Category.MISSING_IN_HIS and any(row.booked_on and row.booked_on > day for row in rows)


def near_midnight(row: Row, edge: timedelta) -> bool:
    at = row.at.astimezone(HOSPITAL_ZONE)
    passed = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
    return passed < edge or passed >= timedelta(days=1) - edge


def money_difference(rows: Sequence[Row]) -> int:
    """The channel's money less that of the books: of the HIS where it has the row or ought to have it, else ours. Above 0 is 长款."""
    by_leg: dict[Leg, int] = {}
    for row in rows:
        by_leg[row.leg] = by_leg.get(row.leg, 0) + _added_fen(row)
    if set(by_leg) <= {Leg.CHANNEL, Leg.FUND} and any(row.number.startswith(FUND_MARK) for row in rows):
        return by_leg.get(Leg.FUND, 0) - by_leg.get(Leg.CHANNEL, 0)
    channel = by_leg.get(Leg.CHANNEL, by_leg.get(Leg.FUND, 0))
    ours = by_leg.get(Leg.OURS)
    books = by_leg.get(Leg.HIS, ours if ours is not None and ours != channel else 0)
    return channel - books


def _added_fen(row: Row) -> int:
    """What the row adds to the hospital's money; the channel keeps a fee unless it gives it back."""
    is_kept = row.kind is RowKind.FEE and not row.number.endswith(FEE_BACK)
    return -row.signed_fen if is_kept else row.signed_fen


def discrepancy(key: str, found: Verdict, rows: Sequence[Row], since: date, *, ours: bool) -> Discrepancy:
    category, reason, act = found
    return Discrepancy(
        id=key,
        category=category,
        reason=reason,
        act=act,
        rows=in_order(rows),
        difference_fen=money_difference(rows),
        since=since,
        ours=ours,
    )
