"""ports.UnclaimedStore and ports.AlertStore: the first record of an id stays, newest first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from server.alerts.model import Alert
from server.payments.unclaimed_model import UnclaimedMoney
from server.storage.stores import Stores
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
MONEY = UnclaimedMoney(
    hospital=HOSPITAL,
    id="wechat:4200000000000000000000000001",
    channel="wechat",
    out_trade_no="XX20261123000000000001",
    transaction_id="4200000000000000000000000001",
    kind="payment",
    amount_fen=123_456_789_012,
    reason="no such payment",
    at=MORNING,
)
ALERT = Alert(hospital=HOSPITAL, id="ZF1:effect_stuck:book", kind="effect_stuck", text="ZF1 book", at=MORNING)


async def test_unclaimed_money_is_kept_as_it_was_first_told(stores: Stores) -> None:
    await stores.unclaimed.keep(MONEY)
    await stores.unclaimed.keep(replace(MONEY, reason="told again", at=MORNING + timedelta(hours=1)))
    (kept,) = await stores.unclaimed.latest(HOSPITAL, 5)
    assert (kept, type(kept.amount_fen)) == (MONEY, int)


async def test_the_newest_money_first_and_each_hospital_s_apart(stores: Stores) -> None:
    for minute in (2, 0, 1):
        await stores.unclaimed.keep(replace(MONEY, id=f"m{minute}", at=MORNING + timedelta(minutes=minute)))
    await stores.unclaimed.keep(replace(MONEY, hospital="other", id="m0", amount_fen=1))
    assert [money.id for money in await stores.unclaimed.latest(HOSPITAL, 2)] == ["m2", "m1"]
    assert [money.amount_fen for money in await stores.unclaimed.latest("other", 5)] == [1]


async def test_an_alert_is_raised_once_however_often(stores: Stores) -> None:
    again = (stores.alerts.raise_alert(replace(ALERT, at=MORNING + timedelta(minutes=n))) for n in range(20))
    await stores.alerts.raise_alert(ALERT)
    await asyncio.gather(*again)
    assert await stores.alerts.latest(HOSPITAL, 5) == [ALERT]
    await stores.alerts.raise_alert(replace(ALERT, id="newer", at=MORNING + timedelta(hours=1, microseconds=5)))
    assert [alert.id for alert in await stores.alerts.latest(HOSPITAL, 5)] == ["newer", ALERT.id]
    assert (await stores.alerts.latest(HOSPITAL, 1))[0].at == MORNING + timedelta(hours=1)
    assert await stores.alerts.latest("other", 5) == []
