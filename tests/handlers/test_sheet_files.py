"""Registers as files: what a spreadsheet program reads out of them, and what it is never made to carry out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from handlers.console.views.sheet_cells import cell_text, duration_text, words_of
from handlers.console.views.sheet_files import sheet_csv, workbook
from server.core.csv_cells import BOM
from server.core.days import HOSPITAL_ZONE
from server.reconciliation.register_model import Cell, CellKind, Column, Sheet

WORD = words_of({"channel-a": "渠道甲"})
AT = datetime(2026, 11, 27, 23, 30, 5, tzinfo=HOSPITAL_ZONE)
MIDNIGHT = datetime(2026, 11, 27, tzinfo=HOSPITAL_ZONE)
COLUMNS = (
    Column(title="时间", kind=CellKind.TIME), Column(title="支付方式", kind=CellKind.CODE), Column(title="单号"),
    Column(title="金额", kind=CellKind.MONEY, summed=True), Column(title="笔数", kind=CellKind.COUNT, summed=True),
    Column(title="占比", kind=CellKind.SHARE, summed=True), Column(title="日期", kind=CellKind.DAY),
    Column(title="用时", kind=CellKind.SECONDS),
)  # fmt: skip
ROWS: tuple[tuple[Cell, ...], ...] = (
    (AT, "channel-a", "4200009999202611270000000001", 123456, 2, 3334, date(2026, 11, 27), 75),
    (AT, "cash", "", -1, 1, 6666, None, None),
)
ACTING = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "＝1"]


def a_sheet(rows: tuple[tuple[Cell, ...], ...] = ROWS) -> Sheet:
    return Sheet(name="test", title="收款登记", columns=COLUMNS, rows=rows, note="说明文字")


def opened(*sheets: Sheet) -> Any:
    return load_workbook(io.BytesIO(workbook(sheets, [("医院", "测试医院")], WORD)))


def cells(leaf: Any) -> Iterator[Any]:
    return (cell for row in leaf.iter_rows() for cell in row)


def test_cells_are_typed_and_the_head_stays() -> None:
    leaf = opened(a_sheet())["收款登记"]
    head, first, second, last = leaf.iter_rows()
    assert [cell.value for cell in head] == ["时间", "支付方式", "单号", "金额", "笔数", "占比", "日期", "用时（秒）"]
    assert [cell.value for cell in first] == [
        AT.replace(tzinfo=None), "渠道甲", "4200009999202611270000000001", 1234.56, 2, 0.3334, MIDNIGHT.replace(tzinfo=None), 75,
    ]  # fmt: skip
    assert [cell.data_type for cell in first] == ["d", "s", "s", "n", "n", "n", "d", "n"]
    assert [second[3].value, second[1].value, second[2].value] == [-0.01, "现金", None]
    assert leaf.freeze_panes == "A2"
    assert first[3].number_format == "#,##0.00"
    assert last[0].value == "合计"


def test_sums_are_formulas_over_the_rows() -> None:
    *_, last = opened(a_sheet())["收款登记"].iter_rows()
    assert [cell.value for cell in last] == [
        "合计",
        None,
        None,
        "=SUM(D2:D3)",
        "=SUM(E2:E3)",
        "=SUM(F2:F3)",
        None,
        None,
    ]


def test_a_sheet_without_rows_has_no_sums() -> None:
    leaf = opened(a_sheet(()))["收款登记"]
    assert leaf.max_row == 1
    assert sheet_csv(a_sheet(()), WORD).count("\r\n") == 1


@pytest.mark.parametrize("text", ACTING)
def test_no_text_is_a_formula(text: str) -> None:
    row: tuple[Cell, ...] = (AT, text, text, 1, 1, 1, None, None)
    book = opened(a_sheet((row,)))
    acting = [cell for cell in cells(book["收款登记"]) if cell.data_type == "f"]
    assert [cell.value for cell in acting] == ["=SUM(D2:D2)", "=SUM(E2:E2)", "=SUM(F2:F2)"]
    assert all(cell.quotePrefix for cell in cells(book["收款登记"]) if cell.data_type == "s")
    (_, line, _) = csv.reader(io.StringIO(sheet_csv(a_sheet((row,)), WORD)))
    assert line[2].startswith("'")


def test_what_excel_can_t_hold_is_left_out() -> None:
    leaf = opened(a_sheet(((AT, "cash", "A\x00B\x0b", 1, 1, 1, None, None),)))["收款登记"]
    assert leaf["C2"].value == "AB"


def test_the_first_leaf_says_what_it_is() -> None:
    told = [[cell.value for cell in row] for row in opened(a_sheet())["说明"].iter_rows()]
    assert told == [["医院", "测试医院"], ["收款登记", "说明文字"]]


def test_csv_has_plain_yuan_and_its_sums() -> None:
    text = sheet_csv(a_sheet(), WORD)
    assert text.startswith(BOM)
    head, first, second, last = csv.reader(io.StringIO(text.removeprefix(BOM)))
    assert head[-1] == "用时（秒）"
    assert first == [
        "2026-11-27 23:30:05",
        "渠道甲",
        "4200009999202611270000000001\t",
        "1234.56",
        "2",
        "33.34%",
        "2026-11-27",
        "75",
    ]
    assert second == ["2026-11-27 23:30:05", "现金", "", "-0.01", "1", "66.66%", "", ""]
    assert last == ["合计", "", "", "1234.55", "3", "100.00%", "", ""]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("", "未记录"),
        ("card", "银行卡"),
        ("bill_qr", "扫缴费单"),
        ("staff:1001", "工号1001"),
        ("C0107", "C0107"),
        ("his:w7", "医院系统（w7）"),
    ],
)
def test_codes_are_words(code: str, text: str) -> None:
    assert cell_text(code, CellKind.CODE, WORD) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0秒"), (59, "59秒"), (200, "3分20秒"), (7500, "2小时5分"), (273600, "3天4小时")]
)
def test_durations_are_read_at_a_glance(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text
