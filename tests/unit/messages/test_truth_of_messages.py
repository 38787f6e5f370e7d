"""A message is true when it is sent, and one payment's messages keep their order, however late they go out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.console.views.payment import payment_page as console_page
from handlers.patient.views.payments import payment_list
from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.core.money import yuan_text
from server.effects.model import EffectKind
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.payments.rules.booking import SETTLE
from server.payments.rules.trades import RefundOutcome
from server.payments.sms_choice import sms_to
from server.payments.texts import payment_state
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, a_bill, a_channel_refund
from tests.support.concurrent_taps import zhang
from tests.support.employees import an_employee
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.payment_fixtures import paid
from tests.support.refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio
HOURS = 3600.0


def by_sms(memory_app: InMemoryApp) -> list[tuple[str, str]]:
    """(purpose, yuan) of each, in the order of reading."""
    return [(notice.purpose, notice.values["amount"]) for _, notice, _ in memory_app.sms.sent]


def in_chat(memory_app: InMemoryApp) -> list[str]:
    return [notice.purpose for _, notice, _ in memory_app.messenger.named("send")]


async def refunded_while_sms_was_out(memory_app: InMemoryApp, *amounts: int | None) -> Payment:
    """Booked, refunded and arrived within three hours in which no SMS went out."""
    memory_app.sms.will("send", *[NotSent("sms") for _ in range(60)])
    payment, cashier, _ = await at_the_desk(memory_app)
    for amount_fen in amounts:
        refund_id = await ask(memory_app, cashier, payment, amount_fen)
        await memory_app.work()
        memory_app.channel.settle_refund(refund_id)
    await memory_app.live_on(3 * HOURS, step=60)
    assert by_sms(memory_app) == []
    memory_app.sms.next_calls.clear()
    await memory_app.live_on(3 * HOURS, step=60)
    return await memory_app.payment(payment.id)


async def test_after_hours_without_sms_nobody_is_sent_to_the_ward_for_what_was_refunded() -> None:
    """Read were 退费受理, 退费到账, and then 缴费成功…请到二楼采血处."""
    memory_app = InMemoryApp()
    payment = await refunded_while_sms_was_out(memory_app, None)
    assert by_sms(memory_app) == [("refund_arrived", "12.34")]
    assert in_chat(memory_app) == ["payment_booked", "refund_accepted", "refund_arrived"], "each way for itself"
    assert [line.detail["about"] for line in payment.history if line.what == "sms_overtaken"] == [
        "payment_booked",
        "refund_accepted.R01",
    ]
    assert payment.effects == ()


async def test_of_a_part_the_booking_is_told_first_and_each_refund_says_its_part() -> None:
    memory_app = InMemoryApp()
    payment = await refunded_while_sms_was_out(memory_app, 200, 34)
    assert by_sms(memory_app) == [("payment_booked", "12.34"), ("refund_arrived", "2.00"), ("refund_arrived", "0.34")]
    assert payment.effects == ()


async def test_the_second_waits_for_the_first_and_follows_at_once() -> None:
    memory_app = InMemoryApp()
    memory_app.sms.will("send", *[NotSent("sms") for _ in range(7)])
    payment, cashier, _ = await at_the_desk(memory_app)
    await memory_app.live_on(HOURS, step=30)
    await ask(memory_app, cashier, payment, 200)
    await memory_app.live_on(2 * HOURS, step=30)
    assert by_sms(memory_app) == [("payment_booked", "12.34"), ("refund_accepted", "2.00")]
    lines = (await memory_app.payment(payment.id)).history
    sent = [line.at for line in lines if line.what == "sms_sent"]
    assert sent[1] - sent[0] < timedelta(seconds=31)


async def test_what_waits_does_nothing_meanwhile() -> None:
    """Waiting is no try, and costs a write only when the one before it has had its try."""
    memory_app = InMemoryApp()
    memory_app.sms.will("send", *[NotSent("sms") for _ in range(300)])
    payment, cashier, _ = await at_the_desk(memory_app)
    await ask(memory_app, cashier, payment, 200)
    await memory_app.live_on(12 * HOURS, step=60)
    after = await memory_app.payment(payment.id)
    tries = {effect.subject: effect.tries for effect in after.effects if effect.kind is EffectKind.SMS}
    assert tries["payment_booked"] > 12
    assert tries["refund_accepted.R01"] == 0
    assert after.version < 140


async def test_one_that_may_still_arrive_holds_the_next_one_back() -> None:
    """An unanswered chat message may reach its reader up to a minute later: what is told of next must not be read before it."""
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    memory_app.messenger.will("send", OutcomeUnknown("wechat"))
    refund_id = await ask(memory_app, cashier, payment)
    await memory_app.work()
    memory_app.channel.settle_refund(refund_id)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.settle_refund(refund_id))
    await memory_app.live_on(SETTLE.total_seconds() - 2, step=2)
    assert in_chat(memory_app) == ["payment_booked", "refund_accepted"], "it was tried once, and nothing else"
    await memory_app.live_on(200, step=2)
    assert in_chat(memory_app) == ["payment_booked", "refund_accepted", "refund_arrived"]
    lines = [line.what for line in (await memory_app.payment(payment.id)).history if line.what.startswith("message")]
    assert lines == ["message_sent", "message_overtaken", "message_sent"]


async def test_a_free_bill_that_the_hospital_does_not_take_returns_no_money() -> None:
    """The patient read that 0.00 had been returned."""
    his = FaithfulHis(a_bill(own_fen=0))
    his.will("confirm", OutsideRefusal("his", "REFUSED"))
    memory_app = InMemoryApp(a_hospital(his=his))
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13800000001"))
    await memory_app.work()
    payment = await memory_app.payment(begun.payment_id)
    assert (payment.state, payment.paid_fen) == (PaymentState.RETURNED, 0)
    [(_, notice, _)] = memory_app.sms.sent
    assert notice.purpose == "payment_not_booked"
    assert notice.values["guide"] == "没有扣款，请到窗口办理"
    assert in_chat(memory_app) == ["payment_not_booked"]
    told = [
        line["text"] for line in console_page(payment, await (await an_employee(memory_app)).now(), {}, {})["timeline"]
    ]  # type: ignore[index,attr-defined]
    assert not [text for text in told if "退回" in text], "nothing was paid, so nothing is returned"
    assert any("医院未能入账" in text for text in told)
    assert payment_list("/h/demo", [payment], 20, is_first=True)["payments"][0]["state"] == "无需付款，医院未能登记"  # type: ignore[index]


async def test_a_free_bill_that_the_hospital_takes_is_confirmed_and_not_paid() -> None:
    """The patient read that 0.00 had been paid."""
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill(own_fen=0))))
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13800000001"))
    await memory_app.work()
    assert in_chat(memory_app) == ["payment_confirmed"]
    assert [notice.purpose for _, notice, _ in memory_app.sms.sent] == ["payment_confirmed"]
    payment = await memory_app.payment(begun.payment_id)
    assert payment.state is PaymentState.BOOKED
    assert payment_state(payment) == "已确认，无需付款"
    assert payment_list("/h/demo", [payment], 20, is_first=True)["payments"][0]["state"] == "已确认，无需付款"  # type: ignore[index]


async def test_an_sms_names_the_patient_so_that_it_can_be_read_aloud() -> None:
    memory_app = InMemoryApp()
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13800000001"))
    memory_app.channel.pay(begun.payment_id)
    await memory_app.live_on(30, step=2)
    assert [notice.values["patient"] for _, notice, _ in memory_app.sms.sent] == ["张某试"]


async def test_a_return_says_what_was_paid_not_what_was_asked() -> None:
    memory_app = InMemoryApp()
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13800000001"))
    memory_app.channel.pay(begun.payment_id, 1300)
    await memory_app.live_on(30, step=2)
    memory_app.channel.settle_refund(f"{begun.payment_id}R01")
    await memory_app.live_on(300, step=10)
    assert by_sms(memory_app) == [("payment_returning", "13.00"), ("payment_returned", "13.00")]
    assert {notice.values["reason"] for _, notice, _ in memory_app.sms.sent} == {"支付金额与单据不符"}


async def test_of_a_refund_that_the_console_s_covers_in_part_each_message_says_its_own() -> None:
    """10.00 were asked for: the patient read 10.00 and then 4.66 more. The HIS heard of the wrong moment and of no channel's number."""
    memory_app = InMemoryApp()
    payment, cashier, _ = await at_the_desk(memory_app)
    memory_app.channel.will("refund", *[NotSent("wechat") for _ in range(3)])
    await ask(memory_app, cashier, payment, 1000)
    await memory_app.work()
    current = await memory_app.payment(payment.id)
    assert current.refunds[0].state is RefundState.RELEASED
    memory_app.clock.forward(1)
    known = a_channel_refund(
        current, RefundOutcome.SUCCEEDED, "CONSOLE1", amount_fen=768, finished_at=memory_app.clock.now()
    )
    channel_refund_id, went_at = known.channel_refund_id, memory_app.clock.now()
    await memory_app.transitions.apply(HOSPITAL, payment.id, lambda p: _answered(p, known, memory_app))
    await memory_app.live_on(30, step=2)
    told = [(notice.purpose, notice.values["amount"]) for _, notice, _ in memory_app.sms.sent]
    assert ("refund_arrived", yuan_text(534)) in told
    memory_app.channel.settle_refund(f"{payment.id}R02")
    await memory_app.live_on(300, step=10)
    arrived = [yuan for purpose, yuan in by_sms(memory_app) if purpose == "refund_arrived"]
    assert arrived == ["5.34", "4.66"]
    first = next(told for told in memory_app.his.named("refund_notify") if told.out_refund_no.endswith("R01"))
    assert (first.channel_refund_no, first.at) == (channel_refund_id, went_at)
    [result] = [text for _, text in memory_app.chat_told("openid-1001") if "R01" in text]
    assert "财务已在收款平台退费5.34元，其余4.66元继续退。" in result


def _answered(payment: Payment, known: object, memory_app: InMemoryApp) -> Payment:
    from server.payments.rules.returning import refund_answered

    return refund_answered(payment, known, memory_app.clock.now(), 0.0)  # type: ignore[arg-type]


async def test_nobody_is_asked_to_agree_to_what_is_not_theirs_to_decide_any_more() -> None:
    """Between who was to be asked and the asking, an approver's limit was lowered."""
    memory_app = InMemoryApp()
    payment, _, _ = await at_the_desk(memory_app)
    cashier = await an_employee(memory_app, "1002", limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
    second = await an_employee(memory_app, "2002", Role.APPROVER)
    memory_app.hospital.chats["wechat"].will("tell", *[NotSent("wechat") for _ in range(4)])  # type: ignore[attr-defined]
    memory_app.messenger.will("send", *[NotSent("wechat") for _ in range(4)])
    await ask(memory_app, cashier, payment)
    await memory_app.work()
    lowered = replace(
        await second.now(),
        limits=RefundLimits(per_refund_fen=1, per_day_fen=1),
        version=(await second.now()).version + 1,
    )
    await memory_app.stores.staff.save(await second.now(), lowered)
    await memory_app.live_on(600, step=5)
    assert memory_app.chat_told("openid-2002") == []
    assert len(memory_app.chat_told("openid-2001")) == 1


async def test_the_booking_of_what_went_back_in_the_console_becomes_its_return() -> None:
    memory_app = InMemoryApp()
    memory_app.sms.will("send", *[NotSent("sms") for _ in range(5)])
    payment = await paid(memory_app)
    await memory_app.work()
    known = a_channel_refund(payment, RefundOutcome.SUCCEEDED, "CONSOLE1", amount_fen=payment.amount_fen)
    await memory_app.transitions.apply(HOSPITAL, payment.id, lambda p: _answered(p, known, memory_app))
    await memory_app.live_on(2 * HOURS, step=30)
    assert by_sms(memory_app) == [("payment_returned", "12.34")]
