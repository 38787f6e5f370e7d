"""A call that lands in the HIS after its refusal was believed: booked while no money has gone, else a person hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.effects.model import PACE_S, EffectKind
from server.payments.his_ports import HisCapabilities
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL, a_booking
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio


async def refused(memory_app: InMemoryApp, *, refund: object = None) -> Payment:
    """Refused at once and for good; the money is about to go back, or ``refund`` befalls its first call."""
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    if refund is not None:
        memory_app.channel.will("refund", refund)
    payment = await paid(memory_app)
    await memory_app.work()
    return await memory_app.payment(payment.id)


async def returned(memory_app: InMemoryApp) -> Payment:
    payment = await refused(memory_app)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(f"{payment.id}R01"))
    await memory_app.work()
    return await memory_app.payment(payment.id)


def late_looks(payment: Payment) -> int:
    return sum(effect.kind is EffectKind.LATE_BOOKING for effect in payment.effects)


async def test_found_before_the_money_goes_it_is_booked_and_nothing_is_sent() -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("check", lambda: None, lambda: memory_app.his.booked.setdefault(memory_app.first, a_booking()))
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    payment = await paid(memory_app)
    memory_app.first = payment.id  # type: ignore[attr-defined]
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert (after.state, after.booking) == (PaymentState.BOOKED, a_booking())
    assert [refund.state for refund in after.refunds] == [RefundState.WITHDRAWN]
    assert memory_app.channel.named("refund") == []
    assert (after.refunding_fen, after.return_reason, late_looks(after), after.at_rest()) == (0, None, 0, True)
    assert {out_id.split("-")[1] for _, _, out_id in memory_app.sms.sent} == {"payment_booked"}


async def test_found_while_the_channel_refuses_to_send_it_is_booked() -> None:
    """A refusal says surely that no money has gone."""
    memory_app = InMemoryApp()
    payment = await refused(memory_app, refund=OutsideRefusal("wechatpay", "NOT_ENOUGH"))
    memory_app.his.booked[payment.id] = a_booking()
    await memory_app.live_on(30, step=1)
    assert (await memory_app.payment(payment.id)).state is PaymentState.BOOKED


async def test_found_while_money_may_have_gone_it_is_a_person_s() -> None:
    memory_app = InMemoryApp()
    payment = await refused(memory_app, refund=OutcomeUnknown("wechatpay"))
    memory_app.his.booked[payment.id] = a_booking()
    await memory_app.live_on(600, step=10)
    after = await memory_app.payment(payment.id)
    assert after.state is PaymentState.RETURNING
    assert (after.late_trade_no, late_looks(after)) == ("HIS-1", 0)
    assert memory_app.channel.named("refund"), "the return goes on"
    assert [alert.kind for alert in await memory_app.alerts()] == ["his_holds_returned"]


async def test_found_hours_after_the_money_went_back_a_person_hears_of_it_once() -> None:
    memory_app = InMemoryApp()
    payment = await returned(memory_app)
    assert (payment.state, payment.at_rest(), late_looks(payment)) == (PaymentState.RETURNED, True, 1)
    await memory_app.live_on(3 * 3600, step=60)
    memory_app.his.booked[payment.id] = a_booking()
    await memory_app.live_on(12 * 3600, step=600)
    after = await memory_app.payment(payment.id)
    assert (after.state, after.late_trade_no, late_looks(after)) == (PaymentState.RETURNED, "HIS-1", 0)
    assert [line.detail["his_trade_no"] for line in after.history if line.what == "his_holds_returned"] == ["HIS-1"]
    assert [alert.kind for alert in await memory_app.alerts()] == ["his_holds_returned"]
    assert sum(refund.amount_fen for refund in after.refunds) == after.paid_fen, "nothing more is sent"


async def test_looks_become_ever_more_seldom_go_on_for_days_and_end() -> None:
    pace = PACE_S[EffectKind.LATE_BOOKING]
    assert list(pace) == sorted(pace)
    assert sum(pace) > timedelta(days=7).total_seconds()
    memory_app = InMemoryApp()
    payment = await returned(memory_app)
    await memory_app.live_on(int(sum(pace) * 1.3), step=3600)
    after = await memory_app.payment(payment.id)
    assert (late_looks(after), after.effects) == (0, ())
    assert len(memory_app.his.named("check")) <= 2 + len(pace)


async def test_a_silent_his_holds_the_money_no_longer_than_a_call_may_take_there() -> None:
    memory_app = InMemoryApp()
    memory_app.his.capabilities = HisCapabilities(longest_call=timedelta(minutes=5))
    memory_app.his.will("check", lambda: None, *[NotSent("his") for _ in range(200)])
    payment = await refused(memory_app)
    await memory_app.live_on(290, step=10)
    assert memory_app.channel.named("refund") == []
    await memory_app.live_on(300, step=10)
    assert memory_app.channel.named("refund") == [(f"{payment.id}R01", 1234)]


async def test_another_amount_under_our_number_is_neither_booked_nor_sent() -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("check", lambda: None, *[lambda: None for _ in range(3)])
    payment = await paid(memory_app)
    memory_app.his.booked[payment.id] = a_booking()
    memory_app.his.booked.clear()
    other = type(a_booking())(his_trade_no="HIS-9", receipt_no="R", amount_fen=1)
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    memory_app.his.next_calls["check"] = [lambda: None, lambda: memory_app.his.booked.update({payment.id: other})]
    await memory_app.live_on(60, step=5)
    after = await memory_app.payment(payment.id)
    assert (after.state, memory_app.channel.named("refund")) == (PaymentState.RETURNING, [])


@pytest.mark.parametrize("longest_s", [60, 300])
async def test_a_refusal_is_believed_only_after_the_longest_call_that_the_his_states(longest_s: int) -> None:
    memory_app = InMemoryApp()
    memory_app.his.capabilities = HisCapabilities(longest_call=timedelta(seconds=longest_s))
    refusals = [OutsideRefusal("his", "REFUSED") for _ in range(90)]
    memory_app.his.will("confirm", OutcomeUnknown("his"), *refusals)
    payment = await paid(memory_app)
    await memory_app.live_on(longest_s - 1, step=1)
    assert (await memory_app.payment(payment.id)).state is PaymentState.PAID
    await memory_app.live_on(3 * longest_s, step=5)
    assert (await memory_app.payment(payment.id)).state is PaymentState.RETURNING


async def test_what_is_known_survives_the_store() -> None:
    memory_app = InMemoryApp()
    payment = await returned(memory_app)
    await memory_app.live_on(3600, step=600)
    memory_app.his.booked[payment.id] = a_booking()
    await memory_app.live_on(12 * 3600, step=600)
    after = await memory_app.payment(payment.id)
    other = memory_stores()
    await other.payments.insert(after)
    assert (await other.payments.get(HOSPITAL, payment.id)) == after
