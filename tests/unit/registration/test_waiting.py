"""Waiting for a number of a full shift: who may, who is told of a number that is held for them, and who gets it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import BadInput, ChargeChanged, NotAllowed, NotFound, NotSent, OutsideRefusal
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.registration.model import HalfDay
from server.registration.rules.hospital_rules import RegistrationRules
from server.registration.waiting import NUMBER_OFFERED
from server.registration.waiting_model import OfferedNumber, Wait
from tests.support.builders import CARD, HOSPITAL, PHONE, a_patient, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.outside import RecordingMessenger, RecordingSms
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import SHIFT_NO, TOMORROW, a_shift, a_slot, an_offer

pytestmark = pytest.mark.asyncio
HELD = a_slot(9)
"""A number of the shift that is not among the free ones."""
UNTIL = MORNING + timedelta(minutes=15)


def key_of(world: RegistrationWorld, card_no: str = CARD) -> str:
    return card_key(world.memory_app.sealer, HOSPITAL, card_no)


def a_town(rules: RegistrationRules | None = None, *, follows: bool = True) -> RegistrationWorld:
    return RegistrationWorld(rules, messengers={"wechat": RecordingMessenger(follows=follows)}, sms=RecordingSms())


async def test_a_patient_joins_and_leaves_a_list() -> None:
    world = a_town()
    zhang = await world.person()
    for _ in range(2):
        await world.registration.waiting.join(zhang, SHIFT_NO, key_of(world))
    [own] = await world.registration.waiting.mine(zhang)
    assert (own.card.card_no, own.wait.ahead, own.wait.offered) == (CARD, 0, None)
    await world.registration.waiting.leave(zhang, SHIFT_NO, key_of(world))
    assert await world.registration.waiting.mine(zhang) == []


async def test_nobody_waits_who_would_be_refused_the_number() -> None:
    world = a_town(RegistrationRules(real_name=True))
    world.memory_app.his.patients[CARD] = a_patient(id_no="")
    with pytest.raises(NotAllowed, match="real_name"):
        await world.registration.waiting.join(await world.person(), SHIFT_NO, key_of(world))
    assert world.system.named("wait") == []


async def test_a_refusal_of_the_his_is_said_in_its_words() -> None:
    world = a_town()
    world.system.will("wait", OutsideRefusal("his", "REFUSED", user_message="这个班次还有号，请直接挂号"))
    with pytest.raises(OutsideRefusal) as refused:
        await world.registration.waiting.join(await world.person(), SHIFT_NO, key_of(world))
    assert refused.value.user_message == "这个班次还有号，请直接挂号"


async def test_nobody_waits_with_another_s_card_or_for_no_shift() -> None:
    world = a_town()
    zhang = await world.person()
    waiting = world.registration.waiting
    for act, words in ((waiting.join, "请先绑定就诊人的就诊卡，再挂号。"), (waiting.leave, "没有找到这张就诊卡。")):
        with pytest.raises(BadInput) as strange:
            await act(zhang, SHIFT_NO, key_of(world, OTHER_CARD))
        assert strange.value.user_message == words
    with pytest.raises(NotFound) as gone:
        await world.registration.waiting.join(zhang, "D01-none", key_of(world))
    assert gone.value.user_message == "没有找到这个班次或就诊卡，请重新选择。"
    del world.memory_app.his.patients[CARD]
    with pytest.raises(NotFound):
        await world.registration.waiting.join(zhang, SHIFT_NO, key_of(world))
    assert world.system.named("wait") == []


async def test_what_is_held_comes_first_and_then_the_nearest_shift() -> None:
    world = a_town()
    zhang = await world.person()
    late, night = a_shift(day=TOMORROW + timedelta(days=1)), a_shift(half_day=HalfDay.NIGHT)
    told = [
        Wait(shift=late, ahead=0, offered=OfferedNumber(slot=HELD, until=UNTIL)),
        Wait(shift=night, ahead=2),
        Wait(shift=a_shift(), ahead=2),
    ]

    async def waits(card_no: str) -> list[Wait]:
        assert card_no == CARD
        return list(reversed(told))

    world.system.waits = waits  # type: ignore[method-assign]
    assert [one.wait for one in await world.registration.waiting.mine(zhang)] == [told[0], told[2], told[1]]


async def test_a_hospital_without_lists_asks_for_none() -> None:
    world = a_town()
    offer = an_offer(world.memory_app.his, has_waiting_lists=False)
    world.memory_app.offers.update(offer)  # type: ignore[attr-defined]
    zhang = await world.person()
    assert await world.registration.waiting.mine(zhang) == ()
    with pytest.raises(NotFound) as refused:
        await world.registration.waiting.join(zhang, SHIFT_NO, key_of(world))
    assert refused.value.user_message == "医院没有开通候补，请选择其他时间或医生。"
    with pytest.raises(ChargeChanged):
        await world.begin(zhang, 9)


def told(world: RegistrationWorld) -> list[Any]:
    return [
        (to.key, notice.purpose, notice.values["guide"]) for to, notice, _ in world.memory_app.messenger.named("send")
    ]


async def test_whoever_has_bound_the_card_is_told_of_an_offer_once() -> None:
    world = a_town()
    await world.person()
    world.system.offer(CARD, HELD, UNTIL)
    for _ in range(3):
        await world.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert told(world) == [(an_identity().key, NUMBER_OFFERED, "候补有号了，09:45 前确认有效")]
    [(_, notice, _)] = world.memory_app.messenger.named("send")
    assert notice.url.endswith("/h/demo/appointments")
    assert len(notice.values["guide"]) <= 20
    world.system.offer(CARD, HELD, UNTIL + timedelta(minutes=30))
    await world.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert len(told(world)) == 2, "it is another offer"


async def test_who_reads_no_chat_gets_an_sms() -> None:
    world = a_town(follows=False)
    await world.person()
    world.system.offer(CARD, HELD, UNTIL)
    await world.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    [(phone, notice, _)] = world.memory_app.sms.sent
    assert (phone, notice.purpose) == (PHONE, NUMBER_OFFERED)


async def test_an_offer_that_could_not_be_told_is_said_again() -> None:
    world = a_town()
    await world.person()
    world.system.offer(CARD, HELD, UNTIL)
    world.memory_app.messenger.will("send", NotSent("wechat", "down"))
    with pytest.raises(NotSent):
        await world.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    await world.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert len(told(world)) == 2


async def test_an_offer_that_there_is_not_any_more_is_told_to_nobody() -> None:
    world = a_town()
    await world.person()
    with pytest.raises(NotFound):
        await world.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    world.system.offer(CARD, HELD, UNTIL)
    with pytest.raises(NotFound):
        await world.registration.waiting.offered(HOSPITAL, CARD, "D01-other")
    world.memory_app.clock.forward(15 * 60)
    with pytest.raises(NotFound):
        await world.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert told(world) == []


async def test_the_number_that_is_held_for_a_patient_is_theirs_alone() -> None:
    world = a_town()
    zhang, li = await world.person(), await world.person("openid-li-ceshi", OTHER_CARD)
    world.system.offer(CARD, HELD, UNTIL)
    with pytest.raises(ChargeChanged):
        await world.begin(li, 9, OTHER_CARD)
    told = await world.registration.schedules.slots(HOSPITAL, SHIFT_NO)
    held = await world.registration.waiting.takeable(zhang, told, HELD.slot_no)
    assert (held.slot, held.card_key) == (HELD, key_of(world))
    [free, *_] = told.slots
    anybody_s = await world.registration.waiting.takeable(li, told, free.slot_no)
    assert (anybody_s.slot, anybody_s.card_key) == (free, None)
    for session, number in ((li, HELD.slot_no), (zhang, a_slot(8).slot_no)):
        with pytest.raises(NotFound) as gone:
            await world.registration.waiting.takeable(session, told, number)
        assert gone.value.user_message == "这个号刚被别人选走了，请换一个。"
    await world.pay(await world.begin(zhang, 9))
    [own] = await world.registration.appointments.mine(zhang)
    assert own.appointment.number == HELD.number


async def test_another_card_of_the_same_person_does_not_take_what_is_held() -> None:
    world = a_town()
    zhang = await world.person()
    card = BoundCard(hospital=HOSPITAL, owner=zhang.identity.key, card_no=OTHER_CARD, name="李测试")
    await world.memory_app.stores.cards.bind(card)
    world.system.offer(CARD, HELD, UNTIL)
    with pytest.raises(ChargeChanged):
        await world.begin(zhang, 9, OTHER_CARD)
