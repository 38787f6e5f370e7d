"""窗口退费: one number of the HIS is one refund of the whole hospital, however often and for whichever payment it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed, NotFound
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.payments.rules.refund_window import BeyondReach
from server.refunds.window_service import NotBookedYet, NumberBusy, NumberReused, WrittenOff
from tests.support.builders import HOSPITAL, renumbered
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid
from tests.unit.payments.test_refunds_of_two_parts import arrived, booked_on_two_parts

pytestmark = pytest.mark.asyncio
NUMBER = "HR-1"


async def booked(memory_app: InMemoryApp) -> Payment:
    payment = await paid(memory_app)
    await memory_app.work()
    return await memory_app.payment(payment.id)


async def another(memory_app: InMemoryApp, payment: Payment) -> Payment:
    """A second booked payment of the same sum."""
    other = replace(renumbered(payment, f"{payment.id[:-6]}OTHER1"), claims=(), refunds=(), effects=())
    await memory_app.stores.payments.insert(other)
    return other


async def made(memory_app: InMemoryApp, payment: Payment, hospital: str = HOSPITAL, **fields: Any) -> Refund:
    told: dict[str, Any] = {
        "out_trade_no": payment.id,
        "his_refund_no": NUMBER,
        "amount_fen": 300,
        "lines": (),
        "reason": "wrong_item",
        "operator": "w1",
    }
    return await memory_app.window_refunds.make(hospital, WrittenOff(**{**told, **fields}))


async def test_what_the_his_says_stands_in_the_refund() -> None:
    memory_app = InMemoryApp()
    lines = (RefundLine(charge_no="B1", item_no="1", amount_fen=300),)
    refund = await made(memory_app, await booked(memory_app), lines=lines)
    assert (refund.amount_fen, refund.lines, refund.reason) == (300, lines, "wrong_item")
    assert (refund.origin, refund.state) == (RefundOrigin.HIS, RefundState.RELEASED)
    assert (refund.asked_by, refund.requested_via, refund.request_id) == ("his:w1", "his", NUMBER)
    assert (refund.his_refund_no, refund.written_off_as, refund.at) == (NUMBER, refund.id, memory_app.clock.now())


async def test_a_reason_that_is_not_ours_is_that_of_the_window() -> None:
    memory_app = InMemoryApp()
    assert (await made(memory_app, await booked(memory_app), reason="changed mind")).reason == "window"


async def test_the_same_again_is_the_same_refund_and_the_channel_is_asked_once() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    queries = len(memory_app.channel.named("query"))
    first = await made(memory_app, payment)
    asked = len(memory_app.channel.named("query"))
    assert await made(memory_app, payment) == first
    assert (asked - queries, len(memory_app.channel.named("query")) - asked) == (1, 0)
    memory_app.clock.forward(timedelta(days=400).total_seconds())
    assert (await made(memory_app, payment)).id == first.id, "when the channel takes no more refunds, too"


@pytest.mark.parametrize(
    "other", [{"amount_fen": 301}, {"lines": (RefundLine(charge_no="B1", item_no="1", amount_fen=300),)}]
)
async def test_the_same_number_for_something_else_is_refused(other: dict[str, Any]) -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    await made(memory_app, payment)
    with pytest.raises(NumberReused) as refused:
        await made(memory_app, payment, **other)
    assert refused.value.user_message == "这个退费单号已用于其他内容。"
    assert len((await memory_app.payment(payment.id)).refunds) == 1


async def test_the_same_number_for_another_payment_is_refused_for_good() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    other = await another(memory_app, payment)
    await made(memory_app, payment)
    for _ in range(2):
        with pytest.raises(NumberReused):
            await made(memory_app, other)
        memory_app.clock.forward(600)
    assert (await memory_app.payment(other.id)).refunds == ()


async def test_the_same_number_for_two_payments_at_once_waits_two_minutes_for_the_first() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    other = await another(memory_app, payment)
    now = memory_app.clock.now()
    until = now + timedelta(minutes=2)
    await memory_app.stores.short_lived.put("his_refund_no", f"{HOSPITAL}:{NUMBER}", payment.id, until)
    with pytest.raises(NumberBusy) as busy:
        await made(memory_app, other)
    assert busy.value.user_message == "这个退费单号正在用于另一笔支付，请稍后再试。"
    assert (await made(memory_app, payment)).amount_fen == 300, "the first one goes on"


async def test_the_number_is_held_for_two_minutes() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    await made(memory_app, payment)
    held, now = memory_app.stores.short_lived, memory_app.clock.now()
    assert await held.get("his_refund_no", f"{HOSPITAL}:{NUMBER}", now + timedelta(seconds=119)) == payment.id
    assert await held.get("his_refund_no", f"{HOSPITAL}:{NUMBER}", now + timedelta(seconds=120)) is None


async def test_a_number_that_was_refused_is_free_for_another_payment_at_once() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    other = await another(memory_app, payment)
    with pytest.raises(NotAllowed):
        await made(memory_app, payment, amount_fen=1235)
    assert (await made(memory_app, other)).amount_fen == 300


async def test_the_numbers_of_two_hospitals_are_two() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    key = f"other:{NUMBER}"
    await memory_app.stores.short_lived.put("his_refund_no", key, "X", memory_app.clock.now() + timedelta(hours=1))
    assert (await made(memory_app, payment)).amount_fen == 300


async def test_before_it_is_booked_the_his_must_ask_again() -> None:
    memory_app = InMemoryApp()
    with pytest.raises(NotBookedYet) as early:
        await made(memory_app, await paid(memory_app))
    assert early.value.user_message == "这笔支付正在入账，请稍后再试。"


async def test_of_a_payment_that_is_not_there_nothing_is_refunded() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    with pytest.raises(NotFound):
        await made(memory_app, payment, out_trade_no=f"{payment.id[:-1]}X")


async def test_what_the_channel_would_not_send_back_is_refused() -> None:
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    memory_app.clock.forward(timedelta(days=365).total_seconds())
    with pytest.raises(BeyondReach):
        await made(memory_app, payment)
    assert (await memory_app.payment(payment.id)).refunds == ()


async def test_a_staff_refund_under_the_same_text_is_another_one() -> None:
    """The HIS's numbers and the tickets of our own staff are two namespaces."""
    memory_app = InMemoryApp()
    payment = await booked(memory_app)
    first = await made(memory_app, payment)
    ours = replace(first, id=f"{payment.id}R02", origin=RefundOrigin.STAFF, request_id="HR-2")
    current = await memory_app.payment(payment.id)
    await memory_app.transitions.apply(
        HOSPITAL,
        payment.id,
        lambda p: replace(p, version=p.version + 1, refunds=(*current.refunds, ours)),
    )
    made_now = await made(memory_app, payment, his_refund_no="HR-2", amount_fen=200)
    assert (made_now.origin, made_now.amount_fen) == (RefundOrigin.HIS, 200)


async def test_a_repeat_over_two_parts_is_the_same_refund() -> None:
    """The number stands for the whole sum, of which the first part's refund is only a share."""
    run, payment = await booked_on_two_parts()
    first = await made(run.memory_app, payment, amount_fen=1000)
    again = await made(run.memory_app, payment, amount_fen=1000)
    assert (first.id, first.amount_fen, first.rest_fen) == (again.id, 700, 300)
    with pytest.raises(NumberReused):
        await made(run.memory_app, payment, amount_fen=700)
    await run.memory_app.work()
    await arrived(run, await run.memory_app.payment(payment.id), 0)
    assert (await made(run.memory_app, payment, amount_fen=1000)).id == first.id
