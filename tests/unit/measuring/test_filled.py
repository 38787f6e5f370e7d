"""The payments that the bench puts into a store are as many different ones as it says, spread over a year, some of the person who asks."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from bench.filled import OF_ONE, OWN, FilledWorld
from tests.support.clock_and_ids import MORNING

PAYMENTS = 400


def a_world(folder: Path) -> FilledWorld:
    world = FilledWorld(folder, AsyncExitStack(), PAYMENTS)
    world.credentials = {"wechat": {"appid": "wx-invented"}, "people": [{"openid": "openid-1"}]}
    return world


def test_each_is_another_payment_of_the_last_year(tmp_path: Path) -> None:
    made = list(a_world(tmp_path).made(MORNING))
    assert len({each.id for each in made}) == len({each.parts[0].order_no for each in made}) == PAYMENTS
    assert made[0].created_at - made[-1].created_at < timedelta(days=365)
    assert sorted((each.created_at for each in made), reverse=True) == [each.created_at for each in made]


def test_the_person_who_asks_has_two_pages_and_the_others_a_few_each(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    owners = [each.owner for each in world.made(MORNING)]
    assert owners.count(world.owner.key) == OWN
    assert max(owners.count(owner) for owner in set(owners) - {world.owner.key}) == OF_ONE
