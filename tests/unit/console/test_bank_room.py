"""银行到账 in the console: whoever hands a bank's file in stands in the audit chain before it is taken over."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from server.core.days import hospital_day
from server.core.errors import NotAllowed, StoreUnavailable
from server.staff.model import Role, Staff
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio


async def finance(memory_app: InMemoryApp) -> Staff:
    return await (await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务")).now()


def statement(memory_app: InMemoryApp) -> bytes:
    day = hospital_day(memory_app.clock.now())
    return f"账号,交易日期,贷方发生额,附言,交易流水号\n6222000000000001,{day},5.00,提现,B1\n".encode("gb18030")


async def test_who_hands_a_file_in_stands_in_the_chain() -> None:
    memory_app = InMemoryApp()
    room, actor = memory_app.console.bank, await finance(memory_app)
    seen = await room.preview(actor, statement(memory_app), "")
    before = len(await memory_app.stores.audit.latest(HOSPITAL, 100))
    file = await room.keep(actor, seen.sha256, "")
    entries = await memory_app.stores.audit.latest(HOSPITAL, 100)
    assert len(entries) == before + 1
    assert (entries[0].what, entries[0].by) == ("bank_file_handed_in", "staff:3001")
    assert dict(entries[0].detail) == {
        "file": seen.sha256, "account": seen.account, "rows": "1", "came_fen": "500",
    }  # fmt: skip
    assert (file.by, file.rows, file.came_fen) == ("staff:3001", 1, 500)
    assert [one.sha256 for one in (await room.book(actor)).files] == [seen.sha256]


async def test_what_can_t_be_written_down_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = InMemoryApp()
    room, actor = memory_app.console.bank, await finance(memory_app)
    seen = await room.preview(actor, statement(memory_app), "")

    async def down(*given: object) -> None:
        raise StoreUnavailable("down")

    monkeypatch.setattr(memory_app.stores.staff, "save", down)
    with pytest.raises(StoreUnavailable):
        await room.keep(actor, seen.sha256, "")
    assert (await room.book(actor)).files == ()


async def test_only_finance_comes_in() -> None:
    memory_app = InMemoryApp()
    room, actor = memory_app.console.bank, await (await an_employee(memory_app)).now()
    asked: list[Awaitable[object]] = [
        room.book(actor), room.preview(actor, statement(memory_app), ""), room.keep(actor, "0" * 64, ""),
    ]  # fmt: skip
    for one in asked:
        with pytest.raises(NotAllowed):
            await one
