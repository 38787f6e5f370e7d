"""A bank's CSV is read by the names of its columns; what left the account is checked and left out."""

from __future__ import annotations

import io
from datetime import date, datetime
from functools import partial

import pytest
from openpyxl import Workbook

from server.platforms.bank import workbook as module
from server.platforms.bank.statement import BankStatement, read_bank_file
from server.reconciliation.model import Leg, RowKind
from server.reconciliation.statements import RefusalReason
from tests.unit.platforms import statement_files

SANDBOX = """交易日期,交易时间,账号,借方发生额,贷方发生额,余额,对方户名,摘要,附言,交易流水号
2026-03-03,10:00:00,6222000000000001,0.00,392.67,392.67,财付通支付科技有限公司,结算款,提现 WD20260303000001,B2026030303000001
2026-03-03,15:30:00,6222000000000001,100.00,0.00,292.67,某某公司,转账,货款,B20260303er000001
2026-03-04,10:00:00,6222000000000001,0.00,"1,343.00",1635.67,财付通支付科技有限公司,结算款,提现 WD20260304000002,B2026030403000002
"""
OTHER_BANK = """某某银行对公账户明细
账户：6222000000000001
记账日期,收入金额,支出金额,账户余额,用途
20260304,1343.00,,1635.67,WD20260304000002
2026/03/03,,100.00,292.67,货款
2026/03/03,392.67,,392.67,WD20260303000001
"""


rows, refused = partial(statement_files.rows, BankStatement), partial(statement_files.refused, BankStatement)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_what_came_in_is_read(encoding: str) -> None:
    first, second = rows(SANDBOX.encode(encoding))
    assert (first.leg, first.kind, first.amount_fen, second.amount_fen) == (Leg.BANK, RowKind.WITHDRAWAL, 39267, 134300)
    assert (first.note, first.at.isoformat()) == ("提现 WD20260303000001 结算款", "2026-03-03T10:00:00+08:00")
    assert first.number == "B2026030303000001"


def test_another_bank_names_its_columns_otherwise_and_has_the_newest_first() -> None:
    assert [(row.amount_fen, row.note) for row in rows(OTHER_BANK.encode("gb18030"))] == [
        (134300, "WD20260304000002"),
        (39267, "WD20260303000001"),
    ]


@pytest.mark.parametrize(
    "whole", [SANDBOX.replace(",100.00,0.00,", ",-100.00,0.00,"), OTHER_BANK.replace(",,100.00,", ",,-100.00,")]
)
def test_what_left_may_be_told_below_zero(whole: str) -> None:
    """The balances say whether a minus among what left means that it left, or that it was taken back."""
    assert sorted(row.amount_fen for row in rows(whole.encode("gb18030"))) == [39267, 134300]
    taken_back = SANDBOX.replace(",100.00,0.00,292.67,", ",-100.00,0.00,492.67,").replace("1635.67", "1835.67")
    assert [row.amount_fen for row in rows(taken_back.encode())] == [39267, 134300]
    assert refused(whole.replace("292.67,", "293.67,").encode("gb18030")) is RefusalReason.CHAIN


def test_what_can_not_be_used_is_refused() -> None:
    assert refused(b"") is RefusalReason.EMPTY
    assert refused(b"PK\x03\x04") is RefusalReason.RESAVED
    assert refused("你好,世界\n1,2\n".encode()) is RefusalReason.UNREADABLE
    assert refused(SANDBOX.replace("292.67,某", "292.68,某").encode()) is RefusalReason.CHAIN
    assert refused(SANDBOX.replace("392.67,392.67", "x,392.67").encode()) is RefusalReason.UNREADABLE
    assert refused(SANDBOX.encode()[:-70].rsplit(b",", 3)[0]) is RefusalReason.HALF


def workbook(*lines: list[object]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HEAD: list[object] = ["交易日期", "交易时间", "借方发生额", "贷方发生额", "余额", "附言", "交易流水号"]


def test_a_workbook_of_the_bank_is_read_as_its_csv_would_be() -> None:
    content = workbook(
        ["某某银行对公账户明细"], ["账户：6222000000000001"], HEAD,
        [datetime(2026, 3, 3),  # noqa: DTZ001
         "10:00:00", None, 392.67, 392.67, "提现 WD20260303000001", "B1"],
        ["2026-03-03", "11:00:00", "100.00", None, 292.67, "货款", "B2"],
        ["20260304", "10:00:00", None, "1,343.00", "1635.67", "提现 WD20260304000002", 20260304],
    )  # fmt: skip
    found = read_bank_file(content)
    assert (found.account, found.first, found.last) == ("6222000000000001", date(2026, 3, 3), date(2026, 3, 4))
    assert [(row.amount_fen, row.at.isoformat(), row.number) for row in found.rows] == [
        (39267, "2026-03-03T10:00:00+08:00", "B1"),
        (134300, "2026-03-04T10:00:00+08:00", "20260304"),
    ]


def test_a_file_whose_numbers_lost_their_last_digits_is_recognised() -> None:
    line: list[object] = ["2026-03-03", "10:00:00", None, 392.67, 392.67, "提现"]
    assert refused(workbook(HEAD, [*line, 4.200000123e27])) is RefusalReason.RESAVED
    assert refused(SANDBOX.replace("B2026030303000001", "4.2E+27").encode()) is RefusalReason.RESAVED
    assert refused(workbook(["姓名", "电话"])) is RefusalReason.UNREADABLE


def test_the_account_is_that_of_the_head_or_of_the_column() -> None:
    assert read_bank_file(SANDBOX.encode()).account == "6222000000000001"
    assert read_bank_file(OTHER_BANK.encode("gb18030")).account == "6222000000000001"
    assert read_bank_file(OTHER_BANK.replace("账户：6222000000000001", "").encode()).account == ""


def test_a_workbook_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINES_MAX", 2)
    line: list[object] = ["2026-03-03", "10:00:00", None, 1, None, "提现", "B1"]
    assert refused(workbook(HEAD, line, line)) is RefusalReason.UNREADABLE
    monkeypatch.setattr(module, "UNPACKED_MAX", 100)
    assert refused(workbook(HEAD, line)) is RefusalReason.UNREADABLE


def test_a_line_of_a_workbook_without_words_is_read() -> None:
    """A workbook has no cells right of its last text; the words may be the last column."""
    head: list[object] = ["交易日期", "交易时间", "贷方发生额", "交易流水号", "摘要", "附言"]
    lines: list[list[object]] = [
        ["2026-03-03", "10:00:00", 392.67, "B1"],
        ["2026-03-03", "11:00:00", 5, "B2", "结算款"],
    ]
    assert [(row.number, row.amount_fen, row.note) for row in rows(workbook(head, *lines))] == [
        ("B1", 39267, ""),
        ("B2", 500, "结算款"),
    ]
