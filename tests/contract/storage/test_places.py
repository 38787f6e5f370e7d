"""Bindings and identities of a hospital page by page: each once, and no page reaches the rest."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from server.infrastructure.sealing import Keyring
from server.patients.model import PayerIdentity
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.places import named_after
from server.storage.stores import Stores
from tests.contract.storage.reached import Reached
from tests.contract.storage.test_people import card
from tests.support.builders import HOSPITAL

pytestmark = pytest.mark.asyncio
MANY = 300


def someone(number: int) -> PayerIdentity:
    return PayerIdentity(channel="wechat", app_id="wx1", subject=f"openid-{number}")


async def known(stores: Stores, *numbers: int, hospital: str = HOSPITAL) -> None:
    for number in numbers:
        await stores.people.add_identity_proofs(hospital, someone(number), [f"proof-{number}"])


@pytest.mark.parametrize("size", [1, 3, 40])
async def test_who_is_there_all_the_time_is_shown_once(stores: Stores, size: int) -> None:
    """Whoever comes or goes between two pages."""
    await known(stores, *range(40))
    await known(stores, *range(100, 140), hospital="another")
    found, place, pages = list[str](), "", 0
    while place or not pages:
        page, place = await stores.people.page(HOSPITAL, place, size)
        found, pages = [*found, *(one.key for one in page)], pages + 1
        assert len(page) == size or not place, "fewer only on the last one"
        if pages <= 10:
            await stores.people.drop(HOSPITAL, someone(pages + 29).key)
            await known(stores, 200 + pages)
    assert len(set(found)) == len(found)
    assert {someone(number).key for number in range(30)} <= set(found)


async def test_a_page_of_people_or_of_cards_reaches_little_more_than_itself(mongo_uri: str, sealer: Keyring) -> None:
    reached = Reached()
    with closing(connect(mongo_uri, sealer, listeners=[reached])) as database:
        stores = database.stores
        await known(stores, *range(MANY))
        await known(stores, *range(MANY), hospital="another")
        for number in range(MANY):
            await stores.cards.bind(card(1, owner=someone(number).key))
        for pages in (stores.people.page, stores.cards.page):
            reached.forget()
            found, place = await pages(HOSPITAL, "", 20)
            while place:
                more, place = await pages(HOSPITAL, place, 20)
                found = [*found, *more]
            assert len(found) == MANY
            assert await reached.documents(database) <= 4 * MANY
            assert len(reached.queries) <= 6 * (MANY // 20 + 1)


ODD = ["", "/", HOSPITAL, f"{HOSPITAL}/", f"{HOSPITAL}/00000000", f"{HOSPITAL}/7", f"{HOSPITAL}/7fffffff",
       f"{HOSPITAL}/80000000", f"{HOSPITAL}/9Z", f"{HOSPITAL}/A", f"{HOSPITAL}/ffffffff", f"{HOSPITAL}/ffffffffff",
       f"{HOSPITAL}/wechat:wx1:openid/7", f"{HOSPITAL}/告警", "zoo", "00000000"]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 5, 100])
async def test_a_name_that_is_no_hash_is_found_as_well(mongo: MongoDatabase, size: int) -> None:
    collection = mongo.database["people"]
    evenly = [f"{HOSPITAL}/{number * 0x11111111:08x}{'a' * 56}" for number in range(1, 16)]
    names = sorted([*ODD[1:], *evenly], key=lambda name: name.encode())
    await collection.insert_many([{"_id": name, "hospital": HOSPITAL} for name in names])
    found: list[dict[str, Any]] = []
    while page := await named_after(collection, HOSPITAL, found[-1]["_id"] if found else "", size):
        found += page
    assert [one["_id"] for one in found] == names


@pytest.mark.parametrize("limit", [0, 1001])
async def test_no_page_without_a_bound(stores: Stores, limit: int) -> None:
    for pages in (stores.people.page, stores.cards.page):
        with pytest.raises(ValueError, match="limit"):
            await pages(HOSPITAL, "", limit)
