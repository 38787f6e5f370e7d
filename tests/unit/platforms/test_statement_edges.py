"""The edges of statement files: cells without quotes, files in several pieces, padded or missing lines, members of a zip."""

from __future__ import annotations

import gzip
import hashlib
import io

import pytest

from server.platforms.alipay.pay.statement_files import fen as alipay_fen
from server.platforms.wechat.pay.statement_cells import cells_of
from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.unit.platforms.statement_files import (
    ALIPAY,
    ALIPAY_FUND,
    ALIPAY_ROWS,
    ALL,
    BASIC,
    FUND,
    READERS,
    TRADE,
    WECHAT,
    WECHAT_FUND,
    Reader,
    changed,
    golden,
    refusal,
    refused,
    rows,
    told,
    zipped,
)

# ---- WeChat ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("`a,`b", ["a", "b"]), ("a,`b", ["a", "b"]), ('`a,`"b"', ["a", "b"]), ('`a,"`b"', ["a", "b"]), ("`a,b,`c", ["a,b", "c"]),
        ("`a ,`\tb", ["a", "b"]), ("a,b", ["a", "b"]), ('"`a,1",`b', ["a,1", "b"]),
    ],
)  # fmt: skip
def test_cells_come_without_their_marks(line: str, cells: list[str]) -> None:
    assert cells_of(line, 2, 7) == cells


@pytest.mark.parametrize("line", ["`a", "`a,`b,`c", "a,b,c"])
def test_a_line_with_another_number_of_cells_is_refused(line: str) -> None:
    with pytest.raises(StatementRefused) as caught:
        cells_of(line, 2, 7)
    assert (caught.value.line, caught.value.reason) == (7, RefusalReason.UNREADABLE)


def many(count: int) -> bytes:
    """The newer family with so many payments of 1.28 yuan, under numbers that can't be packed."""
    head, first, *_ = golden(ALL).decode("utf-8-sig").splitlines()
    numbers = [hashlib.sha256(str(number).encode()).hexdigest()[:31] for number in range(count)]
    lines = [
        first.replace("GOLDEN20260302A001", number).replace("`128.00", "`1.28").replace("`0.77000", "`0")
        for number in numbers
    ]
    total = f"{count * 128 / 100:.2f}"
    names = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    return "\n".join([head, *lines, names, f"`{count}.0,`{total},`0.00,`0.00,`0,`{total},`0.00"]).encode()


def test_a_packed_file_of_several_pieces_is_read_whole_and_left_open() -> None:
    content = many(8000)
    packed = gzip.compress(content)
    assert len(packed) > 2 * 64 * 1024
    file = io.BytesIO(packed)
    found = list(WECHAT(file))
    assert (len(found), {row.amount_fen for row in found}) == (8000, {128})
    assert [row.number for row in found] == [row.number for row in rows(WECHAT, content)]
    assert not file.closed
    assert refused(WECHAT, packed[: 100 * 1024]) is RefusalReason.HALF


@pytest.mark.parametrize("name", READERS)
def test_a_file_that_was_read_stays_open(name: str) -> None:
    file = io.BytesIO(golden(name))
    list(READERS[name](file))
    assert not file.closed


@pytest.mark.parametrize(("name", "reader"), [(ALL, WECHAT), (BASIC, WECHAT_FUND)])
def test_what_is_missing_of_the_whole_file_has_no_line(name: str, reader: Reader) -> None:
    lines = golden(name).splitlines(keepends=True)
    assert refusal(reader, b"".join(lines[:-1])) == (RefusalReason.HALF, 0)
    assert refusal(reader, b"".join(lines[:-2])) == (RefusalReason.HALF, 0)
    assert refusal(reader, b"\n" + b"".join(lines)) == (RefusalReason.UNREADABLE, 1)
    assert refusal(reader, b"a,b\n" + b"".join(lines[1:])) == (RefusalReason.UNREADABLE, 1)


@pytest.mark.parametrize("name", [ALL, BASIC])
def test_one_empty_cell_behind_the_totals_is_a_spreadsheet_s(name: str) -> None:
    *above, names, totals = golden(name).decode("utf-8-sig").splitlines()
    assert refused(READERS[name], "\n".join([*above, names + ",", totals]).encode()) is RefusalReason.RESAVED


def test_totals_of_an_account_that_are_not_told_are_nothing() -> None:
    head = golden(BASIC).decode("utf-8-sig").splitlines()[0]
    assert rows(WECHAT_FUND, f"{head}\n资金流水总笔数\n`0.0".encode()) == []
    assert refused(WECHAT_FUND, f"{head}\n资金流水总笔数\n`1.0".encode()) is RefusalReason.TOTALS


def test_a_total_that_is_wrong_is_told_with_its_line() -> None:
    assert refusal(WECHAT, changed(ALL, "`4.0,", "`5.0,")) == (RefusalReason.TOTALS, 7)
    assert refusal(WECHAT_FUND, changed(BASIC, "`6.0,", "`7.0,")) == (RefusalReason.TOTALS, 9)


# ---- Alipay ---------------------------------------------------------------------------------------------------------------------


def without_rows(name: str, *totals: tuple[str, str]) -> bytes:
    text = golden(name).decode("gb18030")
    for old, new in totals:
        text = text.replace(old, new)
    return "\n".join(line for line in text.splitlines() if not line.startswith("2026")).encode("gb18030")


EMPTY_FUND = without_rows(FUND, ("2笔，共-8.53元", "0笔，共0.00元"), ("3笔，共88.54元", "0笔，共0.00元"))


def test_a_day_without_rows_still_has_its_columns() -> None:
    assert rows(ALIPAY_FUND, EMPTY_FUND) == []
    assert refused(ALIPAY_FUND, EMPTY_FUND.replace("业务类型".encode("gb18030"), b"x")) is RefusalReason.UNREADABLE
    empty = golden("alipay-trade-2026-03-01-empty.csv")
    assert refused(ALIPAY, empty.replace("业务类型".encode("gb18030"), b"x")) is RefusalReason.UNREADABLE


def test_a_file_without_its_totals_is_half_a_file() -> None:
    assert refused(ALIPAY, changed(TRADE, "#交易合计", "#别的")) is RefusalReason.HALF
    assert rows(ALIPAY, changed(TRADE, "#退款合计", "#别的")), "a line of totals that is not there says nothing"
    for line in ("#支出合计", "#收入合计"):
        assert refused(ALIPAY_FUND, changed(FUND, line, "#别的")) is RefusalReason.HALF


def test_the_line_of_a_cell_of_alipay_that_can_not_be_read_is_said() -> None:
    assert refusal(ALIPAY, changed(TRADE, ",88.00,88.00,", ",x,88.00,")) == (RefusalReason.UNREADABLE, 6)
    assert refusal(ALIPAY_FUND, changed(FUND, ",88.00,0.00,88.00,", ",88.00,0.00,x,")) == (RefusalReason.UNREADABLE, 6)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("-12.30", -1230), ("+12.3", 1230), ("12", 1200), ("", 0), ("0.05", 5), ("999999999999.99", 99999999999999)],
)
def test_money_of_alipay_has_two_decimals(text: str, amount: int) -> None:
    assert alipay_fen(text) == amount


@pytest.mark.parametrize("text", ["1.234", "1,00", "x", "--1", "1.", "9999999999999"])
def test_what_is_no_money_of_alipay_is_refused(text: str) -> None:
    with pytest.raises(StatementRefused) as caught:
        alipay_fen(text)
    assert caught.value.line == 0


@pytest.mark.parametrize(("before", "found"), [(7, True), (8, False)])
def test_the_detail_is_looked_for_among_the_first_members_of_a_zip(before: int, found: bool) -> None:
    content = zipped(**{f"a{number}": b"x" for number in range(before)}, detail=golden(TRADE))
    if found:
        assert told(ALIPAY, content) == ALIPAY_ROWS
    else:
        assert refused(ALIPAY, content) is RefusalReason.UNREADABLE
