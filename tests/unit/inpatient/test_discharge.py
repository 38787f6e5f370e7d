"""出院结算: settled in the HIS first, then each deposit's rest goes back by an ordinary refund; what can't is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from server.core.errors import ChargeChanged
from server.inpatient.discharge import Discharge
from server.inpatient.model import DEPOSIT, DISCHARGE, AdmissionState, LotOrder
from server.inpatient.rules.standings import ShareState
from server.patients.model import BoundCard, Session
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.refund_window import RefundWindow
from server.payments.rules.trades import RefundOutcome
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import CARD, HOSPITAL, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio


class Ward:
    """One person with one admission, who has paid in at the window (1,000.00 in cash) and here."""

    def __init__(self) -> None:
        his = FaithfulHis()
        his.inpatient = self.his = FaithfulInpatients()
        self.memory_app = InMemoryApp(a_hospital(his=his))
        self.session: Session = a_session("openid-zhang-ceshi")
        self.key = ""

    async def enter(self) -> None:
        owner = self.session.identity.key
        await self.memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
        [known] = await self.memory_app.admissions.mine(self.session)
        self.key = known.key

    async def pay_in(self, amount_fen: int) -> str:
        begun = await self.memory_app.payments.start(DEPOSIT, self.session, [self.key, str(amount_fen)], None)
        await self._paid(begun.payment_id)
        return begun.payment_id

    async def leave(self, own_fen: int) -> None:
        self.his.own_fen = own_fen
        self.his.changes(state=AdmissionState.DISCHARGED, discharged_at=self.memory_app.clock.now())

    async def view(self) -> Discharge:
        return await self.memory_app.discharges.view(self.session, self.key)

    async def settle(self) -> Payment:
        plan = (await self.view()).plan
        assert plan is not None
        begun = await self.memory_app.payments.start(
            DISCHARGE, self.session, [self.key, plan.presettlement.number], None
        )
        if plan.presettlement.to_pay_fen:
            await self._paid(begun.payment_id)
        await self.memory_app.work()
        return await self.memory_app.payment(begun.payment_id)

    async def money_arrives(self) -> None:
        for refund_id, (_, outcome) in list(self.memory_app.channel.refunds.items()):
            if outcome is RefundOutcome.PROCESSING:
                await self.memory_app.notifications.apply(HOSPITAL, self.memory_app.channel.settle_refund(refund_id))
        await self.memory_app.work()

    async def _paid(self, payment_id: str) -> None:
        await self.memory_app.notifications.apply(HOSPITAL, self.memory_app.channel.pay(payment_id))
        await self.memory_app.work()
        self.memory_app.clock.forward(seconds=3600)


@pytest_asyncio.fixture
async def ward() -> Ward:
    ward = Ward()
    await ward.enter()
    return ward


def states(view: Discharge) -> list[ShareState]:
    assert view.standing is not None
    return [one.state for one in view.standing.shares]


def sums(view: Discharge) -> tuple[int, int, int]:
    """Returned, under way, at the window."""
    assert view.standing is not None
    return view.standing.returned_fen, view.standing.under_way_fen, view.standing.window_fen


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


async def test_a_lot_that_fails_leaves_the_others_running_and_a_clear_sum(ward: Ward) -> None:
    first, second = await ward.pay_in(50_000), await ward.pay_in(30_000)
    await ward.leave(own_fen=110_000)
    view = await ward.view()
    assert view.plan is not None
    begun = await ward.memory_app.payments.start(
        DISCHARGE, ward.session, [ward.key, view.plan.presettlement.number], None
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
        DISCHARGE, ward.session, [ward.key, view.plan.presettlement.number], None
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


async def test_another_calculation_than_was_shown_settles_nothing(ward: Ward) -> None:
    await ward.pay_in(50_000)
    await ward.leave(own_fen=120_000)
    with pytest.raises(ChargeChanged) as raised:
        await ward.memory_app.payments.start(DISCHARGE, ward.session, [ward.key, "JS-other"], None)
    assert "重新核对" in raised.value.user_message
    assert ward.his.named("settle") == []


async def test_a_settlement_that_the_his_refuses_moves_nothing(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=120_000)
    view = await ward.view()
    assert view.plan is not None
    begun = await ward.memory_app.payments.start(
        DISCHARGE, ward.session, [ward.key, view.plan.presettlement.number], None
    )
    ward.his.own_fen, ward.his.settlements_taken_back = 130_000, 1
    await ward.memory_app.work()
    assert (await ward.memory_app.payment(begun.payment_id)).state is PaymentState.RETURNED
    assert (await ward.memory_app.payment(lot)).refunds == ()
    assert (await ward.view()).settlement is None, "it may be settled anew"


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


async def test_two_taps_settle_once(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=120_000)
    plan = (await ward.view()).plan
    assert plan is not None
    chosen = [ward.key, plan.presettlement.number]
    one = await ward.memory_app.payments.start(DISCHARGE, ward.session, chosen, None)
    two = await ward.memory_app.payments.start(DISCHARGE, ward.session, chosen, None)
    assert one.payment_id == two.payment_id
    await ward.memory_app.work()
    assert len((await ward.memory_app.payment(lot)).refunds) == 1


async def test_a_booking_that_is_repeated_asks_no_lot_twice(ward: Ward) -> None:
    lot = await ward.pay_in(50_000)
    await ward.leave(own_fen=130_000)
    settlement = await ward.settle()
    purpose = ward.memory_app.services.shared.purposes[DISCHARGE]
    await purpose.book(settlement)
    await purpose.check(replace(settlement, state=PaymentState.PAID))
    assert [refund.amount_fen for refund in (await ward.memory_app.payment(lot)).refunds] == [20_000]


async def test_nothing_can_be_settled_before_the_discharge(ward: Ward) -> None:
    view = await ward.view()
    assert (view.plan, view.refused) == (None, "还没有办理出院，请等病区通知")
    ward.his.changes(state=AdmissionState.SETTLED)
    assert (await ward.view()).refused == "住院费用已结算。"
