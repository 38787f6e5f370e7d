"""What is read at every request to know who somebody is: no more than needed, and never another answer for it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from server.patients.model import PayerIdentity
from server.patients.persons import linked_keys
from server.patients.rules import ACCOUNT, KnownIdentity
from server.storage.memory import memory_stores
from tests.support.builders import CARD, HOSPITAL, a_session, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.persons import bound

pytestmark = pytest.mark.asyncio


async def test_one_read_says_who_somebody_is_whose_login_named_the_account() -> None:
    memory_app = InMemoryApp()
    person = an_identity("zhang", union_id="union-zhang")
    for identity in (person, an_identity("zhang-mini", app_id="mini", union_id="union-zhang")):
        await memory_app.people.met(HOSPITAL, identity)
    asked: list[str] = []
    people = memory_app.stores.people
    for name in ("get", "sharing"):
        _noted(people, name, asked)
    whole = await memory_app.people.whole(a_session("zhang", identity=person))
    assert len(whole.owners) == 2
    assert asked == ["sharing"]


@pytest.mark.parametrize("seed", range(40))
async def test_what_is_guessed_of_somebody_changes_no_answer(seed: int) -> None:
    dice = random.Random(seed)
    stores = memory_stores(lambda: datetime(2026, 11, 23, tzinfo=UTC))
    marks = [f"{ACCOUNT}{number}" for number in range(6)]
    everybody = [PayerIdentity(channel="wechat", app_id=f"app-{n}", subject=f"p-{n}") for n in range(7)]
    for identity in everybody:
        await stores.people.add_identity_proofs(HOSPITAL, identity, dice.sample(marks, dice.randint(0, 2)))
    for identity in everybody:
        likely = dice.sample(marks, dice.randint(1, 3))
        plain = await linked_keys(stores.people, stores.cards, HOSPITAL, identity.key)
        assert await linked_keys(stores.people, stores.cards, HOSPITAL, identity.key, likely) == plain


async def test_a_use_of_a_card_that_was_noted_today_is_not_read_again() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang")
    await bound(memory_app, session, own=False)
    asked: list[str] = []
    _noted(memory_app.stores.short_lived, "get", asked)
    for _ in range(3):
        assert len(await memory_app.cards.mine(session)) == 1
    assert asked == []
    memory_app.clock.forward(timedelta(days=1).total_seconds() + 1)
    for _ in range(3):
        assert len(await memory_app.cards.mine(session)) == 1
    assert len(asked) == 1


async def test_a_card_that_was_unbound_and_bound_elsewhere_is_seen_at_once() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang")
    key = await bound(memory_app, session, own=False)
    await memory_app.cards.unbind(session, key)
    assert await memory_app.cards.mine(session) == ()
    await bound(memory_app, session, CARD, own=False)
    assert len(await memory_app.cards.mine(session)) == 1


def _noted(store: object, name: str, asked: list[str]) -> None:
    real = getattr(store, name)

    async def noting(*words: object) -> KnownIdentity | None:
        asked.append(name)
        found: KnownIdentity | None = await real(*words)
        return found

    setattr(store, name, noting)
