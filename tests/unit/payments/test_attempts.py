"""The order, and other attempts at the same bill: one at a time, whoever taps."""

from __future__ import annotations

import asyncio

import pytest

from server.core.errors import AlreadyPaid, BadInput, NotSent, OutcomeUnknown, OutsideRefusal
from server.effects.model import EffectKind
from server.payments import attempts
from server.payments.answers import Started
from server.payments.model import PaymentState
from server.payments.rules.progress import Progress
from server.payments.rules.trades import TradeState
from server.payments.sms_choice import NO_SMS
from tests.support.builders import HOSPITAL, a_bill
from tests.support.concurrent_taps import li, started, zhang
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for another attempt's close takes a blink here."""
    monkeypatch.setattr(attempts, "CLOSE_INLINE_S", 0.05)


class TestOrder:
    async def test_of_unknown_outcome_stays_and_the_retry_reuses_its_number_and_words(self) -> None:
        memory_app = InMemoryApp()
        memory_app.clock.forward(microseconds=654_321)
        memory_app.channel.will_lose_the_answer("order")
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert begun.call is None
        assert begun.standing.progress is Progress.WAITING
        again = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert again.payment_id == begun.payment_id
        assert again.call is not None
        assert memory_app.channel.named("order") == [begun.payment_id] * 2, (
            "the channel itself checks that both are equal"
        )

    async def test_refused_at_first_frees_the_bill_at_once(self) -> None:
        memory_app = InMemoryApp()
        memory_app.channel.will("order", OutsideRefusal("wechatpay", "PARAM_ERROR"), NotSent("wechatpay", "breaker"))
        for error in (OutsideRefusal, NotSent):
            with pytest.raises(error):
                await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        await memory_app.payments.start("bills", li(), ["B1"], NO_SMS)
        first, second, third = memory_app.channel.named("order")
        assert (
            (await memory_app.payment(first)).state is (await memory_app.payment(second)).state is PaymentState.CLOSED
        )
        assert (await memory_app.payment(third)).state is PaymentState.PENDING

    @pytest.mark.parametrize("error", [OutsideRefusal("wechatpay", "ORDERPAID"), NotSent("wechatpay", "breaker")])
    async def test_refused_on_a_repeat_never_closes_here(self, error: Exception) -> None:
        memory_app = InMemoryApp()
        memory_app.channel.will_lose_the_answer("order")
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        memory_app.channel.pay(begun.payment_id)
        memory_app.channel.will("order", error)
        with pytest.raises(type(error)):
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert (await memory_app.payment(begun.payment_id)).state is PaymentState.CREATED
        await memory_app.work()
        assert (await memory_app.payment(begun.payment_id)).state is PaymentState.BOOKED

    async def test_a_first_tap_that_was_not_sent_does_not_close_what_a_second_tap_has_ordered(self) -> None:
        """The jeepay trap: closed here, open at the channel, and the bill free for somebody else."""
        memory_app = InMemoryApp()
        second: list[str] = []

        async def tap_again_then_fail() -> None:
            second.append((await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)).payment_id)
            raise NotSent("wechatpay", "breaker")

        memory_app.channel.will("order", tap_again_then_fail)
        with pytest.raises(NotSent):
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        payment = await memory_app.payment(second[0])
        assert payment.state is PaymentState.PENDING
        assert payment.claims

    async def test_a_second_tap_of_unknown_outcome_is_not_closed_either(self) -> None:
        memory_app = InMemoryApp()

        async def tap_again_then_fail() -> None:
            memory_app.channel.will_lose_the_answer("order")
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
            raise NotSent("wechatpay", "breaker")

        memory_app.channel.will("order", tap_again_then_fail)
        with pytest.raises(NotSent):
            await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        payment = await memory_app.payment(memory_app.channel.named("order")[0])
        assert payment.state is PaymentState.CREATED
        assert memory_app.channel.states[payment.id] is TradeState.UNPAID

    async def test_overtaken_by_its_own_notification(self) -> None:
        memory_app = InMemoryApp()

        async def paid_at_once() -> None:
            payment_id = memory_app.channel.named("order")[0]
            asked = await memory_app.payment(payment_id)
            memory_app.channel.orders[payment_id], memory_app.channel.states[payment_id] = (
                asked.parts[0].request,
                TradeState.UNPAID,
            )
            await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment_id))

        memory_app.channel.will("order", paid_at_once)
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert begun.call is None
        assert begun.standing.progress is Progress.CONFIRMING

    async def test_answered_while_it_is_being_closed_opens_no_cashier(self, impatient: None) -> None:
        memory_app = InMemoryApp()

        async def somebody_else_wants_it() -> None:
            memory_app.channel.will("close", OutcomeUnknown("wechatpay"))
            with pytest.raises(AlreadyPaid):
                await memory_app.payments.start("bills", li(), ["B1"], NO_SMS)

        memory_app.channel.will("order", somebody_else_wants_it)
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert begun.call is None
        assert begun.standing.progress is Progress.CLOSING


class TestOneAtATime:
    async def test_an_equal_attempt_goes_on(self) -> None:
        memory_app = InMemoryApp()
        first = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        again = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert again == first
        assert memory_app.channel.named("order") == [first.payment_id], "the handle of the open order is known"
        resumed = await memory_app.payments.resume(zhang(), first.payment_id)
        assert resumed == first

    async def test_another_phone_waits_for_the_close_and_then_pays(self) -> None:
        memory_app = InMemoryApp()
        first = await started(memory_app, zhang())
        second = await started(memory_app, li())
        assert second.id != first.id
        assert (await memory_app.payment(first.id)).state is PaymentState.CLOSED
        assert memory_app.channel.states[first.id] is TradeState.CLOSED

    async def test_another_phone_is_told_when_the_close_hangs_and_the_close_goes_on(self, impatient: None) -> None:
        memory_app = InMemoryApp()
        first = await started(memory_app, zhang())
        memory_app.channel.will("close", "hang")
        with pytest.raises(AlreadyPaid) as told:
            await memory_app.payments.start("bills", li(), ["B1"], NO_SMS)
        assert "正在为您取消" in told.value.user_message
        waiting = await memory_app.payment(first.id)
        assert waiting.claims == ("bill:B1",)
        assert [effect.kind for effect in waiting.effects] == [EffectKind.CLOSE]
        await memory_app.live_on(60, step=5)
        assert (await memory_app.payment(first.id)).state is PaymentState.CLOSED
        assert (await started(memory_app, li())).state is PaymentState.PENDING

    async def test_a_changed_amount_never_opens_the_old_cashier(self, impatient: None) -> None:
        memory_app = InMemoryApp()
        first = await started(memory_app, zhang())
        memory_app.his.bills["B1"] = a_bill("B1", 999)
        memory_app.channel.will("close", "hang")
        begun = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert (begun.payment_id, begun.call) == (first.id, None)
        assert begun.standing.progress is Progress.CLOSING
        assert (await memory_app.payments.resume(zhang(), first.id)).call is None
        await memory_app.live_on(30, step=5)
        fresh = await started(memory_app, zhang())
        assert (fresh.id != first.id, fresh.amount_fen) == (True, 999)

    async def test_a_close_that_comes_too_late_shows_the_money(self) -> None:
        memory_app = InMemoryApp()
        first = await started(memory_app, zhang())
        memory_app.channel.pay(first.id)
        with pytest.raises(AlreadyPaid):
            await memory_app.payments.start("bills", li(), ["B1"], NO_SMS)
        assert (await memory_app.payment(first.id)).state is PaymentState.PAID
        shown = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert (shown.payment_id, shown.call, shown.standing.progress) == (first.id, None, Progress.CONFIRMING)

    async def test_one_that_ends_soon_is_replaced(self) -> None:
        memory_app = InMemoryApp()
        first = await started(memory_app, zhang())
        memory_app.clock.forward(minutes=14, seconds=1)
        second = await started(memory_app, zhang())
        assert second.id != first.id
        assert (await memory_app.payment(first.id)).state is PaymentState.CLOSED

    @pytest.mark.parametrize("phones", [2, 3, 4, 8])
    async def test_phones_race_for_one_claim(self, phones: int) -> None:
        """However many tap at once: at most one attempt lives, no second order is open, and afterwards anybody can pay."""
        memory_app = InMemoryApp()
        sessions = [zhang() if number % 2 else li() for number in range(phones)]
        results = await asyncio.gather(
            *(memory_app.payments.start("bills", session, ["B1"], NO_SMS) for session in sessions),
            return_exceptions=True,
        )
        assert {type(result) for result in results} <= {Started, AlreadyPaid, BadInput}
        live = await memory_app.stores.payments.by_claims(HOSPITAL, ["bill:B1"])
        assert len(live) <= 1
        open_orders = {number for number, state in memory_app.channel.states.items() if state is TradeState.UNPAID}
        assert open_orders <= {payment.id for payment in live}
        await memory_app.live_on(60)
        assert (await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)).call is not None

    async def test_a_bill_within_a_bigger_payment_is_claimed_too(self) -> None:
        memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1", 100), a_bill("B2", 23))))
        both = await started(memory_app, zhang("B1", "B2"), "B1", "B2")
        memory_app.channel.pay(both.id)
        with pytest.raises(AlreadyPaid):
            await memory_app.payments.start("bills", li("B1", "B2"), ["B2"], NO_SMS)
