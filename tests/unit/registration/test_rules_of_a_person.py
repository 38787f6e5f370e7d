"""Rules that count hold for the person, whatever the phone: what was taken before comes from the HIS, and one attempt at a time goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import AlreadyPaid, NotAllowed, NotFound, OutcomeUnknown
from server.payments.model import PaymentState
from server.registration.purpose import offer_of
from server.registration.record_model import RecordState
from server.registration.rules.hospital_rules import Pause, RegistrationRules
from tests.support.builders import CARD, HOSPITAL, a_patient
from tests.support.clock_and_ids import MORNING
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import a_record, a_slot

pytestmark = pytest.mark.asyncio
ONE = RegistrationRules(one_a_day=False, open_most=1)


async def test_the_his_is_asked_for_records_only_where_a_rule_counts() -> None:
    for rules, calls in ((RegistrationRules(), 0), (ONE, 1)):
        world = RegistrationWorld(rules)
        await world.begin(await world.person())
        assert len(world.system.named("records")) == calls


async def test_what_was_taken_at_the_window_counts() -> None:
    world = RegistrationWorld(ONE)
    world.system.known_records.append(a_record())
    with pytest.raises(NotAllowed, match="open_most") as raised:
        await world.begin(await world.person())
    assert raised.value.user_message == "就诊人已有 1 个没有就诊的号，就诊或取消以后才能再挂。"


async def test_who_has_missed_too_many_waits_out_the_pause() -> None:
    world = RegistrationWorld(RegistrationRules(missed=Pause(times=2, days=30, pause_days=10)))
    for back in (3, 9):
        at = MORNING - timedelta(days=back)
        world.system.known_records.append(
            a_record(begins_at=at, state=RecordState.MISSED, ended_at=at, slot_no=f"S-{back}")
        )
    zhang = await world.person()
    with pytest.raises(NotAllowed, match="missed") as raised:
        await world.begin(zhang)
    assert "11月30日 09:30 以后才能在手机上挂号" in raised.value.user_message


async def test_without_the_his_s_records_nothing_begins() -> None:
    world = RegistrationWorld(ONE)
    world.system.will("records", OutcomeUnknown("his", "silent"))
    with pytest.raises(OutcomeUnknown):
        await world.begin(await world.person())
    assert world.system.held == {}


async def test_two_phones_can_t_take_two_numbers_for_one_person_at_once() -> None:
    """Both counted no number: only one of them goes on. Without the claim of the turn each phone would have one."""
    world = RegistrationWorld(ONE)
    first = await world.begin(await world.person())
    daughter = await world.person("openid-daughter")
    with pytest.raises(AlreadyPaid):
        await world.begin(daughter, 2)
    await world.pay(first)
    world.system.known_records.append(a_record(slot_no=a_slot(1).slot_no, begins_at=a_slot(1).begins_at))
    with pytest.raises(NotAllowed, match="open_most"):
        await world.begin(daughter, 2)
    assert list(world.system.booked) == [a_slot(1).slot_no]


async def test_an_attempt_from_before_midnight_is_met_by_one_after_it() -> None:
    world = RegistrationWorld(ONE)
    world.memory_app.clock.forward(seconds=14.4 * 3600)  # 23:54
    await world.begin(await world.person())
    world.memory_app.clock.forward(seconds=420)
    with pytest.raises(AlreadyPaid):
        await world.begin(await world.person("openid-daughter"), 2)


async def test_one_s_own_unpaid_number_gives_way_to_another() -> None:
    world = RegistrationWorld(ONE)
    zhang = await world.person()
    first = await world.begin(zhang)
    second = await world.begin(zhang, 2)
    await world.memory_app.work()
    assert (await world.memory_app.payment(first)).state is PaymentState.CLOSED
    assert world.system.held == {a_slot(2).slot_no: second}


async def test_after_what_was_given_back_the_next_number_is_taken() -> None:
    world = RegistrationWorld(ONE)
    zhang = await world.person()
    first = await world.begin(zhang)
    await world.pay(first)
    await world.registration.cancelling.cancel(zhang, first)
    world.system.known_records.append(
        a_record(slot_no=a_slot(1).slot_no, state=RecordState.CANCELLED, ended_at=MORNING, out_trade_no=first)
    )
    assert await world.begin(zhang, 2) != first


async def test_a_child_is_registered_by_somebody_with_an_adult_s_card() -> None:
    world = RegistrationWorld(RegistrationRules(guardian_under=14))
    world.memory_app.his.patients[CARD] = a_patient(birth_date="2018-01-01")
    zhang = await world.person()
    with pytest.raises(NotAllowed, match="guardian") as raised:
        await world.begin(zhang)
    assert "就诊人 8 岁，未满 14 岁由监护人挂号" in raised.value.user_message
    await world.person(card_no=OTHER_CARD)
    assert await world.begin(zhang)


@pytest.mark.parametrize(("born", "is_adult"), [("2008-11-24", True), ("2008-11-25", False)])
async def test_a_guardian_is_eighteen_on_the_day_of_the_visit(born: str, is_adult: bool) -> None:
    world = RegistrationWorld(RegistrationRules(guardian_under=14))
    world.memory_app.his.patients[CARD] = a_patient(birth_date="2018-01-01")
    world.memory_app.his.patients[OTHER_CARD] = a_patient(birth_date=born)
    zhang = await world.person()
    await world.person(card_no=OTHER_CARD)
    if is_adult:
        assert await world.begin(zhang)
    else:
        with pytest.raises(NotAllowed, match="guardian"):
            await world.begin(zhang)


async def test_a_hospital_that_takes_no_registrations_here_says_where_to_go() -> None:
    with pytest.raises(NotFound) as raised:
        offer_of({}, HOSPITAL)
    assert raised.value.user_message == "医院暂未开通手机挂号，请到窗口挂号。"
