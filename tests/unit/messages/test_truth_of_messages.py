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
from server.payments.texts import payment_state
from server.staff.model import RefundLimits, Role
from tests.support.builders import HOSPITAL, a_bill, a_channel_refund
from tests.support.concurrent_taps import zhang
from tests.support.employees import an_employee
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.payment_fixtures import paid
from tests.unit.refunds.test_refund_desk import ask, at_the_desk

pytestmark = pytest.mark.asyncio
HOURS = 3600.0


def by_sms(house: InMemoryApp) -> list[tuple[str, str]]:
    """(purpose, yuan) of each, in the order of reading."""
    return [(notice.purpose, notice.values["amount"]) for _, notice, _ in house.sms.sent]


def in_chat(house: InMemoryApp) -> list[str]:
    return [notice.purpose for _, notice, _ in house.messenger.named("send")]


async def refunded_while_sms_was_out(house: InMemoryApp, *amounts: int | None) -> Payment:
    """Booked, refunded and arrived within three hours in which no SMS went out."""
    house.sms.will("send", *[NotSent("sms") for _ in range(60)])
    payment, cashier, _ = await at_the_desk(house)
    for amount_fen in amounts:
        refund_id = await ask(house, cashier, payment, amount_fen)
        await house.work()
        house.channel.settle_refund(refund_id)
    await house.live_on(3 * HOURS, step=60)
    assert by_sms(house) == []
    house.sms.next_calls.clear()
    await house.live_on(3 * HOURS, step=60)
    return await house.payment(payment.id)


async def test_after_hours_without_sms_nobody_is_sent_to_the_ward_for_what_was_refunded() -> None:
    """Read were 退费受理, 退费到账, and then 缴费成功…请到二楼采血处."""
    house = InMemoryApp()
    payment = await refunded_while_sms_was_out(house, None)
    assert by_sms(house) == [("refund_arrived", "12.34")]
    assert in_chat(house) == ["payment_booked", "refund_accepted", "refund_arrived"], "each way for itself"
    assert [line.detail["about"] for line in payment.history if line.what == "sms_overtaken"] == [
        "payment_booked",
        "refund_accepted.R01",
    ]
    assert payment.effects == ()


async def test_of_a_part_the_booking_is_told_first_and_each_refund_says_its_part() -> None:
    house = InMemoryApp()
    payment = await refunded_while_sms_was_out(house, 200, 34)
    assert by_sms(house) == [("payment_booked", "12.34"), ("refund_arrived", "2.00"), ("refund_arrived", "0.34")]
    assert payment.effects == ()


async def test_the_second_waits_for_the_first_and_follows_at_once() -> None:
    house = InMemoryApp()
    house.sms.will("send", *[NotSent("sms") for _ in range(7)])
    payment, cashier, _ = await at_the_desk(house)
    await house.live_on(HOURS, step=30)
    await ask(house, cashier, payment, 200)
    await house.live_on(2 * HOURS, step=30)
    assert by_sms(house) == [("payment_booked", "12.34"), ("refund_accepted", "2.00")]
    lines = (await house.payment(payment.id)).history
    sent = [line.at for line in lines if line.what == "sms_sent"]
    assert sent[1] - sent[0] < timedelta(seconds=31)


async def test_what_waits_does_nothing_meanwhile() -> None:
    """Waiting is no try, and costs a write only when the one before it has had its try."""
    house = InMemoryApp()
    house.sms.will("send", *[NotSent("sms") for _ in range(300)])
    payment, cashier, _ = await at_the_desk(house)
    await ask(house, cashier, payment, 200)
    await house.live_on(12 * HOURS, step=60)
    after = await house.payment(payment.id)
    tries = {effect.subject: effect.tries for effect in after.effects if effect.kind is EffectKind.SMS}
    assert tries["payment_booked"] > 12
    assert tries["refund_accepted.R01"] == 0
    assert after.version < 140


async def test_one_that_may_still_arrive_holds_the_next_one_back() -> None:
    """An unanswered chat message may reach its reader up to a minute later: what is told of next must not be read before it."""
    house = InMemoryApp()
    payment, cashier, _ = await at_the_desk(house)
    house.messenger.will("send", OutcomeUnknown("wechat"))
    refund_id = await ask(house, cashier, payment)
    await house.work()
    house.channel.settle_refund(refund_id)
    await house.notifications.apply(HOSPITAL, house.channel.settle_refund(refund_id))
    await house.live_on(SETTLE.total_seconds() - 2, step=2)
    assert in_chat(house) == ["payment_booked", "refund_accepted"], "it was tried once, and nothing else"
    await house.live_on(200, step=2)
    assert in_chat(house) == ["payment_booked", "refund_accepted", "refund_arrived"]
    lines = [line.what for line in (await house.payment(payment.id)).history if line.what.startswith("message")]
    assert lines == ["message_sent", "message_overtaken", "message_sent"]


async def test_a_free_bill_that_the_hospital_does_not_take_returns_no_money() -> None:
    """The patient read that 0.00 had been returned."""
    his = FaithfulHis(a_bill(own_fen=0))
    his.will("confirm", OutsideRefusal("his", "REFUSED"))
    house = InMemoryApp(a_hospital(his=his))
    begun = await house.payments.start("bills", zhang(), ["B1"], "13800000001")
    await house.work()
    payment = await house.payment(begun.payment_id)
    assert (payment.state, payment.paid_fen) == (PaymentState.RETURNED, 0)
    [(_, notice, _)] = house.sms.sent
    assert notice.purpose == "payment_not_booked"
    assert notice.values["guide"] == "没有扣款，请到窗口办理"
    assert in_chat(house) == ["payment_not_booked"]
    told = [line["text"] for line in console_page(payment, await (await an_employee(house)).now(), {}, {})["timeline"]]  # type: ignore[index,attr-defined]
    assert not [text for text in told if "退回" in text], "nothing was paid, so nothing is returned"
    assert any("医院未能入账" in text for text in told)
    assert payment_list("/h/demo", [payment], 20, is_first=True)["payments"][0]["state"] == "无需付款，医院未能登记"  # type: ignore[index]


async def test_a_free_bill_that_the_hospital_takes_is_confirmed_and_not_paid() -> None:
    """The patient read that 0.00 had been paid."""
    house = InMemoryApp(a_hospital(his=FaithfulHis(a_bill(own_fen=0))))
    begun = await house.payments.start("bills", zhang(), ["B1"], "13800000001")
    await house.work()
    assert in_chat(house) == ["payment_confirmed"]
    assert [notice.purpose for _, notice, _ in house.sms.sent] == ["payment_confirmed"]
    payment = await house.payment(begun.payment_id)
    assert payment.state is PaymentState.BOOKED
    assert payment_state(payment) == "已确认，无需付款"
    assert payment_list("/h/demo", [payment], 20, is_first=True)["payments"][0]["state"] == "已确认，无需付款"  # type: ignore[index]


async def test_an_sms_names_the_patient_so_that_it_can_be_read_aloud() -> None:
    house = InMemoryApp()
    begun = await house.payments.start("bills", zhang(), ["B1"], "13800000001")
    house.channel.pay(begun.payment_id)
    await house.live_on(30, step=2)
    assert [notice.values["patient"] for _, notice, _ in house.sms.sent] == ["张某试"]


async def test_a_return_says_what_was_paid_not_what_was_asked() -> None:
    house = InMemoryApp()
    begun = await house.payments.start("bills", zhang(), ["B1"], "13800000001")
    house.channel.pay(begun.payment_id, 1300)
    await house.live_on(30, step=2)
    house.channel.settle_refund(f"{begun.payment_id}R01")
    await house.live_on(300, step=10)
    assert by_sms(house) == [("payment_returning", "13.00"), ("payment_returned", "13.00")]
    assert {notice.values["reason"] for _, notice, _ in house.sms.sent} == {"支付金额与账单不符"}


async def test_of_a_refund_that_the_console_s_covers_in_part_each_message_says_its_own() -> None:
    """10.00 were asked for: the patient read 10.00 and then 4.66 more. The HIS heard of the wrong moment and of no channel's number."""
    house = InMemoryApp()
    payment, cashier, _ = await at_the_desk(house)
    house.channel.will("refund", *[NotSent("wechat") for _ in range(3)])
    await ask(house, cashier, payment, 1000)
    await house.work()
    current = await house.payment(payment.id)
    assert current.refunds[0].state is RefundState.RELEASED
    house.clock.forward(1)
    known = a_channel_refund(
        current, RefundOutcome.SUCCEEDED, "CONSOLE1", amount_fen=768, finished_at=house.clock.now()
    )
    channel_refund_id, went_at = known.channel_refund_id, house.clock.now()
    await house.transitions.apply(HOSPITAL, payment.id, lambda p: _answered(p, known, house))
    await house.live_on(30, step=2)
    told = [(notice.purpose, notice.values["amount"]) for _, notice, _ in house.sms.sent]
    assert ("refund_arrived", yuan_text(534)) in told
    house.channel.settle_refund(f"{payment.id}R02")
    await house.live_on(300, step=10)
    arrived = [yuan for purpose, yuan in by_sms(house) if purpose == "refund_arrived"]
    assert arrived == ["5.34", "4.66"]
    first = next(told for told in house.his.named("refund_notify") if told.out_refund_no.endswith("R01"))
    assert (first.channel_refund_no, first.at) == (channel_refund_id, went_at)
    [result] = [text for _, text in house.chat_told("openid-1001") if "R01" in text]
    assert "财务已在收款平台退费5.34元，其余4.66元继续退。" in result


def _answered(payment: Payment, known: object, house: InMemoryApp) -> Payment:
    from server.payments.rules.returning import refund_answered

    return refund_answered(payment, known, house.clock.now(), 0.0)  # type: ignore[arg-type]


async def test_nobody_is_asked_to_agree_to_what_is_not_theirs_to_decide_any_more() -> None:
    """Between who was to be asked and the asking, an approver's limit was lowered."""
    house = InMemoryApp()
    payment, _, _ = await at_the_desk(house)
    cashier = await an_employee(house, "1002", limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
    second = await an_employee(house, "2002", Role.APPROVER)
    house.hospital.chats["wechat"].will("tell", *[NotSent("wechat") for _ in range(4)])  # type: ignore[attr-defined]
    house.messenger.will("send", *[NotSent("wechat") for _ in range(4)])
    await ask(house, cashier, payment)
    await house.work()
    lowered = replace(
        await second.now(),
        limits=RefundLimits(per_refund_fen=1, per_day_fen=1),
        version=(await second.now()).version + 1,
    )
    await house.stores.staff.save(await second.now(), lowered)
    await house.live_on(600, step=5)
    assert house.chat_told("openid-2002") == []
    assert len(house.chat_told("openid-2001")) == 1


async def test_the_booking_of_what_went_back_in_the_console_becomes_its_return() -> None:
    house = InMemoryApp()
    house.sms.will("send", *[NotSent("sms") for _ in range(5)])
    payment = await paid(house)
    await house.work()
    known = a_channel_refund(payment, RefundOutcome.SUCCEEDED, "CONSOLE1", amount_fen=payment.amount_fen)
    await house.transitions.apply(HOSPITAL, payment.id, lambda p: _answered(p, known, house))
    await house.live_on(2 * HOURS, step=30)
    assert by_sms(house) == [("payment_returned", "12.34")]
