"""What is asked, refused and claimed when somebody wants a number, and what the HIS is asked for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.core.errors import AlreadyPaid, BadInput, NotAllowed, NotFound
from server.payments.his_ports import RefundAsked
from server.payments.refund_model import RefundLine
from server.payments.sms_choice import sms_to
from server.registration.model import REGISTRATION, ShiftState
from server.registration.rules.hospital_rules import RegistrationRules
from tests.support.builders import CARD, PHONE, a_patient
from tests.support.clock_and_ids import MORNING
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import FEE_FEN, a_record, a_slot

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("count", [0, 2, 4])
async def test_one_number_for_one_patient_is_chosen(count: int) -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    with pytest.raises(BadInput) as raised:
        await world.memory_app.payments.start(REGISTRATION, zhang, (world.chosen() * 2)[:count], sms_to(PHONE))
    assert raised.value.user_message == "请选择一个号和就诊人。"


async def test_a_card_of_somebody_else_registers_nobody_and_says_what_to_do() -> None:
    world = RegistrationWorld()
    with pytest.raises(BadInput) as raised:
        await world.begin(await world.person(), card_no=OTHER_CARD)
    assert raised.value.user_message == "请先绑定就诊人的就诊卡，再挂号。"


async def test_a_card_that_the_his_does_not_know_any_more_is_sent_to_the_window() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    world.memory_app.his.patients.clear()
    with pytest.raises(NotFound) as raised:
        await world.begin(zhang)
    assert raised.value.user_message == "医院没有找到这张就诊卡，请到窗口核对。"


async def test_a_shift_that_is_gone_is_chosen_anew() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    _, slot_no, key = world.chosen()
    with pytest.raises(NotFound) as raised:
        await world.memory_app.payments.start(REGISTRATION, zhang, ["D01-gone", slot_no, key], sms_to(PHONE))
    assert raised.value.user_message == "没有找到这个班次，请重新选择。"


async def test_nobody_has_a_number_of_a_stopped_clinic() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    world.system.shift = replace(world.system.shift, state=ShiftState.STOPPED)
    with pytest.raises(NotAllowed) as raised:
        await world.begin(zhang)
    assert raised.value.user_message == "这位医生当天停诊，请选择其他时间或医生。"
    assert world.system.held == {}


@pytest.mark.parametrize("fee_fen", [0, FEE_FEN])
async def test_a_number_is_locked_once_before_it_is_confirmed(fee_fen: int) -> None:
    world = RegistrationWorld(fee_fen=fee_fen)
    payment_id = await world.begin(await world.person())
    await (world.pay(payment_id) if fee_fen else world.memory_app.work())
    assert [asked.out_trade_no for asked in world.system.named("lock")] == [payment_id]
    assert world.system.booked == {a_slot(1).slot_no: payment_id}


@pytest.mark.parametrize("born", ["2016-11-24", "1980-01-01", "unknown"])
async def test_whose_age_needs_no_guardian_is_the_only_one_the_his_is_asked_about(born: str) -> None:
    world = RegistrationWorld(RegistrationRules(guardian_under=10))
    world.memory_app.his.patients[CARD] = a_patient(birth_date=born)
    zhang = await world.person()
    await world.person(card_no=OTHER_CARD)
    before = len(world.memory_app.his.named("patient"))
    assert await world.begin(zhang)
    assert world.memory_app.his.named("patient")[before:] == [CARD]


async def test_two_patients_without_an_id_number_are_two_people() -> None:
    world = RegistrationWorld(RegistrationRules(real_name=False))
    world.memory_app.his.patients[CARD] = a_patient(id_no="")
    world.memory_app.his.patients[OTHER_CARD] = a_patient(id_no="", patient_id="P2", card_nos=(OTHER_CARD,))
    await world.begin(await world.person())
    assert await world.begin(await world.person("openid-li-ceshi", OTHER_CARD), 2, OTHER_CARD)


async def test_two_cards_of_one_person_are_one_person() -> None:
    world = RegistrationWorld()
    world.memory_app.his.patients[OTHER_CARD] = replace(
        world.memory_app.his.patients[CARD], patient_id="P2", card_nos=(OTHER_CARD,)
    )
    await world.pay(await world.begin(await world.person()))
    with pytest.raises(AlreadyPaid):
        await world.begin(await world.person("openid-li-ceshi", OTHER_CARD), 2, OTHER_CARD)


async def test_after_a_number_for_today_the_next_one_for_today_is_another_turn() -> None:
    world = RegistrationWorld(RegistrationRules(one_a_day=False, open_most=2))
    today = tuple(
        replace(slot, begins_at=slot.begins_at - timedelta(hours=14), ends_at=slot.ends_at - timedelta(hours=14))
        for slot in world.system.all_slots
    )
    world.system.shift, world.system.all_slots = replace(world.system.shift, day=date(2026, 11, 23)), today
    zhang = await world.person()
    first = await world.begin(zhang)
    await world.pay(first)
    world.system.known_records.append(
        a_record(today[0].begins_at, slot_no=today[0].slot_no, taken_at=MORNING, out_trade_no=first)
    )
    assert await world.begin(zhang, 2) != first


async def test_a_number_is_written_off_whole_whatever_lines_were_chosen() -> None:
    world = RegistrationWorld()
    payment_id = await world.begin(await world.person())
    await world.pay(payment_id)
    payment = await world.memory_app.payment(payment_id)
    purpose = world.memory_app.services.shared.purposes[REGISTRATION]
    line = RefundLine(charge_no="1", item_no="GH", amount_fen=FEE_FEN)
    asked = RefundAsked(out_trade_no=payment_id, out_refund_no=f"{payment_id}R01", amount_fen=FEE_FEN, lines=(line,))
    assert await purpose.may_release(payment, asked) == ""
    await purpose.release(payment, asked)
    told = [*world.memory_app.his.named("refund_check"), *world.memory_app.his.named("refund_release")]
    assert [one.lines for one in told] == [(), ()]
