"""Who has paid is told, once, that the hospital does not take the payment for long, and only while it is so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.console.views.words import PAYMENT_EVENTS
from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.effects.model import EffectKind, find
from server.payments.model import Payment, PaymentState
from server.payments.rules.booking import BOOKING_LASTS, is_late
from server.payments.sms_choice import KNOWN_NUMBER, sms_to
from server.payments.texts import MESSAGES
from tests.support.builders import HOSPITAL, a_bill
from tests.support.concurrent_taps import zhang
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
DOWN = [NotSent("his", "down") for _ in range(400)]


def in_chat(memory_app: InMemoryApp) -> list[str]:
    return [notice.purpose for _, notice, _ in memory_app.messenger.named("send")]


async def paid_while_the_his_is_down(memory_app: InMemoryApp, phone: str = "") -> Payment:
    memory_app.his.will("confirm", *DOWN)
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to(phone))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    return await memory_app.payment(begun.payment_id)


async def test_who_paid_is_told_once_when_the_hospital_does_not_take_it_for_long() -> None:
    memory_app = InMemoryApp()
    payment = await paid_while_the_his_is_down(memory_app, "13800000001")
    await memory_app.live_on(580, step=5)
    assert in_chat(memory_app) == [], "a short trouble is no news"
    await memory_app.live_on(3600, step=5)
    assert in_chat(memory_app) == ["payment_late"]
    [(_, notice, _)] = memory_app.sms.sent
    assert (notice.purpose, notice.values["guide"]) == ("payment_late", "已付款，请不要重复付款")
    memory_app.his.next_calls["confirm"].clear()
    await memory_app.live_on(1200, step=5)
    assert in_chat(memory_app) == ["payment_late", "payment_booked"], "what became of it is told, too"
    after = await memory_app.payment(payment.id)
    assert after.state is PaymentState.BOOKED
    assert [line.what for line in after.history].count(BOOKING_LASTS) == 1


async def test_telling_costs_no_try_of_the_booking() -> None:
    """The message comes to be owed in the write that notes the failed try, and the booking keeps its pace."""
    memory_app = InMemoryApp()
    payment = await paid_while_the_his_is_down(memory_app)
    told_at = None
    for _ in range(300):
        await memory_app.live_on(5, step=5)
        now = await memory_app.payment(payment.id)
        if told_at is None and any(line.what == BOOKING_LASTS for line in now.history):
            told_at = memory_app.clock.now()
            book = find(now.effects, str(EffectKind.BOOK))
            assert book is not None
            assert book.tries == len(memory_app.his.named("confirm")), "every lease of the booking was a call"
            assert book.last_error == "NotSent his"
    assert told_at is not None


async def test_that_it_takes_long_is_not_told_any_more_once_it_is_booked() -> None:
    memory_app = InMemoryApp()
    memory_app.messenger.will("send", *[NotSent("wechat", "down") for _ in range(40)])
    payment = await paid_while_the_his_is_down(memory_app)
    await memory_app.live_on(1300, step=5)
    assert find((await memory_app.payment(payment.id)).effects, "message:payment_late") is not None
    memory_app.his.next_calls["confirm"].clear()
    await memory_app.live_on(1300, step=5)
    memory_app.messenger.next_calls["send"].clear()
    await memory_app.live_on(2400, step=10)
    history = (await memory_app.payment(payment.id)).history
    about = [(line.what, line.detail["about"]) for line in history if line.what.startswith("message_")]
    assert about == [("message_overtaken", "payment_late"), ("message_sent", "payment_booked")]


@pytest.mark.parametrize("failure", [NotSent("his"), OutcomeUnknown("his"), OutsideRefusal("his", "BUSY")])
async def test_every_way_of_not_being_booked_is_told(failure: Exception) -> None:
    memory_app = InMemoryApp()
    memory_app.his.will("confirm", *[failure for _ in range(400)])
    begun = await memory_app.payments.start("bills", zhang(), ["B1"], KNOWN_NUMBER)
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.live_on(3600, step=10)
    assert in_chat(memory_app) == ["payment_late"]


async def test_a_bill_of_0_yuan_that_waits_is_not_told_as_paid() -> None:
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill(own_fen=0))))
    memory_app.his.will("confirm", *DOWN)
    await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13800000001"))
    await memory_app.live_on(3600, step=10)
    assert in_chat(memory_app) == []


async def test_the_limit_is_the_hospital_s_and_counts_from_the_money() -> None:
    memory_app = InMemoryApp()
    payment = await paid_while_the_his_is_down(memory_app)
    assert payment.paid_at is not None
    for minutes in (1, 10, 60):
        limit = timedelta(minutes=minutes)
        assert not is_late(payment, payment.paid_at + limit - timedelta(seconds=1), limit)
        assert is_late(payment, payment.paid_at + limit, limit)


async def test_the_console_has_words_for_it() -> None:
    assert PAYMENT_EVENTS[BOOKING_LASTS]
    assert MESSAGES["payment_late"] == "已付款，医院正在入账"
    assert MESSAGES["payment_confirmed"] == "已确认，无需付款"
