"""A bank's columns by whatever name, its account, its moments, and what comes back into it."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from server.platforms.bank.statement import BankStatement, read_bank_file
from server.reconciliation.statements import RefusalReason, StatementRefused
from tests.unit.platforms import statement_files

NAMES = ("交易日期", "交易时间", "账号", "借方发生额", "贷方发生额", "余额", "附言", "交易流水号")
CAME = ("2026-03-03", "10:00:00", "6222000000000001", "", "392.67", "392.67", "WD1", "B1")
WENT = ("2026-03-03", "11:00:00", "6222000000000001", "100.00", "", "292.67", "货款", "B2")


def csv_of(*lines: tuple[str, ...], names: tuple[str, ...] = NAMES, head: str = "") -> bytes:
    return (head + "\n".join(",".join(line) for line in (names, *lines))).encode()


rows, refusal = partial(statement_files.rows, BankStatement), partial(statement_files.refusal, BankStatement)


@pytest.mark.parametrize(
    ("of", "name"),
    [
        *[("交易日期", each) for each in ("交易日期", "记账日期", "日期")],
        *[("交易时间", each) for each in ("交易时间", "时间")],
        *[("账号", each) for each in ("账号", "本方账号", "账户")],
        *[("借方发生额", each) for each in ("借方发生额", "借方金额", "支出金额", "支出")],
        *[("贷方发生额", each) for each in ("贷方发生额", "贷方金额", "收入金额", "收入")],
        *[("余额", each) for each in ("余额", "账户余额", "账户结余")],
        *[("附言", each) for each in ("附言", "用途", "摘要")],
        *[("交易流水号", each) for each in ("交易流水号", "流水号")],
    ],
)
def test_every_name_of_a_column_is_known(of: str, name: str) -> None:
    names = tuple(name if each == of else each for each in NAMES)
    found = read_bank_file(csv_of(CAME, WENT, names=names))
    (row,) = found.rows
    assert (row.at.isoformat(), row.amount_fen, row.note, row.number) == (
        "2026-03-03T10:00:00+08:00",
        39267,
        "WD1",
        "B1",
    )
    assert (found.account, found.first, found.last) == ("6222000000000001", date(2026, 3, 3), date(2026, 3, 3))
    with pytest.raises(StatementRefused) as caught:
        rows(csv_of(CAME, (*WENT[:5], "292.68", *WENT[6:]), names=names))
    assert caught.value.reason is RefusalReason.CHAIN, "what left and what is left are read, too"


@pytest.mark.parametrize(
    ("head", "account"),
    [
        ("账号：6222000000000009\n", "6222000000000009"), ("户名 某医院 账户:6222000000000009 币种\n", "6222000000000009"),
        ("卡号 62220000\n", "62220000"), ("账号：6222000\n", "6222000000000001"),
        ("账号：6222000000000009\n账号：6222000000000008\n", "6222000000000009"), ("", "6222000000000001"),
    ],
)  # fmt: skip
def test_the_head_names_the_account_before_the_lines_do(head: str, account: str) -> None:
    assert read_bank_file(csv_of(CAME, head=head)).account == account


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        ("2026-03-03", "10:00:00", "2026-03-03T10:00:00+08:00"), ("2026/03/03", "10:00", "2026-03-03T10:00:00+08:00"),
        ("20260303", "", "2026-03-03T00:00:00+08:00"), ("2026-03-03 10:11:12", "", "2026-03-03T10:11:12+08:00"),
        ("2026-03-03 00:00:00", "10:11:12", "2026-03-03T10:11:12+08:00"),
    ],
)  # fmt: skip
def test_a_moment_is_the_hospital_s_however_it_is_written(day: str, time: str, moment: str) -> None:
    (row,) = rows(csv_of((day, time, *CAME[2:])))
    assert row.at.isoformat() == moment


@pytest.mark.parametrize(
    ("amount", "fen"),
    [
        ("392.67", 39267),
        ("+392.67", 39267),
        ('"1,392.67"', 139267),
        ("392.6", 39260),
        ("392", 39200),
        ("-100.00", -10000),
    ],
)
def test_money_is_read_with_its_commas(amount: str, fen: int) -> None:
    (row,) = rows(csv_of((*CAME[:4], amount, "", *CAME[6:])))
    assert row.amount_fen == fen


def test_money_that_left_is_read() -> None:
    with pytest.raises(StatementRefused):
        rows(csv_of(CAME, (*WENT[:3], "x", *WENT[4:])))


@pytest.mark.parametrize(("place", "text"), [(4, "392.678"), (4, "一"), (0, "2026-03-32"), (1, "25:00:00"), (0, "")])
def test_the_line_of_a_cell_that_can_not_be_read_is_said(place: int, text: str) -> None:
    line = tuple(text if at == place else cell for at, cell in enumerate(CAME))
    assert refusal(csv_of(CAME, line)) == (RefusalReason.UNREADABLE, 3)


def test_a_line_that_is_cut_or_has_cut_numbers_is_refused_with_its_place() -> None:
    assert refusal(csv_of(CAME, CAME[:-1])) == (RefusalReason.HALF, 3)
    assert refusal(csv_of((*CAME[:-1], "4.2E+27"), CAME)) == (RefusalReason.RESAVED, 2)


def test_empty_lines_and_lines_of_nothing_are_passed_over() -> None:
    assert len(rows(csv_of(CAME, ("",) * 8, WENT))) == 1


def test_a_file_needs_its_money_and_its_days() -> None:
    for missing in ("交易日期", "贷方发生额"):
        names = tuple("别的" if each == missing else each for each in NAMES)
        assert refusal(csv_of(CAME, names=names)) == (RefusalReason.UNREADABLE, 0)
    assert read_bank_file(csv_of()).first is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0A\n", RefusalReason.RESAVED),
        (b"\xff\xff\n", RefusalReason.HALF),
        (b"", RefusalReason.EMPTY),
    ],
)
def test_a_file_that_is_no_text_has_its_reason(content: bytes, reason: RefusalReason) -> None:
    with pytest.raises(StatementRefused) as refused:
        read_bank_file(content)
    assert refused.value.reason is reason
