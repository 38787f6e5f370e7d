"""The HIS in all its moods, and what it may do to the money."""

from __future__ import annotations

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.payments.model import PaymentState
from tests.support.builders import a_booking
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


class TestHis:
    async def test_refused_and_checked_goes_back(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", OutsideRefusal("his", "BILL_CHANGED"))
        payment = await paid(memory_app)
        await memory_app.work()
        assert memory_app.his.named("check") == [payment.id] * 2, "before it is believed, and again before money goes"
        after = await memory_app.payment(payment.id)
        assert after.state is PaymentState.RETURNING
        assert after.return_reason == "refused_by_his"

    async def test_refused_but_our_number_is_there_means_booked(self) -> None:
        memory_app = InMemoryApp()
        payment = await paid(memory_app)
        memory_app.his.booked[payment.id] = a_booking()
        memory_app.his.will("confirm", OutsideRefusal("his", "ALREADY_PAID"))
        await memory_app.work()
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED

    async def test_a_lost_first_answer_is_found_again(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will_lose_the_answer("confirm")
        payment = await paid(memory_app)
        await memory_app.live_on(10, step=1)
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED
        assert len(memory_app.his.named("confirm")) == 1
        assert memory_app.channel.named("refund") == []

    async def test_not_found_after_unknown_is_confirmed_again_under_the_same_number(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", OutcomeUnknown("his"), OutcomeUnknown("his"))
        payment = await paid(memory_app)
        await memory_app.live_on(30, step=1)
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED
        assert [request.out_trade_no for request in memory_app.his.named("confirm")] == [payment.id] * 3

    async def test_a_refusal_soon_after_an_unknown_call_is_not_believed(self) -> None:
        memory_app = InMemoryApp()
        refusals = [OutsideRefusal("his", "ALREADY_PAID") for _ in range(50)]
        memory_app.his.will("confirm", OutcomeUnknown("his"), *refusals)
        payment = await paid(memory_app)
        await memory_app.live_on(59, step=1)
        assert (await memory_app.payment(payment.id)).state is PaymentState.PAID
        await memory_app.live_on(60, step=1)
        assert (await memory_app.payment(payment.id)).state is PaymentState.RETURNING

    async def test_that_first_call_arriving_late_is_honoured(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will(
            "confirm", OutcomeUnknown("his"), *[OutsideRefusal("his", "ALREADY_PAID") for _ in range(50)]
        )
        payment = await paid(memory_app)
        await memory_app.live_on(20, step=1)
        memory_app.his.booked[payment.id] = a_booking()
        await memory_app.live_on(60, step=1)
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED
        assert memory_app.channel.named("refund") == []

    async def test_down_for_a_night_nothing_is_returned_and_a_person_is_told_once(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", *[NotSent("his", "breaker") for _ in range(40)])
        payment = await paid(memory_app)
        await memory_app.live_on(4 * 3600, step=60)
        assert (await memory_app.payment(payment.id)).state is PaymentState.PAID
        assert [alert.kind for alert in await memory_app.alerts()] == ["effect_stuck"]
        await memory_app.live_on(8 * 3600, step=60)
        assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED

    @pytest.mark.parametrize("check", [OutcomeUnknown("his"), NotSent("his"), OutsideRefusal("his", "SIGNATURE")])
    async def test_a_refusal_that_cannot_be_checked_returns_nothing(self, check: Exception) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", *[OutsideRefusal("his", "REFUSED") for _ in range(20)])
        memory_app.his.will("check", *[check for _ in range(20)])
        payment = await paid(memory_app)
        await memory_app.live_on(300, step=5)
        assert (await memory_app.payment(payment.id)).state is PaymentState.PAID

    @pytest.mark.parametrize("code", ["BUSY", "CONFLICT", "BAD_REQUEST", "SIGNATURE", "SOMETHING_NEW"])
    async def test_a_code_that_is_no_final_no_returns_nothing(self, code: str) -> None:
        memory_app = InMemoryApp()
        memory_app.his.will("confirm", *[OutsideRefusal("his", code) for _ in range(200)])
        payment = await paid(memory_app)
        await memory_app.live_on(2 * 3600, step=60)
        assert (await memory_app.payment(payment.id)).state is PaymentState.PAID
        assert [alert.kind for alert in await memory_app.alerts()] == ["effect_stuck"]
