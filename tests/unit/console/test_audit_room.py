"""审计 in the console: which entries a search finds, where it goes on, and one check at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from server.audit.rules import AuditSearch
from server.audit.sources import AuditReport
from server.console import audit_room
from server.console.audit_room import AuditRoom
from server.core.errors import NotAllowed, TooManyTries
from server.core.history import AuditableEvent, HistoryEvent
from server.staff.model import Role, Staff
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.small_chain import SmallChain

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_room, "PAGE", 2)


async def with_entries(*kinds: str) -> tuple[AuditRoom, Staff]:
    """A chain of entries of these kinds, and one of finance."""
    chain = SmallChain()
    line = HistoryEvent(at=MORNING, what="seen", by="staff:1001")
    await chain.service.append(
        HOSPITAL, [AuditableEvent(id=f"{kind}/1/{which}", line=line) for which, kind in enumerate(kinds)]
    )
    actor = await (await an_employee(InMemoryApp(), "3001", Role.FINANCE)).now()
    return AuditRoom(chain.stores.audit, None), actor  # type: ignore[arg-type]


def numbers(found: audit_room.FoundEntries) -> tuple[Sequence[int], int | None]:
    return [entry.number for entry in found.entries], found.next_before


@pytest.mark.parametrize(
    ("kinds", "before", "told"),
    [
        ("", None, ([], None)),
        ("a", None, ([1], None)),
        ("aa", None, ([2, 1], None)),
        ("aaa", None, ([3, 2], 2)),
        ("aaa", 2, ([1], None)),
        ("aaaa", 3, ([2, 1], None)),
        ("abbbb", None, ([1], None)),
        ("aabba", None, ([5, 2], 2)),
        ("bbbb", None, ([], None)),
        ("ab", 1, ([], None)),
    ],
)
async def test_what_fits_is_found_page_by_page(kinds: str, before: int | None, told: tuple[list[int], int]) -> None:
    room, actor = await with_entries(*kinds)
    assert numbers(await room.found(actor, AuditSearch(kind="a"), before)) == told


async def test_a_search_that_finds_little_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_room, "PAGES_MAX", 2)
    room, actor = await with_entries(*"abbbbba")
    assert numbers(await room.found(actor, AuditSearch(kind="a"))) == ([7], 4)
    assert numbers(await room.found(actor, AuditSearch(kind="a"), 4)) == ([1], None)


async def test_the_last_that_happened_stands_first() -> None:
    """What was sealed late happened before."""
    chain = SmallChain()
    for which, minutes in enumerate((5, 1)):
        line = HistoryEvent(at=MORNING.replace(minute=minutes), what="seen")
        await chain.service.append(HOSPITAL, [AuditableEvent(id=f"a/1/{which}", line=line)])
    actor = await (await an_employee(InMemoryApp(), "3001", Role.FINANCE)).now()
    room = AuditRoom(chain.stores.audit, None)  # type: ignore[arg-type]
    assert numbers(await room.found(actor, AuditSearch())) == ([1, 2], None)


class SlowCheck:
    """Says what it was asked, when it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked: list[object] = []

    async def verify(self, *asked: object) -> AuditReport:
        self.asked.append(asked)
        await self.go.wait()
        return AuditReport(HOSPITAL)


async def test_one_check_at_a_time_and_no_longer_than_a_page_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    check = SlowCheck()
    actor = await (await an_employee(InMemoryApp(), "3001", Role.FINANCE)).now()
    room = AuditRoom(SmallChain().stores.audit, check)  # type: ignore[arg-type]
    first = asyncio.ensure_future(room.verify(actor, None, "ab cd"))
    await asyncio.sleep(0)
    with pytest.raises(TooManyTries) as refused:
        await room.verify(actor, None, "")
    assert (refused.value.user_message, refused.value.wait_seconds) == ("正在校验，请稍后再试。", 20)
    check.go.set()
    assert await first == AuditReport(HOSPITAL)
    assert check.asked == [(HOSPITAL, None, "ab cd")]
    check.go.clear()
    monkeypatch.setattr(audit_room, "CHECK_S_MAX", 0.01)
    assert await room.verify(actor, MORNING.date(), "") is None
    assert check.asked[1:] == [(HOSPITAL, MORNING.date(), "")]


async def test_only_finance_and_admins_come_in() -> None:
    room, _ = await with_entries("a")
    actor = await (await an_employee(InMemoryApp())).now()
    with pytest.raises(NotAllowed):
        await room.found(actor, AuditSearch())
    with pytest.raises(NotAllowed):
        await room.verify(actor, None, "")
