"""A statement file that can't be trusted is refused: cut, saved again by a spreadsheet, or with totals that are not those of its rows."""

from __future__ import annotations

import gzip

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
