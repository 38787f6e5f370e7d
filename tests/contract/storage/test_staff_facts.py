"""ports.StaffFactStore."""

from __future__ import annotations

import asyncio

import pytest

from server.storage.memory_people import MemoryStaffFacts
from server.storage.mongo.staff_facts import MongoStaffFacts
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio


async def test_facts_are_found_by_number_and_by_who_shares_them_within_their_hospital(stores: Stores) -> None:
    store = stores.staff_facts
    await store.add(HOSPITAL, "1001", ["name:a", "self:b"], MORNING)
    await store.add(HOSPITAL, "2001", ["self:b"], MORNING)
    await store.add("elsewhere", "3001", ["self:b"], MORNING)
    assert await store.of(HOSPITAL, "1001") == {"name:a", "self:b"}
    assert await store.sharing(HOSPITAL, ["self:b", "self:x"]) == {"1001", "2001"}
    assert await store.sharing(HOSPITAL, ["name:a"]) == {"1001"}
    assert (await store.sharing(HOSPITAL, []), await store.of(HOSPITAL, "9")) == (set(), set())


async def test_the_same_at_once_and_again_is_one_fact(stores: Stores) -> None:
    store = stores.staff_facts
    await asyncio.gather(*(store.add(HOSPITAL, "1001", ["name:a", f"self:{n}"], MORNING) for n in range(5)))
    await store.add(HOSPITAL, "1001", ["name:a"], MORNING)
    await store.add(HOSPITAL, "1001", [], MORNING)
    assert await store.of(HOSPITAL, "1001") == {"name:a", *(f"self:{n}" for n in range(5))}


@pytest.mark.parametrize("kind", [MongoStaffFacts, MemoryStaffFacts])
async def test_nothing_takes_a_fact_away(kind: type) -> None:
    """What a store can do is what its port names: add and look."""
    assert {name for name in vars(kind) if not name.startswith("_")} == {"add", "of", "sharing"}
