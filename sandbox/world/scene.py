"""What every platform stands on: one scene per world."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.world.chance import Dice, WorldClock
from sandbox.world.deliveries import Deliveries
from sandbox.world.events import Events
from sandbox.world.faults import Faults
from sandbox.world.people import Person
from sandbox.world.records import Records
from sandbox.world.wire import Record


@dataclass(slots=True, kw_only=True)
class Scene:
    """``app_public_url`` is the only place that OAuth returns to."""

    keys: Record
    records: Records
    clock: WorldClock
    dice: Dice
    faults: Faults
    deliveries: Deliveries
    events: Events
    people: tuple[Person, ...]
    app_url: str
    app_public_url: str
    hospital_id: str = "demo"
    hospital_name: str = "诊付演示医院"

    def person(self, who: str) -> Person | None:
        """By number, openid, phone, card number or name."""
        for person in self.people:
            if who in {str(person.number), person.openid, person.phone, person.name, *person.cards}:
                return person
        return None
