"""注销账号 and the unbinding of one card: in which order what somebody has here ends, and what others are told before it does."""

from __future__ import annotations

import pytest

from server.patients.accounts import AccountService, Closed
from server.patients.model import BoundCard
from server.patients.persons import PersonService
from server.storage.memory import memory_stores
from server.storage.stores import Stores
from tests.support.builders import CARD, HOSPITAL, MORNING, a_session, an_identity
from tests.support.clock_and_ids import FakeClock
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
NEAREST, OTHER = an_identity("nearest").key, an_identity("other", app_id="mini").key


class Noting:
    """What others were told of these accounts, and how many cards were bound at that moment."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.told: list[tuple[str, str, str, int]] = []

    async def seen(self, hospital: str, owner: str, phone: str) -> None:
        await self._note("seen", hospital, owner)

    async def forget(self, hospital: str, owner: str) -> None:
        await self._note("forget", hospital, owner)

    async def _note(self, what: str, hospital: str, owner: str) -> None:
        bound = [await self._stores.cards.of_owner(hospital, key) for key in (NEAREST, OTHER)]
        self.told.append((what, hospital, owner, sum(len(cards) for cards in bound)))


async def an_account() -> tuple[AccountService, Stores, Noting]:
    """Two entrances of one person, each with a card and a session."""
    stores, clock = memory_stores(lambda: MORNING), FakeClock()
    noting = Noting(stores)
    for owner in (NEAREST, OTHER):
        await stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
    await stores.sessions.put(a_session("nearest"))
    await stores.sessions.put(a_session("other", identity=an_identity("other", app_id="mini")))
    people = PersonService(stores.people, stores.cards, stores.short_lived, InMemoryApp().sealer, clock, noting.seen)
    return AccountService(stores.cards, stores.sessions, people, clock, [noting.forget]), stores, noting


async def test_all_that_a_card_proves_is_seen_before_the_first_one_ends_and_the_nearest_ends_last() -> None:
    accounts, stores, noting = await an_account()
    assert await accounts.close(HOSPITAL, [NEAREST, OTHER]) == Closed(cards=2, sessions=2)
    assert noting.told == [
        ("seen", HOSPITAL, NEAREST, 2),
        ("seen", HOSPITAL, OTHER, 2),
        ("forget", HOSPITAL, OTHER, 1),
        ("forget", HOSPITAL, NEAREST, 0),
    ]
    assert await stores.sessions.drop_of(HOSPITAL, [NEAREST, OTHER], MORNING) == 0
    assert await accounts.close(HOSPITAL, [NEAREST, OTHER]) == Closed(cards=0, sessions=0)


async def test_what_one_card_proves_is_seen_before_it_is_unbound_and_nothing_is_told_of_a_card_that_was_not_bound() -> (
    None
):
    accounts, stores, noting = await an_account()
    assert await accounts.unbind(HOSPITAL, NEAREST, "C9") == 0
    assert noting.told == []
    assert await accounts.unbind(HOSPITAL, NEAREST, CARD) == 1
    assert noting.told == [("seen", HOSPITAL, NEAREST, 2)]
    assert [len(await stores.cards.of_owner(HOSPITAL, owner)) for owner in (NEAREST, OTHER)] == [0, 1]
