"""Invented days: rows on which every leg agrees, and known discrepancies that are put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from server.core.days import HOSPITAL_ZONE
from server.reconciliation.model import FUND_MARK, Carried, Category, Leg, MatchResult, Row, RowKind, RowState
from server.reconciliation.rules.judging import Bounds
from server.reconciliation.rules.matching import match
from server.reconciliation.rules.parts import parts_of

DAY = date(2026, 11, 27)
TOMORROW = DAY + timedelta(days=1)
NUMBER = "ZH202611270004"
"""A payment of `clean_day` that nobody has refunded."""
KEY = f"payment:{NUMBER}"
BOUNDS = Bounds(prefix="ZH")
ALL_LEGS = (Leg.OURS, Leg.CHANNEL, Leg.FUND, Leg.HIS)
FEE_FEN = 3


def at(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=HOSPITAL_ZONE)


def payment(leg: Leg, number: str, amount_fen: int, when: datetime | None = None, **fields: object) -> Row:
    row = Row(
        leg, RowKind.PAYMENT, number, number, amount_fen, RowState.DONE, when or at(9),
        channel_no=f"42{number}", fee_fen=FEE_FEN if leg in {Leg.CHANNEL, Leg.FUND} else 0,
    )  # fmt: skip
    return row._replace(**fields)  # type: ignore[arg-type]


def refund(leg: Leg, of: str, amount_fen: int, when: datetime | None = None, **fields: object) -> Row:
    row = Row(
        leg, RowKind.REFUND, f"{of}R01", of, amount_fen, RowState.DONE, when or at(15),
        channel_no=f"50{of}R01", fee_fen=-1 if leg in {Leg.CHANNEL, Leg.FUND} else 0,
    )  # fmt: skip
    return row._replace(**fields)  # type: ignore[arg-type]


@dataclass
class Day:
    """Rows of all legs. ``put`` names what was put in: category and key."""

    rows: list[Row] = field(default_factory=list)
    put: list[tuple[Category, str]] = field(default_factory=list)

    def all_legs(self, make: Callable[..., Row], *words: object, ours: bool = True) -> None:
        legs = ALL_LEGS if ours else (Leg.CHANNEL, Leg.FUND, Leg.HIS)
        self.rows += [make(leg, *words) for leg in legs]

    def drop(self, key: str, *legs: Leg) -> None:
        self.rows = [row for row in self.rows if not (row.key == key and row.leg in legs)]

    def change(self, key: str, legs: Iterable[Leg], **fields: object) -> None:
        wanted = set(legs)
        self.rows = [
            row._replace(**fields) if row.key == key and row.leg in wanted else row  # type: ignore[arg-type]
            for row in self.rows
        ]

    def run(self, legs: Iterable[Leg] = ALL_LEGS, earlier: tuple[Carried, ...] = (), day: date = DAY) -> MatchResult:
        there = set(legs)
        rows = [row for row in self.rows if row.leg in there]
        return match(day, parts_of(rows, there, BOUNDS.prefix), there, BOUNDS, earlier=earlier)


def clean_day(payments: int = 12, others: int = 6) -> Day:
    """``payments`` of ours, every third refunded later that day, and ``others`` of other systems on the same merchant account."""
    day = Day()
    for i in range(payments):
        day.all_legs(payment, f"ZH20261127{i:04d}", 1000 + i)
        if i % 3 == 0:
            day.all_legs(refund, f"ZH20261127{i:04d}", 500 + i)
    for i in range(others):
        day.all_legs(payment, f"KIOSK{i:04d}", 2000 + i, ours=False)
    return day


Injection = Callable[[Day, str], Category]
"""Puts one discrepancy at the payment of this number."""


def _missing_here(day: Day, number: str) -> Category:
    day.drop(f"payment:{number}", Leg.OURS)
    return Category.MISSING_HERE


def _missing_at_channel(day: Day, number: str) -> Category:
    day.drop(f"payment:{number}", Leg.CHANNEL, Leg.FUND)
    return Category.MISSING_AT_CHANNEL


def _left_out_of_the_statement(day: Day, number: str) -> Category:
    day.drop(f"payment:{number}", Leg.CHANNEL)
    return Category.MISSING_AT_CHANNEL


def _missing_in_his(day: Day, number: str) -> Category:
    day.drop(f"payment:{number}", Leg.HIS)
    return Category.MISSING_IN_HIS


def _only_in_his(day: Day, number: str) -> Category:
    day.drop(f"payment:{number}", Leg.OURS, Leg.CHANNEL, Leg.FUND)
    return Category.MISSING_AT_CHANNEL


def _amount_at_channel(day: Day, number: str) -> Category:
    day.change(f"payment:{number}", [Leg.CHANNEL, Leg.FUND], amount_fen=7)
    return Category.AMOUNT


def _amount_in_his(day: Day, number: str) -> Category:
    day.change(f"payment:{number}", [Leg.HIS], amount_fen=7)
    return Category.AMOUNT


def _state(day: Day, number: str) -> Category:
    day.change(f"payment:{number}", [Leg.CHANNEL], state=RowState.FAILED)
    day.drop(f"payment:{number}", Leg.FUND)
    return Category.STATE


def _listed_twice(day: Day, number: str) -> Category:
    day.rows += [row for row in day.rows if row.key == f"payment:{number}" and row.leg is Leg.CHANNEL]
    return Category.DOUBLE


def _booked_twice(day: Day, number: str) -> Category:
    day.rows += [
        row._replace(note="again") for row in day.rows if row.key == f"payment:{number}" and row.leg is Leg.HIS
    ]
    return Category.DOUBLE


def _near_midnight(day: Day, number: str) -> Category:
    day.change(f"payment:{number}", ALL_LEGS, at=at(23, 58))
    day.drop(f"payment:{number}", Leg.HIS)
    return Category.CROSS_DAY


def _unknown_kind(day: Day, number: str) -> Category:
    strange = payment(Leg.CHANNEL, f"{number}X", 10, channel_no=f"99{number}", fee_fen=0)
    day.rows.append(strange._replace(kind=RowKind.UNKNOWN, note="分账"))
    return Category.UNKNOWN_KIND


def _unknown_kind_with_money(day: Day, number: str) -> Category:
    """The account has the money, and what the channel keeps of it."""
    _unknown_kind(day, number)
    moved = payment(Leg.FUND, f"{number}F", 10, channel_no=f"99{number}", payment_number="")
    day.rows.append(moved)
    return Category.UNKNOWN_KIND


def _unknown_in_the_account_too(day: Day, number: str) -> Category:
    _unknown_kind_with_money(day, number)
    day.rows[-1] = day.rows[-1]._replace(kind=RowKind.UNKNOWN, note="分账")
    return Category.UNKNOWN_KIND


def _fee(day: Day, number: str) -> Category:
    day.change(f"payment:{number}", [Leg.FUND], fee_fen=FEE_FEN + 2)
    return Category.FEE


def _not_in_fund(day: Day, number: str) -> Category:
    day.change(f"payment:{number}", [Leg.CHANNEL], fee_fen=0)
    day.drop(f"payment:{number}", Leg.FUND)
    return Category.SETTLEMENT


def _refunded_outside(day: Day, number: str) -> Category:
    day.rows += [refund(leg, number, 9, number=f"{number}CONSOLE") for leg in (Leg.CHANNEL, Leg.FUND)]
    return Category.MISSING_HERE


TRADES: dict[str, tuple[Injection, Callable[[str], str]]] = {
    "missing here": (_missing_here, "payment:{}".format),
    "missing at the channel": (_missing_at_channel, "payment:{}".format),
    "left out of the statement": (_left_out_of_the_statement, "payment:{}".format),
    "missing in the HIS": (_missing_in_his, "payment:{}".format),
    "only in the HIS": (_only_in_his, "payment:{}".format),
    "another amount at the channel": (_amount_at_channel, "payment:{}".format),
    "another amount in the HIS": (_amount_in_his, "payment:{}".format),
    "another state": (_state, "payment:{}".format),
    "listed twice": (_listed_twice, "payment:{}".format),
    "booked twice": (_booked_twice, "payment:{}".format),
    "near midnight": (_near_midnight, "payment:{}".format),
    "unknown kind": (_unknown_kind, "unknown:{}X".format),
    "unknown kind with money": (_unknown_kind_with_money, "unknown:{}X".format),
    "unknown kind in both statements": (_unknown_in_the_account_too, "unknown:{}X".format),
    "another fee": (_fee, f"fee:{FUND_MARK}42{{}}".format),
    "not in the fund statement": (_not_in_fund, f"payment:{FUND_MARK}42{{}}".format),
    "refunded outside": (_refunded_outside, "refund:{}CONSOLE".format),
}


def put(day: Day, what: str, number: str) -> None:
    injection, key = TRADES[what]
    day.put.append((injection(day, number), key(number)))
