"""出院结算 gives back each deposit's rest by an ordinary refund; what can't go back is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.inpatient.model import DISCHARGE
from server.payments.model import PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_window import RefundWindow
from server.payments.sms_choice import NO_SMS
from server.refunds.rules.requests import RefundAsk, request_refund
from server.refunds.rules.shares import ShareState
from tests.support.builders import HOSPITAL
from tests.support.wards import Ward, states, sums

pytestmark = pytest.mark.asyncio


async def test_settled_first_and_then_given_back_lot_by_lot(ward: Ward) -> None:
    first, second = await ward.pay_in(50_000), await ward.pay_in(30_000)
    await ward.leave(own_fen=110_000)
    settlement = await ward.settle()
    assert settlement.state is PaymentState.BOOKED
    assert [name for name, _ in ward.his.calls if name == "settle"] == ["settle"]
    assert {one.out_trade_no: one.amount_fen for one in ward.memory_app.his.released.values()} == {
        second: 30_000,
        first: 40_000,
    }
    assert sums(await ward.view()) == (0, 70_000, 0)
    await ward.money_arrives()
    view = await ward.view()
    assert (states(view), sums(view)) == ([ShareState.RETURNED, ShareState.RETURNED], (70_000, 0, 0))
    assert (await ward.memory_app.payment(first)).refunded_fen == 40_000
    assert (await ward.memory_app.payment(second)).refunded_fen == 30_000


async def test_a_lot_that_fails_leaves_the_others_running_and_a_clear_sum(ward: Ward) -> None:
    first, second = await ward.pay_in(50_000), await ward.pay_in(30_000)
    await ward.leave(own_fen=110_000)
    view = await ward.view()
    assert view.plan is not None
    begun = await ward.memory_app.payments.start(
        DISCHARGE, ward.session, [ward.key, view.plan.presettlement.number], NO_SMS
    )
    await ward.memory_app.do_only(begun.payment_id, "book")
    ward.memory_app.his.forbids = "药品已发出"
    [refund] = (await ward.memory_app.payment(second)).refunds
    await ward.memory_app.do_only(second, f"release:{refund.id}")
    ward.memory_app.his.forbids = ""
    await ward.memory_app.work()
    await ward.money_arrives()
    view = await ward.view()
    assert states(view) == [ShareState.FAILED, ShareState.RETURNED]
    assert sums(view) == (40_000, 0, 30_000)
    assert (await ward.memory_app.payment(first)).refunded_fen == 40_000
    assert (await ward.memory_app.payment(second)).refunds[0].state is RefundState.REJECTED


async def test_a_lot_that_staff_refunded_meanwhile_goes_to_the_window(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=100_000)
    view = await ward.view()
    assert view.plan is not None
    begun = await ward.memory_app.payments.start(
        DISCHARGE, ward.session, [ward.key, view.plan.presettlement.number], NO_SMS
    )
    now = ward.memory_app.clock.now()
    ask = RefundAsk(
        request_id="tap", amount_fen=50_000, lines=(), reason="other", note="", by="staff:1001", requested_via="chat", approval_reasons=()
    )  # fmt: skip
    await ward.memory_app.transitions.apply(HOSPITAL, lot, lambda one: request_refund(one, ask, now, now))
    await ward.memory_app.work()
    assert (await ward.memory_app.payment(begun.payment_id)).state is PaymentState.BOOKED
    assert (states(await ward.view()), sums(await ward.view())) == ([ShareState.FAILED], (0, 0, 50_000))


async def test_what_the_hospital_gave_back_since_is_not_for_the_window_any_more(ward: Ward) -> None:
    await ward.pay_in(50_000)
    await ward.leave(own_fen=60_000)
    await ward.settle()
    await ward.money_arrives()
    assert sums(await ward.view()) == (50_000, 0, 40_000)
    ward.his.changes(left_fen=15_000)
    view = await ward.view()
    assert sums(view) == (50_000, 0, 15_000)
    assert view.standing is not None
    assert view.standing.otherwise_fen == 25_000


async def test_a_second_settlement_finds_what_went_back_already(ward: Ward) -> None:
    first, second = await ward.pay_in(50_000), await ward.pay_in(30_000)
    await ward.leave(own_fen=140_000)
    one = await ward.settle()
    await ward.money_arrives()
    assert (await ward.memory_app.payment(second)).refunded_fen == 30_000
    ward.his.paid_in = [
        replace(lot, returned_fen=30_000 if lot.out_trade_no == second else 10_000 if lot.out_trade_no == first else 0)
        for lot in ward.his.paid_in
    ]
    ward.memory_app.clock.forward(days=1)
    ward.his.take_settlement_back()
    ward.his.own_fen = 120_000
    again = await ward.settle()
    assert again.id != one.id
    await ward.money_arrives()
    assert [refund.amount_fen for refund in (await ward.memory_app.payment(first)).refunds] == [10_000, 20_000]
    assert (await ward.memory_app.payment(second)).refunded_fen == 30_000
    assert sums(await ward.view()) == (20_000, 0, 0)


async def test_what_is_on_its_way_back_is_not_given_again_though_the_his_does_not_list_it_yet(ward: Ward) -> None:
    first, second = await ward.pay_in(50_000), await ward.pay_in(30_000)
    await ward.leave(own_fen=140_000)
    await ward.settle()
    assert [(await ward.memory_app.payment(lot)).refunding_fen for lot in (first, second)] == [10_000, 30_000]
    ward.his.take_settlement_back()
    view = await ward.view()
    assert view.plan is not None
    assert [(one.number, one.amount_fen) for one in view.plan.allocation.returns] == [(first, 40_000)]


async def test_a_lot_that_is_too_old_is_named_and_sent_to_the_window(ward: Ward) -> None:
    await ward.pay_in(50_000)
    channel = ward.memory_app.channel
    channel.capabilities = replace(channel.capabilities, reach=RefundWindow(within=timedelta(days=90)))
    ward.memory_app.clock.forward(days=90)
    await ward.leave(own_fen=120_000)
    view = await ward.view()
    assert view.plan is not None
    assert view.plan.allocation.returns == ()
    stuck = [one.stuck for one in view.plan.allocation.window]
    assert stuck == [f"{channel.capabilities.title}交的，已过能原路退回的期限"]


async def test_a_booking_that_is_repeated_asks_no_lot_twice(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=130_000)
    settlement = await ward.settle()
    purpose = ward.memory_app.services.shared.purposes[DISCHARGE]
    await purpose.book(settlement)
    await purpose.check(replace(settlement, state=PaymentState.PAID))
    assert [refund.amount_fen for refund in (await ward.memory_app.payment(lot)).refunds] == [20_000]
