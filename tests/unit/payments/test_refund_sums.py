"""The sum of a trade's refunds rides on later notifications, and banks have their word: no new refund, nothing unanswered, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed, OutcomeUnknown, OutsideRefusal
from server.payments.model import Payment, PaymentState
from server.payments.ports import VerifiedNotification
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.refund_shares import refundable_fen
from server.payments.rules.trades import BankArrival, ChannelRefund, RefundOutcome, RefundSum
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.support.builders import HOSPITAL, MERCHANT
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.unit.payments.test_two_channels import an_app, booked_on_alipay, the_channel

pytestmark = pytest.mark.asyncio
CONSOLE = "console-1"


def a_sum(payment: Payment, sum_fen: int | None, merchant_id: str = MERCHANT) -> VerifiedNotification:
    content = RefundSum(out_trade_no=payment.id, merchant_id=merchant_id, sum_fen=sum_fen)
    return VerifiedNotification(channel="alipay", content=content)


def from_the_bank(
    payment: Payment, number: str, *, arrived: bool = True, amount_fen: int = 234
) -> VerifiedNotification:
    content = BankArrival(out_trade_no=payment.id, out_refund_no=number, arrived=arrived, amount_fen=amount_fen)
    return VerifiedNotification(channel="alipay", content=content)


async def told_of_234(memory_app: InMemoryApp) -> Payment:
    """Booked, and 234 fen of it refunded in the console under a number that was announced."""
    payment = await booked_on_alipay(memory_app)
    the_channel(memory_app, "alipay").refunds[CONSOLE] = (234, RefundOutcome.SUCCEEDED)
    await memory_app.notifications.apply(HOSPITAL, from_the_bank(payment, CONSOLE))
    return await memory_app.payment(payment.id)


async def kinds_of_alerts(memory_app: InMemoryApp) -> set[str]:
    return {alert.kind for alert in await memory_app.stores.alerts.latest(HOSPITAL, 100)}


async def test_a_sum_that_the_known_refunds_explain_changes_nothing() -> None:
    memory_app = an_app()
    payment = await told_of_234(memory_app)
    asked = len(the_channel(memory_app, "alipay").named("query_refund"))
    for sum_fen in (234, 100):
        await memory_app.notifications.apply(HOSPITAL, a_sum(payment, sum_fen))
    assert await memory_app.payment(payment.id) == payment
    assert len(the_channel(memory_app, "alipay").named("query_refund")) == asked
    assert "refunded_elsewhere" not in await kinds_of_alerts(memory_app)


async def test_a_sum_beyond_them_is_asked_for_once_alerted_and_answered() -> None:
    memory_app = an_app()
    payment = await told_of_234(memory_app)
    for _ in range(2):
        await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 300))
    after = await memory_app.payment(payment.id)
    assert [line.detail["amount_fen"] for line in after.history if line.what == "refunded_elsewhere"] == ["66"]
    assert (after.parts[0].told_refunded_fen, refundable_fen(after)) == (300, 1234 - 300)
    assert len(after.refunds) == 1, "no refund is made up"
    assert "refunded_elsewhere" in await kinds_of_alerts(memory_app)


async def test_a_refund_that_was_made_without_a_number_is_found_under_the_order_s() -> None:
    memory_app = an_app()
    payment = await booked_on_alipay(memory_app)
    the_channel(memory_app, "alipay").refunds[payment.id] = (300, RefundOutcome.SUCCEEDED)
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 300))
    after = await memory_app.payment(payment.id)
    assert [(r.id, r.amount_fen, r.origin) for r in after.refunds] == [(payment.id, 300, RefundOrigin.MERCHANT_CONSOLE)]
    assert after.parts[0].told_refunded_fen == 0
    assert "refunded_elsewhere" not in await kinds_of_alerts(memory_app)


async def test_one_of_ours_whose_answer_was_lost_is_not_taken_for_somebody_else_s() -> None:
    memory_app = an_app()
    channel = the_channel(memory_app, "alipay")
    payment = await returning(memory_app)
    channel.will("refund", OutcomeUnknown("alipay"))
    await memory_app.work()
    number = f"{payment.id}R01"
    channel.refunds[number] = (1234, RefundOutcome.SUCCEEDED)
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 1234))
    after = await memory_app.payment(payment.id)
    assert [(r.id, r.state) for r in after.refunds] == [(number, RefundState.SUCCEEDED)]
    assert (after.state, after.parts[0].told_refunded_fen) == (PaymentState.RETURNED, 0)


async def returning(memory_app: InMemoryApp) -> Payment:
    """Refused by the HIS; the money has not been sent back yet."""
    memory_app.hospital.his.will("confirm", OutsideRefusal("his", "REFUSED"))  # type: ignore[attr-defined]
    the_channel(memory_app, "alipay").will("refund", OutsideRefusal("alipay", "ACQ.TRADE_HAS_CLOSE"))
    return await booked_on_alipay(memory_app)


async def test_what_went_back_elsewhere_is_not_returned_again() -> None:
    """Without it the channel refuses our refund for ever."""
    memory_app = an_app()
    payment = await returning(memory_app)
    assert payment.state is PaymentState.RETURNING
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 1000))
    after = await memory_app.payment(payment.id)
    live = [(r.amount_fen, r.state) for r in after.refunds if r.state is not RefundState.WITHDRAWN]
    assert live == [(234, RefundState.APPROVED)]
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 1234))
    ended = await memory_app.payment(payment.id)
    assert (ended.state, ended.at_rest()) == (PaymentState.RETURNED, True)


async def test_one_of_ours_that_is_sent_while_the_sum_is_looked_into_is_asked_for_too() -> None:
    memory_app = an_app()
    payment = await returning(memory_app)
    before_it_was_sent = replace(payment, effects=())
    number = f"{payment.id}R01"
    the_channel(memory_app, "alipay").refunds[number] = (1234, RefundOutcome.SUCCEEDED)
    await memory_app.services.shared.refund_sums.told(before_it_was_sent, payment.parts[0], 1234)
    after = await memory_app.payment(payment.id)
    assert [(r.id, r.state) for r in after.refunds] == [(number, RefundState.SUCCEEDED)]
    assert (after.state, after.parts[0].told_refunded_fen) == (PaymentState.RETURNED, 0)


async def test_a_return_beside_a_refund_in_the_console_ends_with_our_own() -> None:
    """Nobody tells of the console's by its number: the payment owed nothing, and was never over."""
    memory_app = an_app()
    payment = await returning(memory_app)
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 1000))
    memory_app.clock.forward(60)
    await memory_app.work()
    number = f"{payment.id}R02"
    await memory_app.notifications.apply(HOSPITAL, the_channel(memory_app, "alipay").settle_refund(number))
    await memory_app.work()
    after = await memory_app.payment(payment.id)
    assert (after.state, after.at_rest(), after.refunded_fen) == (PaymentState.RETURNED, True, 234)


async def test_while_the_channel_does_not_answer_it_must_be_told_again() -> None:
    memory_app = an_app()
    payment = await booked_on_alipay(memory_app)
    the_channel(memory_app, "alipay").will("query_refund", OutcomeUnknown("alipay"))
    with pytest.raises(OutcomeUnknown):
        await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 300))
    assert await memory_app.payment(payment.id) == payment
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 300))
    assert (await memory_app.payment(payment.id)).parts[0].told_refunded_fen == 300


async def test_a_refund_of_unknown_amount_stops_refunds_until_a_person_has_looked() -> None:
    memory_app = an_app()
    payment = await booked_on_alipay(memory_app)
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, None))
    after = await memory_app.payment(payment.id)
    assert (after.parts[0].refunded_unseen, refundable_fen(after)) == (True, 0)
    assert "refunded_elsewhere" in await kinds_of_alerts(memory_app)


async def test_the_sum_of_another_merchant_is_kept_and_changes_nothing() -> None:
    memory_app = an_app()
    payment = await booked_on_alipay(memory_app)
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 300, "2088999999999999"))
    assert await memory_app.payment(payment.id) == payment
    [money] = await memory_app.stores.unclaimed.latest(HOSPITAL, 10)
    assert (money.kind, money.amount_fen) == ("refund", 300)


async def test_word_of_the_bank_stands_in_the_payment_s_life_once() -> None:
    memory_app = an_app()
    payment = await told_of_234(memory_app)
    await memory_app.notifications.apply(HOSPITAL, from_the_bank(payment, CONSOLE))
    await memory_app.notifications.apply(HOSPITAL, from_the_bank(payment, CONSOLE, arrived=False, amount_fen=0))
    after = await memory_app.payment(payment.id)
    told = [(line.what, dict(line.detail)) for line in after.history if "bank" in line.what]
    assert told == [
        ("refund_at_bank", {"refund": CONSOLE, "amount_fen": "234"}),
        ("refund_refused_by_bank", {"refund": CONSOLE}),
    ]


async def test_staff_can_t_refund_what_has_gone_back_elsewhere() -> None:
    memory_app = an_app()
    payment = await booked_on_alipay(memory_app)
    await memory_app.notifications.apply(HOSPITAL, a_sum(payment, 1000))
    ask = RefundAsk(
        request_id="T1",
        amount_fen=300,
        lines=(),
        reason="other",
        note="",
        by="1003",
        requested_via="console",
        approval_reasons=(),
    )
    with pytest.raises(NotAllowed):
        request_refund(await memory_app.payment(payment.id), ask, MORNING, MORNING)


async def test_refunds_of_two_orders_under_one_number_are_kept_as_two() -> None:
    """At Alipay a request number is good within its order; the second one was taken for a repeat of the first."""
    memory_app = an_app()
    for order, amount_fen in (("WINDOW1", 100), ("WINDOW2", 200)):
        for _ in range(2):
            content = ChannelRefund(
                out_trade_no=order, out_refund_no="REFUND1", outcome=RefundOutcome.SUCCEEDED, amount_fen=amount_fen
            )
            await memory_app.notifications.apply(HOSPITAL, VerifiedNotification(channel="alipay", content=content))
    kept = await memory_app.stores.unclaimed.latest(HOSPITAL, 10)
    assert sorted((money.out_trade_no, money.amount_fen) for money in kept) == [("WINDOW1", 100), ("WINDOW2", 200)]
