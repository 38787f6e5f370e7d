"""Figures 统计: shares by way of payment, by department, doctor, kind of item and hour; the trend, and how long things take. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from server.core.days import hospital_day, hospital_time
from server.payments.refund_model import REASONS
from server.reconciliation.register_model import CellKind, Column, Entry, Share, Sheet
from server.reconciliation.rules.registers import SUMMED, sums_of

WHOLE = 10_000
DAY_S = 86_400
_SHARE = CellKind.SHARE
SHARES_BY: Mapping[str, tuple[str, Callable[[Share], str]]] = {
    "department": ("科室", lambda share: share.department),
    "doctor": ("医生", lambda share: share.doctor),
    "category": ("项目类别", lambda share: share.category),
}
"""By the name of a figure: what its first column is called, and what a share has there."""


def by_way(entries: Iterable[Entry]) -> Sheet:
    """支付方式占比: how many receipts and how much money came in which way, cash and cards too where the HIS tells of them."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.way, []).append(entry)
    sums = sorted(((way, sums_of(group)) for way, group in groups.items()), key=lambda each: (-each[1][1], each[0]))
    counts, money = parts_of_whole([each[0] for _, each in sums]), parts_of_whole([each[1] for _, each in sums])
    columns = (
        Column(title="支付方式", kind=CellKind.CODE), SUMMED[0], Column(title="笔数占比", kind=_SHARE, summed=True), SUMMED[1],
        Column(title="金额占比", kind=_SHARE, summed=True), *SUMMED[2:],
    )  # fmt: skip
    rows = tuple(
        (way, each[0], counts[at], each[1], money[at], *each[2:]) for at, (way, each) in enumerate(sums)
    )  # fmt: skip
    return Sheet(name="by-way", title="支付方式占比", columns=columns, rows=rows)


def parts_of_whole(amounts: Sequence[int]) -> tuple[int, ...]:
    """The share of each in parts per ten thousand. They add up to the whole: the largest remainders are rounded up."""
    total = sum(amounts)
    if not total:
        return (0,) * len(amounts)
    parts = [amount * WHOLE // total for amount in amounts]
    rests = sorted(range(len(amounts)), key=lambda at: (-(amounts[at] * WHOLE % total), at))
    for at in rests[: WHOLE - sum(parts)]:
        parts[at] += 1
    return tuple(parts)


def by_share(name: str, entries: Iterable[Entry]) -> Sheet:
    """The money by one of SHARES_BY. One entry may be in several rows, so rows have no counts."""
    title, key = SHARES_BY[name]
    paid: dict[str, int] = {}
    back: dict[str, int] = {}
    for entry in entries:
        side = back if entry.is_refund else paid
        for share in entry.shares or (Share(amount_fen=entry.amount_fen),):
            side[key(share)] = side.get(key(share), 0) + share.amount_fen
    names = sorted(paid | back, key=lambda each: (-paid.get(each, 0), each))
    parts = parts_of_whole([paid.get(each, 0) for each in names])
    rows = tuple(
        (each, paid.get(each, 0), parts[at], back.get(each, 0), paid.get(each, 0) - back.get(each, 0))
        for at, each in enumerate(names)
    )
    columns = (
        Column(title=title, kind=CellKind.CODE), SUMMED[1], Column(title="金额占比", kind=_SHARE, summed=True), SUMMED[3], SUMMED[4],
    )  # fmt: skip
    return Sheet(name=f"by-{name}", title=f"按{title}统计", columns=columns, rows=rows)


def by_hour(entries: Iterable[Entry]) -> Sheet:
    """按时段统计: each hour of the day from the first to the last in which money moved."""
    hours: dict[int, list[Entry]] = {}
    for entry in entries:
        hours.setdefault(hospital_time(entry.at).hour, []).append(entry)
    shown = range(min(hours), max(hours) + 1) if hours else ()
    rows = tuple((f"{hour:02d}:00–{hour:02d}:59", *sums_of(hours.get(hour, []))) for hour in shown)
    return Sheet(name="by-hour", title="按时段统计", columns=(Column(title="时段"), *SUMMED), rows=rows)


def trend(entries: Iterable[Entry], first: date, last: date) -> Sheet:
    """收退趋势: every day from ``first`` to ``last``, empty ones too. The refund rate is the day's refunds by the day's receipts, in money."""
    days: dict[date, list[Entry]] = {}
    for entry in entries:
        days.setdefault(hospital_day(entry.at), []).append(entry)
    rows = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        sums = sums_of(days.get(day, []))
        rows.append((day, *sums, rate(sums[3], sums[1])))
    columns = (Column(title="日期", kind=CellKind.DAY), *SUMMED, Column(title="退费率", kind=_SHARE))
    return Sheet(name="trend", title="收退趋势", columns=columns, rows=tuple(rows))


def rate(part: int, whole: int) -> int | None:
    """Parts per ten thousand, rounded half up; None of nothing."""
    return (2 * part * WHOLE + whole) // (2 * whole) if whole else None


def durations(entries: Sequence[Entry]) -> Sheet:
    """办理时长: how long the HIS took to book what was paid, and how long money took to go back, for each reason too: after a discharge it
    must be back within three working days (`docs/capabilities/deposit.md`).
    """
    booking = [each.booked_at - each.at for each in entries if not each.is_refund and each.booked_at is not None]
    going_back = [
        (each.reason, each.at - each.began_at) for each in entries if each.is_refund and each.began_at is not None
    ]
    by_reason = {title: [time for reason, time in going_back if reason == code] for code, title in REASONS.items()}
    columns = (
        Column(title="环节"), Column(title="笔数", kind=CellKind.COUNT), Column(title="中位数", kind=CellKind.SECONDS),
        Column(title="90%在此时间内", kind=CellKind.SECONDS), Column(title="最长", kind=CellKind.SECONDS),
        Column(title="24小时内", kind=_SHARE), Column(title="3天内", kind=_SHARE),
    )  # fmt: skip
    rows = (
        ("付款到入账", *_spread(booking)),
        ("发起退费到退回", *_spread(time for _, time in going_back)),
        *[(f"其中{title}", *_spread(times)) for title, times in by_reason.items() if times],
    )
    return Sheet(name="durations", title="办理时长", columns=columns, rows=rows)


def _spread(times: Iterable[timedelta]) -> tuple[int | None, ...]:
    """(how many, median, the time within which nine of ten were done, longest), in seconds, and the shares that were done within one day and
    within three. A clock that ran back counts as 0.
    """
    seconds = sorted(max(0, round(time.total_seconds())) for time in times)
    if not seconds:
        return 0, None, None, None, None, None
    within = (sum(each <= days * DAY_S for each in seconds) for days in (1, 3))
    middle, nine_of_ten = seconds[(len(seconds) - 1) // 2], seconds[-(-len(seconds) * 9 // 10) - 1]
    return len(seconds), middle, nine_of_ten, seconds[-1], *(rate(count, len(seconds)) for count in within)
