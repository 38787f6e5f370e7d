"""From the groups on which the legs don't agree to the result of the day: links, pairs that cancel, carry, fund rows. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from server.reconciliation.model import (
    FUND_MARK,
    Act,
    Carried,
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
from server.reconciliation.rules.comparing import Group
from server.reconciliation.rules.judging import (
    Bounds,
    discrepancy,
    fund_verdict,
    in_order,
    may_come_later,
    must_come_later,
    verdict,
)

ONE_SIDED = frozenset({Category.MISSING_HERE, Category.MISSING_AT_CHANNEL, Category.MISSING_IN_HIS})


@dataclass(slots=True, kw_only=True)
class Found:
    """What the run has gathered so far: groups by key, and the keys on which all legs agreed."""

    agreed: int = 0
    groups: dict[str, Group] = field(default_factory=dict)


def conclude(
    day: date,
    legs: Collection[Leg],
    bounds: Bounds,
    found: Found,
    earlier: Sequence[Carried],
    sums: Mapping[Leg, Sums],
) -> MatchResult:
    """The result of ``day``. ``legs`` are those that there are; ``earlier`` are rows that earlier days carried into this one."""
    groups = _with_carried(found.groups, earlier)
    _link_by_channel_no(groups)
    since = {each.key: each for each in earlier}
    trades = {key: group for key, group in groups.items() if not _is_fund(key)}
    named = _judged_trades(trades, legs, bounds, day, since)
    kept, cancelled = _without_cancelled_pairs(named)
    if Leg.FUND in legs:
        funds = {key: group for key, group in groups.items() if _is_fund(key)}
        kept = _with_funds(kept, funds, bounds.prefix, day, since)
    judged = {each.id for each in (*named, *kept)}
    settled = [(key, each.since) for key, each in since.items() if key not in judged]
    matched = found.agreed + sum(1 for key, group in trades.items() if group and key not in judged)
    final, carried = _carried_over(kept, day, bounds, since)
    return MatchResult(
        day=day, matched=matched, cancelled=cancelled, sums=sums, discrepancies=tuple(sorted(final, key=_place)),
        carried=tuple(sorted(carried, key=lambda each: each.key)), settled=tuple(sorted(settled)),
    )  # fmt: skip


def _place(each: Discrepancy) -> tuple[str, str]:
    return each.category, each.id


def _is_fund(key: str) -> bool:
    return key.partition(":")[2].startswith(FUND_MARK)


def _with_carried(groups: Mapping[str, Group], earlier: Iterable[Carried]) -> dict[str, Group]:
    """The account's rows that waited with a payment (`_also_in_fund`) go where the account is compared, as on their own day."""
    merged = {key: {leg: list(rows) for leg, rows in group.items()} for key, group in groups.items()}
    for each in earlier:
        for row in each.rows:
            key = row.key if row.leg is Leg.FUND and not _is_fund(each.key) else each.key
            group = merged.setdefault(key, {})
            if row not in group.setdefault(row.leg, []):
                group[row.leg].append(row)
    return merged


def _link_by_channel_no(groups: dict[str, Group]) -> None:
    """A HIS row without our number, or under another, belongs to the row of its channel number: move it there."""
    waiting: dict[tuple[RowKind, str], str] = {}
    for key, group in groups.items():
        for row in (*group.get(Leg.CHANNEL, ()), *group.get(Leg.OURS, ())):
            if row.channel_no and not group.get(Leg.HIS) and not _is_fund(key):
                waiting.setdefault((row.kind, row.channel_no), key)
    for key in sorted(groups):
        group = groups[key]
        if set(group) == {Leg.HIS} and all(row.channel_no for row in group[Leg.HIS]):
            row = group[Leg.HIS][0]
            home = waiting.pop((row.kind, row.channel_no), None)
            if home is not None and home != key:
                groups[home][Leg.HIS] = group.pop(Leg.HIS)


def _judged_trades(
    trades: Mapping[str, Group], legs: Collection[Leg], bounds: Bounds, day: date, since: Mapping[str, Carried]
) -> list[Discrepancy]:
    judged = []
    for key, group in trades.items():
        rows = [row for of_leg in group.values() for row in of_leg]
        if not rows:
            continue
        ours = any(row.payment_number.startswith(bounds.prefix) for row in rows)
        found = verdict(group, legs, ours=ours)
        if found is not None:
            judged.append(discrepancy(key, found, rows, since[key].since if key in since else day, ours=ours))
    return judged


def _without_cancelled_pairs(named: Sequence[Discrepancy]) -> tuple[list[Discrepancy], int]:
    """A payment and its refunds that one side never had come to nothing: it was never asked to have them."""
    by_payment: dict[tuple[Category, str], list[Discrepancy]] = defaultdict(list)
    for each in named:
        only_his = all(row.leg is Leg.HIS for row in each.rows)
        if each.category is Category.MISSING_IN_HIS or (each.category is Category.MISSING_AT_CHANNEL and only_his):
            by_payment[each.category, each.rows[0].payment_number].append(each)
    gone = {
        each.id
        for (_, payment), pair in by_payment.items()
        if payment and len(pair) > 1 and sum(one.difference_fen for one in pair) == 0
        for each in pair
    }
    return [each for each in named if each.id not in gone], len(gone)


def _with_funds(
    named: Sequence[Discrepancy], funds: Mapping[str, Group], prefix: str, day: date, since: Mapping[str, Carried]
) -> list[Discrepancy]:
    """What the trade statement leaves out, or lists twice, is named already: its fund rows are told there. The rest is a discrepancy of its
    own, also beside another one of the same payment: that the HIS does not have it explains nothing of the account.
    """
    by_number = {row.channel_no: each.id for each in named for row in each.rows if row.channel_no}
    by_id = {each.id: each for each in named}
    for key in sorted(funds):
        group = funds[key]
        rows = [row for of_leg in group.values() for row in of_leg]
        found = fund_verdict(group) if rows else None
        if found is None:
            continue
        told = by_number.get(rows[0].channel_no)
        if told is not None and _tells_of(by_id[told], group, found[0]):
            by_id[told] = _also_in_fund(by_id[told], group.get(Leg.FUND, ()))
        else:
            ours = not any(row.payment_number and not row.payment_number.startswith(prefix) for row in rows)
            by_id[key] = discrepancy(key, found, rows, since[key].since if key in since else day, ours=ours)
    return list(by_id.values())


def _tells_of(each: Discrepancy, group: Group, category: Category) -> bool:
    """Is what is wrong of the account's ``group`` said by ``each`` already? Of a kind that the trade statement names and nobody knows, that
    is all that no known trade makes one expect.
    """
    expected, found = group.get(Leg.CHANNEL, ()), group.get(Leg.FUND, ())
    if Category.UNKNOWN_KIND in {each.category, category}:
        return each.category is Category.UNKNOWN_KIND and not expected
    return len(expected) != len(found) and not _listed_once(each)


def _listed_once(each: Discrepancy) -> bool:
    return sum(row.leg is Leg.CHANNEL and row.state is not RowState.FAILED for row in each.rows) == 1


def _also_in_fund(each: Discrepancy, fund: Sequence[Row]) -> Discrepancy:
    """The fund statement tells of it too: then the trade statement has left it out, and no money is missing."""
    rows = in_order((*each.rows, *fund))
    money = any(row.kind is not RowKind.FEE for row in fund)
    if each.category is Category.MISSING_AT_CHANNEL and money:
        return replace(each, rows=rows, reason=Reason.STATEMENT_LEFT_OUT, act=Act.CHECK_CHANNEL, difference_fen=0)
    return replace(each, rows=rows)


def _carried_over(
    named: Iterable[Discrepancy], day: date, bounds: Bounds, since: Mapping[str, Carried]
) -> tuple[list[Discrepancy], list[Carried]]:
    """What counts today and what goes into tomorrow's run. A one-sided row goes on, counted or not, so that the other side is known when
    it comes (`Bounds`), and until the day on which the HIS has it where that is known. What an earlier day has counted as one-sided is not
    counted again, unless the other side has come and says something else.
    """
    final, carried = [], []
    for each in named:
        before, age = since.get(each.id), (day - each.since).days
        known = must_come_later(each.rows, each.category, day)
        waits = known or (age < bounds.carry_days and may_come_later(each.rows, each.category, bounds.edge))
        one_sided = each.category in ONE_SIDED
        counted = one_sided and before is not None and before.counted
        if waits and not counted:
            each = replace(each, category=Category.CROSS_DAY, reason=Reason.NEAR_MIDNIGHT, act=Act.WAIT)
        if not counted:
            final.append(each)
        if waits or (one_sided and age < (bounds.followed_days if each.ours else bounds.carry_days)):
            carried.append(Carried(key=each.id, since=each.since, rows=each.rows, counted=counted or not waits))
    return final, carried
