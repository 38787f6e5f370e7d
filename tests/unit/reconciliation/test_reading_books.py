"""The books of some days: our money by when it moved, other systems' by the HIS's list, each once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from server.core.errors import BadInput, OutcomeUnknown
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.reconciliation import registers
from server.reconciliation.his_rows import HisRow
from server.reconciliation.model import RowKind
from server.reconciliation.register_model import Books
from server.reconciliation.registers import Registers
from server.reconciliation.rules.books import missing_note, sheets_of
from server.reconciliation.rules.his_entries import entry_of
from server.storage.memory_payments import MemoryPayments
from tests.support.builders import HOSPITAL, a_paid, renumbered
from tests.support.hospital_systems import FaithfulHis
from tests.support.outside import a_hospital
from tests.unit.reconciliation.days import at

pytestmark = pytest.mark.asyncio
DAY = date(2026, 11, 27)


def paid(number: int, when: datetime, refunded_at: datetime | None = None) -> Payment:
    refund = Refund(
        id=f"ZF{number:06}R01", amount_fen=100, origin=RefundOrigin.STAFF, reason="other", state=RefundState.SUCCEEDED,
        at=when, finished_at=refunded_at,
    )  # fmt: skip
    payment = replace(renumbered(a_paid(), f"ZF{number:06}"), paid_at=when.astimezone(UTC), claims=())
    return replace(payment, refunds=(refund,) if refunded_at else ())


def a_line(number: int, **fields: object) -> HisRow:
    facts = {
        "kind": RowKind.PAYMENT,
        "way": "cash",
        "amount_fen": 500,
        "booked_at": at(10),
        "his_trade_no": f"HIS{number}",
    }
    return HisRow(**{**facts, **fields})  # type: ignore[arg-type]


class Desk:
    def __init__(self) -> None:
        self.his, self.payments = FaithfulHis(), MemoryPayments()
        self.his.day_rows = {}
        hospital = a_hospital()
        self.prefix = hospital.prefix
        self.registers = Registers({HOSPITAL: hospital}, self.payments, {HOSPITAL: self.his})

    async def read(self, first: date = DAY, last: date = DAY) -> Books:
        return await self.registers.read(HOSPITAL, first, last)

    async def numbers(self, first: date = DAY, last: date = DAY) -> set[str]:
        return {entry.number for entry in (await self.read(first, last)).entries}


async def test_money_counts_on_the_day_on_which_it_moved() -> None:
    desk = Desk()
    tomorrow = DAY + timedelta(days=1)
    await desk.payments.insert(paid(1, at(0)))
    await desk.payments.insert(paid(2, at(23, 59, 59), refunded_at=at(0, day=tomorrow)))
    await desk.payments.insert(paid(3, at(0, day=tomorrow)))
    assert await desk.numbers() == {"ZF000001", "ZF000002"}
    assert await desk.numbers(tomorrow, tomorrow) == {"ZF000002R01", "ZF000003"}
    assert len((await desk.read(DAY, tomorrow)).entries) == 4


async def test_what_the_his_has_of_ours_is_not_counted_twice() -> None:
    desk = Desk()
    await desk.payments.insert(paid(1, at(9)))
    lines = (
        a_line(1, out_trade_no="ZF000001", way="wechat"),
        a_line(2),
        a_line(3, kind=RowKind.REFUND, out_trade_no="ZF000009", out_refund_no="ZF000009R01"),
        a_line(4, amount_fen=0, way="none"),
    )
    desk.his.day_rows = {DAY: lines}
    books = await desk.read()
    assert [(entry.number, entry.way) for entry in books.entries] == [("ZF000001", "wechat"), ("HIS2", "cash")]
    assert (desk.prefix, books.unlisted, missing_note(books)) == ("ZF", (), "")


async def test_a_his_without_a_list_is_said() -> None:
    desk = Desk()
    desk.his.day_rows = None
    books = await desk.read(DAY, DAY + timedelta(days=1))
    assert books.unlisted == (DAY, DAY + timedelta(days=1))
    assert "医院系统没有提供当日账目" in missing_note(books)
    assert {sheet.note for sheet in sheets_of(books)} == {missing_note(books)}


async def test_days_that_the_his_could_not_list_are_named() -> None:
    desk = Desk()
    desk.his.day_rows = {DAY: (a_line(1),)}
    tomorrow = DAY + timedelta(days=1)

    async def stumbles(day: date) -> tuple[HisRow, ...] | None:
        if day == tomorrow:
            raise OutcomeUnknown("his", "no answer")
        return (a_line(1),)

    desk.his.statement_day = stumbles  # type: ignore[method-assign]
    books = await desk.read(DAY, tomorrow)
    assert (len(books.entries), books.unlisted) == (1, (tomorrow,))
    assert missing_note(books).startswith("11月28日")


async def test_a_his_that_thinks_for_ever_does_not_hold_up_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    monkeypatch.setattr(registers, "HIS_S_MAX", 0.01)

    async def hangs(day: date) -> None:
        await asyncio.Event().wait()

    desk.his.statement_day = hangs  # type: ignore[assignment]
    assert (await desk.read()).unlisted == (DAY,)


@pytest.mark.parametrize(
    ("first", "last"),
    [(DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=31)), (date(1999, 1, 1), date(1999, 1, 2))],
)
async def test_days_are_bounded(first: date, last: date) -> None:
    with pytest.raises(BadInput):
        await Desk().read(first, last)


async def test_a_day_with_more_than_one_page_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    monkeypatch.setattr(registers, "PAGE", 3)
    for number in range(10):
        await desk.payments.insert(paid(number, at(9) + timedelta(seconds=number)))
    assert len((await desk.read()).entries) == 10


async def test_a_line_without_items_is_one_share() -> None:
    entry = entry_of(a_line(1, department="骨科", items=()))
    assert [(share.amount_fen, share.department, share.category) for share in entry.shares] == [(500, "骨科", "")]
    parted = entry_of(a_line(1, department="骨科", items=(("西药", 200), ("检查", 300))))
    assert [(share.category, share.amount_fen) for share in parted.shares] == [("西药", 200), ("检查", 300)]
