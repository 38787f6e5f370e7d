"""Notifications, looks at the channel, the HIS, and money that goes back: the whole road, in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.effects import EffectKind
from server.domain.errors import LostRace, NotSent, OutcomeUnknown, OutsideRefusal, StoreUnavailable
from server.domain.payment import Payment, PaymentState, RefundState
from server.domain.trades import RefundOutcome, TradeState
from server.ports import VerifiedNotification
from tests.support.builders import HOSPITAL, PHONE, a_booking, a_channel_refund, a_payment, a_scan, a_session, a_trade
from tests.support.house import House, Unreachable
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio


async def waiting(house: House) -> Payment:
    """Somebody has the cashier open."""
    begun = await house.payments.start(a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], PHONE)
    return await house.payment(begun.payment_id)


async def paid(house: House, amount_fen: int | None = None) -> Payment:
    payment = await waiting(house)
    await house.notifications.apply(HOSPITAL, house.channel.pay(payment.id, amount_fen))
    return await house.payment(payment.id)


def told(content: object) -> VerifiedNotification:
    return VerifiedNotification(channel="wechat", notification_id="EV-1", content=content)  # type: ignore[arg-type]


class TestNotifications:
    async def test_pay_book_and_tell(self) -> None:
        house = House()
        payment = await paid(house)
        assert payment.state is PaymentState.PAID
        assert house.nudged[-1] == (HOSPITAL, payment.id), "the worker of this process is woken at once"
        await house.work()
        after = await house.payment(payment.id)
        assert after.state is PaymentState.BOOKED
        assert after.effects == ()
        [(_, notice, out_id)] = house.sms.sent
        assert (notice.purpose, out_id) == ("payment_booked", f"{payment.id}-payment_booked")
        [(payer, notice, _)] = house.messenger.named("send")
        assert payer == payment.request.payer
        assert notice.values["amount"] == "12.34"
        assert notice.values["patient"] == "张**"
        [request] = house.his.named("confirm")
        assert (request.amount_fen, request.transaction_id) == (1234, payment.cash.transaction_id)

    async def test_a_repeat_writes_nothing(self) -> None:
        house = House()
        payment = await waiting(house)
        notification = house.channel.pay(payment.id)
        await house.notifications.apply(HOSPITAL, notification)
        once = await house.payment(payment.id)
        for _ in range(3):
            await house.notifications.apply(HOSPITAL, notification)
        assert await house.payment(payment.id) is once
        await house.work()
        booked = await house.payment(payment.id)
        await house.notifications.apply(HOSPITAL, notification)
        assert await house.payment(payment.id) is booked

    @pytest.mark.parametrize("state", [TradeState.UNPAID, TradeState.CLOSED, TradeState.ABSENT])
    async def test_without_money_is_no_news(self, state: TradeState) -> None:
        house = House()
        payment = await waiting(house)
        await house.notifications.apply(HOSPITAL, told(a_trade(payment, state)))
        assert await house.payment(payment.id) is payment

    async def test_money_that_fits_nothing_is_kept_once_and_alarms_once(self) -> None:
        house = House()
        stranger = a_trade(a_payment(), out_trade_no="ZF20261123ZZZZZZZZZZZZ")
        for _ in range(3):
            await house.notifications.apply(HOSPITAL, told(stranger))
        [money] = await house.unclaimed()
        assert (money.amount_fen, money.out_trade_no, money.kind) == (1234, stranger.out_trade_no, "payment")
        assert [alert.kind for alert in await house.alerts()] == ["unclaimed_money"]

    async def test_of_another_hospital_does_not_pay(self) -> None:
        house = House(a_hospital(), a_hospital("other"))
        payment = await waiting(house)
        notification = house.channel.pay(payment.id)
        await house.notifications.apply("other", notification)
        assert (await house.payment(payment.id)).state is PaymentState.PENDING
        assert len(await house.stores.unclaimed.latest("other", 10)) == 1

    @pytest.mark.parametrize(
        ("field", "value"), [("amount_fen", 1), ("app_id", "wxother"), ("merchant_id", "1"), ("currency", "USD")]
    )
    async def test_a_difference_is_kept_and_the_source_asked(self, field: str, value: object) -> None:
        house = House()
        payment = await waiting(house)
        notification = house.channel.pay(payment.id)
        await house.notifications.apply(HOSPITAL, told(replace(notification.content, **{field: value})))  # type: ignore[type-var]
        assert (await house.payment(payment.id)).state is PaymentState.PENDING
        assert field in (await house.unclaimed())[0].reason
        await house.work()
        assert (await house.payment(payment.id)).state is PaymentState.BOOKED, "the source says what was asked"

    async def test_a_wrong_amount_at_the_source_goes_back(self) -> None:
        house = House()
        payment = await paid(house, amount_fen=1)
        await house.work()
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNING
        assert house.channel.named("refund") == [(f"{payment.id}R01", 1)]
        assert house.his.named("confirm") == []

    async def test_a_difference_of_app_at_the_source_stays_with_a_person(self) -> None:
        house = House()
        payment = await waiting(house)
        house.channel.pay(payment.id)
        house.channel.orders[payment.id] = replace(payment.request, app_id="wxother")
        await house.live_on(3600, step=60)
        after = await house.payment(payment.id)
        assert after.state is PaymentState.PENDING
        assert after.effects
        assert {alert.kind for alert in await house.alerts()} == {"unclaimed_money", "effect_stuck"}
        assert len(await house.unclaimed()) == 1

    async def test_paid_after_close_goes_back(self) -> None:
        house = House()
        payment = await waiting(house)
        await house.live_on(20 * 60)
        assert (await house.payment(payment.id)).state is PaymentState.CLOSED
        house.channel.states[payment.id] = TradeState.UNPAID
        await house.notifications.apply(HOSPITAL, house.channel.pay(payment.id))
        await house.work()
        notification = house.channel.settle_refund(f"{payment.id}R01")
        await house.notifications.apply(HOSPITAL, notification)
        await house.work()
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert after.effects == ()
        assert [out_id.split("-")[1] for _, _, out_id in house.sms.sent] == ["payment_returning", "payment_returned"]
        await house.notifications.apply(HOSPITAL, notification)
        assert await house.payment(payment.id) is after

    @pytest.mark.parametrize("failing", ["get", "save"])
    async def test_nothing_returns_normally_unless_it_is_stored(self, failing: str) -> None:
        for error in (StoreUnavailable(), LostRace()):
            house = House()
            payment = await waiting(house)
            notification = house.channel.pay(payment.id)
            broken = replace(house.stores, payments=Unreachable(house.stores.payments, error, failing))
            house.transitions._stores = broken
            with pytest.raises(type(error)):
                await house.notifications.apply(HOSPITAL, notification)
            assert (await house.payment(payment.id)).state is PaymentState.PENDING

    @pytest.mark.parametrize("failing", ["unclaimed", "alerts"])
    async def test_unclaimed_money_neither(self, failing: str) -> None:
        house = House()
        store = Unreachable(getattr(house.stores, failing), StoreUnavailable(), "keep", "raise_alert")
        house.notifications._unclaimed._stores = replace(house.stores, **{failing: store})
        with pytest.raises(StoreUnavailable):
            await house.notifications.apply(HOSPITAL, told(a_trade(a_payment())))

    async def test_lost_races_are_run_again_but_not_for_ever(self) -> None:
        house = House()
        payment = await waiting(house)
        notification = house.channel.pay(payment.id)
        saves: list[int] = []

        class Racing(Unreachable):
            async def save(self, before: Payment, after: Payment) -> None:
                saves.append(1)
                if len(saves) < self.races:
                    raise LostRace
                await house.stores.payments.save(before, after)

        racing = Racing(house.stores.payments, LostRace())
        racing.races = 5  # type: ignore[attr-defined]
        house.transitions._stores = replace(house.stores, payments=racing)
        await house.notifications.apply(HOSPITAL, notification)
        assert len(saves) == 5
        assert (await house.payment(payment.id)).state is PaymentState.PAID
        saves.clear()
        racing.races = 10_000  # type: ignore[attr-defined]
        with pytest.raises(LostRace):
            await house.notifications.apply(HOSPITAL, house.channel.settle_refund(await refunded(house, payment)))
        assert 1 < len(saves) <= 20


async def refunded(house: House, payment: Payment) -> str:
    house.channel.refunds["50300000001"] = (100, RefundOutcome.SUCCEEDED)
    house.channel._refund = lambda payment_id, refund_id: a_channel_refund(  # type: ignore[method-assign]
        payment, RefundOutcome.SUCCEEDED, refund_id, amount_fen=100
    )
    return "50300000001"


class TestHis:
    async def test_refused_and_checked_goes_back(self) -> None:
        house = House()
        house.his.will("confirm", OutsideRefusal("his", "BILL_CHANGED"))
        payment = await paid(house)
        await house.work()
        assert house.his.named("check") == [payment.id]
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNING
        assert after.return_reason == "refused_by_his"

    async def test_refused_but_our_number_is_there_means_booked(self) -> None:
        house = House()
        payment = await paid(house)
        house.his.booked[payment.id] = a_booking()
        house.his.will("confirm", OutsideRefusal("his", "ALREADY_PAID"))
        await house.work()
        assert (await house.payment(payment.id)).state is PaymentState.BOOKED

    async def test_a_lost_first_answer_is_found_again(self) -> None:
        house = House()
        house.his.will_lose_the_answer("confirm")
        payment = await paid(house)
        await house.live_on(10, step=1)
        assert (await house.payment(payment.id)).state is PaymentState.BOOKED
        assert len(house.his.named("confirm")) == 1
        assert house.channel.named("refund") == []

    async def test_not_found_after_unknown_is_confirmed_again_under_the_same_number(self) -> None:
        house = House()
        house.his.will("confirm", OutcomeUnknown("his"), OutcomeUnknown("his"))
        payment = await paid(house)
        await house.live_on(30, step=1)
        assert (await house.payment(payment.id)).state is PaymentState.BOOKED
        assert [request.out_trade_no for request in house.his.named("confirm")] == [payment.id] * 3

    async def test_a_refusal_soon_after_an_unknown_call_is_not_believed(self) -> None:
        house = House()
        refusals = [OutsideRefusal("his", "ALREADY_PAID") for _ in range(50)]
        house.his.will("confirm", OutcomeUnknown("his"), *refusals)
        payment = await paid(house)
        await house.live_on(59, step=1)
        assert (await house.payment(payment.id)).state is PaymentState.PAID
        await house.live_on(60, step=1)
        assert (await house.payment(payment.id)).state is PaymentState.RETURNING

    async def test_that_first_call_arriving_late_is_honoured(self) -> None:
        house = House()
        house.his.will("confirm", OutcomeUnknown("his"), *[OutsideRefusal("his", "ALREADY_PAID") for _ in range(50)])
        payment = await paid(house)
        await house.live_on(20, step=1)
        house.his.booked[payment.id] = a_booking()
        await house.live_on(60, step=1)
        assert (await house.payment(payment.id)).state is PaymentState.BOOKED
        assert house.channel.named("refund") == []

    async def test_down_for_a_night_nothing_is_returned_and_a_person_is_told_once(self) -> None:
        house = House()
        house.his.will("confirm", *[NotSent("his", "breaker") for _ in range(40)])
        payment = await paid(house)
        await house.live_on(4 * 3600, step=60)
        assert (await house.payment(payment.id)).state is PaymentState.PAID
        assert [alert.kind for alert in await house.alerts()] == ["effect_stuck"]
        await house.live_on(8 * 3600, step=60)
        assert (await house.payment(payment.id)).state is PaymentState.BOOKED

    @pytest.mark.parametrize("check", [OutcomeUnknown("his"), NotSent("his"), OutsideRefusal("his", "SIGNATURE")])
    async def test_a_refusal_that_cannot_be_checked_returns_nothing(self, check: Exception) -> None:
        house = House()
        house.his.will("confirm", *[OutsideRefusal("his", "REFUSED") for _ in range(20)])
        house.his.will("check", *[check for _ in range(20)])
        payment = await paid(house)
        await house.live_on(300, step=5)
        assert (await house.payment(payment.id)).state is PaymentState.PAID

    @pytest.mark.parametrize("code", ["BUSY", "CONFLICT", "BAD_REQUEST", "SIGNATURE", "SOMETHING_NEW"])
    async def test_a_code_that_is_no_final_no_returns_nothing(self, code: str) -> None:
        house = House()
        house.his.will("confirm", *[OutsideRefusal("his", code) for _ in range(200)])
        payment = await paid(house)
        await house.live_on(2 * 3600, step=60)
        assert (await house.payment(payment.id)).state is PaymentState.PAID
        assert [alert.kind for alert in await house.alerts()] == ["effect_stuck"]


class TestRefunds:
    async def returning(self, house: House) -> Payment:
        house.his.will("confirm", OutsideRefusal("his", "REFUSED"))
        return await paid(house)

    async def test_the_road_back(self) -> None:
        house = House()
        payment = await self.returning(house)
        await house.work()
        house.channel.settle_refund(f"{payment.id}R01")
        await house.live_on(120)
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert house.channel.named("refund") == [(f"{payment.id}R01", 1234)]

    async def test_of_unknown_outcome_is_sent_again_under_the_same_number(self) -> None:
        house = House()
        payment = await self.returning(house)
        house.channel.will_lose_the_answer("refund", times=2)
        house.channel.will("refund", NotSent("wechatpay"), OutsideRefusal("wechatpay", "NOT_ENOUGH"))
        await house.live_on(60, step=1)
        assert set(house.channel.named("refund")) == {(f"{payment.id}R01", 1234)}
        assert len(house.channel.named("refund")) == 5
        assert len(house.channel.refunds) == 1

    async def test_the_notification_overtakes_the_answer(self) -> None:
        house = House()
        payment = await self.returning(house)

        async def done_already() -> None:
            house.channel.refunds[f"{payment.id}R01"] = (1234, RefundOutcome.SUCCEEDED)
            await house.notifications.apply(HOSPITAL, house.channel.settle_refund(f"{payment.id}R01"))

        house.channel.will("refund", done_already)
        await house.work()
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert after.effects == ()

    async def test_an_answer_of_another_amount_is_kept_and_asked_again(self) -> None:
        house = House()
        payment = await self.returning(house)
        house.channel.refunds[f"{payment.id}R01"] = (1, RefundOutcome.SUCCEEDED)
        await house.live_on(3600, step=60)
        after = await house.payment(payment.id)
        assert after.state is PaymentState.RETURNING
        assert EffectKind.REFUND in {effect.kind for effect in after.effects}
        assert {alert.kind for alert in await house.alerts()} == {"unclaimed_money", "effect_stuck"}

    async def test_stuck_alarms_and_is_followed_to_the_end(self) -> None:
        house = House()
        payment = await self.returning(house)
        await house.work()
        house.channel.settle_refund(f"{payment.id}R01", RefundOutcome.ABNORMAL)
        await house.live_on(24 * 3600, step=600)
        assert [alert.kind for alert in await house.alerts()] == ["refund_abnormal"]
        assert len((await house.payment(payment.id)).history) < 15, "waiting writes no lines"
        house.channel.settle_refund(f"{payment.id}R01")
        await house.live_on(3600, step=600)
        assert (await house.payment(payment.id)).state is PaymentState.RETURNED

    async def test_a_final_no_gets_a_new_number(self) -> None:
        house = House()
        payment = await self.returning(house)
        await house.work()
        await house.notifications.apply(HOSPITAL, house.channel.settle_refund(f"{payment.id}R01", RefundOutcome.CLOSED))
        await house.live_on(15 * 60)
        assert [number[-3:] for number, _ in house.channel.named("refund")] == ["R01", "R02"]

    async def test_made_in_the_console_counts(self) -> None:
        house = House()
        payment = await paid(house)
        await house.work()
        for _ in range(2):
            await house.notifications.apply(
                HOSPITAL, told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, "503000", amount_fen=234))
            )
        after = await house.payment(payment.id)
        assert after.refunding_fen == 234
        assert [refund.state for refund in after.refunds] == [RefundState.SUCCEEDED]
        await house.notifications.apply(
            HOSPITAL, told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, "503001", amount_fen=1001))
        )
        assert [money.kind for money in await house.unclaimed()] == ["refund"]
        assert (await house.payment(payment.id)).refunding_fen == 234

    async def test_of_an_unknown_payment_is_kept(self) -> None:
        house = House()
        await house.notifications.apply(HOSPITAL, told(a_channel_refund(a_payment(), amount_fen=5)))
        assert [money.amount_fen for money in await house.unclaimed()] == [5]


async def test_a_closed_payments_money_of_a_wrong_amount_is_not_forgotten() -> None:
    """Told by notification, so it is kept for finance, and the source is asked although the payment was at rest."""
    house = House()
    payment = await waiting(house)
    await house.live_on(20 * 60)
    house.channel.states[payment.id] = TradeState.UNPAID
    await house.notifications.apply(HOSPITAL, house.channel.pay(payment.id, amount_fen=99))
    assert not (await house.payment(payment.id)).at_rest()
    await house.work()
    after = await house.payment(payment.id)
    assert after.state is PaymentState.RETURNING
    assert house.channel.named("refund") == [(f"{payment.id}R01", 99)]


async def test_a_closed_payment_asked_for_nothing_rests_again() -> None:
    house = House()
    payment = await waiting(house)
    await house.live_on(20 * 60)
    forged_amount = a_trade(payment, amount_fen=99)
    await house.notifications.apply(HOSPITAL, told(forged_amount))
    await house.work()
    after = await house.payment(payment.id)
    assert after.state is PaymentState.CLOSED
    assert after.effects == ()
    assert house.clock.now() < payment.created_at + timedelta(hours=1)
