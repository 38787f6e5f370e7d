"""候补 in the simulation: a shift of which people at the windows have every number, and what becomes of those that they give back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.hospital.his import Hospital
from sandbox.hospital.schedules import departments, schedules_of
from server.core.days import hospital_day
from server.registration.waiting import NUMBER_OFFERED
from tests.simulation.offers import Offers

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


AT_ONCE = timedelta(seconds=5)


class FullShift:
    """The first shift with a fee that is none of ``others``. Whoever waits longest for a number of it is offered what becomes free."""

    def __init__(self, world: SimulatedWorld, others: set[str]) -> None:
        self._world = world
        self.schedule_no = _other_shift(world, others)
        self._his.registration.fill(self.schedule_no)
        self.offers = Offers(world)

    def give_back(self) -> str:
        """Somebody at a window gives a number back. Where nobody waits for it, the next one at a window has it."""
        number = self._his.registration.give_back(self.schedule_no)
        self._his.waiting_list.offer_due()
        self._his.registration.fill(self.schedule_no)
        self._world.courier.wake()
        return f"{number} is free"

    def problems(self) -> Iterator[str]:
        """First come, first told; and nobody hears more often that a number is held than one was, for their own card or the family's. A call that the network doubles
        arrives twice within seconds, where a platform knows no repeats.
        """
        family = self._world.outside.scene.people[0].cards[0]
        for phone in self._world.phones:
            heard = _moments(told.at for told in phone.told() if told.purpose == NUMBER_OFFERED)
            offers = self.offers.of({family, phone.person.cards[0]})
            if heard > offers:
                yield f"{phone.name} was told of {heard} held numbers, and there were {offers}"
        yield from self.offers.problems()

    @property
    def _his(self) -> Hospital:
        return self._world.outside.hospital.his


def _moments(times: Iterable[str]) -> int:
    """How many of these times are not within seconds after another one."""
    moments: list[datetime] = []
    for at in sorted(map(datetime.fromisoformat, times)):
        if not moments or at - moments[-1] > AT_ONCE:
            moments.append(at)
    return len(moments)


def _other_shift(world: SimulatedWorld, others: set[str]) -> str:
    today = hospital_day(world.clock.now())
    for ahead in range(2, 6):
        for department in departments():
            for shift in schedules_of(department["department_no"], today + timedelta(days=ahead)):
                if shift["fee_fen"] and shift["schedule_no"] not in others:
                    return str(shift["schedule_no"])
    raise AssertionError("no other shift with a fee")
