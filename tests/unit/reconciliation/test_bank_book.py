"""The bank book: payouts find what arrived by their number, else by their amount, each arrival once, whichever file told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.errors import NotAllowed
from server.reconciliation.bank_model import Arrival, BankBook, BankFile
from server.reconciliation.model import Category, Leg, Reason, Row, RowKind, RowState
from server.reconciliation.rules import bank_book
from server.reconciliation.rules.bank_book import changed_days, payout_differences, with_file, with_withdrawals
from server.reconciliation.rules.settlements import settlements
from tests.unit.reconciliation.days import DAY, at

BOOK = BankBook(hospital="demo")


def withdrawal(number: str, fen: int, day: date = DAY) -> Row:
    return Row(Leg.FUND, RowKind.WITHDRAWAL, number, "", fen, RowState.DONE, at(6, day=day), channel_no=f"42{number}")


def arrival(fen: int, day: date = DAY, *, names: str = "", number: str = "B1", account: str = "尾号0001") -> Arrival:
    return Arrival(
        account=account, number=number, amount_fen=fen, at=at(10, day=day), numbers=(names,) if names else ()
    )


def a_file(first: date = DAY, last: date = DAY, account: str = "尾号0001") -> BankFile:
    return BankFile(
        sha256="ab" * 32, account=account, first=first, last=last, rows=1, came_fen=1, by="staff:1", at=at(9, day=last + timedelta(days=1))
    )  # fmt: skip


def reasons(book: BankBook, day: date = DAY) -> list[tuple[str, Reason, int]]:
    return [(each.rows[0].number, each.reason, each.difference_fen) for each in payout_differences(book, "wechat", day)]


def test_a_payout_finds_its_money_by_number_whatever_day_it_comes() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    late = DAY + timedelta(days=9)
    book = with_file(book, a_file(last=late), [arrival(500, late, names="1107000001"), arrival(500, DAY, number="B2")])
    assert [each.numbers for each in book.payouts[0].arrivals] == [("1107000001",)]
    assert reasons(book) == []


@pytest.mark.parametrize("names", ["11070000015", "21107000001", "WD11070000012"])
def test_a_number_inside_a_longer_one_is_another_number(names: str) -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    book = with_file(book, a_file(), [arrival(300, names=names)])
    assert book.payouts[0].arrivals == ()


@pytest.mark.parametrize("names", ["1107000001", "WD1107000001", "1107000001CNY", "421107000001"])
def test_letters_may_stand_beside_a_number_and_the_business_s_number_is_as_good(names: str) -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    assert with_file(book, a_file(), [arrival(300, names=names)]).payouts[0].arrived_fen == 300


def test_a_batch_that_comes_in_parts_to_two_accounts_is_one_payout() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    book = with_file(book, a_file(), [arrival(300, names="1107000001")])
    assert reasons(book) == [("1107000001", Reason.PAYOUT_SHORT, -200)]
    book = with_file(book, a_file(account="尾号0002"), [arrival(200, names="1107000001", account="尾号0002")])
    assert reasons(book) == []


def test_an_amount_is_taken_once_and_never_from_the_payout_that_is_named() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    book = with_withdrawals(book, "alipay", [withdrawal("2107000001", 500)])
    book = with_file(book, a_file(last=DAY + timedelta(days=4)), [arrival(500, names="2107000001")])
    assert reasons(book) == [("1107000001", Reason.PAYOUT_LATE, -500)]
    book = with_file(book, a_file(last=DAY + timedelta(days=4)), [arrival(500, number="B2")])
    assert reasons(book) == []
    assert book.waiting == ()


def test_money_that_came_before_or_much_later_is_other_money() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    long_after = DAY + timedelta(days=11)
    book = with_file(book, a_file(DAY, long_after), [arrival(500, DAY - timedelta(days=1)), arrival(500, long_after)])
    assert reasons(book) == [("1107000001", Reason.PAYOUT_LATE, -500)]


@pytest.mark.parametrize(("last", "late"), [(2, False), (3, True)])
def test_a_payout_has_three_days(last: int, late: bool) -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    book = with_file(book, a_file(last=DAY + timedelta(days=last)), [])
    (found,) = payout_differences(book, "wechat", DAY) or [None]
    assert (found is not None) is late
    if found:
        assert (found.category, found.difference_fen) == (Category.BANK_NOT_ARRIVED, -500)


def test_days_of_which_no_file_tells_are_not_judged() -> None:
    book = with_withdrawals(
        BOOK, "wechat", [withdrawal("1107000001", 500), withdrawal("1107000002", 500, DAY + timedelta(days=3))]
    )
    assert reasons(book) == []
    book = with_file(book, a_file(DAY + timedelta(days=1), DAY + timedelta(days=9)), [])
    assert (reasons(book), len(reasons(book, DAY + timedelta(days=3)))) == ([], 1)


def test_another_channel_s_account_says_nothing_once_ones_own_is_known() -> None:
    """Only the account into which this channel pays can say that its money is late."""
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500), withdrawal("1107000002", 700)])
    book = with_file(book, a_file(), [arrival(500, names="1107000001")])
    book = with_file(book, a_file(last=DAY + timedelta(days=9), account="尾号0002"), [])
    assert reasons(book) == []


def test_a_file_that_is_handed_in_again_changes_no_money() -> None:
    lines = [arrival(500, number=""), arrival(500, number=""), arrival(300)]
    once = with_file(BOOK, a_file(), lines)
    again = with_file(once, a_file(), [*lines, arrival(500, number="")])
    assert sorted(each.amount_fen for each in again.waiting) == [300, 500, 500, 500], (
        "two like lines of one file are two"
    )


def test_the_days_of_which_a_file_says_something_new_are_named() -> None:
    before = with_withdrawals(
        BOOK, "wechat", [withdrawal("1107000001", 500), withdrawal("1107000002", 700, DAY + timedelta(days=1))]
    )
    after = with_file(before, a_file(), [arrival(500, names="1107000001")])
    assert changed_days(before, after) == [("wechat", DAY)]
    later = with_file(after, a_file(last=DAY + timedelta(days=9)), [])
    assert changed_days(after, later) == [("wechat", DAY + timedelta(days=1))], (
        "late now, because the bank's word reaches so far"
    )
    assert changed_days(later, later) == []


def test_the_same_withdrawal_is_noted_once() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500)])
    assert with_withdrawals(book, "wechat", [withdrawal("1107000001", 500)]) is book


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_book, "WAITING_MAX", 2)
    with pytest.raises(NotAllowed):
        with_file(BOOK, a_file(), [arrival(fen) for fen in (1, 2, 3)])


@settings(deadline=None)
@given(
    fens=st.lists(st.integers(min_value=1, max_value=3), min_size=1, max_size=6),
    arrived=st.lists(st.tuples(st.integers(min_value=1, max_value=3), st.booleans()), max_size=8),
)
def test_no_arrival_is_lost_or_counted_twice(fens: list[int], arrived: list[tuple[int, bool]]) -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal(f"110700000{place}", fen) for place, fen in enumerate(fens)])
    lines = [
        arrival(fen, number=f"B{place}", names=f"110700000{place % len(fens)}" if named else "")
        for place, (fen, named) in enumerate(arrived)
    ]
    for line in lines:
        book = with_file(book, a_file(), [line])
    settled = [each for payout in book.payouts for each in payout.arrivals]
    assert sorted([*settled, *book.waiting], key=lambda each: each.number) == lines


def test_the_register_of_settlements_has_finance_s_columns() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500), withdrawal("1107000002", 700)])
    empty = settlements(book, {"wechat": "微信支付"})
    titles = [column.title for column in empty.columns]
    assert [row[titles.index("勾兑结果")] for row in empty.rows] == ["没有银行流水", "没有银行流水"]
    sheet = settlements(with_file(book, a_file(), [arrival(400, names="1107000001")]), {"wechat": "微信支付"})
    told_rows = [
        tuple(row[titles.index(name)] for name in ("渠道", "应到", "已到", "差额", "银行账户", "勾兑结果"))
        for row in sheet.rows
    ]
    assert told_rows == [
        ("微信支付", 500, 400, -100, "尾号0001", "金额不同"),
        ("微信支付", 700, 0, -700, "", "等待到账"),
    ]


def test_old_lines_that_belong_to_nothing_are_forgotten() -> None:
    old = with_file(BOOK, a_file(), [arrival(500)])
    now = DAY + timedelta(days=120)
    assert with_file(old, replace(a_file(now, now)), [arrival(300, now)]).waiting == (arrival(300, now),)


def test_money_that_comes_twice_for_one_payout_is_not_another_one_s() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal("1107000001", 500), withdrawal("1107000002", 500)])
    twice = [arrival(500, names="1107000001")]
    book = with_file(book, a_file(), twice)
    book = with_file(book, a_file(last=DAY + timedelta(days=4)), [arrival(500, names="1107000001", number="B2")])
    assert reasons(book) == [("1107000002", Reason.PAYOUT_LATE, -500)]
