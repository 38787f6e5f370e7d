"""When something was last used: what a process remembers of it, what is stored, and what is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.patients.cards_in_use import CardsInUse
from server.patients.last_uses import KEPT, REMEMBERED_MAX, LastUses
from server.patients.model import BoundCard
from server.patients.people_in_use import PeopleInUse
from tests.support.builders import CARD, HOSPITAL, MORNING, an_identity
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
SECOND = timedelta(seconds=1)


def uses_of(memory_app: InMemoryApp, kind: str = "thing") -> LastUses:
    """As another process has them: it remembers nothing yet."""
    return LastUses(kind, memory_app.stores.short_lived, memory_app.sealer, memory_app.clock)


def forward(memory_app: InMemoryApp, time: timedelta) -> None:
    memory_app.clock.forward(time.total_seconds())


async def test_a_use_counts_as_noted_for_a_day() -> None:
    memory_app = InMemoryApp()
    uses = uses_of(memory_app)
    await uses.note("demo", "1")
    assert (uses.is_noted("demo", "1"), uses.is_noted("demo", "2")) == (True, False)
    forward(memory_app, timedelta(days=1))
    assert uses.is_noted("demo", "1")
    forward(memory_app, SECOND)
    assert not uses.is_noted("demo", "1")


async def test_what_was_read_once_is_remembered() -> None:
    memory_app = InMemoryApp()
    await uses_of(memory_app).note("1")
    other = uses_of(memory_app)
    assert not other.is_noted("1")
    assert (await other.last("1"), await other.last("2")) == (MORNING, None)
    assert (other.is_noted("1"), other.is_noted("2")) == (True, False)


async def test_what_is_dropped_is_known_no_more() -> None:
    memory_app = InMemoryApp()
    uses = uses_of(memory_app)
    await uses.note("1")
    await uses.drop("1")
    assert (uses.is_noted("1"), await uses.last("1")) == (False, None)


async def test_a_last_use_is_kept_for_ten_years_and_a_first_beginning_is_not_moved() -> None:
    memory_app = InMemoryApp()
    uses = uses_of(memory_app)
    await uses.note("noted")
    await uses.begin("begun")
    forward(memory_app, KEPT - SECOND)
    await uses.begin("begun")
    assert (await uses.last("noted"), await uses.last("begun"), KEPT.days) == (MORNING, MORNING, 3650)
    forward(memory_app, SECOND)
    assert (await uses.last("noted"), await uses.last("begun")) == (None, None)


async def test_only_the_newest_are_remembered() -> None:
    uses = uses_of(InMemoryApp())
    for number in range(4097):
        await uses.note(f"{number}")
    assert (REMEMBERED_MAX, uses.is_noted("0"), uses.is_noted("1"), uses.is_noted("4096")) == (4096, False, True, True)


async def test_nothing_stays_of_the_use_of_a_card_that_was_unbound_or_of_somebody_who_was_forgotten() -> None:
    memory_app = InMemoryApp()
    stores, who = memory_app.stores, an_identity()
    words = (stores.short_lived, memory_app.sealer, memory_app.clock)
    cards = CardsInUse(memory_app.hospitals, stores.cards, *words)

    async def seen(*of_whom: str) -> None:
        """Whoever hears of it does nothing."""

    people = PeopleInUse(memory_app.hospitals, stores.people, stores.cards, *words, seen)
    await cards.bind(BoundCard(hospital=HOSPITAL, owner=who.key, card_no=CARD, name="张测试"))
    await people.add_identity_proofs(HOSPITAL, who, ["account:1"])
    of_card, of_person = uses_of(memory_app, "card_used"), uses_of(memory_app, "person_used")
    assert await of_card.last(HOSPITAL, who.key, CARD) == await of_person.last(HOSPITAL, who.key) == MORNING
    [known], behind = await people.page(HOSPITAL, "", 5)
    assert (known.key, behind) == (who.key, "")
    assert known == await people.get(HOSPITAL, who.key)
    assert await people.sharing(HOSPITAL, ["account:1"], 5) == [known]
    await people.drop_identity_proofs(HOSPITAL, who.key, ["account:1"])
    assert await people.sharing(HOSPITAL, ["account:1"], 5) == []
    await cards.unbind(HOSPITAL, who.key, CARD)
    await people.drop(HOSPITAL, who.key)
    assert (await of_card.last(HOSPITAL, who.key, CARD), await of_person.last(HOSPITAL, who.key)) == (None, None)
