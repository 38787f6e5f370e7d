"""Rows as lines: what is written comes back, rows that agree have equal heads, and what the account must say of a trade."""

from __future__ import annotations

from datetime import date

import pytest

from server.reconciliation.model import Leg, Row, RowKind, RowState
from server.reconciliation.rules.lines import SEPARATOR, fund_rows, key_of, line_of, row_of
from server.reconciliation.rules.parts import PARTS, Counting, parts_of, places
from tests.unit.reconciliation.days import payment, refund

ROWS = [
    payment(Leg.OURS, "ZH1", 1000),
    payment(Leg.CHANNEL, "ZH1", 1000, note="甲 乙", fee_fen=-3),
    refund(Leg.OURS, "ZH1", 400, state=RowState.FAILED, booked_on=date(2026, 11, 28)),
    payment(Leg.OURS, "ZH1", 1000, expected_in=frozenset({Leg.CHANNEL})),
    payment(Leg.OURS, "ZH1", 1000, expected_in=frozenset({Leg.HIS})),
    payment(Leg.OURS, "ZH1", 1000, expected_in=frozenset()),
]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_comes_back_as_it_was_written(row: Row) -> None:
    line = line_of(row)
    assert row_of(row.leg, line) == row
    assert key_of(line).decode() == row.key


def head(row: Row) -> bytes:
    return line_of(row).partition(SEPARATOR)[0]


def test_rows_that_agree_have_equal_heads() -> None:
    here, there = payment(Leg.OURS, "ZH1", 1000), payment(Leg.HIS, "ZH1", 1000, note="H1", channel_no="")
    assert head(here) == head(there)
    others = [
        {"amount_fen": 999},
        {"state": RowState.FAILED},
        {"number": "ZH2"},
        {"kind": RowKind.REFUND},
        {"expected_in": frozenset({Leg.HIS})},
    ]
    assert all(head(here._replace(**fields)) != head(there) for fields in others)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["number", "payment_number", "channel_no", "note"])
def test_control_characters_can_not_make_another_row(text: str) -> None:
    row = payment(Leg.HIS, "ZH1", 1000)._replace(**{text: "甲\t乙\n丙\x1f丁"})
    line = line_of(row)
    assert b"\n" not in line
    assert row_of(Leg.HIS, line) == row._replace(**{text: "甲 乙 丙 丁"})


# ---- what the account must say --------------------------------------------------------------------------------------------------


def in_fund(row: Row) -> list[tuple[str, int, int]]:
    return [(each.key, each.amount_fen, each.fee_fen) for each in fund_rows(row)]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (payment(Leg.CHANNEL, "ZH1", 1000), [("payment:fund/42ZH1", 1000, 0), ("fee:fund/42ZH1", 3, 0)]),
        (payment(Leg.CHANNEL, "ZH1", 1000, fee_fen=0), [("payment:fund/42ZH1", 1000, 0)]),
        (payment(Leg.CHANNEL, "ZH1", 1000, fee_fen=0, settled_fen=900), [("payment:fund/42ZH1", 900, 0)]),
        (payment(Leg.CHANNEL, "ZH1", 1000, fee_fen=0, settled_fen=0), [("payment:fund/42ZH1", 0, 0)]),
        (refund(Leg.CHANNEL, "ZH1", 400), [("refund:fund/50ZH1R01", 400, 0), ("fee:fund/50ZH1R01/back", 1, 0)]),
        (payment(Leg.CHANNEL, "ZH1", 1000, state=RowState.FAILED), []),
        (payment(Leg.FUND, "F1", 1000, kind=RowKind.WITHDRAWAL), []),
        (payment(Leg.FUND, "F1", 3, kind=RowKind.FEE), [("fee:fund/42F1", 3, 0)]),
        (payment(Leg.FUND, "F1", 5, kind=RowKind.UNKNOWN), [("unknown:fund/F1", 5, 3)]),
        (payment(Leg.CHANNEL, "ZH1", 5, kind=RowKind.UNKNOWN), []),
    ],
)  # fmt: skip
def test_the_account_has_the_money_and_the_fee_by_itself(row: Row, told: list[tuple[str, int, int]]) -> None:
    assert in_fund(row) == told


# ---- parts ----------------------------------------------------------------------------------------------------------------------


def families(row: Row, *, with_fund: bool = True) -> list[str]:
    return [family for (family, _), _ in places(row, "ZH", with_fund=with_fund)]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (payment(Leg.OURS, "ZH1", 5), ["ours"]),
        (payment(Leg.HIS, "ZH1", 5), ["ours"]),
        (payment(Leg.HIS, "KIOSK1", 5), ["others"]),
        (payment(Leg.CHANNEL, "ZH1", 5, fee_fen=0), ["ours", "fund"]),
        (payment(Leg.CHANNEL, "KIOSK1", 5, fee_fen=1), ["others", "fund", "fund"]),
        (payment(Leg.FUND, "F1", 5, fee_fen=0), ["fund"]),
        (payment(Leg.OURS, "X1", 5), ["ours"]),
    ],
)
def test_a_row_goes_where_it_is_compared(row: Row, found: list[str]) -> None:
    assert families(row) == found
    assert families(row, with_fund=False) == [family for family in found if family != "fund"]


def test_a_row_without_our_number_stands_under_the_channel_s() -> None:
    row = payment(Leg.HIS, "ZH1", 5)._replace(number="", payment_number="")
    [(_, line)] = places(row, "ZH", with_fund=False)
    assert row_of(Leg.HIS, line).number == "42ZH1"


def test_all_legs_of_a_key_meet_in_one_of_61_parts() -> None:
    numbers = [f"ZH20261127{i:05d}" for i in range(500)]
    rows = [payment(leg, number, 5, fee_fen=0) for number in numbers for leg in (Leg.OURS, Leg.CHANNEL, Leg.FUND)]
    found = parts_of(rows, (Leg.OURS, Leg.CHANNEL, Leg.FUND), "ZH")
    ours = [part for part in found if Leg.OURS in part]
    assert (len(ours), len(found), PARTS) == (61, 122, 61)
    for part in ours:
        assert sorted(map(key_of, part[Leg.OURS])) == sorted(map(key_of, part[Leg.CHANNEL]))
    assert all(part.keys() in ({Leg.OURS, Leg.CHANNEL}, {Leg.CHANNEL, Leg.FUND}) for part in found)


# ---- sums -----------------------------------------------------------------------------------------------------------------------


def test_the_sums_of_a_leg_are_of_its_trades_that_hold() -> None:
    counting = Counting()
    assert (counting.sums.payments, counting.sums.paid_fen, counting.sums.refunds, counting.sums.refunded_fen) == (
        0,
        0,
        0,
        0,
    )
    assert counting.sums.fee_fen == 0
    for row in (
        payment(Leg.CHANNEL, "ZH1", 1000), payment(Leg.CHANNEL, "ZH2", 70), refund(Leg.CHANNEL, "ZH1", 400),
        payment(Leg.CHANNEL, "ZH3", 9, state=RowState.FAILED), payment(Leg.CHANNEL, "ZH4", 8, kind=RowKind.UNKNOWN),
        payment(Leg.FUND, "F1", 7, kind=RowKind.WITHDRAWAL), payment(Leg.FUND, "F2", 6, kind=RowKind.FEE, fee_fen=6),
    ):  # fmt: skip
        counting.add(row)
    sums = counting.sums
    assert (sums.payments, sums.paid_fen, sums.refunds, sums.refunded_fen, sums.fee_fen) == (2, 1070, 1, 400, 11)
    assert (sums.rows, sums.net_fen) == (3, 670)
