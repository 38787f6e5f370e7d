"""到院支付: a number is taken without a payment, held until the window has its fee, and free again when the time for it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from server.core.errors import NotAllowed, NotFound, NotSent, OutsideRefusal
from server.patients.model import Session
from server.payments.model import PaymentState
from server.payments.rules.telling import PAYMENT_LAPSED
from server.payments.sms_choice import NO_SMS, SmsChoice, sms_to
from server.refunds.window_service import NotBookedYet
from server.registration.appointments import AppointmentState, OwnAppointment
from server.registration.model import REGISTRATION, WindowPayment, read_appointment
from server.registration.ports import ReserveAsked
from server.registration.purpose import AT_WINDOW
from server.registration.rules.at_window import TIME_LEAST, WindowRule
from server.registration.texts import CHECK_IN_PAID, NOT_AT_WINDOW, PAID_AT_WINDOW
from tests.support.builders import CARD, HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.outside import RecordingMessenger, RecordingSms
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import FEE_FEN, a_shift, a_slot

PLACE = "门诊楼 1 层收费窗口"
RULE = WindowRule(place=PLACE, before=timedelta(minutes=30))
BEGINS = a_slot(1).begins_at
UNTIL = BEGINS - timedelta(minutes=30)


class WindowWorld(RegistrationWorld):
    def __init__(self, rule: WindowRule | None = RULE, **fields: Any) -> None:
        super().__init__(**fields)
        offers = self.memory_app.offers
        offers[HOSPITAL] = replace(offers[HOSPITAL], at_window=rule)

    async def reserve(self, session: Session, number: int = 1, card_no: str = CARD, sms: SmsChoice = NO_SMS) -> str:
        chosen = [*self.chosen(number, card_no), AT_WINDOW]
        begun = await self.memory_app.payments.start(REGISTRATION, session, chosen, sms)
        await self.memory_app.work()
        return begun.payment_id

    async def own(self, session: Session) -> OwnAppointment:
        [own] = await self.registration.appointments.mine(session)
        return own


@pytest.mark.parametrize(
    ("rule", "shift", "begins_in", "is_offered"),
    [
        (RULE, {}, timedelta(hours=20), True),
        (RULE, {"fee_fen": 0, "items": ()}, timedelta(hours=20), False),
        (replace(RULE, departments=frozenset({"D02"})), {}, timedelta(hours=20), False),
        (replace(RULE, departments=frozenset({"D01", "D02"})), {}, timedelta(hours=20), True),
        (RULE, {}, RULE.before + TIME_LEAST, True),
        (RULE, {}, RULE.before + TIME_LEAST - timedelta(seconds=1), False),
    ],
    ids=["a fee", "no fee", "another department", "this one, too", "just in time", "too late"],
)
def test_which_numbers_may_be_paid_at_the_window(
    rule: WindowRule, shift: dict[str, Any], begins_in: timedelta, is_offered: bool
) -> None:
    slot = a_slot(1, begins_at=MORNING + begins_in)
    until = MORNING + begins_in - rule.before
    found = rule.payment(a_shift(**shift), slot, MORNING)
    assert found == (WindowPayment(place=PLACE, until=until) if is_offered else None)


@pytest.mark.asyncio
class TestAtTheWindow:
    async def test_it_is_taken_without_a_payment_and_says_where_and_until_when(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        payment_id = await world.reserve(zhang)
        assert world.memory_app.channel.named("order") == []
        [asked] = world.system.named("reserve")
        payment = await world.memory_app.payment(payment_id)
        assert asked == ReserveAsked(
            out_trade_no=payment_id,
            slot_no=a_slot(1).slot_no,
            card_no=CARD,
            fee_fen=FEE_FEN,
            pay_until=UNTIL,
            origin=payment.origin,
        )
        assert (world.system.named("lock"), world.system.named("confirm")) == ([], [])
        assert read_appointment(payment.personal.subject).at_window == WindowPayment(place=PLACE, until=UNTIL)
        own = await world.own(zhang)
        assert (own.state, own.to_pay, own.can_cancel) == (AppointmentState.BOOKED, own.appointment.at_window, True)

    async def test_a_lost_answer_reserves_it_once(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        world.system.will_lose_the_answer("reserve")
        payment_id = await world.reserve(zhang)
        await world.memory_app.live_on(600)
        assert (await world.memory_app.payment(payment_id)).state is PaymentState.BOOKED
        assert world.system.booked == {a_slot(1).slot_no: payment_id}

    async def test_nobody_else_gets_it_meanwhile_and_who_has_another_s_is_told(self) -> None:
        world = WindowWorld()
        zhang, li = await world.person(), await world.person("openid-li-ceshi", OTHER_CARD)
        await world.reserve(zhang)
        with pytest.raises(Exception, match="the number is gone"):
            await world.reserve(li, card_no=OTHER_CARD)
        world.system.booked[a_slot(2).slot_no] = "of-the-window"
        world.system.all_slots = (*world.system.all_slots, a_slot(3))
        world.system.will("reserve", None)
        payment_id = await world.reserve(li, 3, OTHER_CARD)
        assert (await world.memory_app.payment(payment_id)).state is PaymentState.BOOKED

    async def test_who_has_paid_has_nothing_to_pay_and_can_not_cancel_here(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        payment_id = await world.reserve(zhang)
        for _ in range(2):
            await world.registration.at_window.paid(HOSPITAL, payment_id)
        own = await world.own(zhang)
        assert (own.state, own.to_pay, own.cancel_refused) == (AppointmentState.BOOKED, None, PAID_AT_WINDOW)
        await world.memory_app.live_on(24 * 3600)
        assert world.system.named("cancel") == [], "it is not given back when the limit comes"
        assert (await world.memory_app.payment(payment_id)).claims

    async def test_what_nobody_paid_in_time_is_free_for_others(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        payment_id = await world.reserve(zhang)
        await world.memory_app.live_on((UNTIL - MORNING).total_seconds() - 5)
        assert (await world.own(zhang)).state is AppointmentState.BOOKED
        await world.memory_app.live_on(300)
        assert world.system.named("cancel") == [payment_id]
        own = await world.own(zhang)
        assert (own.state, own.to_pay, own.payment.claims) == (AppointmentState.LAPSED, None, ())
        assert own.payment.at_rest()

    async def test_who_did_not_pay_in_time_is_told_once_and_how_to_get_another(self) -> None:
        world = WindowWorld(messengers={"wechat": RecordingMessenger()}, sms=RecordingSms())
        zhang = await world.person()
        payment_id = await world.reserve(zhang, sms=sms_to("13800138000"))
        await world.memory_app.live_on((UNTIL - MORNING).total_seconds() + 24 * 3600)
        messenger = cast(RecordingMessenger, world.memory_app.messenger)
        in_chat = [notice for _, notice, _ in messenger.named("send")]
        by_sms = [notice for _, notice, _ in world.memory_app.sms.sent]
        assert [notice.purpose for notice in in_chat] == ["payment_elsewhere", PAYMENT_LAPSED]
        assert [notice.purpose for notice in by_sms] == ["payment_elsewhere", PAYMENT_LAPSED]
        assert in_chat[-1].values["guide"] == "到时没有支付，已取消，可重新挂号"
        assert in_chat[-1].url.endswith(f"/h/{HOSPITAL}/payments/{payment_id}")

    async def test_who_was_never_told_where_to_pay_reads_only_that_it_is_gone(self) -> None:
        messenger = RecordingMessenger()
        world = WindowWorld(messengers={"wechat": messenger})
        zhang = await world.person()
        messenger.will("send", *[NotSent("wechat") for _ in range(200)])
        await world.reserve(zhang)
        await world.memory_app.live_on((UNTIL - MORNING).total_seconds() + 300)
        messenger.next_calls.clear()
        messenger.calls.clear()
        await world.memory_app.live_on(24 * 3600)
        assert [notice.purpose for _, notice, _ in messenger.named("send")] == [PAYMENT_LAPSED]

    async def test_the_his_keeps_what_was_paid_though_it_did_not_say_so(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        payment_id = await world.reserve(zhang)
        world.system.will("cancel", OutsideRefusal("his", "REFUSED"))
        await world.memory_app.live_on((UNTIL - MORNING).total_seconds() + 300)
        own = await world.own(zhang)
        assert (own.state, own.to_pay, bool(own.payment.claims)) == (AppointmentState.BOOKED, None, True)
        assert own.cancel_refused == PAID_AT_WINDOW
        assert (await world.memory_app.payment(payment_id)).at_rest()

    async def test_who_cancels_before_paying_is_free_at_once(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        payment_id = await world.reserve(zhang)
        await world.registration.cancelling.cancel(zhang, payment_id)
        await world.memory_app.work()
        assert (await world.own(zhang)).state is AppointmentState.CANCELLED
        assert world.system.named("cancel") == [payment_id]
        await world.memory_app.live_on(24 * 3600)
        assert world.system.named("cancel") == [payment_id], "nothing lapses afterwards"

    async def test_nobody_checks_in_before_paying(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        payment_id = await world.reserve(zhang)
        with pytest.raises(NotAllowed) as refused:
            await world.registration.queues.check_in(zhang, payment_id, "A2")
        assert refused.value.user_message == CHECK_IN_PAID
        assert world.system.named("check_in") == []

    @pytest.mark.parametrize("rule", [None, replace(RULE, departments=frozenset({"D02"}))])
    async def test_it_is_paid_here_where_the_hospital_does_not_say_so(self, rule: WindowRule | None) -> None:
        world = WindowWorld(rule)
        zhang = await world.person()
        with pytest.raises(NotAllowed) as refused:
            await world.reserve(zhang)
        assert refused.value.user_message == NOT_AT_WINDOW
        assert world.registration.at_window.offered(HOSPITAL, a_shift(), a_slot(1)) is None
        assert world.registration.at_window.offered("elsewhere", a_shift(), a_slot(1)) is None

    async def test_a_number_that_is_gone_is_taken_by_nobody(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        world.system.will("reserve", OutsideRefusal("his", "REFUSED"))
        payment_id = await world.reserve(zhang)
        await world.memory_app.live_on(600)
        own = await world.own(zhang)
        assert (own.state, own.payment.claims, own.payment.at_rest()) == (AppointmentState.FAILED, (), True)
        assert world.system.named("unlock") == [payment_id]

    async def test_the_his_can_only_speak_of_a_number_that_is_to_be_paid_there(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        online = await world.begin(zhang)
        for number in (online, "ZF20261123NOSUCHNUMBER"):
            with pytest.raises(NotFound):
                await world.registration.at_window.paid(HOSPITAL, number)
        world.system.will_lose_the_answer("reserve")
        li = await world.person("openid-li-ceshi", OTHER_CARD)
        begun = await world.memory_app.payments.start(
            REGISTRATION, li, [*world.chosen(2, OTHER_CARD), AT_WINDOW], NO_SMS
        )
        with pytest.raises(NotBookedYet):
            await world.registration.at_window.paid(HOSPITAL, begun.payment_id)

    async def test_what_was_chosen_is_one_number_and_one_way(self) -> None:
        world = WindowWorld()
        zhang = await world.person()
        for more in (["online"], [AT_WINDOW, AT_WINDOW]):
            with pytest.raises(Exception, match="one number for one patient"):
                await world.memory_app.payments.start(REGISTRATION, zhang, [*world.chosen(), *more], NO_SMS)


def test_nobody_has_to_hurry_to_the_window() -> None:
    assert timedelta(minutes=30) == TIME_LEAST
