"""Payments whose legal time is over say no longer who; the day before, and whatever is under way, they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from server.core.days import HOSPITAL_ZONE
from server.effects.model import EffectKind
from server.patients import cards_in_use, unused_rounds
from server.patients.model import BoundCard
from server.payments.model import Payment
from server.payments.rules.booking import booked
from server.payments.rules.erasing import first_day_kept, is_pseudonymous
from server.privacy import retention
from server.privacy.retention import PAGE
from tests.support.builders import CARD, HOSPITAL, MORNING, PHONE, TOKEN, a_booking, a_paid, leased
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
KEPT_FROM = datetime(2023, 1, 1, tzinfo=HOSPITAL_ZONE)


def an_app() -> InMemoryApp:
    return InMemoryApp(replace(a_hospital(), payments_kept_years=3))


def old(number: str, created_at: datetime, *, at_rest: bool = True) -> Payment:
    payment = leased(a_paid(), EffectKind.BOOK, MORNING)
    if at_rest:
        payment = replace(booked(payment, TOKEN, a_booking(), MORNING), effects=())
    return replace(payment, id=number, claims=(), created_at=created_at)


async def test_the_term_begins_with_the_end_of_the_accounting_year() -> None:
    assert first_day_kept(date(2056, 12, 31), 30) == date(2026, 1, 1)
    assert first_day_kept(date(2057, 1, 1), 30) == date(2027, 1, 1)


async def test_the_last_day_before_the_term_and_the_first_within_it() -> None:
    memory_app = an_app()
    await memory_app.stores.payments.insert(old("Z1", KEPT_FROM - timedelta(milliseconds=1)))
    await memory_app.stores.payments.insert(old("Z2", KEPT_FROM))
    await memory_app.stores.payments.insert(old("Z3", KEPT_FROM - timedelta(days=9), at_rest=False))
    await memory_app.retention.once()
    over, within, under_way = [await memory_app.payment(number) for number in ("Z1", "Z2", "Z3")]
    assert [is_pseudonymous(one) for one in (over, within, under_way)] == [True, False, False]
    for gone in (CARD, PHONE, within.owner):
        assert gone not in repr(over)
    assert over.paid_fen == within.paid_fen


async def test_a_page_is_a_line_in_the_chain_and_the_next_round_does_nothing() -> None:
    memory_app = an_app()
    for number in range(PAGE + 1):
        await memory_app.stores.payments.insert(old(f"Z{number}", KEPT_FROM - timedelta(days=1 + number)))
    await memory_app.retention.once()
    lines = await memory_app.stores.audit.page(HOSPITAL, 0, 10)
    told = [(line.what, line.by, line.detail["kept_from"], line.detail["payments"]) for line in lines]
    assert told == [
        ("term_over", "system", "2023-01-01", str(PAGE)),
        ("term_over", "system", "2023-01-01", "1"),
    ]
    await memory_app.retention.once()
    assert len(await memory_app.stores.audit.page(HOSPITAL, 0, 10)) == 2
    assert (await memory_app.services.shared.audit_check.verify(HOSPITAL)).problems == []


async def test_a_sweep_that_broke_off_goes_on_at_its_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = an_app()
    for number in range(3):
        await memory_app.stores.payments.insert(old(f"Z{number}", KEPT_FROM - timedelta(days=1 + number)))
    monkeypatch.setattr(retention, "PAGE", 2)
    monkeypatch.setattr(retention, "PIECE", timedelta())
    piece = memory_app.composition.timetables.tasks[EffectKind.RETENTION].piece
    first = await piece(HOSPITAL, "")
    assert first.more
    again = await piece(HOSPITAL, first.place)
    assert not again.more
    assert all([is_pseudonymous(await memory_app.payment(f"Z{number}")) for number in range(3)])
    lines = await memory_app.stores.audit.page(HOSPITAL, 0, 10)
    assert [line.detail["payments"] for line in lines] == ["2", "1"], "nothing is gone over twice"


async def test_a_sweep_rests_between_its_pages_and_ends_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = an_app()
    for number in range(4):
        await memory_app.stores.payments.insert(old(f"Z{number}", KEPT_FROM - timedelta(days=1 + number)))
    monkeypatch.setattr(retention, "PAGE", 2)
    piece = memory_app.composition.timetables.tasks[EffectKind.RETENTION].piece
    done = await piece(HOSPITAL, "")
    assert (done.more, memory_app.clock.slept) == (False, [2.0, 2.0]), (
        "after the last whole page one is still asked for"
    )
    assert await piece(HOSPITAL, done.place) == done
    assert memory_app.clock.slept == [2.0, 2.0], "what is done is not gone over again"


def a_card(number: str, owner: str = "wechat:wx1:openid-1") -> BoundCard:
    return BoundCard(hospital=HOSPITAL, owner=owner, card_no=number, name="张测试")


async def test_a_card_that_nobody_uses_is_unbound_though_nobody_comes_for_it() -> None:
    memory_app = an_app()
    cards, year = memory_app.services.shared.cards_in_use, memory_app.hospital.card_unused_max
    await cards.bind(a_card("C1"))
    await cards.bind(a_card("C2", "wechat:wx1:openid-2"))
    memory_app.clock.forward(year.total_seconds())
    await memory_app.unused_cards.once()
    assert len(await memory_app.stores.cards.of_owner(HOSPITAL, "wechat:wx1:openid-1")) == 1, "the last moment counts"
    await cards.of_owner(HOSPITAL, "wechat:wx1:openid-2")
    memory_app.clock.forward(timedelta(days=1).total_seconds())
    await memory_app.unused_cards.once()
    assert await memory_app.stores.cards.of_owner(HOSPITAL, "wechat:wx1:openid-1") == []
    assert len(await memory_app.stores.cards.of_owner(HOSPITAL, "wechat:wx1:openid-2")) == 1, "it was used a day ago"


async def test_the_time_of_a_card_whose_use_was_never_noted_begins_with_the_round() -> None:
    memory_app = an_app()
    year = memory_app.hospital.card_unused_max
    await memory_app.stores.cards.bind(a_card("C1"))
    memory_app.clock.forward(2 * year.total_seconds())
    await memory_app.unused_cards.once()
    assert len(await memory_app.stores.cards.of_owner(HOSPITAL, "wechat:wx1:openid-1")) == 1
    memory_app.clock.forward(timedelta(days=1).total_seconds())
    await memory_app.unused_cards.once()
    memory_app.clock.forward(year.total_seconds())
    await memory_app.unused_cards.once()
    assert await memory_app.stores.cards.of_owner(HOSPITAL, "wechat:wx1:openid-1") == []


async def test_cards_are_looked_through_page_by_page_and_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = an_app()
    monkeypatch.setattr(cards_in_use, "PAGE", 2)
    monkeypatch.setattr(unused_rounds, "PIECE", timedelta())
    for number in range(5):
        await memory_app.services.shared.cards_in_use.bind(a_card(f"C{number}", f"wechat:wx1:openid-{number}"))
    memory_app.clock.forward(2 * memory_app.hospital.card_unused_max.total_seconds())
    task = memory_app.composition.timetables.tasks[EffectKind.UNUSED_CARDS]
    assert task.every == timedelta(days=1)
    piece, pieces = await task.piece(HOSPITAL, ""), 1
    while piece.more:
        piece, pieces = await task.piece(HOSPITAL, piece.place), pieces + 1
    assert pieces == 3
    assert [await memory_app.stores.cards.of_card(HOSPITAL, f"C{number}", 5) for number in range(5)] == [[]] * 5
