"""What is known of an identity without a card ends after a time without use; a card, a login or a proof keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.patients import people_in_use
from server.patients.model import BoundCard, PayerIdentity
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
UNUSED_MAX = timedelta(days=30)
DAY = timedelta(days=1)


def an_app() -> InMemoryApp:
    return InMemoryApp(replace(a_hospital(), card_unused_max=UNUSED_MAX))


def whose(name: str) -> PayerIdentity:
    return replace(an_identity(f"openid-{name}"), union_id=f"union-{name}")


async def known(memory_app: InMemoryApp) -> list[str]:
    found, _ = await memory_app.stores.people.page(HOSPITAL, "", 100)
    return [one.key.rpartition("-")[2] for one in found]


async def days_pass(memory_app: InMemoryApp, time: timedelta) -> None:
    memory_app.clock.forward(time.total_seconds())
    await memory_app.unused_people.once()


async def test_who_only_logged_in_is_forgotten_after_the_time_without_a_login() -> None:
    memory_app = an_app()
    await memory_app.people.met(HOSPITAL, whose("zhang"))
    await days_pass(memory_app, UNUSED_MAX)
    assert await known(memory_app) == ["zhang"], "the last day is still within the time"
    await days_pass(memory_app, DAY)
    assert await known(memory_app) == []


async def test_a_login_begins_the_time_anew() -> None:
    memory_app = an_app()
    for name in ("zhang", "li"):
        await memory_app.people.met(HOSPITAL, whose(name))
    memory_app.clock.forward((UNUSED_MAX - DAY).total_seconds())
    await memory_app.people.met(HOSPITAL, whose("li"))
    await days_pass(memory_app, 2 * DAY)
    assert await known(memory_app) == ["li"]


async def test_a_login_is_noted_once_a_day_by_each_process(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = an_app()
    await memory_app.people.met(HOSPITAL, whose("zhang"))
    with monkeypatch.context() as patched:
        patched.delattr(MemoryShortLived, "put")
        await memory_app.people.met(HOSPITAL, whose("zhang"))
    memory_app.clock.forward(DAY.total_seconds() + 1)
    monkeypatch.delattr(MemoryShortLived, "put")
    with pytest.raises(AttributeError):
        await memory_app.people.met(HOSPITAL, whose("zhang"))


async def test_a_card_keeps_its_owner_known() -> None:
    memory_app = an_app()
    await memory_app.people.met(HOSPITAL, whose("zhang"))
    card = BoundCard(hospital=HOSPITAL, owner=whose("zhang").key, card_no="C1", name="张测试")
    await memory_app.stores.cards.bind(card)
    await days_pass(memory_app, 2 * UNUSED_MAX)
    assert await known(memory_app) == ["zhang"]
    await memory_app.stores.cards.unbind(HOSPITAL, card.owner, card.card_no)
    await days_pass(memory_app, DAY)
    assert await known(memory_app) == []


async def test_the_time_of_an_identity_whose_use_was_never_noted_begins_with_the_round() -> None:
    memory_app = an_app()
    await memory_app.stores.people.add_identity_proofs(HOSPITAL, whose("zhang"), ["account:1"])
    await days_pass(memory_app, 2 * UNUSED_MAX)
    assert await known(memory_app) == ["zhang"]
    await days_pass(memory_app, UNUSED_MAX + DAY)
    assert await known(memory_app) == []


async def test_identities_are_looked_through_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app = an_app()
    monkeypatch.setattr(people_in_use, "PAGE", 2)
    for number in range(5):
        await memory_app.people.met(HOSPITAL, whose(f"{number}"))
    await days_pass(memory_app, UNUSED_MAX + DAY)
    assert await known(memory_app) == []


async def test_what_was_known_of_staff_is_kept_as_a_fact_before_it_is_forgotten() -> None:
    """Two entrances that one account joins stay one person at the refund desk (decision 0028)."""
    memory_app = an_app()
    cashier = await an_employee(memory_app)
    in_the_other_app = replace(an_identity("openid-other"), app_id="wx-mini", union_id="union-1")
    await memory_app.people.met(HOSPITAL, replace(an_identity(f"openid-{cashier.number}"), union_id="union-1"))
    await memory_app.people.met(HOSPITAL, in_the_other_app)
    await days_pass(memory_app, UNUSED_MAX + DAY)
    assert await known(memory_app) == []
    circle = await memory_app.staff_facts.circle(await cashier.now())
    assert memory_app.staff_facts.owns(HOSPITAL, circle, in_the_other_app.key, "", "")
