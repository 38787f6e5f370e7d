"""ports.ShortLivedStore: small facts with an end, decided once across all who ask at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from server.storage.stores import Stores
from tests.support.clock_and_ids import MORNING

END = MORNING + timedelta(minutes=5)
pytestmark = pytest.mark.asyncio


async def test_a_fact_lives_until_its_end(stores: Stores) -> None:
    facts = stores.short_lived
    assert await facts.get("code", "zhang", MORNING) is None
    await facts.put("code", "zhang", "123456", END)
    assert await facts.get("code", "zhang", END - timedelta(milliseconds=1)) == "123456"
    assert await facts.get("code", "zhang", END) is None
    assert await facts.get("state", "zhang", MORNING) is None
    assert await facts.get("code", "li", MORNING) is None
    await facts.put("code", "zhang", "语言 and more", END)
    assert await facts.get("code", "zhang", MORNING) == "语言 and more"
    await facts.drop("code", "zhang")
    await facts.drop("code", "zhang")
    assert await facts.get("code", "zhang", MORNING) is None


async def test_the_first_kind_that_keeps_something_is_read(stores: Stores) -> None:
    facts, kinds = stores.short_lived, ("proven", "typed")
    assert await facts.first(kinds, "zhang", MORNING) is None
    await facts.put("typed", "zhang", "2", END)
    await facts.put("proven", "li", "3", END)
    assert await facts.first(kinds, "zhang", MORNING) == "2"
    await facts.put("proven", "zhang", "1", END - timedelta(minutes=1))
    assert await facts.first(kinds, "zhang", MORNING) == "1"
    assert await facts.first(kinds, "zhang", END - timedelta(minutes=1)) == "2"
    assert await facts.first(("typed", "proven"), "zhang", MORNING) == "2"
    assert await facts.first((), "zhang", MORNING) is None


async def test_what_several_keys_keep_is_read_together(stores: Stores) -> None:
    facts = stores.short_lived
    await facts.put("seen", "r1", "1", END)
    await facts.put("seen", "r3", "3", END - timedelta(minutes=1))
    await facts.put("proven", "r2", "2", END)
    assert await facts.several("seen", ["r3", "r2", "r1", "r0"], MORNING) == {"r1": "1", "r3": "3"}
    assert await facts.several("seen", ["r1", "r3"], END - timedelta(minutes=1)) == {"r1": "1"}
    assert await facts.several("seen", [], MORNING) == {}


async def test_ends_are_cut_to_milliseconds(stores: Stores) -> None:
    await stores.short_lived.put("code", "zhang", "1", END + timedelta(microseconds=999))
    assert await stores.short_lived.get("code", "zhang", END) is None


async def test_once_means_once_until_the_end(stores: Stores) -> None:
    facts = stores.short_lived
    assert await facts.put_once("nonce", "n1", "a", MORNING, END)
    assert not await facts.put_once("nonce", "n1", "b", MORNING, END)
    assert await facts.get("nonce", "n1", MORNING) == "a"
    later = END + timedelta(minutes=5)
    assert await facts.put_once("nonce", "n1", "c", END, later)
    assert await facts.get("nonce", "n1", END) == "c"
    assert await facts.put_once("nonce", "n2", "a", MORNING, END)


async def test_one_of_many_is_first(stores: Stores) -> None:
    facts = stores.short_lived
    first = await asyncio.gather(*(facts.put_once("lease", "x", str(n), MORNING, END) for n in range(30)))
    assert sum(first) == 1
    assert await facts.get("lease", "x", MORNING) == str(first.index(True))
    later = END + timedelta(minutes=5)
    second = await asyncio.gather(*(facts.put_once("lease", "x", str(n), END, later) for n in range(30)))
    assert sum(second) == 1
    assert await facts.get("lease", "x", END) == str(second.index(True))


async def test_a_swap_needs_the_old_value(stores: Stores) -> None:
    facts = stores.short_lived
    assert not await facts.swap("lease", "x", "a", "b", END)
    await facts.put("lease", "x", "a", END)
    assert not await facts.swap("lease", "x", "z", "b", END)
    assert await facts.swap("lease", "x", "a", "b", END + timedelta(minutes=1))
    assert await facts.get("lease", "x", END) == "b"
    assert not await facts.swap("lease", "x", "a", "c", END)


async def test_one_of_many_swaps_wins(stores: Stores) -> None:
    facts = stores.short_lived
    await facts.put("lease", "x", "free", END)
    won = await asyncio.gather(*(facts.swap("lease", "x", "free", str(n), END) for n in range(20)))
    assert sum(won) == 1
    assert await facts.get("lease", "x", MORNING) == str(won.index(True))


async def test_a_count_starts_again_after_its_window(stores: Stores) -> None:
    facts = stores.short_lived
    counted = [await facts.count("tries", "zhang", MORNING, END) for _ in range(3)]
    assert counted == [1, 2, 3]
    late = END - timedelta(seconds=1)
    assert await facts.count("tries", "zhang", late, END + timedelta(hours=1)) == 4
    assert await facts.count("tries", "zhang", END, END + timedelta(hours=1)) == 1, "the first one sets the end"
    assert await facts.count("tries", "li", MORNING, END) == 1
    await facts.drop("tries", "zhang")
    assert await facts.count("tries", "zhang", END, END + timedelta(hours=1)) == 1


async def test_no_count_is_lost(stores: Stores) -> None:
    counted = await asyncio.gather(*(stores.short_lived.count("tries", "x", MORNING, END) for _ in range(25)))
    assert sorted(counted) == list(range(1, 26))
