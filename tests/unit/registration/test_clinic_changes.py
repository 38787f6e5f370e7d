"""The HIS says that a clinic is stopped, replaced or open again: the patient is told once, sees it, and has the money back or another number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotAllowed, NotFound, NotSent, OutsideRefusal
from server.payments.model import PaymentState
from server.payments.refund_model import RefundState
from server.payments.sms_choice import sms_to
from server.refunds.window_service import NotBookedYet
from server.registration.appointments import AppointmentState, OwnAppointment
from server.registration.model import (
    ClinicChange,
    ShiftState,
    read_change,
    slot_claim,
    written_change,
)
from server.registration.rules.hospital_rules import RegistrationRules
from tests.support.builders import HOSPITAL, PHONE
from tests.support.clock_and_ids import MORNING
from tests.support.outside import RecordingMessenger
from tests.support.registering import RegistrationWorld
from tests.support.registrations import FEE_FEN, a_slot

pytestmark = pytest.mark.asyncio
STRICT = RegistrationRules(cancel_before=timedelta(hours=23))


def stopped(**fields: Any) -> ClinicChange:
    facts = {"state": ShiftState.STOPPED, "at": MORNING, "reason": "医生临时会诊"}
    return ClinicChange(**{**facts, **fields})


class ChangedClinicWorld(RegistrationWorld):
    """One person has paid a number and written to the account, so that they can be told."""

    def __init__(self, rules: RegistrationRules | None = STRICT, **fields: Any) -> None:
        super().__init__(rules, messengers={"wechat": RecordingMessenger()}, **fields)

    async def booked(self) -> str:
        self.zhang = await self.person()
        payment_id = await self.begin(self.zhang)
        await (self.pay(payment_id) if self.system.shift.fee_fen else self.memory_app.work())
        return payment_id

    async def say(self, payment_id: str, change: ClinicChange) -> None:
        await self.registration.clinics.told(HOSPITAL, payment_id, change)

    async def own(self) -> OwnAppointment:
        first, *_ = await self.registration.appointments.mine(self.zhang)
        return first

    def told(self) -> list[tuple[str, str]]:
        """Purpose and guide of each message of a change, in the order in which they were sent."""
        sent = (message for _, message, _ in self.memory_app.messenger.named("send"))
        return [(one.purpose, one.values["guide"]) for one in sent if one.purpose == "booking_changed"]


async def test_the_patient_is_told_once_however_often_the_his_says_it() -> None:
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    for _ in range(3):
        await world.say(payment_id, stopped())
        await world.memory_app.work()
    assert world.told() == [("booking_changed", "11月24日上午李虚构停诊，可取消或改约")]
    own = await world.own()
    assert (own.state, own.change, own.can_cancel, own.can_rebook) == (AppointmentState.STOPPED, stopped(), True, True)
    assert (await world.memory_app.payment(payment_id)).at_rest()


async def test_a_message_that_surely_did_not_go_is_sent_again() -> None:
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    world.memory_app.messenger.will("send", NotSent("wechat", "down"))
    await world.say(payment_id, stopped())
    await world.memory_app.live_on(600)
    assert len(world.told()) == 2, "the call that failed, and the one that went"


async def test_what_was_said_before_the_message_went_is_not_told_any_more() -> None:
    """Stopped, then a doctor is found, while the chat does not answer: only the last word is read."""
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    await world.say(payment_id, stopped())
    found = stopped(state=ShiftState.REPLACED, replaced_by="王代班", at=MORNING + timedelta(minutes=5), reason="")
    await world.say(payment_id, found)
    await world.memory_app.work()
    assert world.told() == [("booking_changed", "11月24日上午由王代班替诊，可取消或改约")]
    assert (await world.own()).state is AppointmentState.BOOKED


async def test_what_was_given_back_meanwhile_is_not_told_as_changed() -> None:
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    world.memory_app.messenger.will("send", NotSent("wechat", "down"))
    await world.say(payment_id, stopped())
    await world.registration.cancelling.cancel(world.zhang, payment_id)
    await world.memory_app.live_on(3600)
    told = len(world.told())
    await world.say(payment_id, stopped(at=MORNING + timedelta(hours=1), reason="另一个原因"))
    await world.memory_app.live_on(600)
    assert len(world.told()) == told == 1, "only the try that failed"
    [refund] = (await world.memory_app.payment(payment_id)).refunds
    await world.memory_app.notifications.apply(HOSPITAL, world.memory_app.channel.settle_refund(refund.id))
    await world.say(payment_id, stopped(at=MORNING + timedelta(hours=2), reason="第三个原因"))
    await world.memory_app.live_on(600)
    payment = await world.memory_app.payment(payment_id)
    assert payment.at_rest()
    assert (await world.own()).state is AppointmentState.CANCELLED
    assert len(world.told()) == 1


async def test_an_older_word_that_comes_later_changes_nothing() -> None:
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    await world.say(payment_id, stopped())
    await world.say(payment_id, stopped(state=ShiftState.OPEN, at=MORNING - timedelta(minutes=1), reason=""))
    assert (await world.own()).state is AppointmentState.STOPPED
    await world.say(payment_id, stopped(state=ShiftState.OPEN, at=MORNING + timedelta(minutes=1), reason=""))
    await world.memory_app.work()
    own = await world.own()
    assert (own.state, own.can_rebook) == (AppointmentState.BOOKED, False)
    assert world.told()[-1] == ("booking_changed", "11月24日上午李虚构恢复出诊，请按时就诊")


async def test_who_took_the_number_of_a_doctor_standing_in_hears_that_the_clinic_is_as_planned() -> None:
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    await world.say(payment_id, stopped(state=ShiftState.OPEN))
    await world.memory_app.work()
    assert world.told() == [("booking_changed", "11月24日上午李虚构恢复出诊，请按时就诊")]


async def test_the_money_of_a_stopped_clinic_goes_back_after_every_time_limit() -> None:
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    with pytest.raises(NotAllowed, match="too late"):
        await world.registration.cancelling.cancel(world.zhang, payment_id)
    await world.say(payment_id, stopped())
    world.memory_app.clock.forward(seconds=3 * 86400)
    assert (await world.own()).can_cancel, "the money is theirs, though the day is over"
    await world.registration.cancelling.cancel(world.zhang, payment_id)
    await world.memory_app.live_on(600)
    payment = await world.memory_app.payment(payment_id)
    assert [refund.amount_fen for refund in payment.refunds] == [FEE_FEN]


async def test_another_number_of_the_same_day_is_taken_while_the_money_is_on_its_way() -> None:
    world = ChangedClinicWorld(RegistrationRules())
    payment_id = await world.booked()
    await world.say(payment_id, stopped())
    assert (await world.memory_app.payment(payment_id)).claims == (slot_claim(a_slot(1).slot_no),)
    assert await world.registration.cancelling.rebook(world.zhang, payment_id) == "D01"
    second = await world.begin(world.zhang, 2)
    await world.pay(second)
    await world.memory_app.live_on(600)
    old, new = await world.memory_app.payment(payment_id), await world.memory_app.payment(second)
    assert (old.refunding_fen, new.state) == (FEE_FEN, PaymentState.BOOKED)
    assert world.system.booked[a_slot(2).slot_no] == second
    assert await world.registration.cancelling.rebook(world.zhang, payment_id) == "D01", (
        "the second tap gives nothing back again"
    )
    assert len((await world.memory_app.payment(payment_id)).refunds) == 1


async def test_a_replaced_doctor_may_be_refused_until_the_visit_begins() -> None:
    world = ChangedClinicWorld()
    payment_id = await world.booked()
    await world.say(payment_id, stopped(state=ShiftState.REPLACED, replaced_by="王代班"))
    assert (await world.own()).can_rebook
    world.memory_app.clock.forward(seconds=86400)
    assert not (await world.own()).can_cancel


async def test_nobody_rebooks_what_the_hospital_has_not_changed() -> None:
    world = ChangedClinicWorld(RegistrationRules())
    payment_id = await world.booked()
    with pytest.raises(NotAllowed, match="no change"):
        await world.registration.cancelling.rebook(world.zhang, payment_id)


async def test_a_number_that_cost_nothing_is_given_back_and_taken_anew() -> None:
    world = ChangedClinicWorld(fee_fen=0)
    payment_id = await world.booked()
    await world.say(payment_id, stopped())
    await world.registration.cancelling.rebook(world.zhang, payment_id)
    second = await world.begin(world.zhang, 2)
    await world.memory_app.work()
    assert world.system.booked == {a_slot(2).slot_no: second}


async def test_what_the_his_refused_once_can_be_asked_for_again() -> None:
    """A refund that the HIS did not write off must not turn the second tap into nothing."""
    world = ChangedClinicWorld(RegistrationRules())
    payment_id = await world.booked()
    world.memory_app.his.will("refund_release", OutsideRefusal("his", "REFUSED", user_message="系统维护"))
    await world.registration.cancelling.cancel(world.zhang, payment_id)
    await world.memory_app.work()
    await world.registration.cancelling.cancel(world.zhang, payment_id)
    await world.memory_app.live_on(600)
    states = [refund.state for refund in (await world.memory_app.payment(payment_id)).refunds]
    assert states[0] is RefundState.REJECTED
    assert len(states) == 2


async def test_a_number_whose_booking_is_under_way_is_said_again_and_another_payment_is_none_of_ours() -> None:
    world = ChangedClinicWorld()
    zhang = await world.person()
    with pytest.raises(NotFound):
        await world.say("ZF404", stopped())
    payment_id = await world.begin(zhang)
    with pytest.raises(NotBookedYet):
        await world.say(payment_id, stopped())
    await world.memory_app.live_on(3600)
    assert (await world.memory_app.payment(payment_id)).state is PaymentState.CLOSED
    await world.say(payment_id, stopped())
    assert (await world.memory_app.payment(payment_id)).booking is None


async def test_the_text_message_says_it_too() -> None:
    world = ChangedClinicWorld()
    zhang = await world.person()
    begun = await world.memory_app.payments.start("registration", zhang, world.chosen(), sms_to(PHONE))
    await world.pay(begun.payment_id)
    await world.say(begun.payment_id, stopped())
    await world.memory_app.work()
    sent = [notice.values["guide"] for _, notice, _ in world.memory_app.sms.sent if notice.purpose == "booking_changed"]
    assert sent == ["11月24日上午李虚构停诊，可取消或改约"]


@pytest.mark.parametrize(
    "changes",
    [
        lambda one: one,
        lambda one: replace(one, replaced_by="王 代班", state=ShiftState.REPLACED),
        lambda one: replace(one, reason=""),
    ],
)
async def test_a_change_is_read_as_it_was_written(changes: Callable[[ClinicChange], ClinicChange]) -> None:
    change = changes(stopped())
    assert read_change(written_change(change)) == change
    assert read_change("") is None
