"""Figures cell by cell: which column a number stands in, what comes first, and what is not counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.reconciliation.register_model import Entry, Share
from server.reconciliation.rules.figures import by_share, by_way, durations
from tests.unit.reconciliation.days import at
from tests.unit.reconciliation.entries import gave_back, received


def test_each_way_with_its_counts_its_money_and_their_shares() -> None:
    entries = [received(300, way="card"), *[received(100, way="cash") for _ in range(3)], gave_back(50, way="cash")]
    assert by_way(entries).rows == (
        ("card", 1, 2500, 300, 5000, 0, 0, 300),
        ("cash", 3, 7500, 300, 5000, 1, 50, 250),
    )


def test_of_two_ways_with_the_same_money_the_order_is_that_of_their_names() -> None:
    entries = [received(100, way="wechat"), *[received(50, way="alipay") for _ in range(2)]]
    assert [row[0] for row in by_way(entries).rows] == ["alipay", "wechat"]
    fewer_first = [received(100, way="alipay"), *[received(50, way="wechat") for _ in range(2)]]
    assert [row[0] for row in by_way(fewer_first).rows] == ["alipay", "wechat"]


def test_a_department_that_only_gave_back_took_nothing_and_one_that_only_took_gave_nothing_back() -> None:
    def of(fen: int, name: str) -> tuple[Share, ...]:
        return (Share(amount_fen=fen, department=name),)

    entries = [
        received(300, shares=of(300, "内科")),
        received(100, shares=of(100, "眼科")),
        gave_back(50, shares=of(50, "骨科")),
    ]
    assert by_share("department", entries).rows == (
        ("内科", 300, 7500, 0, 300),
        ("眼科", 100, 2500, 0, 100),
        ("骨科", 0, 0, 50, -50),
    )


def test_departments_with_the_same_money_stand_in_the_order_of_their_names() -> None:
    one_fen = [received(1, shares=(Share(amount_fen=1, department="B"),))]
    nothing = [gave_back(1, shares=(Share(amount_fen=1, department="A"),))]
    assert [row[0] for row in by_share("department", one_fen + nothing).rows] == ["B", "A"]


@pytest.mark.parametrize(
    ("seconds", "median", "nine_of_ten", "longest"), [((1, 2, 30), 2, 30, 30), (tuple(range(1, 21)), 10, 18, 20)]
)
def test_the_median_and_the_time_within_which_nine_of_ten_were_booked(
    seconds: tuple[int, ...], median: int, nine_of_ten: int, longest: int
) -> None:
    entries: list[Entry] = [received(1, at(9), booked_at=at(9) + timedelta(seconds=each)) for each in seconds]
    assert durations(entries).rows[0][:5] == ("付款到入账", len(seconds), median, nine_of_ten, longest)


def test_a_refund_whose_beginning_nobody_knows_and_a_receipt_are_no_time_of_going_back() -> None:
    entries = [gave_back(1), gave_back(1, at(15), began_at=at(14, 59)), received(1, began_at=at(8))]
    assert durations(entries).rows[1][:5] == ("发起退费到退回", 1, 60, 60, 60)


def test_what_went_back_after_a_discharge_has_its_own_clock() -> None:
    """Money must be back within three working days, and is heading for one."""
    hours = (1, 24, 25, 72, 73)
    entries: list[Entry] = [
        gave_back(1, at(15), began_at=at(15) - timedelta(hours=each), reason="settlement") for each in hours
    ]
    entries.append(gave_back(1, at(15), began_at=at(14), reason="his_refused"))
    rows = durations(entries).rows
    assert [row[:2] for row in rows] == [("付款到入账", 0), ("发起退费到退回", 6), ("其中结算退回", 5)]
    assert rows[2][5:] == (4000, 8000)
