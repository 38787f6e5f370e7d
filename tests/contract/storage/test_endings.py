"""A proposed ending is read back as it was stored, is gone when it is dropped, and documents without one open as before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.payments.ending_model import Ending, EndingAct
from server.payments.model import changed
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.ending_acts import drop
from server.storage.stores import Stores
from tests.contract.storage.test_payments import payment
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING

pytestmark = pytest.mark.asyncio
ENDING = Ending(
    act=EndingAct.SETTLED_ELSEWHERE, amount_fen=123_456_789_012, by="staff:3001", at=MORNING, mark=7, ticket="T1",
    proof="k1.sealed",
)  # fmt: skip


async def test_an_ending_comes_and_goes(stores: Stores) -> None:
    before = payment(1)
    await stores.payments.insert(before)
    waiting = changed(before, "ending_proposed", at=MORNING, by="staff:3001", ending=ENDING)
    await stores.payments.save(before, waiting)
    read = await stores.payments.get(HOSPITAL, before.id)
    assert read == waiting
    assert read is not None
    assert read.ending == ENDING
    dropped = drop(waiting, "staff:3002", MORNING + timedelta(hours=1))
    await stores.payments.save(waiting, dropped)
    assert await stores.payments.get(HOSPITAL, before.id) == dropped


async def test_money_that_went_another_way_is_read_back(stores: Stores) -> None:
    before = payment(2)
    await stores.payments.insert(before)
    settled = Refund(
        id=f"{before.id}S01", amount_fen=5, origin=RefundOrigin.ELSEWHERE, reason="settled_elsewhere",
        state=RefundState.SUCCEEDED, at=MORNING, note="k1.sealed", approval_reasons=("ending",),
    )  # fmt: skip
    after = changed(before, "settled_elsewhere", at=MORNING, refunds=(settled,))
    await stores.payments.save(before, after)
    assert await stores.payments.get(HOSPITAL, before.id) == after
