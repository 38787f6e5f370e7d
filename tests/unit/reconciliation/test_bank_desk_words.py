"""What finance is told about a bank's file, what is kept of it, and which days are looked at again for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.days import hospital_day
from server.core.errors import BadInput
from server.reconciliation.bank import BankBooks, arrivals_of
from server.reconciliation.bank_model import Arrival, BankBook, BankFile
from server.reconciliation.day_model import DayState
from server.reconciliation.model import Leg, Row, RowKind, RowState
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.days_in_store import matched_day
from tests.support.reconciled import ReconciledApp
from tests.unit.reconciliation.days import Day
from tests.unit.reconciliation.test_bank_desk import NUMBER, a_closed_day, bank_file

pytestmark = pytest.mark.asyncio
HEAD = "交易日期,贷方发生额,借方发生额\n"
CAME = f"{HEAD}2026-11-22,1.00,\n".encode()
ONLY_WENT = f"{HEAD}2026-11-22,,1.00\n".encode()


@pytest.mark.parametrize(
    ("content", "account", "words"),
    [
        (CAME, " ", "文件里没有写账号，请填写这是哪个银行账户，例如账号末4位。"),
        (ONLY_WENT, "基本户", "这个文件里没有收入，请检查起止日期。"),
    ],
)
async def test_what_a_file_lacks_is_said(content: bytes, account: str, words: str) -> None:
    with pytest.raises(BadInput) as told:
        await ReconciledApp().days.bank.preview(HOSPITAL, content, account)
    assert told.value.user_message == words


async def test_a_name_that_is_no_checksum_is_no_file() -> None:
    with pytest.raises(BadInput) as told:
        await ReconciledApp().days.bank.shown(HOSPITAL, "f" * 63, "基本户")
    assert told.value.user_message == "没有找到这个文件，请重新上传。"


@pytest.mark.parametrize(("typed", "kept"), [("户" * 21, "户" * 20), ("户" * 20, "户" * 20), (" 基本户 ", "基本户")])
async def test_an_account_is_named_in_twenty_characters(typed: str, kept: str) -> None:
    assert (await ReconciledApp().days.bank.preview(HOSPITAL, CAME, typed)).account == kept


async def test_the_file_s_own_account_counts_by_its_last_four_digits() -> None:
    days_app = await a_closed_day()
    seen = await days_app.days.bank.preview(HOSPITAL, bank_file(days_app), "基本户")
    assert seen.account == "尾号0001"
    assert await days_app.days.bank.shown(HOSPITAL, seen.sha256, "基本户") == seen


async def test_what_is_kept_of_a_file_and_the_day_that_is_matched_again() -> None:
    days_app = await a_closed_day()
    desk = days_app.days.bank
    seen = await desk.preview(HOSPITAL, bank_file(days_app, last=9), "")
    lines = len((await days_app.day()).history)
    file = await desk.keep(HOSPITAL, seen, "staff:3001")
    assert file == BankFile(
        sha256=seen.sha256, account="尾号0001", first=days_app.today, last=days_app.today + timedelta(days=9), rows=2,
        came_fen=1499, by="staff:3001", at=days_app.app.clock.now(),
    )  # fmt: skip
    book = await desk.book(HOSPITAL)
    assert (book.files, len(book.waiting)) == ((file,), 1)
    [payout] = book.payouts
    assert [arrival.number for arrival in payout.arrivals] == ["B1"]
    [line] = (await days_app.day()).history[lines:]
    assert (line.what, line.by) == ("day_bank_told", "staff:3001")
    again = await desk.preview(HOSPITAL, bank_file(days_app, last=9), "")
    assert again.settles == 0
    await desk.keep(HOSPITAL, again, "staff:3001")
    assert len((await days_app.day()).history) == lines + 1, "the same once more says nothing new"


async def test_a_payout_of_a_channel_that_is_not_reconciled_here_is_kept_all_the_same() -> None:
    days_app = await a_closed_day()
    when = days_app.app.clock.now()
    other = Row(Leg.FUND, RowKind.WITHDRAWAL, "9900112233", "", 777, RowState.DONE, when)
    await BankBooks(days_app.app.stores.bank).record_withdrawals(HOSPITAL, "elsewhere", [other])
    seen = await days_app.days.bank.preview(HOSPITAL, bank_file(days_app, fen=777, words="提现 9900112233"), "")
    assert seen.settles == 1
    await days_app.days.bank.keep(HOSPITAL, seen, "staff:3001")


async def test_the_day_of_a_payout_that_the_book_forgets_is_left_alone() -> None:
    days_app = await a_closed_day()
    long_ago = days_app.app.clock.now() - timedelta(days=500)
    row = Row(Leg.FUND, RowKind.WITHDRAWAL, "1107202507110009", "", 321, RowState.DONE, long_ago)
    await BankBooks(days_app.app.stores.bank).record_withdrawals(HOSPITAL, "wechat", [row])
    day = matched_day(hospital_day(long_ago), Day(), state=DayState.CLOSED)
    await days_app.app.stores.days.insert(day)
    desk = days_app.days.bank
    await desk.keep(HOSPITAL, await desk.preview(HOSPITAL, bank_file(days_app), ""), "staff:3001")
    assert [payout.number for payout in (await desk.book(HOSPITAL)).payouts] == [NUMBER]
    assert (await days_app.day(day.day)).history == day.history


class Book:
    """A store of one book that counts its writes."""

    def __init__(self) -> None:
        self.book, self.writes = BankBook(hospital=HOSPITAL), 0

    async def get(self, hospital: str) -> BankBook:
        return self.book

    async def save(self, before: BankBook, after: BankBook) -> BankBook:
        self.book, self.writes = after, self.writes + 1
        return after


async def test_withdrawals_that_a_book_knows_are_not_written_again() -> None:
    store = Book()
    row = Row(Leg.FUND, RowKind.WITHDRAWAL, NUMBER, "", 500, RowState.DONE, MORNING)
    for _ in range(2):
        known = await BankBooks(store).record_withdrawals(HOSPITAL, "wechat", [row])  # type: ignore[arg-type]
        assert [payout.number for payout in known.payouts] == [NUMBER]
    assert store.writes == 1


async def test_what_stands_in_the_way_of_numbers_is_kept_of_a_bank_s_words() -> None:
    row = Row(
        Leg.BANK,
        RowKind.WITHDRAWAL,
        "B1234567",
        "",
        500,
        RowState.DONE,
        MORNING,
        note="张测试 提现 223344 9900AB 12345 223344",
    )
    assert arrivals_of([row], "尾号0001") == [
        Arrival(account="尾号0001", number="B1234567", amount_fen=500, at=MORNING, numbers=("223344", "9900AB", "B1234567"))
    ]  # fmt: skip
