"""`audit verify` in its own words: each thing that can be wrong with a chain, and nothing of a chain that holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.audit import check
from server.audit.model import AuditEntry, closing
from server.core.errors import Unreadable
from server.core.history import AuditableEvent
from tests.support.builders import HOSPITAL
from tests.support.small_chain import TODAY, SmallChain, event

pytestmark = pytest.mark.asyncio


async def test_of_a_chain_that_holds_nothing_is_said() -> None:
    small_chain = await SmallChain().begun()
    report = await small_chain.said()
    assert (report.hospital, report.problems, report.entries) == (HOSPITAL, [], 3)
    assert report.heads == {TODAY: small_chain.entries[(HOSPITAL, 3)].mac}
    assert small_chain.things.examined == [HOSPITAL]


async def test_of_one_day_its_entries_are_told_and_no_document_is_looked_at() -> None:
    small_chain = await SmallChain().begun()
    small_chain.clock.forward(days=1)
    await small_chain.service.append(HOSPITAL, [event(3)])
    report = await small_chain.said(day=TODAY)
    assert (report.entries, report.problems, list(report.heads)) == (3, [], [TODAY])
    assert small_chain.things.examined == []
    assert (await small_chain.said(day=date(2026, 11, 24))).problems == [
        "entry 4 seals line 3 of thing 1, which is gone from its history"
    ]


async def test_links_are_followed_before_the_day_that_is_asked_for() -> None:
    """What is wrong with the day before is no matter of the day's; the link from it to the day is."""
    small_chain = await SmallChain().begun()
    small_chain.clock.forward(days=1)
    await small_chain.service.append(HOSPITAL, [event(0, kind="person")])
    small_chain.change(2, by="staff:9")
    assert (await small_chain.said(day=date(2026, 11, 24))).problems == []
    small_chain.change(3, by="staff:9")
    assert (await small_chain.said(day=date(2026, 11, 24))).problems == [
        "entry 4 (2026-11-24) does not follow 3: one of them was changed or moved"
    ]


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ((1,), "entry 1 is missing: after 0 comes 2"),
        ((2,), "entry 2 is missing: after 1 comes 3"),
        ((1, 2), "entry 1 to 2 is missing: after 0 comes 3"),
    ],
)
async def test_entries_that_are_missing(gone: tuple[int, ...], said: str) -> None:
    small_chain = await SmallChain().begun()
    for number in gone:
        del small_chain.entries[(HOSPITAL, number)]
    assert (await small_chain.said()).problems == [said]


async def test_an_entry_that_was_changed_or_moved() -> None:
    small_chain = await SmallChain().begun()
    small_chain.change(3, day=TODAY - timedelta(days=1))
    assert (await small_chain.said()).problems == ["entry 3 is of 2026-11-22, before 2026-11-23 of the one before it"]
    small_chain = await SmallChain().begun()
    small_chain.entries[(HOSPITAL, 2)] = replace(small_chain.entries[(HOSPITAL, 2)], by="staff:9")
    assert (await small_chain.said()).problems == [
        "entry 2 (thing/1/1) was changed, or made without the key",
        "line 1 of thing 1 is not what entry 2 sealed: seen was changed",
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (event(kind="thing", which=9), "entry 4 is of thing 1, which can't be read (no json)"),
        (event(kind="alert"), "entry 4 is of alert 1, which is gone"),
        (event(kind="other"), "entry 4 is of other/1/0, which is nothing that we seal"),
        (AuditableEvent(id="nothing", line=event().line), "entry 4 is of nothing, which is nothing that we seal"),
    ],
)
async def test_what_an_entry_can_be_of(entry: AuditableEvent, said: str) -> None:
    small_chain = await SmallChain().begun()
    await small_chain.service.append(HOSPITAL, [entry])
    assert (await small_chain.said()).problems == [said]


@pytest.mark.parametrize("kind", ["person", "card", "report", "schema"])
async def test_some_entries_have_no_other_place_than_the_chain(kind: str) -> None:
    small_chain = await SmallChain().begun()
    await small_chain.service.append(HOSPITAL, [event(kind=kind)])
    assert (await small_chain.said()).problems == []


async def test_a_closed_day_ends_with_the_head_that_was_given() -> None:
    small_chain = await SmallChain().begun()
    head = small_chain.entries[(HOSPITAL, 3)]
    small_chain.clock.forward(days=1)
    await small_chain.service.append(HOSPITAL, [closing(head, small_chain.clock.now())])
    assert (await small_chain.said()).problems == []
    assert (await small_chain.said(day=date(2026, 11, 24))).problems == [], "the day before was not looked at"
    small_chain = await SmallChain().begun()
    small_chain.clock.forward(days=1)
    await small_chain.service.append(HOSPITAL, [closing(replace(head, mac="0" * 64), small_chain.clock.now())])
    assert (await small_chain.said()).problems == ["the day 2026-11-23 does not end with the head that entry 4 gives"]


async def test_the_head_that_finance_holds() -> None:
    small_chain = await SmallChain().begun()
    mac = small_chain.entries[(HOSPITAL, 3)].mac
    for held in (mac, mac[:16], f" {mac[:4].upper()} {mac[4:16]}"):
        assert (await small_chain.said(head=held)).problems == []
        assert (await small_chain.said(head=held, day=TODAY)).problems == []
    assert (await small_chain.said(head=mac[:15])).problems == ["a head has at least 16 characters"]
    cut = "the end of that day was cut off or changed after finance was told"
    assert (await small_chain.said(head="0" * 16)).problems == [f"{'0' * 16} is not the head of any day: {cut}"]
    other = date(2026, 11, 24)
    assert (await small_chain.said(head=mac, day=other)).problems == [f"{mac} is not the head of 2026-11-24: {cut}"]


@pytest.mark.parametrize(("which", "read"), [(-1, 0), (2, 2)])
async def test_an_entry_that_can_t_be_read_ends_the_look(
    monkeypatch: pytest.MonkeyPatch, which: int, read: int
) -> None:
    small_chain = await SmallChain().begun()
    monkeypatch.setattr(check, "PAGE", 2)
    page = small_chain.stores.audit.page

    async def unreadable(hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        if after >= which:
            raise Unreadable("no json")
        return await page(hospital, after, limit)

    monkeypatch.setattr(small_chain.stores.audit, "page", unreadable)
    for which, read in ((-1, 0), (2, 2)):  # noqa: B007
        report = await small_chain.said()
        assert report.entries == read
        assert report.problems == [f"an entry after {read} can't be read (no json): nothing from there on is checked"]


async def test_the_look_rests_for_as_long_as_a_page_took(monkeypatch: pytest.MonkeyPatch) -> None:
    small_chain = await SmallChain().begun()
    monkeypatch.setattr(check, "PAGE", 2)
    page = small_chain.stores.audit.page

    async def slow(hospital: str, after: int, limit: int) -> Sequence[AuditEntry]:
        small_chain.clock.forward(3)
        return await page(hospital, after, limit)

    monkeypatch.setattr(small_chain.stores.audit, "page", slow)
    await small_chain.said()
    assert small_chain.clock.slept == [3.0, 3.0]
