"""ports.PersonStore."""

from __future__ import annotations

import asyncio

import pytest

from server.patients.rules import IDENTITY_PROOFS_MAX
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL, an_identity

pytestmark = pytest.mark.asyncio


async def test_identities_are_found_by_any_of_their_marks_within_their_hospital(stores: Stores) -> None:
    zhang, li = an_identity("zhang"), an_identity("li", app_id="wxmini")
    await stores.people.add_identity_proofs(HOSPITAL, zhang, ["a"])
    await asyncio.gather(*(stores.people.add_identity_proofs(HOSPITAL, zhang, [mark]) for mark in ("b", "c")))
    await stores.people.add_identity_proofs(HOSPITAL, li, ["b"])
    await stores.people.add_identity_proofs("elsewhere", an_identity("wang"), ["b"])
    stored = await stores.people.get(HOSPITAL, zhang.key)
    assert stored is not None
    assert (stored.key, stored.app, stored.identity_proofs) == (zhang.key, f"wechat:{zhang.app_id}", {"a", "b", "c"})
    assert [one.key for one in await stores.people.sharing(HOSPITAL, ["b", "x"], 10)] == sorted([zhang.key, li.key])
    assert [one.key for one in await stores.people.sharing(HOSPITAL, ["c"], 10)] == [zhang.key]
    assert list(await stores.people.sharing(HOSPITAL, [], 10)) == []
    assert len(await stores.people.sharing(HOSPITAL, ["b"], 1)) == 1


async def test_a_mark_stands_once_and_there_is_a_bound(stores: Stores) -> None:
    for number in (0, 0, *range(IDENTITY_PROOFS_MAX + 3)):
        await stores.people.add_identity_proofs(HOSPITAL, an_identity(), [f"m{number}"])
    stored = await stores.people.get(HOSPITAL, an_identity().key)
    assert stored is not None
    assert len(stored.identity_proofs) == IDENTITY_PROOFS_MAX
    assert await stores.people.get(HOSPITAL, "nobody") is None


async def test_marks_are_dropped_where_they_stand_and_nowhere_else(stores: Stores) -> None:
    zhang, li = an_identity("zhang"), an_identity("li")
    for one in (zhang, li):
        await stores.people.add_identity_proofs(HOSPITAL, one, ["a", "b"])
    for _ in range(2):
        await stores.people.drop_identity_proofs(HOSPITAL, zhang.key, ["a", "x"])
    await stores.people.drop_identity_proofs(HOSPITAL, "nobody", ["a"])
    assert [one.key for one in await stores.people.sharing(HOSPITAL, ["a"], 10)] == [li.key]
    stored = await stores.people.get(HOSPITAL, zhang.key)
    assert stored is not None
    assert stored.identity_proofs == {"b"}


async def test_nothing_is_left_of_an_identity_that_is_dropped(stores: Stores) -> None:
    zhang, li = an_identity("zhang"), an_identity("li")
    for one in (zhang, li):
        await stores.people.add_identity_proofs(HOSPITAL, one, ["a"])
    for _ in range(2):
        await stores.people.drop(HOSPITAL, zhang.key)
    assert await stores.people.get(HOSPITAL, zhang.key) is None
    assert [one.key for one in await stores.people.sharing(HOSPITAL, ["a"], 10)] == [li.key]


async def test_all_identities_of_a_hospital_come_page_by_page(stores: Stores) -> None:
    for name in ("zhang", "li", "wang"):
        await stores.people.add_identity_proofs(HOSPITAL, an_identity(name), ["a"])
    await stores.people.add_identity_proofs("elsewhere", an_identity("chen"), ["a"])
    found, place, pages = list[str](), "", 0
    while pages == 0 or place:
        page, place = await stores.people.page(HOSPITAL, place, 2)
        found, pages = [*found, *(one.key for one in page)], pages + 1
    assert (sorted(found), pages) == (sorted(an_identity(name).key for name in ("zhang", "li", "wang")), 2)
    assert await stores.people.page("nowhere", "", 2) == ([], "")
