"""How long the bank book keeps what, how much it holds, and what a day's leg says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.core.errors import NotAllowed
from server.reconciliation.bank_model import Arrival, BankBook, Payout
from server.reconciliation.day_model import LegAnswer
from server.reconciliation.model import Act, Category, Leg, MatchResult, Reason, RowKind, RowState
from server.reconciliation.rules.bank_book import (
    bank_leg,
    covered,
    noting,
    payout_differences,
    with_arrivals_of,
    with_file,
    with_withdrawals,
)
from server.reconciliation.rules.settlements import settlements
from tests.unit.reconciliation.days import DAY, at, payment
from tests.unit.reconciliation.test_bank_book import BOOK, a_file, arrival, withdrawal

FIRST, SECOND = "1107000001", "1107000002"


def heard(book: BankBook, now: datetime, *arrivals: Arrival) -> BankBook:
    """A file that is handed in at ``now``."""
    return with_file(book, replace(a_file(now.date(), now.date()), at=now), arrivals)


@pytest.mark.parametrize(("seconds", "kept"), [(0, True), (1, False)])
def test_money_that_belongs_to_nothing_is_forgotten_after_92_days(seconds: int, kept: bool) -> None:
    line = arrival(500)
    now = line.at + timedelta(days=92, seconds=seconds)
    book = heard(heard(BOOK, line.at, line), now)
    assert book.waiting == ((line,) if kept else ())


@pytest.mark.parametrize(("seconds", "kept"), [(0, True), (1, False)])
def test_payouts_and_files_are_kept_for_400_days(seconds: int, kept: bool) -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal(FIRST, 500)])
    payout = book.payouts[0]
    now = payout.at + timedelta(days=400, seconds=seconds)
    assert heard(book, now).payouts == ((payout,) if kept else ())
    files = heard(heard(BOOK, payout.at), now).files
    assert [each.at for each in files] == ([payout.at, now] if kept else [now])


def test_twenty_thousand_lines_are_enough() -> None:
    lines = [arrival(fen) for fen in range(20_001)]
    assert len(with_file(BOOK, a_file(), lines[:-1]).waiting) == 20_000
    with pytest.raises(NotAllowed) as refused:
        with_file(BOOK, a_file(), lines)
    assert refused.value.user_message == "流水太多，请缩短起止日期，分几次上传。"


def test_of_two_lines_of_its_amount_a_payout_takes_the_older_one() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal(FIRST, 500)])
    older, newer = arrival(500, number="B1"), arrival(500, DAY + timedelta(days=1), number="B2")
    book = with_file(book, a_file(), [newer, older])
    assert (book.payouts[0].arrivals, book.waiting) == ((older,), (newer,))


@pytest.mark.parametrize(("days", "taken"), [(0, True), (10, True), (11, False)])
def test_money_of_its_amount_is_a_payout_s_within_ten_days(days: int, taken: bool) -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal(FIRST, 500)])
    assert bool(with_file(book, a_file(), [arrival(500, DAY + timedelta(days=days))]).payouts[0].arrivals) is taken


def test_money_that_names_a_payout_and_came_before_it_is_other_money() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal(FIRST, 500)])
    book = with_file(book, a_file(), [arrival(500, DAY - timedelta(days=1), names=FIRST)])
    assert book.payouts[0].arrivals == ()


# ---- what it says of a day ------------------------------------------------------------------------------------------------------


def test_the_leg_of_a_day_counts_what_has_arrived_of_its_own_channel() -> None:
    book = with_withdrawals(
        BOOK, "wechat", [withdrawal(FIRST, 500), withdrawal(SECOND, 700), withdrawal("1107000003", 900)]
    )
    book = with_withdrawals(book, "alipay", [withdrawal("2107000001", 50)])
    book = with_withdrawals(book, "wechat", [withdrawal("1107000009", 5, DAY + timedelta(days=1))])
    assert bank_leg(book, "wechat", DAY) is None, "the bank has said nothing"
    book = with_file(book, a_file(), [arrival(500, names=FIRST), arrival(300, names=SECOND, number="B2")])
    leg = bank_leg(book, "wechat", DAY)
    assert leg is not None
    assert leg.sums is not None
    assert (leg.leg, leg.answer, leg.at) == (Leg.BANK, LegAnswer.FILE, book.files[-1].at)
    assert (leg.sums.payments, leg.sums.paid_fen, leg.detail) == (2, 800, "1 waiting")
    assert bank_leg(book, "wechat", DAY - timedelta(days=1)) is None, "nothing was paid out"


def test_the_bank_s_word_reaches_from_the_first_to_the_last_of_its_days() -> None:
    assert covered(BOOK, "wechat") is None
    days = [DAY + timedelta(days=number) for number in range(5)]
    book = with_file(with_file(BOOK, a_file(days[1], days[2]), []), a_file(days[0], days[1]), [])
    assert covered(book, "wechat") == (days[0], days[2])
    book = with_withdrawals(book, "wechat", [withdrawal(FIRST, 500)])
    book = with_file(
        book, a_file(days[3], days[4], account="尾号0002"), [arrival(500, names=FIRST, account="尾号0002")]
    )
    assert covered(book, "wechat") == (days[3], days[4]), "of its own account"
    assert covered(book, "alipay") == (days[0], days[4])


def test_a_payout_that_is_short_is_a_difference_with_its_rows() -> None:
    book = with_file(with_withdrawals(BOOK, "wechat", [withdrawal(FIRST, 500)]), a_file(), [arrival(300, names=FIRST)])
    result = with_arrivals_of(book, MatchResult(day=DAY), "wechat")
    (found,) = result.discrepancies
    assert found == payout_differences(book, "wechat", DAY)[0]
    assert (found.id, found.category, found.reason, found.act) == (
        f"withdrawal:{FIRST}", Category.BANK_NOT_ARRIVED, Reason.PAYOUT_SHORT, Act.CHECK_BANK,
    )  # fmt: skip
    assert (found.difference_fen, found.since, found.ours) == (-200, DAY, True)
    assert [(row.leg, row.kind, row.number, row.amount_fen, row.state, row.channel_no, row.note) for row in found.rows] == [
        (Leg.FUND, RowKind.WITHDRAWAL, FIRST, 500, RowState.DONE, f"42{FIRST}", ""),
        (Leg.BANK, RowKind.WITHDRAWAL, "B1", 300, RowState.DONE, "", "尾号0001"),
    ]  # fmt: skip


def test_what_the_bank_adds_stands_among_the_others_in_order() -> None:
    book = with_file(with_withdrawals(BOOK, "wechat", [withdrawal(FIRST, 500)]), a_file(), [arrival(300, names=FIRST)])
    (found,) = payout_differences(book, "wechat", DAY)
    others = tuple(replace(found, id="x", category=category) for category in (Category.AMOUNT, Category.STATE))
    result = with_arrivals_of(book, MatchResult(day=DAY, discrepancies=others), "wechat")
    assert [each.category for each in result.discrepancies] == [
        Category.AMOUNT,
        Category.BANK_NOT_ARRIVED,
        Category.STATE,
    ]
    nothing = MatchResult(day=DAY + timedelta(days=1))
    assert with_arrivals_of(book, nothing, "wechat") is nothing


def test_withdrawals_are_noted_as_the_rows_pass() -> None:
    rows, found = [payment(Leg.FUND, "ZH1", 5), withdrawal(FIRST, 500)], []  # type: ignore[var-annotated]
    assert list(noting(rows, found)) == rows
    assert found == rows[1:]
    (payout,) = with_withdrawals(BOOK, "wechat", found).payouts
    assert payout == Payout(channel="wechat", number=FIRST, channel_no=f"42{FIRST}", amount_fen=500, at=at(6))


def test_the_register_of_settlements_says_when_and_where_and_under_which_numbers_it_came() -> None:
    book = with_withdrawals(BOOK, "wechat", [withdrawal(FIRST, 500), withdrawal(SECOND, 700)])
    tomorrow = DAY + timedelta(days=1)
    book = with_file(
        book,
        a_file(),
        [
            arrival(300, names=FIRST, number="B1", account="尾号0002"),
            arrival(200, tomorrow, names=FIRST, number="B2"),
        ],
    )
    sheet = settlements(book, {}, newest_first=True)
    assert (sheet.name, sheet.title) == ("settlements", "结算登记")
    titles = "提现时间 渠道 提现单号 应到 已到 差额 到账时间 银行账户 银行流水号 勾兑结果"
    assert [column.title for column in sheet.columns] == titles.split()
    assert sheet.rows == (
        (at(6), "wechat", SECOND, 700, 0, -700, None, "", "", "等待到账"),
        (at(6), "wechat", FIRST, 500, 500, 0, at(10, day=tomorrow), "尾号0001、尾号0002", "B1、B2", "已到账"),
    )
    late = with_file(book, a_file(last=DAY + timedelta(days=9)), [])
    assert settlements(late, {}).rows[1][-1] == "未到账"
    assert [sheet.sums[at] for at in (3, 4, 5)] == [1200, 500, -700]
