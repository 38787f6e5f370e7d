"""Notifications and what they lead to: applied once, kept when they fit nothing, never acknowledged unstored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import LostRace, StoreUnavailable
from server.payments.ledger import Decide
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.paying import money_arrived
from server.payments.rules.trades import RefundOutcome, TradeState
from tests.support.builders import HOSPITAL, a_channel_refund, a_payment, a_trade
from tests.support.in_memory_app import InMemoryApp, Unreachable
from tests.support.outside import a_hospital
from tests.support.payment_fixtures import paid, told, waiting

pytestmark = pytest.mark.asyncio


class TestNotifications:
    async def test_pay_book_and_tell(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        assert payment.state is PaymentState.PAID
        assert memory_app.nudged[-1] == (HOSPITAL, payment.id), "the worker of this process is woken at once"
        await memory_app.work()
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.BOOKED
        assert after.effects == ()
        [(_, notice, out_id)] = memory_app.sms.sent
        assert (notice.purpose, out_id) == ("payment_booked", f"{payment.id}-payment_booked")
        [(payer, notice, _)] = memory_app.messenger.named("send")
        assert payer == payment.payer
        assert notice.values["amount"] == "12.34"
        assert notice.values["patient"] == "张*试"
        [request] = memory_app.his.named("confirm")
        assert (request.amount_fen, request.transaction_id) == (1234, payment.parts[0].transaction_id)

    async def test_a_repeat_writes_nothing(self) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        notification = memory_app.channel.pay(payment.id)
        await memory_app.notifications.apply(HOSPITAL, notification)
        once = await memory_app.payment(payment.id)
        for _ in range(3):
            await memory_app.notifications.apply(HOSPITAL, notification)
        assert await memory_app.payment(payment.id) is once
        await memory_app.work()
        booked = await memory_app.payment(payment.id)
        await memory_app.notifications.apply(HOSPITAL, notification)
        assert await memory_app.payment(payment.id) is booked

    @pytest.mark.parametrize("state", [TradeState.UNPAID, TradeState.CLOSED, TradeState.ABSENT])
    async def test_without_money_is_no_news(self, state: TradeState) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        await memory_app.notifications.apply(HOSPITAL, told(a_trade(payment, state)))
        assert await memory_app.payment(payment.id) is payment

    async def test_money_that_fits_nothing_is_kept_once_and_alarms_once(self) -> None:
        memory_app = InMemoryApp()
        stranger = a_trade(a_payment(), out_trade_no="ZF20261123ZZZZZZZZZZZZ")
        for _ in range(3):
            await memory_app.notifications.apply(HOSPITAL, told(stranger))
        [money] = await memory_app.unclaimed()
        assert (money.amount_fen, money.out_trade_no, money.kind) == (1234, stranger.out_trade_no, "payment")
        assert [alert.kind for alert in await memory_app.alerts()] == ["unclaimed_money"]

    async def test_of_another_hospital_does_not_pay(self) -> None:
        memory_app = InMemoryApp(a_hospital(), a_hospital("other"))
        payment = await waiting(memory_app)
        notification = memory_app.channel.pay(payment.id)
        await memory_app.notifications.apply("other", notification)
        assert (await memory_app.payment(payment.id)).state is PaymentState.PENDING
        assert len(await memory_app.stores.unclaimed.latest("other", 10)) == 1

    @pytest.mark.parametrize(
        ("field", "value"), [("amount_fen", 1), ("app_id", "wxother"), ("merchant_id", "1"), ("currency", "USD")]
    )
    async def test_a_difference_alarms_and_the_source_is_asked(self, field: str, value: object) -> None:
        """It is not unclaimed: the source's answer says whose it is (seed 20 of the simulation had it in the books twice)."""
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        notification = memory_app.channel.pay(payment.id)
        await memory_app.notifications.apply(HOSPITAL, told(replace(notification.content, **{field: value})))  # type: ignore[type-var]
        assert (await memory_app.payment(payment.id)).state is PaymentState.PENDING
        [alert] = await memory_app.alerts()
        assert alert.kind == "notification_differs"
        assert field in alert.text
        await memory_app.work()
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED, "the source says what was asked"
        assert await memory_app.unclaimed() == []

    async def test_money_settled_while_in_doubt_is_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The store was slow, and the worker's own question was answered first (seed 3988 of the simulation)."""
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        trade = a_trade(payment, amount_fen=1235)
        apply, calls = memory_app.transitions.apply, []

        async def settled_before_the_second(hospital: str, payment_id: str, decide: Decide, **_: object) -> Payment:
            calls.append(payment_id)
            if len(calls) == 2:
                now = memory_app.clock.now()
                await apply(hospital, payment_id, lambda p: money_arrived(p, trade, now, at_the_source=True))
            return await apply(hospital, payment_id, decide)

        monkeypatch.setattr(memory_app.transitions, "apply", settled_before_the_second)
        await memory_app.notifications.apply(HOSPITAL, told(trade))
        assert len(calls) == 2
        assert (await memory_app.payment(payment.id)).state is PaymentState.RETURNING
        assert await memory_app.unclaimed() == []

    async def test_a_refund_of_money_we_do_not_know_yet_is_stored_at_once(self) -> None:
        """Finance was faster than the payment's own notification (seed 2627 of the simulation)."""
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        memory_app.channel.pay(payment.id)
        memory_app.channel.states[payment.id] = TradeState.REFUNDED
        memory_app.channel.refunds["CONSOLE1"] = (1234, RefundOutcome.SUCCEEDED)
        news = told(a_channel_refund(payment, RefundOutcome.SUCCEEDED, "CONSOLE1", amount_fen=1234))
        await memory_app.notifications.apply(HOSPITAL, news)
        heard = await memory_app.payment(payment.id)
        assert not heard.at_rest()
        assert "refund_in_merchant_console" in {alert.kind for alert in await memory_app.alerts()}
        await memory_app.live_on(120)
        after = await memory_app.payment(payment.id)
        assert (after.state, after.refunded_fen) == (PaymentState.RETURNED, 1234)
        assert [(refund.id, refund.state) for refund in after.refunds] == [("CONSOLE1", RefundState.SUCCEEDED)]
        assert memory_app.channel.named("refund") == [], "what has gone back is not sent again"
        await memory_app.notifications.apply(HOSPITAL, news)
        assert await memory_app.payment(payment.id) is after
        assert await memory_app.unclaimed() == []

    async def test_a_wrong_amount_at_the_source_goes_back(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app, amount_fen=1)
        await memory_app.work()
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.RETURNING
        assert memory_app.channel.named("refund") == [(f"{payment.id}R01", 1)]
        assert memory_app.his.named("confirm") == []

    async def test_a_difference_of_app_at_the_source_stays_with_a_person(self) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        memory_app.channel.pay(payment.id)
        memory_app.channel.orders[payment.id] = replace(payment.parts[0].request, app_id="wxother")
        await memory_app.live_on(3600, step=60)
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.PENDING
        assert after.effects
        assert {alert.kind for alert in await memory_app.alerts()} == {"unclaimed_money", "effect_stuck"}
        assert len(await memory_app.unclaimed()) == 1

    async def test_paid_after_close_goes_back(self) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        await memory_app.live_on(20 * 60)
        assert (await memory_app.payment(payment.id)).state is PaymentState.CLOSED
        memory_app.channel.states[payment.id] = TradeState.UNPAID
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id))
        await memory_app.work()
        notification = memory_app.channel.settle_refund(f"{payment.id}R01")
        await memory_app.notifications.apply(HOSPITAL, notification)
        await memory_app.work()
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.RETURNED
        assert after.effects == ()
        assert [out_id.split("-")[1] for _, _, out_id in memory_app.sms.sent] == [
            "payment_returning",
            "payment_returned",
        ]
        await memory_app.notifications.apply(HOSPITAL, notification)
        assert await memory_app.payment(payment.id) is after

    @pytest.mark.parametrize("failing", ["get", "save"])
    async def test_nothing_returns_normally_unless_it_is_stored(self, failing: str) -> None:
        """Another process than the one that stored the payment hears of its money, so it has to read it."""
        for error in (StoreUnavailable(), LostRace()):
            memory_app = InMemoryApp()
            payment = await waiting(memory_app)
            hearing = InMemoryApp(stores=memory_app.stores)
            notification = memory_app.channel.pay(payment.id)
            hearing.payment_store.fail_at(error, failing)
            with pytest.raises(type(error)):
                await hearing.notifications.apply(HOSPITAL, notification)
            assert (await memory_app.payment(payment.id)).state is PaymentState.PENDING

    @pytest.mark.parametrize("failing", ["unclaimed", "alerts"])
    async def test_unclaimed_money_neither(self, failing: str) -> None:
        stores = InMemoryApp().stores
        store = Unreachable(getattr(stores, failing), StoreUnavailable(), "keep", "raise_alert")
        memory_app = InMemoryApp(stores=replace(stores, **{failing: store}))
        with pytest.raises(StoreUnavailable):
            await memory_app.notifications.apply(HOSPITAL, told(a_trade(a_payment())))

    async def test_lost_races_are_run_again_but_not_for_ever(self) -> None:
        memory_app = InMemoryApp()
        payment = await waiting(memory_app)
        notification = memory_app.channel.pay(payment.id)
        saves: list[int] = []

        class Racing(Unreachable):
            async def save(self, before: Payment, after: Payment) -> None:
                saves.append(1)
                if len(saves) < self.races:
                    raise LostRace
                await real.save(before, after)

        real = memory_app.payment_store.inner
        racing = Racing(real, LostRace())
        racing.races = 5  # type: ignore[attr-defined]
        memory_app.payment_store.replace_with(racing)
        await memory_app.notifications.apply(HOSPITAL, notification)
        assert len(saves) == 5
        assert (await memory_app.payment(payment.id)).state is PaymentState.PAID
        saves.clear()
        racing.races = 10_000  # type: ignore[attr-defined]
        with pytest.raises(LostRace):
            await memory_app.notifications.apply(
                HOSPITAL, memory_app.channel.settle_refund(await refunded(memory_app, payment))
            )
        assert 1 < len(saves) <= 20


async def refunded(memory_app: InMemoryApp, payment: Payment) -> str:
    memory_app.channel.refunds["50300000001"] = (100, RefundOutcome.SUCCEEDED)
    memory_app.channel.refund_word = lambda payment_id, refund_id: a_channel_refund(  # type: ignore[method-assign]
        payment, RefundOutcome.SUCCEEDED, refund_id, amount_fen=100
    )
    return "50300000001"
