"""A statement file that can't be trusted is refused: cut, saved again by a spreadsheet, or with totals that are not those of its rows."""

from __future__ import annotations

import gzip
import io

import pytest

from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.unit.platforms.statement_files import (
    ALL,
    BASIC,
    FUND,
    READERS,
    TRADE,
    WECHAT,
    WECHAT_FUND,
    changed,
    golden,
    refused,
    rows,
    zipped,
)


@pytest.mark.parametrize("name", READERS)
def test_an_empty_file_is_no_day_without_trades(name: str) -> None:
    assert refused(READERS[name], b"") is RefusalReason.EMPTY


@pytest.mark.parametrize("name", READERS)
def test_half_a_file_is_refused(name: str) -> None:
    lines = golden(name).splitlines(keepends=True)
    for kept in range(6, len(lines) - 3 if name in {TRADE, FUND} else len(lines) - 1):
        assert refused(READERS[name], b"".join(lines[:kept])) is RefusalReason.HALF


def test_a_file_cut_within_its_gzip_is_refused() -> None:
    whole = gzip.compress(golden(ALL))
    assert refused(WECHAT, whole[:-40]) is RefusalReason.HALF
    assert refused(WECHAT, whole[:100] + b"\x00\x01" + whole[102:]) is RefusalReason.HALF


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ALL, "`4.0,", "`5.0,"),
        (ALL, "`428.05,`33.00,`0.00,`2.38000", "`428.06,`33.00,`0.00,`2.38000"),
        (ALL, "`2.38000,", "`2.39000,"),
        (ALL, ",`33.00,`0.00,`2.38", ",`34.00,`0.00,`2.38"),
        (BASIC, "`6.0,", "`7.0,"),
        (TRADE, "#交易合计：2笔", "#交易合计：3笔"),
        (TRADE, "商家实收共88.50元", "商家实收共88.51元"),
        (TRADE, "商家实收退款共-8.00元", "商家实收退款共-9.00元"),
        (FUND, "#收入合计：3笔", "#收入合计：2笔"),
        (FUND, "共-8.53元", "共-8.54元"),
    ],
)
def test_totals_that_are_not_those_of_the_rows_are_refused(name: str, old: str, new: str) -> None:
    assert refused(READERS[name], changed(name, old, new)) is RefusalReason.TOTALS


@pytest.mark.parametrize(("name", "old", "new"), [(BASIC, "`127.23", "`127.24"), (FUND, ",87.47,", ",87.48,")])
def test_balances_that_do_not_follow_each_other_are_refused(name: str, old: str, new: str) -> None:
    assert refused(READERS[name], changed(name, old, new)) is RefusalReason.CHAIN


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ALL, "`4200067384202603021197371797", "4.20007E+27"),
        (ALL, "`2026-03-02 09:07:00", "2026/3/2 9:07"),
        (ALL, "`33.00\n", "`33.00,,,,,\n"),
        (TRADE, "2026030222001342686533385512\t", "2.02603E+27"),
        (TRADE, "2026-03-02 09:35:05,2026-03-02 09:35:05", "2026/3/2 9:35,2026/3/2 9:35"),
        (FUND, "2026-03-02 09:35:05", "2026/3/2 9:35"),
    ],
)
def test_what_a_spreadsheet_saved_again_is_recognised(name: str, old: str, new: str) -> None:
    if old.startswith("`33.00"):
        content = golden(name).decode("utf-8-sig").replace("申请退款总金额", "申请退款总金额,,,,").encode()
    else:
        content = changed(name, old, new)
    assert refused(READERS[name], content) is RefusalReason.RESAVED


@pytest.mark.parametrize("name", READERS)
def test_a_spreadsheet_itself_is_recognised(name: str) -> None:
    for content in (zipped(**{"xl/workbook.xml": b"x"}), b"\xd0\xcf\x11\xe0" + b"\0" * 500):
        assert refused(READERS[name], content) is RefusalReason.RESAVED


def test_a_spreadsheet_is_recognised_by_its_first_bytes_alone() -> None:
    assert refused(WECHAT, b"PK\x03\x04" + golden(ALL)) is RefusalReason.RESAVED


def test_another_encoding_is_what_a_spreadsheet_makes_of_it() -> None:
    assert refused(WECHAT, golden(ALL).decode("utf-8-sig").encode("gb18030")) is RefusalReason.RESAVED


@pytest.mark.parametrize("name", READERS)
def test_something_else_is_refused(name: str) -> None:
    other = TRADE if READERS[name] in {WECHAT, WECHAT_FUND} else ALL
    assert refused(READERS[name], golden(other)) in {RefusalReason.UNREADABLE, RefusalReason.RESAVED}


def test_the_sentence_says_how_to_get_the_original() -> None:
    with pytest.raises(StatementRefused) as caught:
        rows(WECHAT, b"\xd0\xcf\x11\xe0")
    assert "不要打开，直接上传" in caught.value.user_message


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ALL, "`4200067384202603021197371797", "`4.2E+27"),
        (ALL, "`GOLDEN20260302A001,", "`4.2E+27,"),
        (ALL, "`GOLDEN20260302A001R01", "`4.2E+27"),
        (BASIC, "`4200067384202603021197371797,`42", "`4.2E+27,`42"),
        (
            BASIC,
            "`4200067384202603021197371797,`4200067384202603021197371797",
            "`4200067384202603021197371797,`4.2E+27",
        ),
        (TRADE, "GOLDEN20260302B001	,交易", "4.2E+27	,交易"),
        (TRADE, "GOLDEN20260302B001R01", "4.2E+27"),
        (FUND, "2026030222001342686533385512000001", "4.2E+27"),
        (FUND, "000001	,2026030222001342686533385512", "000001	,4.2E+27"),
        (FUND, "GOLDEN20260302B001	,*", "4.2E+27	,*"),
    ],
)
def test_a_number_that_a_spreadsheet_has_cut_short_is_refused_wherever_it_stands(name: str, old: str, new: str) -> None:
    assert refused(READERS[name], changed(name, old, new)) is RefusalReason.RESAVED


@pytest.mark.parametrize(
    ("name", "column"),
    [
        *[(ALL, each) for each in ("交易时间", "微信订单号", "商户订单号", "交易状态", "手续费")],
        *[
            (BASIC, each)
            for each in ("记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型", "收支金额(元)", "账户结余(元)")
        ],
        *[(TRADE, each) for each in ("支付宝交易号", "商户订单号", "业务类型", "订单金额（元）")],
        *[
            (FUND, each)
            for each in ("账务流水号", "业务流水号", "发生时间", "收入金额（+元）", "支出金额（-元）", "账户余额（元）", "业务类型")
        ],
    ],
)  # fmt: skip
def test_a_file_without_a_column_that_decides_is_refused(name: str, column: str) -> None:
    assert refused(READERS[name], changed(name, column, "别的列")) is RefusalReason.UNREADABLE


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (TRADE, "商户订单号", "商家订单号"), (TRADE, "支付宝交易号", "支付宝流水号"), (TRADE, "退款批次号/请求号", "退款批次号"),
        (FUND, "商户订单号", "商家订单号"), (FUND, "业务流水号", "支付宝流水号"),
    ],
)  # fmt: skip
def test_newer_words_for_a_column_are_known(name: str, old: str, new: str) -> None:
    assert rows(READERS[name], changed(name, old, new)) == rows(READERS[name], golden(name))


@pytest.mark.parametrize(("name", "line"), [(ALL, 2), (BASIC, 2)])
def test_the_line_of_what_can_not_be_read_is_said(name: str, line: int) -> None:
    with pytest.raises(StatementRefused) as caught:
        list(READERS[name](io.BytesIO(changed(name, "`2026-03-02 09:07:00", "`gestern"))))
    assert (caught.value.line, caught.value.reason) == (line, RefusalReason.UNREADABLE)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("wechat-ALL-older.csv", "`428.05,`33.00", "`428.06,`33.00"), ("wechat-ALL-older.csv", "`428.05,`33.00", "`428.05,`33.01"),
        (ALL, "`2.38000,`428.05", "`2.38000,`428.06"), (BASIC, "`3.0,`428.05", "`2.0,`428.05"),
        (BASIC, "`3.0,`428.05", "`3.0,`428.04"), (BASIC, "`3.0,`35.38", "`4.0,`35.38"), (BASIC, "`3.0,`35.38", "`3.0,`35.39"),
        (TRADE, "#退款合计：1笔", "#退款合计：2笔"), (FUND, "#支出合计：2笔", "#支出合计：1笔"), (FUND, "共88.54元", "共88.55元"),
    ],
)  # fmt: skip
def test_each_total_is_held_against_the_rows(name: str, old: str, new: str) -> None:
    reader = READERS.get(name, WECHAT)
    coding = "gb18030" if name in {TRADE, FUND} else "utf-8-sig"
    text = golden(name).decode(coding)
    assert old in text
    assert refused(reader, text.replace(old, new, 1).encode(coding)) is RefusalReason.TOTALS
