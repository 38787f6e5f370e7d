"""An old balance goes back lot by lot: what was paid here by its channel, everything else at the window; no fen twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from server.core.errors import ChargeChanged, NotAllowed, NotFound, OutcomeUnknown
from server.core.systems import HOSPITAL_SYSTEM
from server.old_balances import service
from server.patients.model import BoundCard
from server.payments.refund_model import RefundState
from server.payments.rules.refund_window import RefundWindow
from server.refunds.rules.shares import ShareState
from tests.support.balance_desk import BalanceDesk
from tests.support.builders import CARD, HOSPITAL, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.old_balances import an_old_balance

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def desk() -> BalanceDesk:
    desk = BalanceDesk()
    await desk.enter()
    return desk


async def test_what_was_not_paid_here_is_for_the_window_with_the_reason(desk: BalanceDesk) -> None:
    known = await desk.view()
    assert (known.returnable_fen, known.left_fen) == (0, 10_000)
    assert [(share.stuck, share.amount_fen) for share in known.allocation.window] == [("现金交的", 10_000)]
    with pytest.raises(NotAllowed, match="nothing to give back"):
        await desk.give_back()


async def test_what_was_paid_here_goes_back_by_its_channel_once_the_his_has_written_it_off(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved()
    known = await desk.view()
    assert [(share.number, share.amount_fen) for share in known.allocation.returns] == [(payment.id, payment.paid_fen)]
    assert known.left_fen == 10_000 + payment.paid_fen
    await desk.give_back()
    await desk.memory_app.work()
    [refund] = (await desk.memory_app.payment(payment.id)).refunds
    assert (refund.amount_fen, refund.reason, refund.asked_by) == (payment.paid_fen, "balance", "patient:holder")
    assert desk.his.known[CARD].balance_fen == 10_000
    assert [one.state for one in (await desk.view()).returning] == [ShareState.UNDER_WAY]
    await desk.money_arrives()
    known = await desk.view()
    assert [(one.amount_fen, one.state) for one in known.returning] == [(payment.paid_fen, ShareState.RETURNED)]
    assert (known.returnable_fen, known.left_fen) == (0, 10_000)


async def test_a_second_tap_asks_for_nothing_before_or_after_the_his_has_written_off(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved()
    await desk.give_back()
    assert ((await desk.view()).returnable_fen, (await desk.view()).left_fen) == (0, 10_000)
    with pytest.raises(NotAllowed, match="nothing to give back"):
        await desk.memory_app.old_balances.give_back(desk.session, desk.key, payment.paid_fen)
    await desk.memory_app.work()
    assert ((await desk.view()).returnable_fen, (await desk.view()).left_fen) == (0, 10_000)
    assert len((await desk.memory_app.payment(payment.id)).refunds) == 1


async def test_two_taps_at_once_ask_each_lot_once(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved()
    service, shown_fen = desk.memory_app.old_balances, payment.paid_fen
    await asyncio.gather(*(service.give_back(desk.session, desk.key, shown_fen) for _ in range(2)))
    assert len((await desk.memory_app.payment(payment.id)).refunds) == 1


async def test_only_as_much_as_lies_on_the_card_goes_back_of_a_payment(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved(300)
    assert (await desk.view()).returnable_fen == 300
    await desk.give_back()
    assert (await desk.view()).returnable_fen == 0
    await desk.memory_app.work()
    assert (await desk.view()).returnable_fen == 0
    assert [one.amount_fen for one in (await desk.memory_app.payment(payment.id)).refunds] == [300]


async def test_spent_money_is_not_given_back(desk: BalanceDesk) -> None:
    """The hospital's rule takes the oldest sum first: what our payment does not have to cover stays."""
    payment = await desk.a_bill_is_moved()
    desk.balance_is(balance_fen=payment.paid_fen - 1)
    known = await desk.view()
    assert (known.returnable_fen, known.left_fen) == (payment.paid_fen - 1, payment.paid_fen - 1)


async def test_a_balance_that_grows_again_is_asked_for_again(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved(300)
    await desk.give_back()
    await desk.memory_app.work()
    lots = desk.his.known[CARD].lots
    lots = (*lots[:-1], replace(lots[-1], amount_fen=500))
    desk.balance_is(lots=lots, balance_fen=10_200)
    await desk.give_back()
    refunds = (await desk.memory_app.payment(payment.id)).refunds
    assert [(one.amount_fen, one.request_id) for one in refunds] == [(300, "old-balance-1"), (200, "old-balance-2")]


async def test_what_the_his_refuses_is_said_and_left_for_the_window(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved()
    await desk.give_back()
    desk.balance_is(balance_fen=0)
    await desk.memory_app.work()
    [refund] = (await desk.memory_app.payment(payment.id)).refunds
    assert refund.state is RefundState.REJECTED
    known = await desk.view()
    assert [one.state for one in known.returning] == [ShareState.FAILED]
    assert known.left_fen == 0


async def test_a_payment_of_another_card_is_no_lot_of_this_one(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved()
    assert payment.personal.card_no == CARD
    lots = desk.his.known[CARD].lots
    desk.his.known["99"] = an_old_balance(card_no="99", lots=lots, balance_fen=20_000)
    owner = desk.session.identity.key
    await desk.memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no="99", name="张大宝"))
    [balances, _] = await desk.memory_app.old_balances.mine(desk.session)
    other = next(one for one in balances if one.card_no == "99")
    key = desk.memory_app.old_balances.key_of(desk.session, other)
    known = await desk.memory_app.old_balances.one(desk.session, key)
    assert (known.returnable_fen, known.left_fen) == (0, 20_000)


async def test_what_the_channel_no_longer_sends_back_is_for_the_window(desk: BalanceDesk) -> None:
    await desk.a_bill_is_moved()
    channel = desk.memory_app.channel
    channel.capabilities = replace(channel.capabilities, reach=RefundWindow(within=timedelta(days=1)))
    desk.memory_app.clock.forward(seconds=3 * 24 * 3600)
    known = await desk.view()
    assert known.returnable_fen == 0
    assert f"{channel.capabilities.title}交的，已过能原路退回的期限" in [one.stuck for one in known.allocation.window]


async def test_another_sum_than_was_shown_moves_nothing(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved()
    with pytest.raises(ChargeChanged):
        await desk.memory_app.old_balances.give_back(desk.session, desk.key, payment.paid_fen + 1)
    assert (await desk.memory_app.payment(payment.id)).refunds == ()


async def test_nobody_else_sees_a_card_s_balance(desk: BalanceDesk) -> None:
    with pytest.raises(NotFound):
        await desk.memory_app.old_balances.one(a_session("openid-li-moni"), desk.key)


async def test_somebody_else_s_payment_goes_back_to_them(desk: BalanceDesk) -> None:
    payment = await desk.a_bill_is_moved()
    relative = a_session("openid-li-moni")
    owner = relative.identity.key
    await desk.memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=CARD, name="张测试"))
    known = await desk.memory_app.old_balances.one(relative, desk.key)
    assert known.foreign == {payment.id}
    assert (await desk.view()).foreign == frozenset()


async def test_a_silent_his_is_no_empty_balance(desk: BalanceDesk) -> None:
    desk.his.will("balance", OutcomeUnknown(HOSPITAL_SYSTEM, "asleep"))
    with pytest.raises(OutcomeUnknown):
        await desk.view()


async def test_where_every_lot_refuses_the_person_is_told_why(
    desk: BalanceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.a_bill_is_moved()

    def refused(*_: object) -> None:
        raise NotAllowed("meanwhile refunded", user_message="已经退过了。")

    monkeypatch.setattr(service, "request_refund", refused)
    with pytest.raises(NotAllowed, match="meanwhile refunded"):
        await desk.give_back()


async def test_only_a_hospital_whose_his_tells_of_balances_offers_them(desk: BalanceDesk) -> None:
    assert desk.memory_app.old_balances.offered(HOSPITAL)
    elsewhere = InMemoryApp().old_balances
    assert not elsewhere.offered(HOSPITAL)
    with pytest.raises(NotFound) as raised:
        await elsewhere.one(desk.session, desk.key)
    assert raised.value.user_message == "医院暂未开通门诊余额查询，请到门诊收费窗口办理。"


async def test_refusals_say_what_to_do(desk: BalanceDesk) -> None:
    with pytest.raises(NotFound) as raised:
        await desk.memory_app.old_balances.one(desk.session, "another")
    assert raised.value.user_message == "没有找到这张就诊卡的余额，请从门诊余额列表进入。"
    with pytest.raises(NotAllowed) as nothing:
        await desk.give_back()
    assert nothing.value.user_message == "现在没有可以原路退回的余额。"
    await desk.a_bill_is_moved()
    with pytest.raises(ChargeChanged) as changed:
        await desk.memory_app.old_balances.give_back(desk.session, desk.key, 1)
    assert changed.value.user_message == "余额有变化，请重新核对后再退。"


async def test_a_balance_is_a_need_as_far_as_the_his_tells(desk: BalanceDesk) -> None:
    needs = desk.memory_app.needs
    [shown] = [one.need for one in (await needs.home(desk.session)).needs if one.need.page.startswith("balances/")]
    assert (shown.title, shown.text, shown.page) == ("有余额可以退还", "门诊余额 100.00 元", f"balances/{desk.key}")
    desk.his.will("balance", OutcomeUnknown(HOSPITAL_SYSTEM, "asleep"))
    assert not (await needs.home(desk.session)).is_whole
    desk.balance_is(balance_fen=0)
    home = await needs.home(desk.session)
    assert (home.is_whole, [one for one in home.needs if one.need.page.startswith("balances/")]) == (True, [])
