"""What every platform stands on: one scene per world."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    _known_as: dict[str, Person] = field(init=False)

    def __post_init__(self) -> None:
        self._known_as = {name: person for person in self.people for name in person.names}

    def person(self, who: str) -> Person | None:
        """By number, openid (with the account or the mini-program), Alipay's user_id or open_id, phone, card number or name."""
        return self._known_as.get(who)

    def tell(self, kind: str, who: str) -> None:
        """Something of ``who`` has changed; of nobody with a phone here, it is told without a person."""
        person = self.person(who)
        self.events.tell(kind, person.number if person else None)
