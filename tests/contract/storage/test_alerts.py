"""ports.AlertStore: an alert's life is kept, guarded, counted by kind, and what an older Zhenfu raised is read as open."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from server.alerts.model import (
    CAUSE_GONE,
    Alert,
    AlertState,
    CloseReason,
    Standing,
    acts_sealed,
    closed_by_hand,
    closed_by_itself,
    said,
    taken,
)
from server.core.errors import NotFound
from server.storage.mongo import MongoDatabase
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
BY = "staff:3001"


def alert(number: int = 1, kind: str = "effect_stuck", **fields: object) -> Alert:
    at = MORNING + timedelta(minutes=number)
    made = Alert(hospital=HOSPITAL, id=f"ZF{number:03d}:{kind}:book", kind=kind, text=f"ZF{number} book", at=at)
    return replace(made, **fields)  # type: ignore[arg-type]


async def raise_all(stores: Stores, *alerts: Alert) -> None:
    for one in alerts:
        await stores.alerts.raise_alert(one)


async def test_every_field_of_a_life_is_read_back(stores: Stores) -> None:
    await raise_all(stores, alert(1))
    for step in (
        lambda a: said(a, MORNING + timedelta(hours=1)),
        lambda a: taken(a, BY, MORNING + timedelta(hours=2)),
        lambda a: closed_by_hand(a, BY, CloseReason.KNOWN, "k1.sealed", MORNING + timedelta(hours=3)),
        lambda a: acts_sealed(a, 1),
    ):
        before = await stores.alerts.get(HOSPITAL, alert(1).id)
        assert before is not None
        after = await stores.alerts.change(HOSPITAL, before.id, step)
        read = await stores.alerts.get(HOSPITAL, before.id)
        assert read == after == step(before)
        assert read is not None
        assert (read.version, read.raised_at) == (before.version + 1, before.raised_at)
    assert await stores.alerts.get("another", alert(1).id) is None
    with pytest.raises(NotFound):
        await stores.alerts.change(HOSPITAL, "nothing", lambda a: a)


async def test_no_change_is_lost_among_many(stores: Stores) -> None:
    await raise_all(stores, alert(1))
    steps = [
        stores.alerts.change(HOSPITAL, alert(1).id, lambda a, n=n: taken(a, f"staff:{n}", MORNING)) for n in range(6)
    ]
    await asyncio.gather(*steps)
    after = await stores.alerts.get(HOSPITAL, alert(1).id)
    assert after is not None
    assert sorted(act.by for act in after.acts) == [f"staff:{n}" for n in range(6)]


async def test_raising_opens_again_what_its_cause_had_closed(stores: Stores) -> None:
    await raise_all(stores, alert(1))
    await stores.alerts.change(HOSPITAL, alert(1).id, lambda a: closed_by_itself(a, CAUSE_GONE, MORNING))
    assert await stores.alerts.standing(HOSPITAL) == []
    back = alert(1, at=MORNING + timedelta(days=2))
    await asyncio.gather(*(stores.alerts.raise_alert(back) for _ in range(5)))
    [again] = await stores.alerts.latest(HOSPITAL, 5)
    assert (again.state, again.opened, again.at) == (AlertState.OPEN, 2, back.at)


async def test_none_hides_behind_a_hundred_others(stores: Stores) -> None:
    await raise_all(stores, alert(500, "refund_abnormal"), *(alert(n) for n in range(120)))
    await stores.alerts.raise_alert(alert(1, hospital="another"))
    await stores.alerts.change(HOSPITAL, alert(3).id, lambda a: taken(a, BY, MORNING))
    await stores.alerts.change(HOSPITAL, alert(4).id, lambda a: closed_by_itself(a, CAUSE_GONE, MORNING))
    assert await stores.alerts.standing(HOSPITAL) == [
        Standing(kind="effect_stuck", open=118, taken=1, oldest=alert(0).at),
        Standing(kind="refund_abnormal", open=1, taken=0, oldest=alert(500).at),
    ]
    assert [one.id for one in await stores.alerts.live(HOSPITAL, "refund_abnormal", 5)] == [
        alert(500, "refund_abnormal").id
    ]
    oldest = [one.id for one in await stores.alerts.live(HOSPITAL, "effect_stuck", 5)]
    assert oldest == [alert(n).id for n in (0, 1, 2, 3, 5)]


async def test_all_that_stands_page_by_page(stores: Stores) -> None:
    made = [alert(n) for n in range(5)]
    await raise_all(stores, *reversed(made))
    await stores.alerts.change(HOSPITAL, made[3].id, lambda a: closed_by_itself(a, CAUSE_GONE, MORNING))
    assert await stores.alerts.live_page(HOSPITAL, "", 2) == made[:2]
    assert await stores.alerts.live_page(HOSPITAL, made[1].id, 5) == [made[2], made[4]]
    assert await stores.alerts.live_page(HOSPITAL, made[4].id, 5) == []


async def test_what_is_due_to_be_said_longest_overdue_first(stores: Stores) -> None:
    await raise_all(stores, *(alert(n) for n in range(4)))
    await stores.alerts.change(HOSPITAL, alert(0).id, lambda a: said(a, MORNING))
    await stores.alerts.change(HOSPITAL, alert(1).id, lambda a: closed_by_itself(a, CAUSE_GONE, MORNING))
    by_hand = MORNING - timedelta(days=2)
    await stores.alerts.change(HOSPITAL, alert(2).id, lambda a: closed_by_hand(a, BY, CloseReason.KNOWN, "", by_hand))
    now = MORNING + timedelta(minutes=3)
    assert [one.id for one in await stores.alerts.to_say(HOSPITAL, now, 5)] == [alert(2).id, alert(3).id]
    tomorrow = MORNING + timedelta(days=1)
    assert [one.id for one in await stores.alerts.to_say(HOSPITAL, tomorrow, 5)] == [alert(n).id for n in (2, 3, 0)]
    assert await stores.alerts.to_say("another", tomorrow, 5) == []


async def test_acts_that_wait_for_the_chain(stores: Stores) -> None:
    await raise_all(stores, alert(1), alert(2))
    await stores.alerts.change(HOSPITAL, alert(2).id, lambda a: taken(a, BY, MORNING))
    assert [one.id for one in await stores.alerts.unaudited(HOSPITAL, 5)] == [alert(2).id]
    await stores.alerts.change(HOSPITAL, alert(2).id, lambda a: acts_sealed(a, 1))
    assert await stores.alerts.unaudited(HOSPITAL, 5) == []


async def test_a_step_may_not_rewrite_what_was_done(stores: Stores) -> None:
    await raise_all(stores, alert(1))
    await stores.alerts.change(HOSPITAL, alert(1).id, lambda a: taken(a, BY, MORNING))
    for wrong in (
        lambda a: replace(a, version=a.version + 1, acts=()),
        lambda a: replace(a, version=a.version + 1, kind="another"),
        lambda a: replace(a, text="the same version"),
    ):
        with pytest.raises(ValueError, match="a step must"):
            await stores.alerts.change(HOSPITAL, alert(1).id, wrong)


@pytest.mark.parametrize("limit", [0, 1001])
async def test_no_list_of_alerts_without_a_bound(stores: Stores, limit: int) -> None:
    for ask in (
        stores.alerts.live(HOSPITAL, "effect_stuck", limit),
        stores.alerts.live_page(HOSPITAL, "", limit),
        stores.alerts.to_say(HOSPITAL, MORNING, limit),
        stores.alerts.unaudited(HOSPITAL, limit),
    ):
        with pytest.raises(ValueError, match="limit"):
            await ask


OLD = {"_id": f"{HOSPITAL}/ZF1:effect_stuck:book", "hospital": HOSPITAL, "id": "ZF1:effect_stuck:book",
       "kind": "effect_stuck", "text": "ZF1 book", "at": MORNING}  # fmt: skip
"""As it lies in the database of a Zhenfu before alerts had a life."""


async def test_an_older_zhenfu_s_alert_stands_open(mongo: MongoDatabase) -> None:
    alerts = mongo.database["alerts"]
    await alerts.insert_one(dict(OLD))
    store = mongo.stores.alerts
    [read] = await store.latest(HOSPITAL, 5)
    assert (read.id, read.state, read.at, read.opened) == ("ZF1:effect_stuck:book", AlertState.OPEN, MORNING, 1)
    assert await mongo.upgrade(MORNING) == 1
    assert await mongo.upgrade(MORNING) == 0
    assert [one.open for one in await store.standing(HOSPITAL)] == [1]
    assert [one.id for one in await store.to_say(HOSPITAL, MORNING, 5)] == [read.id]


async def test_an_older_zhenfu_s_alert_lives_on_before_the_sweep(mongo: MongoDatabase) -> None:
    await mongo.database["alerts"].insert_one(dict(OLD))
    store = mongo.stores.alerts
    await asyncio.gather(
        store.raise_alert(replace(alert(1), id="ZF1:effect_stuck:book", at=MORNING + timedelta(hours=1))),
        store.change(HOSPITAL, "ZF1:effect_stuck:book", lambda a: taken(a, BY, MORNING)),
    )
    after = await store.get(HOSPITAL, "ZF1:effect_stuck:book")
    assert after is not None
    assert (after.taken_by, after.at, after.version) == (BY, MORNING, 3)
