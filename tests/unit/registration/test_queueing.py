"""Who may say that they are here and see the queue: the person who holds the number, while its time is not over."""

from __future__ import annotations

import pytest

from server.core.errors import NotAllowed, NotFound
from server.registration.model import QueuePlace, QueueState
from tests.support.registering import OTHER_CARD, RegistrationWorld

pytestmark = pytest.mark.asyncio
PLACE = QueuePlace(state=QueueState.BOOKED, now_number=3, ahead=2, place="2 层", can_check_in=True)
DAY_S = 86400


async def test_who_holds_a_number_sees_the_queue_and_checks_in() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    number = await world.begin(zhang)
    await world.pay(number)
    world.system.places[number] = PLACE
    queue = await world.registration.queues.of(zhang, number)
    assert (queue.own.payment.id, queue.place) == (number, PLACE)
    await world.registration.queues.check_in(zhang, number, "A1")
    assert world.system.named("check_in") == [(number, "A1")]
    with pytest.raises(NotFound):
        await world.registration.queues.of(await world.person("openid-li-ceshi", OTHER_CARD), number)


async def test_where_the_his_has_no_queue_the_desk_is_asked() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    number = await world.begin(zhang)
    await world.pay(number)
    with pytest.raises(NotFound) as raised:
        await world.registration.queues.of(zhang, number)
    assert raised.value.user_message == "医院系统现在没有这个号的候诊信息，请到分诊台询问。"


async def test_after_its_time_nobody_checks_in_and_the_queue_is_still_shown() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    number = await world.begin(zhang)
    await world.pay(number)
    world.system.places[number] = PLACE
    world.memory_app.clock.forward(seconds=DAY_S)
    assert (await world.registration.queues.of(zhang, number)).place == PLACE
    with pytest.raises(NotAllowed) as raised:
        await world.registration.queues.check_in(zhang, number, "A1")
    assert raised.value.user_message == "就诊时间已过，请到分诊台办理。"
    assert world.system.named("check_in") == []


async def test_an_unpaid_number_is_in_no_queue() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    number = await world.begin(zhang)
    world.system.places[number] = PLACE
    with pytest.raises(NotFound) as raised:
        await world.registration.queues.of(zhang, number)
    assert raised.value.user_message == "这个预约不在候诊中。"


async def test_at_the_clinic_s_code_the_booked_numbers_of_today_are_found() -> None:
    world = RegistrationWorld()
    zhang = await world.person()
    number = await world.begin(zhang)
    await world.pay(number)
    assert await world.registration.queues.here(zhang) == []
    world.memory_app.clock.forward(seconds=DAY_S - 2 * 3600)
    assert [one.payment.id for one in await world.registration.queues.here(zhang)] == [number]
    world.memory_app.clock.forward(seconds=2 * 3600)
    assert await world.registration.queues.here(zhang) == []
