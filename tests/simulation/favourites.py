"""收藏的医生 in the simulation: what people mark, two at once and one by one, and what must be marked in the end."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.hospital.schedules import doctors
from server.app.wiring import Composition
from server.patients.model import Session
from server.registration.favourites import KIND
from tests.simulation.chance import picked
from tests.simulation.line import at_once
from tests.simulation.scenarios import Draft

if TYPE_CHECKING:
    from tests.simulation.registration_people import RegistrationPhone

Mark = tuple[str, str]
DOCTORS = 6
"""From among so many they choose, so that one is marked, unmarked and marked again."""


def marks_and_looks(dice: random.Random, at: float, who: str) -> list[Draft]:
    """Somebody marks two doctors at once, looks, and takes one of them, or another, away."""
    drafts: list[Draft] = [(at, who, "mark", (), "", dice.random())]
    at += dice.choice((0.3, 6.0, 60.0))
    drafts.append((at, who, "marked", (), "", dice.random()))
    return [*drafts, (at + dice.choice((0.5, 8.0, 200.0)), who, "unmark", (), "", dice.random())]


class Favourites:
    """Of one phone: what it was told of each mark. What came of calls that crossed each other nobody knows."""

    def __init__(self, phone: RegistrationPhone) -> None:
        self._phone = phone
        self._told: dict[Mark, bool] = {}
        self._under_way: set[Mark] = set()
        self._unsure: set[Mark] = set()
        self._owner = ""

    async def mark(self, dial: float) -> str:
        """Two taps at once, on two doctors."""
        first, second = _doctor(dial), _doctor((dial + 0.5) % 1)
        told = await asyncio.gather(*(self._set(one, True) for one in (first, second)), return_exceptions=True)
        if failed := next((one for one in told if isinstance(one, BaseException)), None):
            raise failed
        self._phone.world.notable.add("two favourites at once")
        return f"{first[1]} and {second[1]}"

    async def unmark(self, dial: float) -> str:
        """One that is marked, if the phone knows of one."""
        mine = sorted(self._surely())
        one = picked(mine, dial) if mine else _doctor(dial)
        await self._set(one, False)
        return one[1]

    async def look(self) -> str:
        """The list has what was marked before, as long as nothing else of it is under way."""
        surely = self._surely()

        async def mine(parts: Composition, session: Session) -> set[Mark]:
            listed = await parts.services.registration.favourites.mine(session)
            return {(one.department_no, one.doctor_no) for one in listed}

        listed = await self._phone.with_session(mine)
        for one in surely & self._surely() - listed:
            self._phone.world.trace.problem(f"{self._phone.name}: {one[1]} is marked and not listed")
        return f"{len(listed)} marked"

    def problems(self) -> Iterator[str]:
        """What the phone was told is what is kept."""
        world = self._phone.world
        key = f"{world.hospital_id}:{self._owner}"
        text = at_once(world.database.stores.short_lived.get(KIND, key, world.clock.now()))
        kept = {tuple(one) for one in json.loads(text or "[]")}
        unknown = self._unsure | self._under_way
        for one, is_marked in self._told.items():
            if one not in unknown and is_marked != (one in kept):
                yield f"{self._phone.name}: {one[1]} is {'no favourite any more' if is_marked else 'a favourite still'}"
        for other in kept - unknown - self._told.keys():
            yield f"{self._phone.name}: {other[1]} is a favourite and nobody marked it"

    def _surely(self) -> set[Mark]:
        return {one for one, is_marked in self._told.items() if is_marked} - self._under_way - self._unsure

    async def _set(self, one: Mark, is_marked: bool) -> None:
        """A call that fails may still come to something later: it is under way for ever."""
        if one in self._under_way:
            self._unsure.add(one)
        self._under_way.add(one)

        async def act(parts: Composition, session: Session) -> None:
            self._owner = session.identity.key
            favourites = parts.services.registration.favourites
            await (favourites.mark if is_marked else favourites.unmark)(session, *one)

        await self._phone.with_session(act)
        self._under_way.discard(one)
        self._told[one] = is_marked


def _doctor(dial: float) -> Mark:
    found = picked(doctors()[:DOCTORS], dial)
    return found["department_no"], found["doctor_no"]
