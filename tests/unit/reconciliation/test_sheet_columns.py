"""The headlines of every register and figure, as finance's own papers have them (docs/capabilities/reconciliation.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import Category, Leg, RowKind, RowState, Sums
from server.reconciliation.register_model import CellKind, Share, Sheet
from server.reconciliation.rules.day_sheets import KINDS, day_list, differences, fees
from server.reconciliation.rules.figures import by_hour, by_share, by_way, durations, trend
from server.reconciliation.rules.his_entries import entries_of_others, entry_of
from server.reconciliation.rules.registers import e_receipts, receipt_word, receipts, refunds, sums_by
from tests.unit.reconciliation.days import DAY, Day, at, payment, refund
from tests.unit.reconciliation.entries import gave_back, received
from tests.unit.reconciliation.test_registers import a_day, result_of

SUMS = "收款笔数 收款金额 退费笔数 退费金额 净额"
HEADLINES: dict[str, tuple[Callable[[], Sheet], str, str]] = {
    "receipts": (
        lambda: receipts(()), "收款登记",
        "收款时间 支付方式 金额 就诊人 支付单号 交易单号 医院交易号 收据号 入口 终端 操作员 班次",
    ),
    "refunds": (
        lambda: refunds(()), "退费登记",
        "退费时间 支付方式 金额 就诊人 退费单号 交易单号 医院交易号 原支付单号 发起时间 发起人",
    ),
    "e-receipts": (
        lambda: e_receipts(()), "电子票据登记",
        "时间 类型 支付方式 金额 票据代码 票据号码 票据状态 支付单号 退费单号 医院交易号",
    ),
    "by-operator": (lambda: sums_by("operator", ()), "按操作员汇总", f"操作员 {SUMS}"),
    "by-entrance": (lambda: sums_by("entrance", ()), "按入口汇总", f"入口 {SUMS}"),
    "by-terminal": (lambda: sums_by("terminal", ()), "按终端汇总", f"终端 {SUMS}"),
    "by-shift": (lambda: sums_by("shift", ()), "按班次汇总", f"班次 {SUMS}"),
    "by-way": (
        lambda: by_way(()), "支付方式占比", "支付方式 收款笔数 笔数占比 收款金额 金额占比 退费笔数 退费金额 净额",
    ),
    "by-department": (lambda: by_share("department", ()), "按科室统计", "科室 收款金额 金额占比 退费金额 净额"),
    "by-doctor": (lambda: by_share("doctor", ()), "按医生统计", "医生 收款金额 金额占比 退费金额 净额"),
    "by-category": (lambda: by_share("category", ()), "按项目类别统计", "项目类别 收款金额 金额占比 退费金额 净额"),
    "by-hour": (lambda: by_hour(()), "按时段统计", f"时段 {SUMS}"),
    "trend": (lambda: trend((), DAY, DAY), "收退趋势", f"日期 {SUMS} 退费率"),
    "durations": (lambda: durations(()), "办理时长", "环节 笔数 中位数 90%在此时间内 最长 24小时内 3天内"),
    "days": (
        lambda: day_list(()), "日对账表",
        "日期 渠道 医院系统笔数 渠道笔数 已勾兑 医院系统单边 渠道单边 金额不一致 其他差异 医院系统金额 渠道金额 结果",
    ),
    "differences": (
        lambda: differences(a_day().run()), "差异明细",
        "交易日期 类型 单号 医院交易号 交易单号 医院系统金额 渠道金额 差额 长短款 差异 可能原因 建议 对账日期 处理",
    ),
    "fees": (lambda: fees(()), "手续费统计", "日期 渠道 收款笔数 收款金额 退费金额 手续费 占收款"),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADLINES)
def test_each_sheet_has_its_name_its_title_and_its_columns(name: str) -> None:
    make, title, columns = HEADLINES[name]
    sheet = make()
    assert (sheet.name, sheet.title) == (name, title)
    assert [column.title for column in sheet.columns] == columns.split()


@pytest.mark.parametrize("name", HEADLINES)
def test_money_is_a_sum_wherever_receipts_and_refunds_do_not_stand_in_one_column(name: str) -> None:
    sheet = HEADLINES[name][0]()
    unsummed = {column.title for column in sheet.columns if column.kind is CellKind.MONEY and not column.summed}
    assert unsummed == {"e-receipts": {"金额"}, "differences": {"医院系统金额", "渠道金额"}}.get(name, set())


def test_kinds_of_rows_in_words() -> None:
    assert KINDS == {
        RowKind.PAYMENT: "收款", RowKind.REFUND: "退费", RowKind.FEE: "手续费", RowKind.WITHDRAWAL: "提现", RowKind.UNKNOWN: "其他",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "state", "word"),
    [
        (RowKind.PAYMENT, "issued", "有效"), (RowKind.PAYMENT, "red", "已红冲"), (RowKind.PAYMENT, "none", "未开票"),
        (RowKind.REFUND, "issued", "未红冲"), (RowKind.REFUND, "red", "已红冲"), (RowKind.REFUND, "none", "未开票"),
    ],
)  # fmt: skip
def test_states_of_receipts_in_words(kind: RowKind, state: str, word: str) -> None:
    row = HisRow(kind=kind, way="cash", amount_fen=1, booked_at=at(9), his_trade_no="H1", receipt_state=state)
    assert receipt_word(row) == word


def test_the_largest_comes_first_and_equal_ones_by_name() -> None:
    entries = [received(5, operator=name) for name in ("b", "a")] + [received(6, operator="c")]
    assert [row[0] for row in sums_by("operator", entries).rows] == ["c", "a", "b"]
    ways = [received(5, way=name) for name in ("b", "a")] + [received(6, way="c")]
    assert [row[0] for row in by_way(ways).rows] == ["c", "a", "b"]
    shares = [received(5, shares=(Share(amount_fen=5, doctor=name),)) for name in ("b", "a")]
    assert [row[0] for row in by_share("doctor", shares).rows] == ["a", "b"]


def test_what_happened_in_one_instant_stands_by_its_number() -> None:
    entries = [received(1, at(9), number=number) for number in ("ZH2", "ZH1")]
    assert [row[4] for row in receipts(entries).rows] == ["ZH1", "ZH2"]
    rows = [
        HisRow(
            kind=RowKind.PAYMENT, way="cash", amount_fen=1, booked_at=at(9), his_trade_no=number, receipt_state="red"
        )
        for number in ("H2", "H1")
    ]
    assert [row[-1] for row in e_receipts(rows).rows] == ["H1", "H2"]


@pytest.mark.parametrize(
    ("seconds", "spread"),
    [
        ((7,), (1, 7, 7, 7)),
        ((1, 2), (2, 1, 2, 2)),
        ((1, 2, 3), (3, 2, 3, 3)),
        (tuple(range(1, 12)), (11, 6, 10, 11)),
        (tuple(range(1, 21)), (20, 10, 18, 20)),
    ],
)
def test_the_middle_and_the_time_of_nine_in_ten(seconds: tuple[int, ...], spread: tuple[int, ...]) -> None:
    entries = [received(1, at(9), booked_at=at(9) + timedelta(seconds=each)) for each in seconds]
    assert durations(entries).rows[0][1:5] == spread
    back = [gave_back(1, at(15), began_at=at(15) - timedelta(seconds=each)) for each in seconds]
    assert durations(back).rows[1][1:5] == spread


class TestADay:
    def test_counts_what_only_one_side_has_what_differs_and_the_rest(self) -> None:
        day = a_day()
        day.all_legs(payment, "ZH4", 1000)
        [his] = [row for row in day.rows if row.leg is Leg.HIS and row.number == "ZH4"]
        day.rows[day.rows.index(his)] = his._replace(amount_fen=900)
        result = result_of(day)
        found = {each.category for each in result.discrepancies}
        assert {Category.MISSING_AT_CHANNEL, Category.MISSING_IN_HIS, Category.AMOUNT} <= found
        row = dict(
            zip(
                (c.title for c in day_list([(result, "", "")]).columns),
                day_list([(result, "", "")]).rows[0],
                strict=True,
            )
        )
        others = len(result.differing) - 3
        assert (row["医院系统单边"], row["渠道单边"], row["金额不一致"], row["其他差异"]) == (1, 1, 1, others)
        assert row["已勾兑"] == result.matched

    def test_stand_by_their_date_and_then_by_channel(self) -> None:
        today = Day().run()
        tomorrow = replace(today, day=DAY + timedelta(days=1))
        rows = day_list([(tomorrow, "", "A"), (today, "", "B"), (today, "", "A")]).rows
        assert [(row[0], row[1]) for row in rows] == [(DAY, "A"), (DAY, "B"), (tomorrow.day, "A")]

    def test_a_refund_s_sums_are_below_zero(self) -> None:
        day = Day()
        day.all_legs(payment, "ZH1", 1000)
        day.all_legs(refund, "ZH1", 400)
        day.drop("refund:ZH1R01", Leg.HIS)
        rows = [row for row in differences(day.run()).rows if row[1] == "退费"]
        assert all(row[6] == -400 and row[5] is None for row in rows)

    def test_a_fee_s_share_is_that_of_what_was_received(self) -> None:
        assert fees([(DAY, "甲", Sums(payments=1, paid_fen=10_000, fee_fen=60))]).rows[0][-1] == 60


class TestADifference:
    def said(self, day: Day) -> tuple[object, ...]:
        sheet = differences(day.run())
        titles = [column.title for column in sheet.columns]
        (row,) = sheet.rows
        return tuple(row[titles.index(name)] for name in ("医院系统金额", "渠道金额", "差额", "长短款"))

    def test_says_what_all_rows_of_a_side_come_to(self) -> None:
        """Finance subtracts one column from the other and must get the third."""
        day = Day()
        day.all_legs(payment, "ZH1", 1000)
        day.drop("payment:ZH1", Leg.HIS)
        day.rows += [payment(Leg.HIS, "ZH1", fen, note=str(fen)) for fen in (400, 500)]
        assert self.said(day) == (900, 1000, 100, "长款")

    def test_says_twice_the_money_of_what_was_booked_twice(self) -> None:
        day = Day()
        day.all_legs(payment, "ZH1", 1000)
        day.rows.append(payment(Leg.HIS, "ZH1", 1000, note="H2"))
        assert self.said(day) == (2000, 1000, -1000, "短款")

    def test_says_no_money_for_a_row_that_was_taken_back(self) -> None:
        day = Day()
        day.all_legs(payment, "ZH1", 1000)
        day.change("payment:ZH1", [Leg.CHANNEL], state=RowState.FAILED)
        day.drop("payment:ZH1", Leg.FUND)
        assert self.said(day) == (1000, 0, -1000, "短款")

    def test_that_one_side_alone_has_is_a_line_with_its_day_and_numbers(self) -> None:
        late = payment(Leg.HIS, "ZH1", 1000, at(23, 59, day=DAY - timedelta(days=1)), note="HIS-9", channel_no="")
        (row,) = differences(Day([late]).run()).rows
        assert row[:9] == (DAY - timedelta(days=1), "收款", "ZH1", "HIS-9", "", 1000, None, -1000, "短款")
        assert row[-2:] == (DAY, "")

    def test_of_the_channel_says_its_number(self) -> None:
        (row,) = differences(Day([payment(leg, "KIOSK1", 1000) for leg in (Leg.CHANNEL, Leg.FUND)]).run()).rows
        assert row[:9] == (DAY, "收款", "KIOSK1", "", "42KIOSK1", None, 1000, 1000, "长款")


class TestTheHisSEntries:
    def row(self, **fields: object) -> HisRow:
        facts: dict[str, object] = {
            "kind": RowKind.PAYMENT, "way": "cash", "amount_fen": 500, "booked_at": at(9), "his_trade_no": "H1",
            "department": "内科", "doctor": "李虚构",
        }  # fmt: skip
        return HisRow(**{**facts, **fields})  # type: ignore[arg-type]

    def test_has_the_number_that_people_hold(self) -> None:
        for fields, number in (
            ({}, "H1"),
            ({"out_trade_no": "X1"}, "X1"),
            ({"out_trade_no": "X1", "out_refund_no": "X1R01"}, "X1"),
            ({"kind": RowKind.REFUND, "out_trade_no": "X1", "out_refund_no": "X1R01"}, "X1R01"),
            ({"kind": RowKind.REFUND, "out_trade_no": "X1"}, "H1"),
        ):
            assert entry_of(self.row(**fields)).number == number

    def test_items_that_do_not_add_up_are_one_share_without_a_kind(self) -> None:
        right, wrong = self.row(items=(("西药", 200), ("检查", 300))), self.row(items=(("西药", 200),))
        assert [(share.category, share.amount_fen) for share in entry_of(right).shares] == [
            ("西药", 200),
            ("检查", 300),
        ]
        assert [(share.category, share.amount_fen) for share in entry_of(wrong).shares] == [("", 500)]
        assert {(share.department, share.doctor) for share in entry_of(right).shares} == {("内科", "李虚构")}

    def test_are_of_what_came_not_through_us(self) -> None:
        rows = [self.row(), self.row(out_trade_no="ZF1"), self.row(amount_fen=0), self.row(out_trade_no="XZF1")]
        assert [each.number for each in entries_of_others(rows, "ZF")] == ["H1", "XZF1"]
