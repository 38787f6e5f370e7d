"""A bank's file from its upload to the day whose payout it tells of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import BadInput, Tampered
from server.reconciliation.bank_model import BankBook
from server.reconciliation.day_model import DayState, ReconciliationDay
from server.reconciliation.model import Category, Leg, Reason, Row, RowKind, RowState
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.statements import StatementKind
from server.storage.rules import check_book_step
from tests.support.builders import HOSPITAL
from tests.support.reconciled import ReconciledApp, agreeing

pytestmark = pytest.mark.asyncio
NUMBER = "1107202611220001"


def pays_out(days_app: ReconciledApp, fen: int = 500) -> None:
    """The channel's account pays out on the day that is reconciled."""
    moment = days_app.app.clock.now().replace(microsecond=0)
    row = Row(Leg.FUND, RowKind.WITHDRAWAL, NUMBER, "", fen, RowState.DONE, moment)
    days_app.statements.rows[StatementKind.FUND].append(row)


def bank_file(
    days_app: ReconciledApp, fen: int = 500, days: int = 1, last: int = 1, words: str = f"提现 {NUMBER}"
) -> bytes:
    """A bank's CSV: the payout ``days`` after its day, and lines that only say from where and how far the file reaches."""
    came, end = (days_app.today + timedelta(days=each) for each in (days, last))
    return (
        "账号,交易日期,借方发生额,贷方发生额,附言,交易流水号\n"
        f"6222000000000001,{days_app.today},3.00,,货款,B0\n"
        f"6222000000000001,{came},,{fen / 100:.2f},{words},B1\n6222000000000001,{end},,9.99,其他,B2\n"
    ).encode()


async def hand_in(days_app: ReconciledApp, content: bytes) -> None:
    desk = days_app.days.bank
    seen = await desk.preview(HOSPITAL, content, "")
    await desk.keep(HOSPITAL, await desk.shown(HOSPITAL, seen.sha256, seen.account), "staff:1")
    await days_app.work()


def found(day: ReconciliationDay) -> list[tuple[Category, Reason]]:
    return [(each.category, each.reason) for each in result_from_text(day.result).discrepancies]


async def a_closed_day() -> ReconciledApp:
    days_app = ReconciledApp()
    await agreeing(days_app)
    pays_out(days_app)
    await days_app.next_morning()
    day = await days_app.day()
    assert (day.state, day.leg(Leg.BANK), found(day)) == (DayState.CLOSED, None, []), "no bank has said anything yet"
    return days_app


async def test_a_payout_that_arrives_leaves_the_day_closed_and_adds_the_bank_s_leg() -> None:
    days_app = await a_closed_day()
    await hand_in(days_app, bank_file(days_app, last=9))
    day = await days_app.day()
    leg = day.leg(Leg.BANK)
    assert leg is not None
    assert leg.sums is not None
    assert (day.state, len(day.closes), leg.sums.payments, leg.sums.paid_fen) == (DayState.CLOSED, 1, 1, 500)
    assert [line.by for line in day.history if line.what == "day_bank_told"] == ["staff:1"]


@pytest.mark.parametrize(
    ("fen", "words", "reason"), [(400, f"提现 {NUMBER}", Reason.PAYOUT_SHORT), (400, "货款", Reason.PAYOUT_LATE)]
)
async def test_a_payout_that_is_short_or_late_opens_its_day_again(fen: int, words: str, reason: Reason) -> None:
    days_app = await a_closed_day()
    await hand_in(days_app, bank_file(days_app, fen, words=words, last=9))
    day = await days_app.day()
    assert (day.state, found(day)) == (DayState.DIFFERING, [(Category.BANK_NOT_ARRIVED, reason)])


async def test_a_late_payout_that_comes_after_all_lets_the_day_close_again() -> None:
    days_app = await a_closed_day()
    await hand_in(days_app, bank_file(days_app, 400, words="货款", last=9))
    await hand_in(days_app, bank_file(days_app, days=10, last=10))
    day = await days_app.day()
    assert (day.state, found(day), day.closes[-1].corrects) == (DayState.CLOSED, [], 1)


async def test_a_file_that_came_before_the_day_was_matched_counts_too() -> None:
    days_app = ReconciledApp()
    await agreeing(days_app)
    pays_out(days_app)
    await hand_in(days_app, bank_file(days_app, last=9))
    await days_app.next_morning()
    leg = (await days_app.day()).leg(Leg.BANK)
    assert leg is not None
    assert leg.sums is not None
    assert leg.sums.payments == 1


async def test_a_preview_changes_nothing_and_says_what_would_settle() -> None:
    days_app = await a_closed_day()
    seen = await days_app.days.bank.preview(HOSPITAL, bank_file(days_app, last=9), "")
    assert (seen.account, len(seen.rows), seen.came_fen, seen.settles) == ("尾号0001", 2, 1499, 1)
    assert (await days_app.days.bank.book(HOSPITAL)).files == ()


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "G" * 64])
async def test_only_a_checksum_names_a_kept_file(name: str) -> None:
    with pytest.raises(BadInput):
        await ReconciledApp().days.bank.shown(HOSPITAL, name, "尾号0001")


async def test_a_file_without_an_account_needs_one_and_one_without_money_is_refused() -> None:
    desk = ReconciledApp().days.bank
    content = "交易日期,贷方发生额,借方发生额\n2026-11-22,1.00,\n".encode()
    with pytest.raises(BadInput, match="account"):
        await desk.preview(HOSPITAL, content, " ")
    assert (await desk.preview(HOSPITAL, content, "基本户")).account == "基本户"
    with pytest.raises(BadInput, match="no money"):
        await desk.preview(HOSPITAL, "交易日期,贷方发生额,借方发生额\n2026-11-22,,1.00\n".encode(), "基本户")


async def test_a_book_that_was_changed_in_the_database_is_not_written() -> None:
    with pytest.raises(Tampered):
        check_book_step(BankBook(hospital=HOSPITAL, tampered=True), BankBook(hospital=HOSPITAL))
