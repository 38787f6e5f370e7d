"""The HIS has lost a booking, refuses it when it is told again, and an earlier call of ours lands there after all."""

from __future__ import annotations

import pytest

from server.core.errors import OutsideRefusal
from server.reconciliation.day_model import DayState, day_id
from server.reconciliation.model import Act, Category
from tests.support.builders import HOSPITAL, a_booking
from tests.support.reconciled import CHANNEL, ReconciledApp
from tests.unit.reconciliation.test_asking_his import lacking, lines, told

pytestmark = pytest.mark.asyncio


async def test_what_lands_in_the_his_after_that_is_booked_under_its_new_number() -> None:
    """An earlier call of ours hung there for longer than the HIS states."""
    days_app = ReconciledApp()
    payment = await lacking(days_app)
    days_app.app.his.booked.clear()
    days_app.app.his.will("confirm", OutsideRefusal("his", "BILL_CHANGED"))
    await days_app.next_morning()
    await days_app.app.work()
    days_app.app.his.booked[payment.id] = a_booking("HIS-2")
    days_app.app.clock.forward(minutes=10)
    await days_app.app.work()
    after = await days_app.app.payment(payment.id)
    assert (after.booking, after.effects) == (a_booking("HIS-2"), ())
    assert [line.detail for line in lines(after, "booked_again")] == [{"his_trade_no": "HIS-2", "late": "yes"}]
    await days_app.days.decisions.run_again(HOSPITAL, day_id(CHANNEL, days_app.today), "staff:3001")
    await days_app.work()
    day = await days_app.day()
    assert (day.state, told(day)) == (DayState.CLOSED, [(Category.CROSS_DAY, Act.WAIT)])
