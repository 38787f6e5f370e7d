"""With what a simulated world begins: the hospital's file, the outside's scene, and the phones and mini-programs of its people."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sandbox.world.chance import Dice, WorldClock
from sandbox.world.deliveries import Deliveries
from sandbox.world.events import Events
from sandbox.world.faults import Faults
from sandbox.world.people import Person, invented_people
from sandbox.world.records import Records
from sandbox.world.scene import Scene
from server.app.configuration.hospital_file import HospitalFile
from tests.simulation.balance_people import BalancePhone
from tests.simulation.guardian_people import GuardianPhone
from tests.simulation.keys import hospital_file, keys
from tests.simulation.minis import Mini
from tests.simulation.paying import Paying
from tests.simulation.phones import Phone
from tests.simulation.purpose_people import PurposePhone
from tests.simulation.purpose_systems import with_methods
from tests.simulation.registration_people import RegistrationPhone
from tests.simulation.registration_system import with_guardians, with_registration
from tests.simulation.stay_people import StayPhone

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


FILES: Mapping[Paying, Callable[[HospitalFile], HospitalFile]] = {
    Paying.PURPOSES: with_methods,
    Paying.REGISTRATION: with_registration,
    Paying.GUARDIANS: with_guardians,
}


def file_of(paying: Paying) -> HospitalFile:
    """The demo's hospital, with what people need who pay for something else than bills."""
    change = FILES.get(paying)
    return hospital_file() if change is None else change(hospital_file())


def a_scene(world: SimulatedWorld) -> Scene:
    records, faults = Records(), Faults()
    return Scene(
        keys=keys(),
        records=records,
        clock=WorldClock(world.clock.now),
        dice=Dice(random.Random(f"outside/{world.seed}").getrandbits(64)),
        faults=faults,
        deliveries=Deliveries(records, faults),
        events=Events(),
        people=invented_people(),
        app_url=world.public_url,
        app_public_url=world.public_url,
        hospital_id=world.hospital_id,
    )


PHONES: Mapping[Paying, type[Phone]] = {
    Paying.PURPOSES: PurposePhone,
    Paying.STAYS: StayPhone,
    Paying.REGISTRATION: RegistrationPhone,
    Paying.BALANCES: BalancePhone,
    Paying.GUARDIANS: GuardianPhone,
}


def phones_of(world: SimulatedWorld, people: tuple[Person, ...], how_many: int) -> list[Phone]:
    """Each person has a phone with one client; now and then the second phone is the first person's other client."""
    first = int(world.chance.share("channel") * len(world.channels))
    same = world.chance.share("channel/same") < 0.4
    owners = [0, 0 if same else 1, 2][:how_many]
    kind = PHONES.get(world.paying, Phone)
    return [
        kind(world, f"phone-{place + 1}", people[owner], world.channels[(first + place) % len(world.channels)])
        for place, owner in enumerate(owners)
    ]


def minis_of(world: SimulatedWorld) -> list[Mini]:
    """Everybody who has a phone has the mini-program as well."""
    owners = dict.fromkeys(phone.person for phone in world.phones)
    return [Mini(world, f"mini-{place}", person, world.mini_program) for place, person in enumerate(owners, start=1)]
