"""Before an order: what is held for it. After it: whether its cashier may still be opened. And what is noted of each call."""

from __future__ import annotations

import pytest

from server.core.errors import NotFound, NotSent, OutcomeUnknown, OutsideError, OutsideRefusal
from server.payments.model import Payment, PaymentState
from server.payments.rules.progress import Progress
from server.payments.rules.trades import TradeState
from server.payments.sms_choice import KNOWN_NUMBER, NO_SMS, SmsChoice, sms_to
from tests.support.builders import CARD, HOSPITAL, PHONE
from tests.support.concurrent_taps import started, zhang
from tests.support.every_payment import every_payment
from tests.support.in_memory_app import InMemoryApp
from tests.support.purpose_runs import FUND_CHANNEL, PurposeRun, person
from tests.support.purposes import INSURED, REGISTRATION, RegistrationPurpose, Slots

pytestmark = pytest.mark.asyncio
ONE = person("openid-one")


def with_slots() -> tuple[InMemoryApp, Slots]:
    slots = Slots()
    return InMemoryApp(purposes=[RegistrationPurpose(slots)]), slots


async def only_payment(memory_app: InMemoryApp) -> Payment:
    [payment] = await every_payment(memory_app.stores.payments)
    return payment


def lines(payment: Payment) -> list[str]:
    return [line.what for line in payment.history]


class TestHold:
    async def test_a_slot_is_held_before_its_order_and_a_bill_is_not(self) -> None:
        memory_app, slots = with_slots()
        begun = await memory_app.payments.start(REGISTRATION, ONE, ["slot-1"], NO_SMS)
        assert slots.held == {"slot-1": begun.payment_id}
        await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert slots.named("hold") == [begun.payment_id]

    @pytest.mark.parametrize(
        "error", [OutsideRefusal("slots", "TAKEN", user_message="号源已被占用。"), NotSent("slots", "breaker")]
    )
    async def test_what_can_not_be_held_is_not_ordered_and_its_own_words_are_said(self, error: OutsideError) -> None:
        memory_app, slots = with_slots()
        slots.will("hold", error)
        with pytest.raises(type(error)) as told:
            await memory_app.payments.start(REGISTRATION, ONE, ["slot-1"], NO_SMS)
        assert told.value is error
        assert memory_app.channel.named("order") == []
        payment = await only_payment(memory_app)
        assert (payment.state, payment.history[-1].detail["why"]) == (PaymentState.CLOSED, error.code)

    async def test_a_hold_that_nobody_answered_orders_nothing_and_closes_nothing(self) -> None:
        memory_app, slots = with_slots()
        slots.will("hold", OutcomeUnknown("slots"))
        begun = await memory_app.payments.start(REGISTRATION, ONE, ["slot-1"], NO_SMS)
        assert (begun.call, memory_app.channel.named("order")) == (None, [])
        assert (await only_payment(memory_app)).state is PaymentState.CREATED


class TestOrder:
    async def test_the_first_call_and_an_open_one_are_noted_as_nothing_more(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        assert lines(payment) == ["created", "ordered"]
        assert (await memory_app.payments.resume(zhang(), payment.id)).call is not None
        assert lines(await memory_app.payment(payment.id)) == ["created", "ordered"]

    async def test_a_second_call_is_noted_before_it_is_sent(self) -> None:
        memory_app = InMemoryApp()
        memory_app.channel.will("order", OutcomeUnknown("wechatpay"))
        payment = await started(memory_app)
        assert lines(payment) == ["created"]
        seen: list[list[str]] = []

        async def look() -> None:
            seen.append(lines(await memory_app.payment(payment.id)))

        memory_app.channel.will("order", look)
        await memory_app.payments.resume(zhang(), payment.id)
        assert seen == [["created", "ordering_again"]]

    async def test_a_refused_first_order_frees_what_was_claimed_for_a_new_number(self) -> None:
        memory_app = InMemoryApp()
        memory_app.channel.will("order", OutsideRefusal("wechatpay", "PARAM_ERROR"))
        with pytest.raises(OutsideRefusal):
            await started(memory_app)
        refused = await only_payment(memory_app)
        assert (refused.state, lines(refused)) == (PaymentState.CLOSED, ["created", "closed"])
        assert (await started(memory_app)).id != refused.id

    async def test_a_part_that_is_paid_before_its_order_is_answered_opens_no_cashier(self) -> None:
        """The payment still waits, for its second part: that of the first must not be opened again."""
        run = PurposeRun(0)
        fund = run.channels[FUND_CHANNEL]

        async def paid_at_once() -> None:
            number = fund.named("order")[0]
            asked = await run.memory_app.payment(number)
            fund.orders[number], fund.states[number] = asked.parts[0].request, TradeState.UNPAID
            await run.memory_app.notifications.apply(HOSPITAL, fund.pay(number))

        fund.will("order", paid_at_once)
        begun = await run.memory_app.payments.start(INSURED, ONE, ["I1"], NO_SMS)
        assert (begun.call, begun.standing.progress) == (None, Progress.WAITING)
        assert [part.state for part in (await run.memory_app.payment(begun.payment_id)).parts] == ["paid", "unpaid"]

    async def test_money_that_has_come_is_shown_to_who_taps_again(self) -> None:
        memory_app = InMemoryApp()
        payment = await started(memory_app)
        await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(payment.id))
        again = await memory_app.payments.start("bills", zhang(), ["B1"], NO_SMS)
        assert (again.payment_id, again.call, again.standing.progress) == (payment.id, None, Progress.CONFIRMING)
        assert len(memory_app.channel.named("order")) == 1


@pytest.mark.parametrize(
    ("given", "kept"), [(NO_SMS, ""), (KNOWN_NUMBER, PHONE), (sms_to("13900000002"), "13900000002")]
)
async def test_the_sms_goes_to_the_number_that_was_typed_or_to_the_known_one_or_nowhere(
    given: SmsChoice, kept: str
) -> None:
    memory_app = InMemoryApp()
    await memory_app.stores.sessions.put(zhang())
    await memory_app.payments.start("bills", zhang(), ["B1"], given)
    assert (await only_payment(memory_app)).personal.phone == kept
    session = await memory_app.stores.sessions.get(zhang().id, memory_app.clock.now())
    assert session is not None
    assert session.phone == given.typed


@pytest.mark.parametrize("charge_no", ["nothing", None])
async def test_the_his_hears_of_no_payment_that_there_is_not(charge_no: str | None) -> None:
    memory_app = InMemoryApp()
    await started(memory_app)
    with pytest.raises(NotFound):
        await memory_app.payments.state_for_his(HOSPITAL, None, CARD, charge_no)
