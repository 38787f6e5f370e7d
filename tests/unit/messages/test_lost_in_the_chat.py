"""A chat message that the platform reports as lost, later: it stands in the history of the payment that it told of."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import Effect, EffectKind
from server.messages.delivery_reports import LOOKS_AGAIN_S, LOOKS_MAX, PAGE, PAGES_MAX
from server.patients.contact_ports import ARRIVED, BLOCKED, FAILED, LOST, ChatMessage, ChatReply, OutgoingMessage
from server.patients.model import PayerIdentity
from server.payments.model import Payment, bumped, changed
from tests.support.builders import HOSPITAL, a_paid, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital

pytestmark = pytest.mark.asyncio


def word(number: str, event: str = LOST, why: str = BLOCKED, sender: PayerIdentity | None = None) -> ChatMessage:
    told = sender or an_identity()
    return ChatMessage(id="1", sender=told, account="gh_demo", kind="event", event=event, key=number, why=why)


async def told(memory_app: InMemoryApp) -> Payment:
    payment = a_paid(memory_app.clock.now())
    await memory_app.stores.payments.insert(payment)
    await memory_app.do_only(payment.id, "book")
    await memory_app.work()
    return await memory_app.payment(payment.id)


async def heard(memory_app: InMemoryApp, message: ChatMessage) -> None:
    assert await memory_app.services.chat.answer(HOSPITAL, "wechat", message) == ChatReply()


@pytest.mark.parametrize("why", [BLOCKED, FAILED])
async def test_it_is_noted_once_with_its_reason(why: str) -> None:
    memory_app = InMemoryApp()
    before = await told(memory_app)
    [number] = memory_app.messenger.ids
    memory_app.clock.forward(seconds=30)
    for message in (word(number, why=why), word(number, why="another"), word(number, ARRIVED)):
        await heard(memory_app, message)
    after = await memory_app.payment(before.id)
    [line] = after.history[len(before.history) :]
    assert (line.what, line.by, line.at) == ("message_not_delivered", "channel:wechat", memory_app.clock.now())
    assert dict(line.detail) == {"about": "payment_booked", "why": why}
    assert after == replace(before, version=after.version, history=after.history), "nothing is sent because of it"


async def test_what_arrived_and_what_is_no_message_of_theirs_adds_nothing() -> None:
    memory_app = InMemoryApp()
    before = await told(memory_app)
    [number] = memory_app.messenger.ids
    for message in (
        word(number, ARRIVED, ""),
        word("another"),
        word(""),
        word(number, sender=an_identity("openid-li-ceshi")),
        word(number, "other"),
    ):
        await heard(memory_app, message)
    assert await memory_app.payment(before.id) == before
    assert memory_app.clock.slept == []


async def test_of_a_refund_s_message_it_says_of_which() -> None:
    memory_app = InMemoryApp()
    payment = await told(memory_app)

    def sent(current: Payment) -> Payment:
        detail = {"about": "refund_arrived.R01", "id": "m-9"}
        return changed(current, "message_sent", at=memory_app.clock.now(), detail=detail)

    await memory_app.services.shared.transitions.apply(HOSPITAL, payment.id, sent)
    await heard(memory_app, word("m-9"))
    assert (await memory_app.payment(payment.id)).history[-1].detail["about"] == "refund_arrived.R01"


async def test_a_word_that_is_faster_than_our_own_writing_is_heard() -> None:
    """The platform says it while the call that sent the message still runs."""
    written = asyncio.Event()
    heard_early: list[asyncio.Task[None]] = []

    class Eager(RecordingMessenger):
        async def send(self, to: PayerIdentity, notice: OutgoingMessage, dedupe: str) -> str | None:
            number = await super().send(to, notice, dedupe)
            heard_early.append(asyncio.create_task(heard(memory_app, word(number or ""))))
            await looked.wait()
            return number

    looked = asyncio.Event()
    memory_app = InMemoryApp(a_hospital(messengers={"wechat": Eager()}))

    async def sleep_until_written(seconds: float) -> None:
        looked.set()
        await written.wait()

    memory_app.clock.sleep = sleep_until_written  # type: ignore[method-assign]
    payment = await told(memory_app)
    written.set()
    await asyncio.gather(*heard_early)
    assert (await memory_app.payment(payment.id)).history[-1].what == "message_not_delivered"


async def test_while_another_message_is_under_way_it_is_looked_for_again_but_not_for_ever() -> None:
    memory_app = InMemoryApp()
    payment = await told(memory_app)
    leased = Effect(kind=EffectKind.MESSAGE, subject="x", due_at=memory_app.clock.now(), lease="somebody")

    def under_way(current: Payment) -> Payment:
        return bumped(current, effects=(leased,))

    await memory_app.services.shared.transitions.apply(HOSPITAL, payment.id, under_way)
    await heard(memory_app, word("another"))
    assert memory_app.clock.slept == [LOOKS_AGAIN_S] * (LOOKS_MAX - 1)


@pytest.mark.parametrize(("newer", "is_found"), [(PAGE, True), (PAGE * PAGES_MAX - 1, True), (PAGE * PAGES_MAX, False)])
async def test_it_is_looked_for_among_their_newest_payments(newer: int, is_found: bool) -> None:
    memory_app = InMemoryApp()
    payment = await told(memory_app)
    [number] = memory_app.messenger.ids
    for place in range(newer):
        later = payment.created_at + timedelta(minutes=place + 1)
        other = replace(payment, id=f"ZF20261123X{place:011}", claims=(), history=(), effects=(), created_at=later)
        await memory_app.stores.payments.insert(other)
    await heard(memory_app, word(number))
    assert (len((await memory_app.payment(payment.id)).history) > len(payment.history)) is is_found
