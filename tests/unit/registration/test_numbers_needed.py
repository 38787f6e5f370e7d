"""What of a person's numbers stands on the first page: what is to be paid, what is held, and today's with its queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.needs.model import Asked, Need, Place, Told, Urgency
from server.patients.model import BoundCard
from server.registration.model import ClinicChange, QueuePlace, QueueState, ShiftState
from server.registration.needs import RegistrationNeeds
from tests.support.builders import CARD, HOSPITAL, a_session, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import a_slot

MINUTE = timedelta(minutes=1)


def asked_for(*card_nos: str, hospital: str = HOSPITAL) -> Asked:
    owner = an_identity().key
    cards = [BoundCard(hospital=hospital, owner=owner, card_no=number, name="张测试") for number in card_nos]
    return Asked(session=a_session(hospital=hospital), cards=tuple(cards))


def needs_of(world: RegistrationWorld) -> RegistrationNeeds:
    return RegistrationNeeds(world.memory_app.offers, world.registration.appointments, world.registration.waiting)


def at_the_day(world: RegistrationWorld) -> None:
    """Tomorrow, 07:30 in Shanghai: half an hour before the first number."""
    world.memory_app.clock.forward((a_slot(1).begins_at - 30 * MINUTE - world.memory_app.clock.now()).total_seconds())


@pytest.mark.asyncio
async def test_a_number_to_be_paid_and_one_that_is_held_are_needed_now() -> None:
    world = RegistrationWorld()
    number = await world.begin(await world.person())
    world.system.offer(OTHER_CARD, a_slot(9), MORNING + 15 * MINUTE)
    told = await needs_of(world).needs(asked_for(CARD, OTHER_CARD))
    held = Need(
        about=(f"slot:{a_slot(9).slot_no}",), card_no=OTHER_CARD, title="候补的号有了，过时给下一位",
        text="测试内科 11月24日上午，09:45 前有效", page="appointments", urgency=Urgency.NOW, at=MORNING + 15 * MINUTE,
    )  # fmt: skip
    unpaid = Need(
        about=(f"payment:{number}",), card_no=CARD, title="挂号待支付，过时不保留", text="测试内科 1 号 门诊楼 2 层",
        page=f"payments/{number}", urgency=Urgency.NOW, at=a_slot(1).begins_at,
    )  # fmt: skip
    assert told == Told((held, unpaid))
    assert await needs_of(world).needs(asked_for("C9")) == Told()
    assert await needs_of(world).needs(asked_for(CARD, hospital="other")) == Told()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("place", "text", "page"),
    [
        (
            QueuePlace(state=QueueState.CHECKED_IN, now_number=1, ahead=2, place="2 层", can_check_in=False),
            "测试内科 1 号 门诊楼 2 层 已签到，请候诊，前面还有 2 人",
            "appointments/{}/queue",
        ),
        (None, "测试内科 1 号 门诊楼 2 层", "appointments"),
    ],
)
async def test_a_number_of_today_leads_to_its_queue_where_the_his_has_one(
    place: QueuePlace | None, text: str, page: str
) -> None:
    world = RegistrationWorld()
    number = await world.begin(await world.person())
    await world.pay(number)
    assert (await needs_of(world).needs(asked_for(CARD))).needs == (), "it is tomorrow's"
    at_the_day(world)
    if place is not None:
        world.system.places[number] = place
    [need] = (await needs_of(world).needs(asked_for(CARD))).needs
    assert (need.title, need.text, need.page) == ("今天 08:00–08:10 就诊", text, page.format(number))
    assert (need.about, need.at) == ((f"payment:{number}",), a_slot(1).begins_at)


@pytest.mark.asyncio
async def test_who_was_seen_needs_nothing_and_who_was_missed_does() -> None:
    """Where the HIS says nothing, the end of the number's time says that the patient was seen."""
    world = RegistrationWorld()
    number = await world.begin(await world.person())
    await world.pay(number)
    at_the_day(world)
    missed = QueuePlace(state=QueueState.MISSED, now_number=4, ahead=0, place="2 层", can_check_in=False)
    for place, needed in ((missed, 1), (replace(missed, state=QueueState.USED), 0)):
        world.system.places[number] = place
        assert len((await needs_of(world).needs(asked_for(CARD))).needs) == needed
    world.memory_app.clock.forward(3600)
    for place, needed in ((missed, 1), (None, 0)):
        world.system.places = {} if place is None else {number: place}
        assert len((await needs_of(world).needs(asked_for(CARD))).needs) == needed


@pytest.mark.asyncio
async def test_a_clinic_that_is_stopped_today_is_said_first_of_all() -> None:
    world = RegistrationWorld()
    number = await world.begin(await world.person())
    await world.pay(number)
    await world.registration.clinics.told(HOSPITAL, number, ClinicChange(state=ShiftState.STOPPED, at=MORNING))
    assert (await needs_of(world).needs(asked_for(CARD))).needs == ()
    at_the_day(world)
    [need] = (await needs_of(world).needs(asked_for(CARD))).needs
    assert (need.title, need.page) == ("停诊，请取消或改约", "appointments")
    assert need.text == "今天 08:00–08:10 就诊 测试内科 1 号 门诊楼 2 层"


def test_a_hospital_with_registrations_has_two_places_for_them() -> None:
    needs = needs_of(RegistrationWorld())
    assert needs.places(HOSPITAL) == (Place("预约挂号", "registration"), Place("我的预约", "appointments"))
    assert needs.places("other") == ()
