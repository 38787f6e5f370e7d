"""One number is locked, paid and confirmed; an unpaid one is free again; nobody takes what another's attempt holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import AlreadyPaid, BadInput, ChargeChanged, NotAllowed, OutsideRefusal
from server.payments.his_ports import RefundAsked
from server.payments.model import PaymentState
from server.registration.appointments import AppointmentState
from server.registration.model import REGISTRATION
from server.registration.rules.hospital_rules import RegistrationRules
from tests.support.builders import CARD, a_patient
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import FEE_FEN, a_slot

pytestmark = pytest.mark.asyncio


async def test_a_number_is_locked_then_paid_then_confirmed() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    payment_id = await world.begin(zhang)
    [asked] = world.system.named("lock")
    payment = await world.memory_app.payment(payment_id)
    assert (asked.out_trade_no, asked.until) == (payment_id, payment.parts[0].request.expires_at)
    assert world.system.held == {a_slot(1).slot_no: payment_id}
    assert payment.parts[0].request.description == "测试医院 预约挂号"
    await world.pay(payment_id)
    assert world.system.booked == {a_slot(1).slot_no: payment_id}
    [own] = await world.registration.appointments.mine(zhang)
    assert (own.state, own.appointment.number, own.can_cancel) == (AppointmentState.BOOKED, 1, True)


async def test_an_unpaid_number_is_free_again_and_the_his_is_told() -> None:
    world = RegistrationWorld()
    payment_id = await world.begin(await world.person())
    world.system.will_lose_the_answer("unlock", 2)
    await world.memory_app.live_on(3600)
    assert (await world.memory_app.payment(payment_id)).state is PaymentState.CLOSED
    assert world.system.held == {}
    assert world.system.named("unlock") == [payment_id] * 3


async def test_nobody_takes_the_number_that_another_is_paying() -> None:
    world = RegistrationWorld()
    first = await world.begin(await world.person())
    other = await world.person("openid-li-ceshi", OTHER_CARD)
    with pytest.raises(ChargeChanged, match="the number is gone"):
        await world.begin(other, card_no=OTHER_CARD)
    world.system.held.clear()  # the HIS has forgotten its lock: the claim still holds
    with pytest.raises(AlreadyPaid) as raised:
        await world.begin(other, card_no=OTHER_CARD)
    assert raised.value.user_message == "这个号正在由他人办理，请换一个，或稍后再试。"
    assert (await world.memory_app.payment(first)).state is PaymentState.PENDING


async def test_a_lock_that_the_his_refuses_orders_nothing_and_says_why() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    world.system.will("lock", OutsideRefusal("his", "REFUSED", user_message="这个号已被占用"))
    with pytest.raises(OutsideRefusal) as raised:
        await world.begin(zhang)
    assert raised.value.user_message == "这个号已被占用"
    assert world.memory_app.channel.named("order") == []
    await world.memory_app.work()
    assert await world.begin(zhang, 2)


async def test_another_number_ends_the_first_attempt_of_the_same_person() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    first = await world.begin(zhang)
    second = await world.begin(zhang, 2)
    await world.memory_app.work()
    assert (await world.memory_app.payment(first)).state is PaymentState.CLOSED
    assert world.system.held == {a_slot(2).slot_no: second}


async def test_the_same_number_again_goes_on_with_the_attempt() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    assert await world.begin(zhang) == await world.begin(zhang)


async def test_one_person_has_one_number_a_day_and_department_whatever_the_phone() -> None:
    world = RegistrationWorld()
    await world.pay(await world.begin(await world.person()))
    daughter = await world.person("openid-daughter")
    with pytest.raises(AlreadyPaid, match="paid by another") as raised:
        await world.begin(daughter, 2)
    assert "当天已在这个科室挂过号" in raised.value.user_message
    lenient = RegistrationWorld(RegistrationRules(one_a_day=False))
    zhang = await lenient.person()
    await lenient.pay(await lenient.begin(zhang))
    await lenient.pay(await lenient.begin(zhang, 2))
    assert len(lenient.system.booked) == 2


async def test_money_for_a_number_that_is_gone_goes_back_by_itself() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    payment_id = await world.begin(zhang)
    world.system.booked[a_slot(1).slot_no] = "somebody-at-the-window"
    await world.pay(payment_id)
    await world.memory_app.live_on(600)
    payment = await world.memory_app.payment(payment_id)
    assert (payment.state, payment.return_reason) == (PaymentState.RETURNING, "refused_by_his")
    assert payment.refunding_fen == FEE_FEN
    [own] = await world.registration.appointments.mine(zhang)
    assert own.state is AppointmentState.FAILED


async def test_a_free_number_needs_no_cashier_and_is_given_back() -> None:
    world = RegistrationWorld(fee_fen=0)
    zhang = await world.person()
    payment_id = await world.begin(zhang)
    await world.memory_app.work()
    assert world.memory_app.channel.named("order") == []
    assert world.system.booked == {a_slot(1).slot_no: payment_id}
    world.system.will_lose_the_answer("cancel")
    await world.registration.cancelling.cancel(zhang, payment_id)
    [own] = await world.registration.appointments.mine(zhang)
    assert own.state is AppointmentState.CANCELLING
    await world.registration.cancelling.cancel(zhang, payment_id)
    await world.memory_app.live_on(600)
    assert world.system.booked == {}
    assert world.system.named("cancel") == [payment_id] * 2, "a lost answer is asked for again"
    [own] = await world.registration.appointments.mine(zhang)
    assert own.state is AppointmentState.CANCELLED
    assert await world.begin(zhang) != payment_id


async def test_a_free_number_that_is_used_stays_booked() -> None:
    world = RegistrationWorld(fee_fen=0)
    zhang = await world.person()
    payment_id = await world.begin(zhang)
    await world.memory_app.work()
    world.system.will("cancel", OutsideRefusal("his", "REFUSED", user_message="已经就诊"))
    await world.registration.cancelling.cancel(zhang, payment_id)
    await world.memory_app.work()
    [own] = await world.registration.appointments.mine(zhang)
    assert (own.state, world.system.booked) == (AppointmentState.BOOKED, {a_slot(1).slot_no: payment_id})
    assert (await world.memory_app.payment(payment_id)).at_rest()


async def test_cancelling_writes_off_in_the_his_before_the_money_goes() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    payment_id = await world.begin(zhang)
    await world.pay(payment_id)
    await world.registration.cancelling.cancel(zhang, payment_id)
    await world.registration.cancelling.cancel(zhang, payment_id)
    await world.memory_app.work()
    payment = await world.memory_app.payment(payment_id)
    [refund] = payment.refunds
    assert (refund.amount_fen, refund.asked_by, refund.written_off_as) == (FEE_FEN, "patient:payer", refund.id)
    assert [asked.lines for asked in world.memory_app.his.named("refund_release")] == [()]
    assert len(world.memory_app.channel.named("refund")) == 1


async def test_what_the_his_does_not_take_back_stays_booked() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    payment_id = await world.begin(zhang)
    await world.pay(payment_id)
    world.memory_app.his.forbids = "已经就诊，不能退号"
    with pytest.raises(NotAllowed) as raised:
        await world.registration.cancelling.cancel(zhang, payment_id)
    assert raised.value.user_message == "已经就诊，不能退号"
    assert (await world.memory_app.payment(payment_id)).refunds == ()


async def test_too_late_to_cancel_is_said_with_the_time() -> None:
    world = RegistrationWorld(RegistrationRules(cancel_before=timedelta(hours=23)))
    zhang = await world.person()
    payment_id = await world.begin(zhang)
    await world.pay(payment_id)
    with pytest.raises(NotAllowed) as raised:
        await world.registration.cancelling.cancel(zhang, payment_id)
    assert raised.value.user_message == "11月23日 09:00 以后不能在手机上取消，请到窗口办理。"


async def test_a_card_that_is_not_bound_registers_nobody() -> None:
    world = RegistrationWorld()
    with pytest.raises(BadInput, match="no card of theirs"):
        await world.begin(await world.person(), card_no=OTHER_CARD)


async def test_a_patient_without_an_id_number_is_sent_to_the_window() -> None:
    world = RegistrationWorld()
    world.memory_app.his.patients[CARD] = a_patient(id_no="")
    with pytest.raises(NotAllowed) as raised:
        await world.begin(await world.person())
    assert "实名" in raised.value.user_message


async def test_a_rest_that_staff_give_back_is_all_or_nothing() -> None:
    world = RegistrationWorld()
    payment_id = await world.begin(await world.person())
    await world.pay(payment_id)
    payment = await world.memory_app.payment(payment_id)
    purpose = world.memory_app.services.shared.purposes[REGISTRATION]
    part = RefundAsked(out_trade_no=payment_id, out_refund_no=f"{payment_id}R01", amount_fen=100, lines=())
    assert await purpose.may_release(payment, part) == "挂号费只能全额退。"
