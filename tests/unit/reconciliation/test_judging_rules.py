"""What a difference is called, row by row, and the bounds of time and money in it; the chain of balances. Pure, each value by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.reconciliation.model import FEE_BACK, FUND_MARK, Act, Category, Leg, Reason, Row, RowKind, RowState
from server.reconciliation.rules.judging import fund_verdict, may_come_later, money_difference, near_midnight, verdict
from tests.unit.reconciliation.days import BOUNDS, NUMBER, at, payment, refund

EVERY = (Leg.OURS, Leg.CHANNEL, Leg.FUND, Leg.HIS)
NO_HIS = (Leg.OURS, Leg.CHANNEL)
FAILED = {"state": RowState.FAILED}
ONLY_CHANNEL = {"expected_in": frozenset({Leg.CHANNEL})}
ONLY_HIS = {"expected_in": frozenset({Leg.HIS})}
Said = tuple[Category, Reason, Act]


def row(leg: Leg, amount_fen: int = 1000, **fields: object) -> Row:
    return payment(leg, NUMBER, amount_fen)._replace(**fields)  # type: ignore[arg-type]


def back(leg: Leg, amount_fen: int = 1000, **fields: object) -> Row:
    return refund(leg, NUMBER, amount_fen)._replace(**fields)  # type: ignore[arg-type]


OURS, CHANNEL, HIS = row(Leg.OURS), row(Leg.CHANNEL), row(Leg.HIS)
LOST = (Category.MISSING_HERE, Reason.NOTIFICATION_LOST, Act.QUERY_CHANNEL)
ONLY_HERE = (Category.MISSING_AT_CHANNEL, Reason.ONLY_HERE, Act.QUERY_CHANNEL)
NOT_BOOKED = (Category.MISSING_IN_HIS, Reason.NOT_BOOKED, Act.ASK_HIS)
HIS_HOLDS = (Category.STATE, Reason.HIS_HOLDS_RETURNED, Act.CHECK_HIS)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([OURS, CHANNEL, HIS], None),
        ([row(Leg.CHANNEL, kind=RowKind.UNKNOWN)], (Category.UNKNOWN_KIND, Reason.KIND_UNKNOWN, Act.LOOK)),
        ([OURS, CHANNEL, CHANNEL, HIS], (Category.DOUBLE, Reason.LISTED_TWICE, Act.CHECK_CHANNEL)),
        ([OURS, OURS, CHANNEL, HIS], (Category.DOUBLE, Reason.LISTED_TWICE, Act.CHECK_CHANNEL)),
        ([HIS], (Category.MISSING_AT_CHANNEL, Reason.ONLY_IN_HIS, Act.CHECK_HIS)),
        ([OURS, HIS], ONLY_HERE),
        ([back(Leg.OURS), back(Leg.HIS)], (Category.MISSING_AT_CHANNEL, Reason.REFUND_ONLY_HERE, Act.QUERY_CHANNEL)),
        ([row(Leg.OURS, **ONLY_HIS), HIS], None),
        ([row(Leg.OURS, **FAILED)], None),
        ([row(Leg.OURS, **FAILED), HIS], HIS_HOLDS),
        ([CHANNEL, HIS], LOST),
        ([row(Leg.CHANNEL, **FAILED)], None),
        ([row(Leg.CHANNEL, **FAILED), HIS], HIS_HOLDS),
        ([back(Leg.CHANNEL)], (Category.MISSING_HERE, Reason.REFUNDED_OUTSIDE, Act.RECORD_REFUND)),
        ([OURS, row(Leg.CHANNEL, 999), HIS], (Category.AMOUNT, Reason.AMOUNT_AT_CHANNEL, Act.LOOK)),
        ([OURS, row(Leg.CHANNEL, **FAILED), HIS], (Category.STATE, Reason.STATE_DIFFERS, Act.QUERY_CHANNEL)),
        ([row(Leg.OURS, **FAILED), row(Leg.CHANNEL, 999, **FAILED)], None),
        ([row(Leg.OURS, **FAILED), row(Leg.CHANNEL, 999, **FAILED), HIS], HIS_HOLDS),
        ([row(Leg.OURS, **FAILED), row(Leg.CHANNEL, 999)], (Category.AMOUNT, Reason.AMOUNT_AT_CHANNEL, Act.LOOK)),
        ([row(Leg.OURS, **ONLY_CHANNEL), CHANNEL], None),
        ([row(Leg.OURS, **ONLY_CHANNEL), CHANNEL, HIS], HIS_HOLDS),
        ([OURS, CHANNEL], NOT_BOOKED),
        ([back(Leg.OURS), back(Leg.CHANNEL)], (Category.MISSING_IN_HIS, Reason.NOT_WRITTEN_OFF, Act.ASK_HIS)),
        ([OURS, CHANNEL, row(Leg.HIS, 400), row(Leg.HIS, 600)], None),
        ([OURS, CHANNEL, HIS, HIS], (Category.DOUBLE, Reason.BOOKED_TWICE, Act.CHECK_HIS)),
        ([OURS, CHANNEL, HIS, row(Leg.HIS, 1)], (Category.AMOUNT, Reason.AMOUNT_IN_HIS, Act.CHECK_HIS)),
        ([OURS, CHANNEL, row(Leg.HIS, 999)], (Category.AMOUNT, Reason.AMOUNT_IN_HIS, Act.CHECK_HIS)),
    ],
)
def test_what_is_wrong_with_rows_of_ours(rows: list[Row], said: Said | None) -> None:
    assert verdict(grouped(rows), EVERY, ours=True) == said


def grouped(rows: list[Row]) -> dict[Leg, list[Row]]:
    return {leg: [each for each in rows if each.leg is leg] for leg in EVERY}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([CHANNEL, HIS], None),
        ([HIS], (Category.MISSING_AT_CHANNEL, Reason.OTHER_SYSTEM_NOT_PAID, Act.CHECK_HIS)),
        ([CHANNEL], (Category.MISSING_IN_HIS, Reason.OTHER_SYSTEM_NOT_BOOKED, Act.CHECK_HIS)),
        ([row(Leg.CHANNEL, **FAILED)], None),
        ([row(Leg.CHANNEL, **FAILED), HIS], (Category.STATE, Reason.STATE_DIFFERS, Act.CHECK_HIS)),
        ([CHANNEL, row(Leg.HIS, 999)], (Category.AMOUNT, Reason.AMOUNT_IN_HIS, Act.CHECK_HIS)),
        ([CHANNEL, CHANNEL, HIS], (Category.DOUBLE, Reason.LISTED_TWICE, Act.CHECK_CHANNEL)),
    ],
)
def test_what_is_wrong_with_rows_of_other_systems(rows: list[Row], said: Said | None) -> None:
    assert verdict(grouped(rows), EVERY, ours=False) == said


def test_without_the_list_of_the_his_nothing_is_missing_there() -> None:
    assert verdict(grouped([OURS, CHANNEL]), NO_HIS, ours=True) is None
    assert verdict(grouped([CHANNEL]), NO_HIS, ours=False) is None
    assert verdict(grouped([CHANNEL]), NO_HIS, ours=True) == LOST


FUND = row(Leg.FUND)
FEE = row(Leg.FUND, 3, kind=RowKind.FEE)


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        ([CHANNEL], [FUND], None),
        ([CHANNEL], [row(Leg.FUND, 999)], (Category.SETTLEMENT, Reason.AMOUNT_AT_CHANNEL, Act.CHECK_CHANNEL)),
        ([CHANNEL], [], (Category.SETTLEMENT, Reason.NOT_IN_FUND, Act.CHECK_CHANNEL)),
        ([], [FUND], (Category.SETTLEMENT, Reason.NOT_IN_TRADES, Act.CHECK_CHANNEL)),
        ([CHANNEL], [FUND, FUND], (Category.SETTLEMENT, Reason.AMOUNT_AT_CHANNEL, Act.CHECK_CHANNEL)),
        ([], [FEE], (Category.FEE, Reason.FEE_DIFFERS, Act.CHECK_CHANNEL)),
        ([FEE], [FEE._replace(amount_fen=4)], (Category.FEE, Reason.FEE_DIFFERS, Act.CHECK_CHANNEL)),
        ([], [row(Leg.FUND, kind=RowKind.UNKNOWN)], (Category.UNKNOWN_KIND, Reason.KIND_UNKNOWN, Act.LOOK)),
    ],
)
def test_what_is_wrong_between_the_two_statements(expected: list[Row], found: list[Row], said: Said | None) -> None:
    assert fund_verdict({Leg.CHANNEL: expected, Leg.FUND: found}) == said


# ---- time and money -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "near"),
    [
        (at(0, 0), True),
        (at(0, 29, 59), True),
        (at(0, 30), False),
        (at(8, 0), False),  # midnight of Greenwich
        (at(23, 29, 59), False),
        (at(23, 30), True),
        (at(23, 59, 59), True),
    ],
)
def test_half_an_hour_around_the_hospital_s_midnight_is_near(when: datetime, near: bool) -> None:
    for moment in (when, when.astimezone(UTC)):
        assert near_midnight(CHANNEL._replace(at=moment), BOUNDS.edge) is near


NEAR, FAR = {"at": at(23, 45)}, {"at": at(12)}


@pytest.mark.parametrize(
    ("category", "fields", "of_refund", "later"),
    [
        (Category.MISSING_HERE, NEAR, False, True),
        (Category.MISSING_HERE, FAR, False, False),
        (Category.MISSING_HERE, FAR, True, False),
        (Category.MISSING_AT_CHANNEL, NEAR, False, True),
        (Category.MISSING_AT_CHANNEL, FAR, False, False),
        (Category.MISSING_AT_CHANNEL, FAR, True, True),
        (Category.MISSING_IN_HIS, FAR, True, True),
        (Category.MISSING_IN_HIS, FAR, False, False),
        (Category.SETTLEMENT, NEAR, False, True),
        (Category.SETTLEMENT, FAR, True, False),
        (Category.FEE, NEAR, False, True),
        (Category.AMOUNT, NEAR, False, False),
        (Category.STATE, NEAR, True, False),
        (Category.DOUBLE, NEAR, False, False),
    ],
)
def test_what_the_other_side_may_tell_another_day(
    category: Category, fields: dict[str, object], of_refund: bool, later: bool
) -> None:
    one = (back if of_refund else row)(Leg.CHANNEL)._replace(**fields)  # type: ignore[arg-type]
    assert may_come_later([one], category, BOUNDS.edge) is later


@pytest.mark.parametrize("category", [Category.SETTLEMENT, Category.FEE])
def test_what_both_statements_have_told_near_midnight_is_not_waited_for(category: Category) -> None:
    both = [row(Leg.CHANNEL, 8)._replace(**NEAR), row(Leg.FUND, 10)._replace(**NEAR)]
    assert not may_come_later(both, category, BOUNDS.edge)
    assert may_come_later(both[1:], category, BOUNDS.edge)


def in_fund(amount_fen: int, leg: Leg, **fields: object) -> Row:
    return row(leg, amount_fen, number=f"{FUND_MARK}42", **fields)


@pytest.mark.parametrize(
    ("rows", "difference_fen"),
    [
        ([CHANNEL], 1000),
        ([HIS], -1000),
        ([OURS], -1000),
        ([OURS, CHANNEL], 1000),
        ([row(Leg.OURS, 400), CHANNEL], 600),
        ([CHANNEL, row(Leg.HIS, 400)], 600),
        ([OURS, CHANNEL, HIS, HIS], -1000),
        ([back(Leg.CHANNEL)], -1000),
        ([back(Leg.HIS)], 1000),
        ([row(Leg.CHANNEL, **FAILED), HIS], -1000),
        ([row(Leg.FUND), HIS], 0),
        ([in_fund(1000, Leg.CHANNEL), in_fund(997, Leg.FUND)], -3),
        ([in_fund(3, Leg.FUND, kind=RowKind.FEE)], -3),
        ([in_fund(3, Leg.CHANNEL, kind=RowKind.FEE)], 3),
        ([row(Leg.FUND, 3, number=f"{FUND_MARK}42{FEE_BACK}", kind=RowKind.FEE)], 3),
    ],
)
def test_who_has_more_and_by_how_much(rows: list[Row], difference_fen: int) -> None:
    assert money_difference(rows) == difference_fen
