"""Is a phone at the hospital? Inside, outside, and not known well enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed
from server.registration.model import QueuePlace, QueueState
from server.registration.rules.being_here import Position, Site, distance_m, site_of
from server.registration.texts import NO_PLACES, NOT_HERE, UNSURE_WHERE
from tests.support.builders import HOSPITAL
from tests.support.registering import RegistrationWorld

MAIN = Site(point="MAIN", latitude=39.9, longitude=116.4, metres=300)
EAST = Site(point="EAST", latitude=39.9, longitude=116.5, metres=500)
DEGREE_M = 111_194.9
"""Of latitude."""


def at(north_m: float, accuracy_m: float = 20, longitude: float = 116.4) -> Position:
    return Position(latitude=39.9 + north_m / DEGREE_M, longitude=longitude, accuracy_m=accuracy_m)


def test_how_far_it_is_over_the_ground() -> None:
    assert distance_m(MAIN, at(0)) == 0
    assert distance_m(MAIN, at(1000)) == pytest.approx(1000, abs=1)
    east = distance_m(MAIN, Position(latitude=39.9, longitude=116.5, accuracy_m=1))
    assert east == pytest.approx(8530, abs=10), "a degree of longitude is shorter in the north"
    around = replace(MAIN, latitude=0, longitude=179.999)
    assert distance_m(around, Position(latitude=0, longitude=-179.999, accuracy_m=1)) == pytest.approx(222, abs=1)
    assert distance_m(replace(MAIN, latitude=90), Position(latitude=-90, longitude=0, accuracy_m=1)) == pytest.approx(
        20_015_086, abs=10
    )


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (at(0), ""),
        (at(299), ""),
        (at(-299, accuracy_m=300), ""),
        (at(310), UNSURE_WHERE),
        (at(310, accuracy_m=5), NOT_HERE),
        (at(0, accuracy_m=301), UNSURE_WHERE),
        (at(5000, accuracy_m=4000), NOT_HERE),
        (at(5000, accuracy_m=5000), UNSURE_WHERE),
    ],
    ids=[
        "in the middle",
        "just inside",
        "as good as the place is wide",
        "on the edge",
        "just outside",
        "anywhere near",
        "far",
        "anywhere",
    ],
)
def test_inside_outside_and_not_known(position: Position, words: str) -> None:
    if not words:
        assert site_of([MAIN], position) == MAIN
        return
    with pytest.raises(NotAllowed) as refused:
        site_of([MAIN], position)
    assert refused.value.user_message == words


def words_of(site: Site, position: Position) -> str:
    try:
        site_of([site], position)
    except NotAllowed as refused:
        return refused.user_message
    return ""


def test_the_border_belongs_to_the_place() -> None:
    away = at(1000)
    far_m = distance_m(MAIN, away)
    assert words_of(replace(MAIN, metres=far_m), away) == ""  # type: ignore[arg-type]
    assert words_of(replace(MAIN, metres=far_m - 0.5), away) == UNSURE_WHERE  # type: ignore[arg-type]
    outside_m = far_m - 990
    assert words_of(replace(MAIN, metres=990), replace(away, accuracy_m=outside_m)) == UNSURE_WHERE
    assert words_of(replace(MAIN, metres=990), replace(away, accuracy_m=outside_m - 0.1)) == NOT_HERE


def test_which_of_several_places_it_is() -> None:
    assert site_of([MAIN, EAST], at(450, longitude=116.5)) == EAST
    assert site_of([EAST, MAIN], at(-100)) == MAIN


@pytest.mark.asyncio
class TestCheckIn:
    async def booked(self, *sites: Site) -> tuple[RegistrationWorld, str]:
        world = RegistrationWorld()
        offers = world.memory_app.offers
        offers[HOSPITAL] = replace(offers[HOSPITAL], sites=sites)
        number = await world.begin(await world.person())
        await world.pay(number)
        world.system.places[number] = QueuePlace(
            state=QueueState.BOOKED, now_number=0, ahead=0, place="", can_check_in=True
        )
        return world, number

    async def test_who_is_here_is_checked_in_and_the_his_hears_at_which_place(self) -> None:
        world, number = await self.booked(MAIN, EAST)
        zhang = await world.person()
        assert (await world.registration.queues.of(zhang, number)).by_place
        await world.registration.queues.check_in_by_place(zhang, number, at(20))
        assert world.system.named("check_in") == [(number, "MAIN")]
        assert not (await world.registration.queues.of(zhang, number)).by_place, "once is enough"

    async def test_who_is_away_is_told_so_and_the_his_hears_nothing(self) -> None:
        world, number = await self.booked(MAIN)
        with pytest.raises(NotAllowed) as refused:
            await world.registration.queues.check_in_by_place(await world.person(), number, at(9000))
        assert refused.value.user_message == NOT_HERE
        assert world.system.named("check_in") == []

    async def test_a_hospital_without_places_has_the_code_alone(self) -> None:
        world, number = await self.booked()
        zhang = await world.person()
        assert not (await world.registration.queues.of(zhang, number)).by_place
        with pytest.raises(NotAllowed) as refused:
            await world.registration.queues.check_in_by_place(zhang, number, at(0))
        assert refused.value.user_message == NO_PLACES
