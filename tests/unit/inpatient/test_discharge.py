"""出院结算: the whole calculation is shown, and settled in the HIS once."""

from __future__ import annotations

import pytest

from server.core.errors import ChargeChanged
from server.inpatient.model import DISCHARGE, AdmissionState
from server.payments.model import PaymentState
from server.payments.sms_choice import NO_SMS
from server.refunds.model import LotOrder
from tests.support.wards import Ward

pytestmark = pytest.mark.asyncio


async def test_the_whole_calculation_is_there_before_anything_moves(ward: Ward) -> None:
    first, second = await ward.pay_in(50_000), await ward.pay_in(30_000)
    await ward.leave(own_fen=50_000)
    view = await ward.view()
    assert view.plan is not None
    assert view.plan.presettlement.to_return_fen == 130_000
    allocation = view.plan.allocation
    assert [(one.number, one.amount_fen) for one in allocation.returns] == [(second, 30_000), (first, 50_000)]
    assert [(one.way, one.amount_fen, one.stuck) for one in allocation.window] == [("cash", 50_000, "现金交的")]
    assert (view.settlement, ward.memory_app.channel.refunds, ward.memory_app.his.released) == (None, {}, {})


async def test_the_hospital_s_order_is_followed(ward: Ward) -> None:
    first = await ward.pay_in(50_000)
    await ward.pay_in(30_000)
    ward.his.order = LotOrder.OLDEST_FIRST
    await ward.leave(own_fen=160_000)
    view = await ward.view()
    assert view.plan is not None
    assert [(one.number, one.amount_fen) for one in view.plan.allocation.returns] == [(first, 20_000)]


async def test_the_rest_is_paid_and_settled(ward: Ward) -> None:
    await ward.leave(own_fen=130_000)
    settlement = await ward.settle()
    assert (settlement.state, settlement.paid_fen) == (PaymentState.BOOKED, 30_000)
    told = ward.his.booked[settlement.id]
    assert (told.amount_fen, told.channel) == (30_000, "wechat")
    assert ward.memory_app.channel.refunds == {}


async def test_a_lost_answer_of_the_settlement_is_carried_out_when_it_is_found(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=120_000)
    ward.his.will_lose_the_answer("settle")
    settlement = await ward.settle()
    await ward.memory_app.live_on(600)
    assert (await ward.memory_app.payment(settlement.id)).state is PaymentState.BOOKED
    assert len(ward.his.named("settle")) == 1, "found by our number, not settled again"
    assert [one.amount_fen for one in (await ward.memory_app.payment(lot)).refunds] == [30_000]


async def test_another_calculation_than_was_shown_settles_nothing(ward: Ward) -> None:
    await ward.pay_in(50_000)
    await ward.leave(own_fen=120_000)
    with pytest.raises(ChargeChanged) as raised:
        await ward.memory_app.payments.start(DISCHARGE, ward.session, [ward.key, "JS-other"], NO_SMS)
    assert "重新核对" in raised.value.user_message
    assert ward.his.named("settle") == []


async def test_a_settlement_that_the_his_refuses_moves_nothing(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=120_000)
    view = await ward.view()
    assert view.plan is not None
    begun = await ward.memory_app.payments.start(
        DISCHARGE, ward.session, [ward.key, view.plan.presettlement.number], NO_SMS
    )
    ward.his.own_fen, ward.his.settlements_taken_back = 130_000, 1
    await ward.memory_app.work()
    assert (await ward.memory_app.payment(begun.payment_id)).state is PaymentState.RETURNED
    assert (await ward.memory_app.payment(lot)).refunds == ()
    assert (await ward.view()).settlement is None, "it may be settled anew"


async def test_two_taps_settle_once(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=120_000)
    plan = (await ward.view()).plan
    assert plan is not None
    chosen = [ward.key, plan.presettlement.number]
    one = await ward.memory_app.payments.start(DISCHARGE, ward.session, chosen, NO_SMS)
    two = await ward.memory_app.payments.start(DISCHARGE, ward.session, chosen, NO_SMS)
    assert one.payment_id == two.payment_id
    await ward.memory_app.work()
    assert len((await ward.memory_app.payment(lot)).refunds) == 1


async def test_nothing_can_be_settled_before_the_discharge(ward: Ward) -> None:
    view = await ward.view()
    assert (view.plan, view.refused) == (None, "还没有办理出院，请等病区通知")
    ward.his.changes(state=AdmissionState.SETTLED)
    assert (await ward.view()).refused == "住院费用已结算。"
