"""Whose attempt is closed for whom, what the others are told, and how long they wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.core.errors import AlreadyPaid, NotSent, OutsideError, OutsideRefusal
from server.effects.model import EffectKind
from server.payments import attempts
from server.payments.model import PaymentState
from server.payments.rules.progress import ANOTHER_ATTEMPT, order_refused, order_unanswered
from server.payments.sms_choice import NO_SMS, sms_to
from tests.support.builders import a_session
from tests.support.concurrent_taps import LI, li, started, zhang
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.purposes import REGISTRATION, RegistrationPurpose, Slots

pytestmark = pytest.mark.asyncio
TITLE = "微信支付"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OutsideRefusal("wechatpay", "PARAM_ERROR"), order_refused(TITLE)),
        (NotSent("wechatpay", "breaker"), order_unanswered(TITLE)),
    ],
    ids=["refused", "unanswered"],
)
async def test_the_payer_is_told_whether_the_order_was_refused_or_not_answered(error: OutsideError, words: str) -> None:
    memory_app = InMemoryApp()
    memory_app.channel.will("order", error)
    with pytest.raises(type(error)) as told:
        await started(memory_app)
    assert told.value.user_message == words


async def test_a_close_that_hangs_is_owed_when_the_wait_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "CLOSE_INLINE_S", 0.05)
    memory_app = InMemoryApp()
    first = await started(memory_app, zhang())
    memory_app.channel.will("close", "hang")
    with pytest.raises(AlreadyPaid):
        await started(memory_app, li())
    [close] = (await memory_app.payment(first.id)).effects
    assert (close.kind, close.due_at) == (EffectKind.CLOSE, memory_app.clock.now() + timedelta(seconds=0.05))
    assert (await memory_app.payment(first.id)).history[-1].detail["why"] == ANOTHER_ATTEMPT


async def test_what_the_same_person_began_in_another_entrance_is_shown() -> None:
    memory_app = InMemoryApp()
    first = await started(memory_app, li())
    memory_app.channel.pay(first.id)
    elsewhere = zhang(linked=(li().identity.key,))
    shown = await memory_app.payments.start("bills", elsewhere, ["B1"], NO_SMS)
    assert shown.payment_id == first.id


async def test_one_s_own_money_that_came_is_shown_under_the_person_s_own_key() -> None:
    memory_app = InMemoryApp()
    first = await started(memory_app, zhang())
    memory_app.channel.pay(first.id)
    shown = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13800000009"))
    assert shown.payment_id == first.id


async def test_a_bill_whose_wrong_money_goes_back_to_another_person_is_free() -> None:
    """The close finds that 1 fen came for it: that goes back, and nobody has paid the bill."""
    memory_app = InMemoryApp()
    first = await started(memory_app, zhang())
    memory_app.channel.pay(first.id, 1)
    second = await started(memory_app, li())
    assert (await memory_app.payment(first.id)).state is PaymentState.RETURNING
    assert (second.id != first.id, second.state) == (True, PaymentState.PENDING)


async def test_one_s_own_wrong_money_that_goes_back_is_shown_first() -> None:
    memory_app = InMemoryApp()
    first = await started(memory_app, zhang())
    memory_app.channel.pay(first.id, 1)
    shown = await memory_app.payments.start("bills", zhang(), ["B1"], sms_to("13800000009"))
    assert (shown.payment_id, shown.standing.progress) == (first.id, "returning")


class TestWhatIsHeld:
    """A slot that is held for a payment is held for its owner until that attempt ends."""

    def an_app(self) -> InMemoryApp:
        return InMemoryApp(a_hospital(), purposes=(RegistrationPurpose(Slots()),))

    async def test_it_is_never_closed_for_another_person(self) -> None:
        memory_app = self.an_app()
        begun = await memory_app.payments.start(REGISTRATION, zhang(), ["S1"], NO_SMS)
        with pytest.raises(AlreadyPaid) as told:
            await memory_app.payments.start(REGISTRATION, a_session(LI), ["S1"], NO_SMS)
        assert told.value.user_message == "正在取消。"
        assert memory_app.channel.named("close") == []
        assert (await memory_app.payment(begun.payment_id)).state is PaymentState.PENDING

    @pytest.mark.parametrize("linked", [False, True])
    async def test_it_is_closed_for_its_owner(self, linked: bool) -> None:
        """A changed attempt of the same person, from the same entrance or from another one; the worker frees the slot a moment later."""
        memory_app = self.an_app()
        begun = await memory_app.payments.start(REGISTRATION, zhang(), ["S1"], NO_SMS)
        again = replace(li(), linked=(zhang().identity.key,)) if linked else zhang()
        with pytest.raises(OutsideRefusal):
            await memory_app.payments.start(REGISTRATION, again, ["S1"], sms_to("13800000009"))
        assert memory_app.channel.named("close") == [begun.payment_id]
        assert (await memory_app.payment(begun.payment_id)).state is PaymentState.CLOSED

    async def test_what_is_paid_says_so(self) -> None:
        memory_app = self.an_app()
        begun = await memory_app.payments.start(REGISTRATION, zhang(), ["S1"], NO_SMS)
        await memory_app.notifications.apply("demo", memory_app.channel.pay(begun.payment_id))
        with pytest.raises(AlreadyPaid) as told:
            await memory_app.payments.start(REGISTRATION, a_session(LI), ["S1"], NO_SMS)
        assert told.value.user_message == "已由他人用微信支付付款，11月23日 09:30，20.00 元。"
