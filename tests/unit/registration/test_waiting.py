"""Waiting for a number of a full shift: who may, who is told of a number that is held for them, and who gets it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import BadInput, ChargeChanged, NotAllowed, NotFound, NotSent, OutsideRefusal
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key
from server.registration.rules.hospital_rules import RegistrationRules
from server.registration.waiting import NUMBER_OFFERED
from tests.support.builders import CARD, HOSPITAL, PHONE, a_patient, an_identity
from tests.support.chance import MORNING
from tests.support.outside import RecordingMessenger, RecordingSms
from tests.support.registering import OTHER_CARD, Town
from tests.support.registrations import SHIFT_NO, a_slot, an_offer

pytestmark = pytest.mark.asyncio
HELD = a_slot(9)
"""A number of the shift that is not among the free ones."""
UNTIL = MORNING + timedelta(minutes=15)


def key_of(town: Town, card_no: str = CARD) -> str:
    return card_key(town.memory_app.sealer, HOSPITAL, card_no)


def a_town(rules: RegistrationRules | None = None, *, follows: bool = True) -> Town:
    return Town(rules, messengers={"wechat": RecordingMessenger(follows=follows)}, sms=RecordingSms())


async def test_a_patient_joins_and_leaves_a_list() -> None:
    town = a_town()
    zhang = await town.person()
    for _ in range(2):
        await town.registration.waiting.join(zhang, SHIFT_NO, key_of(town))
    [own] = await town.registration.waiting.mine(zhang)
    assert (own.card.card_no, own.wait.ahead, own.wait.offered) == (CARD, 0, None)
    await town.registration.waiting.leave(zhang, SHIFT_NO, key_of(town))
    assert await town.registration.waiting.mine(zhang) == []


async def test_nobody_waits_who_would_be_refused_the_number() -> None:
    town = a_town(RegistrationRules(real_name=True))
    town.memory_app.his.patients[CARD] = a_patient(id_no="")
    with pytest.raises(NotAllowed, match="real_name"):
        await town.registration.waiting.join(await town.person(), SHIFT_NO, key_of(town))
    assert town.system.named("wait") == []


async def test_a_refusal_of_the_his_is_said_in_its_words() -> None:
    town = a_town()
    town.system.will("wait", OutsideRefusal("his", "REFUSED", user_message="这个班次还有号，请直接挂号"))
    with pytest.raises(OutsideRefusal) as refused:
        await town.registration.waiting.join(await town.person(), SHIFT_NO, key_of(town))
    assert refused.value.user_message == "这个班次还有号，请直接挂号"


async def test_nobody_waits_with_another_s_card_or_for_no_shift() -> None:
    town = a_town()
    zhang = await town.person()
    for act in (town.registration.waiting.join, town.registration.waiting.leave):
        with pytest.raises(BadInput):
            await act(zhang, SHIFT_NO, key_of(town, OTHER_CARD))
    with pytest.raises(NotFound):
        await town.registration.waiting.join(zhang, "D01-none", key_of(town))
    assert town.system.named("wait") == []


async def test_a_hospital_without_lists_asks_for_none() -> None:
    town = a_town()
    offer = an_offer(town.memory_app.his, has_waiting_lists=False)
    town.memory_app.offers.update(offer)  # type: ignore[attr-defined]
    zhang = await town.person()
    assert await town.registration.waiting.mine(zhang) == ()
    with pytest.raises(NotFound) as refused:
        await town.registration.waiting.join(zhang, SHIFT_NO, key_of(town))
    assert refused.value.user_message == "医院没有开通候补，请选择其他时间或医生。"
    with pytest.raises(ChargeChanged):
        await town.begin(zhang, 9)


def told(town: Town) -> list[Any]:
    return [
        (to.key, notice.purpose, notice.values["guide"]) for to, notice, _ in town.memory_app.messenger.named("send")
    ]


async def test_whoever_has_bound_the_card_is_told_of_an_offer_once() -> None:
    town = a_town()
    await town.person()
    town.system.offer(CARD, HELD, UNTIL)
    for _ in range(3):
        await town.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert told(town) == [(an_identity().key, NUMBER_OFFERED, "候补有号了，09:45 前确认有效")]
    [(_, notice, _)] = town.memory_app.messenger.named("send")
    assert notice.url.endswith("/h/demo/appointments")
    assert len(notice.values["guide"]) <= 20
    town.system.offer(CARD, HELD, UNTIL + timedelta(minutes=30))
    await town.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert len(told(town)) == 2, "it is another offer"


async def test_who_reads_no_chat_gets_an_sms() -> None:
    town = a_town(follows=False)
    await town.person()
    town.system.offer(CARD, HELD, UNTIL)
    await town.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    [(phone, notice, _)] = town.memory_app.sms.sent
    assert (phone, notice.purpose) == (PHONE, NUMBER_OFFERED)


async def test_an_offer_that_could_not_be_told_is_said_again() -> None:
    town = a_town()
    await town.person()
    town.system.offer(CARD, HELD, UNTIL)
    town.memory_app.messenger.will("send", NotSent("wechat", "down"))
    with pytest.raises(NotSent):
        await town.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    await town.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert len(told(town)) == 2


async def test_an_offer_that_there_is_not_any_more_is_told_to_nobody() -> None:
    town = a_town()
    await town.person()
    with pytest.raises(NotFound):
        await town.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    town.system.offer(CARD, HELD, UNTIL)
    with pytest.raises(NotFound):
        await town.registration.waiting.offered(HOSPITAL, CARD, "D01-other")
    town.memory_app.clock.forward(15 * 60)
    with pytest.raises(NotFound):
        await town.registration.waiting.offered(HOSPITAL, CARD, SHIFT_NO)
    assert told(town) == []


async def test_the_number_that_is_held_for_a_patient_is_theirs_alone() -> None:
    town = a_town()
    zhang, li = await town.person(), await town.person("openid-li-ceshi", OTHER_CARD)
    town.system.offer(CARD, HELD, UNTIL)
    with pytest.raises(ChargeChanged):
        await town.begin(li, 9, OTHER_CARD)
    held = await town.registration.waiting.offered_slot(zhang, HELD.slot_no)
    assert held is not None
    assert (held.slot, held.card_key) == (HELD, key_of(town))
    assert await town.registration.waiting.offered_slot(li, HELD.slot_no) is None
    await town.pay(await town.begin(zhang, 9))
    [own] = await town.registration.appointments.mine(zhang)
    assert own.appointment.number == HELD.number


async def test_another_card_of_the_same_person_does_not_take_what_is_held() -> None:
    town = a_town()
    zhang = await town.person()
    card = BoundCard(hospital=HOSPITAL, owner=zhang.identity.key, card_no=OTHER_CARD, name="李测试")
    await town.memory_app.stores.cards.bind(card)
    town.system.offer(CARD, HELD, UNTIL)
    with pytest.raises(ChargeChanged):
        await town.begin(zhang, 9, OTHER_CARD)
