"""Registers and figures: every entry once, sums that add up, shares that are a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import Leg, MatchResult, RowKind, Sums
from server.reconciliation.register_model import Cell, CellKind, Entry, Share, Sheet
from server.reconciliation.rules.day_sheets import day_list, differences, fees
from server.reconciliation.rules.figures import by_hour, by_share, by_way, durations, parts_of_whole, rate, trend
from server.reconciliation.rules.registers import GROUPS, e_receipts, receipts, refunds, sums_by
from tests.unit.reconciliation.days import ALL_LEGS, DAY, Day, at, payment, refund
from tests.unit.reconciliation.entries import gave_back, received


def table(sheet: Sheet) -> list[dict[str, Cell]]:
    return [dict(zip((column.title for column in sheet.columns), row, strict=True)) for row in sheet.rows]


DAY_OF_ENTRIES = (
    received(3100, at(9), number="ZH1", operator="1001", terminal="window-3", shift="上午班", way="cash", entrance="counter"),
    received(4000, at(9, 30), number="ZH2", patient="张*试", transaction_id="42", his_no="H2", receipt_no="SJ2"),
    received(2900, at(11), number="ZH3", way="card", operator="1001", entrance="counter"),
    gave_back(1000, at(11, 5), number="ZH2R01", payment_number="ZH2", began_at=at(11), operator="staff:1002"),
)  # fmt: skip


def test_every_receipt_once_in_the_order_of_time() -> None:
    rows = table(receipts(reversed(DAY_OF_ENTRIES)))
    assert [row["支付单号"] for row in rows] == ["ZH1", "ZH2", "ZH3"]
    assert rows[1] == {
        "收款时间": at(9, 30), "支付方式": "channel-a", "金额": 4000, "就诊人": "张*试", "支付单号": "ZH2", "交易单号": "42", "医院交易号": "H2",
        "收据号": "SJ2", "入口": "bill_qr", "终端": "", "操作员": "", "班次": "",
    }  # fmt: skip
    assert receipts(DAY_OF_ENTRIES).sums[2] == 10000


def test_every_refund_names_its_payment_and_who_asked() -> None:
    (row,) = table(refunds(DAY_OF_ENTRIES))
    assert (row["退费单号"], row["原支付单号"], row["发起人"], row["发起时间"], row["金额"]) == (
        "ZH2R01",
        "ZH2",
        "staff:1002",
        at(11),
        1000,
    )


def test_sums_by_operator() -> None:
    assert table(sums_by("operator", DAY_OF_ENTRIES)) == [
        {"操作员": "1001", "收款笔数": 2, "收款金额": 6000, "退费笔数": 0, "退费金额": 0, "净额": 6000},
        {"操作员": "", "收款笔数": 1, "收款金额": 4000, "退费笔数": 0, "退费金额": 0, "净额": 4000},
        {"操作员": "staff:1002", "收款笔数": 0, "收款金额": 0, "退费笔数": 1, "退费金额": 1000, "净额": -1000},
    ]


@pytest.mark.parametrize("name", GROUPS)
def test_the_sums_of_every_table_are_those_of_the_day(name: str) -> None:
    assert sums_by(name, DAY_OF_ENTRIES).sums == (None, 3, 10000, 1, 1000, 9000)


# ---- figures ----------------------------------------------------------------------------------------------------------------------------


def test_shares_by_way_are_those_of_a_hospital_s_report() -> None:
    rows = table(by_way(DAY_OF_ENTRIES))
    assert [(row["支付方式"], row["金额占比"], row["笔数占比"]) for row in rows] == [
        ("channel-a", 4000, 3334), ("cash", 3100, 3333), ("card", 2900, 3333),
    ]  # fmt: skip
    assert (rows[0]["退费金额"], rows[0]["净额"]) == (1000, 3000)


@given(st.lists(st.integers(0, 10**12), max_size=30))
def test_shares_are_a_whole(amounts: list[int]) -> None:
    parts = parts_of_whole(amounts)
    assert sum(parts) == (10_000 if sum(amounts) else 0)
    assert all(
        abs(part * sum(amounts) - amount * 10_000) < sum(amounts)
        for part, amount in zip(parts, amounts, strict=True)
        if amount
    )


def test_money_is_counted_where_its_share_is() -> None:
    shares = (
        Share(amount_fen=600, department="内科", category="西药"),
        Share(amount_fen=400, department="骨科", category="检查"),
    )
    entries = [received(1000, shares=shares), received(500), gave_back(400, shares=shares[1:])]
    rows = table(by_share("department", entries))
    assert [(row["科室"], row["收款金额"], row["退费金额"], row["净额"]) for row in rows] == [
        ("内科", 600, 0, 600), ("", 500, 0, 500), ("骨科", 400, 400, 0),
    ]  # fmt: skip
    assert [row["项目类别"] for row in table(by_share("category", entries))] == ["西药", "", "检查"]
    assert by_share("doctor", entries).sums[1] == 1500


def test_hours_between_the_first_and_the_last_are_all_there() -> None:
    rows = table(by_hour(DAY_OF_ENTRIES))
    assert [(row["时段"], row["收款笔数"], row["退费笔数"]) for row in rows] == [
        ("09:00–09:59", 2, 0), ("10:00–10:59", 0, 0), ("11:00–11:59", 1, 1),
    ]  # fmt: skip
    assert by_hour([]).rows == ()


def test_a_trend_has_empty_days_and_the_hospital_s_midnight() -> None:
    late = received(700, at(23, 59, 59), number="ZH9")
    rows = table(trend([*DAY_OF_ENTRIES, late], DAY, DAY + timedelta(days=1)))
    assert [(row["日期"], row["收款金额"], row["退费率"]) for row in rows] == [
        (DAY, 10700, 935),
        (DAY + timedelta(days=1), 0, None),
    ]


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(1, 3, 3333), (1, 20000, 1), (0, 5, 0), (5, 0, None), (3, 2, 15000)]
)
def test_a_rate_is_rounded_half_up(part: int, whole: int, expected: int | None) -> None:
    assert rate(part, whole) == expected


def test_how_long_booking_and_going_back_took() -> None:
    entries: list[Entry] = [received(1, at(9), booked_at=at(9) + timedelta(seconds=s)) for s in range(1, 11)]
    entries += [received(1), gave_back(1, at(15), began_at=at(14, 59))]
    booking, back = durations(entries).rows
    assert booking == ("付款到入账", 10, 5, 9, 10, 10_000, 10_000)
    assert back == ("发起退费到退回", 1, 60, 60, 60, 10_000, 10_000)
    assert durations([]).rows[0] == ("付款到入账", 0, None, None, None, None, None)


def test_a_clock_that_ran_back_is_no_time_below_zero() -> None:
    assert durations([received(1, at(9), booked_at=at(8))]).rows[0][2:5] == (0, 0, 0)


# ---- days -------------------------------------------------------------------------------------------------------------------------------


def result_of(day: Day, legs: Iterable[Leg] = ALL_LEGS) -> MatchResult:
    """The day's result with what each leg sums up to."""
    sums = {}
    for leg in legs:
        paid = [row.amount_fen for row in day.rows if row.leg is leg and row.kind is RowKind.PAYMENT]
        back = [row.amount_fen for row in day.rows if row.leg is leg and row.kind is RowKind.REFUND]
        sums[leg] = Sums(payments=len(paid), paid_fen=sum(paid), refunds=len(back), refunded_fen=sum(back))
    return replace(day.run(legs), sums=sums)


def a_day() -> Day:
    day = Day()
    for number in ("ZH1", "ZH2", "ZH3"):
        day.all_legs(payment, number, 1000)
    day.all_legs(refund, "ZH1", 400)
    day.drop("payment:ZH2", Leg.HIS)
    day.drop("payment:ZH3", Leg.CHANNEL, Leg.FUND)
    return day


def test_the_list_of_days_has_finance_s_columns() -> None:
    (row,) = table(day_list([(result_of(a_day()), "有差异", "渠道甲")]))
    assert (row["日期"], row["医院系统笔数"], row["渠道笔数"], row["医院系统单边"], row["渠道单边"], row["结果"]) == (
        DAY,
        3,
        3,
        1,
        1,
        "有差异",
    )
    assert (row["医院系统金额"], row["渠道金额"]) == (1600, 1600)


def test_a_day_without_the_his_leaves_its_cells_empty() -> None:
    day = Day()
    day.all_legs(payment, "ZH1", 1000)
    (row,) = table(day_list([(result_of(day, (Leg.OURS, Leg.CHANNEL)), "平", "渠道甲")]))
    assert (row["医院系统笔数"], row["医院系统金额"], row["渠道笔数"]) == (None, None, 1)


def test_differences_say_what_each_side_has_and_what_to_do() -> None:
    rows = table(differences(a_day().run()))
    assert {(row["单号"], row["医院系统金额"], row["渠道金额"]) for row in rows} >= {
        ("ZH2", None, 1000),
        ("ZH3", 1000, None),
    }
    assert all(row["差异"] and row["可能原因"] and row["建议"] for row in rows)


def test_fees_by_day_and_channel() -> None:
    sums = Sums(payments=2, paid_fen=3000, refunds=1, refunded_fen=400, fee_fen=18)
    told = [
        (DAY + timedelta(days=1), "渠道甲", sums),
        (DAY, "渠道乙", sums),
        (DAY, "渠道甲", Sums(refunded_fen=1, fee_fen=-1)),
    ]
    assert [tuple(row.values()) for row in table(fees(told))] == [
        (DAY, "渠道乙", 2, 3000, 400, 18, 60), (DAY, "渠道甲", 0, 0, 1, -1, None), (DAY + timedelta(days=1), "渠道甲", 2, 3000, 400, 18, 60),
    ]  # fmt: skip
    assert fees(told).sums == (None, None, 4, 6000, 801, 35, None)


def test_every_summed_column_is_a_number() -> None:
    sheets = [
        receipts(()),
        refunds(()),
        by_way(()),
        by_hour(()),
        trend((), DAY, DAY),
        durations(()),
        differences(a_day().run()),
    ]
    for sheet in sheets:
        for column in sheet.columns:
            assert not column.summed or column.kind in {CellKind.COUNT, CellKind.MONEY, CellKind.SHARE}


def test_the_register_of_electronic_receipts_names_those_that_were_not_red_flushed() -> None:
    def row(kind: RowKind, state: str, number: str) -> HisRow:
        return HisRow(
            kind=kind, way="cash", amount_fen=400, booked_at=at(9), his_trade_no=number, receipt_code="00010126",
            receipt_number="0000000001", receipt_state=state,
        )  # fmt: skip

    payment, refund = RowKind.PAYMENT, RowKind.REFUND
    rows = [
        row(refund, "issued", "H3"),
        row(payment, "issued", "H1"),
        row(refund, "red", "H2"),
        row(payment, "none", "H4"),
        row(payment, "", "H5"),
    ]
    sheet = e_receipts(rows)
    titles = [column.title for column in sheet.columns]
    told = [
        (line[titles.index("医院交易号")], line[titles.index("类型")], line[titles.index("票据状态")])
        for line in sheet.rows
    ]
    assert told == [
        ("H1", "收款", "有效"),
        ("H2", "退费", "已红冲"),
        ("H3", "退费", "未红冲"),
        ("H4", "收款", "未开票"),
    ]
