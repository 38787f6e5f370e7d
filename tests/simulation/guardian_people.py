"""被监护人 in the simulation: numbers of a child, at a hospital that gives them only to whoever has bound the child's card as their child's or ward's, and an own one."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

from sandbox.hospital.his import PATIENT
from sandbox.world.people import Person
from server.app.wiring import Composition
from server.patients.model import BoundCard, Session
from server.patients.relations import GUARDED, Relation, family_relation
from server.patients.rules import OWN, SELF
from server.payments.model import Payment
from tests.simulation.channels import SimulatedChannel
from tests.simulation.purpose_people import incident
from tests.simulation.registration_people import RegistrationPhone, visit
from tests.simulation.scenarios import Draft
from tests.simulation.script import Step, script_of_phones
from tests.simulation.ties import STILL_RUNS_S, Tie

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

CHILD_CARD, CHILD_NAME, CHILD_PHONE = "8809000001", "张小甜", "19900007777"
CHILD = {
    "patient_id": "P900001", "name": CHILD_NAME, "sex": "female", "birth_date": "2020-06-01", "phone": CHILD_PHONE, "id_no": "99999920200601001X",
    "cards": [CHILD_CARD],
}  # fmt: skip
UNSAID = "nothing"
GUARDIANS = 0.7
"""How many have both cards bound from before."""
SAYS = ("child", "child", "ward", "other", UNSAID)
A_CODE_S = 61.0


def guardian_script(seed: int, steps: int, phones: int) -> list[Step]:
    """``steps`` steps in the order of their time."""
    return script_of_phones(random.Random(f"guardians/{seed}"), steps, phones, _happens)


def _happens(dice: random.Random, at: float, who: str) -> list[Draft]:
    kind = dice.random()
    if kind < 0.3:
        return _ties(dice, at, who)
    if kind < 0.7:
        return visit(dice, at, who)
    if kind < 0.8:
        return [(at, who, dice.choice(("untie", "untie", "unbind")), (), "", dice.random())]
    return [incident(dice, at, who)]


def _ties(dice: random.Random, at: float, who: str) -> list[Draft]:
    """The child's card, and mostly an own one; a number is tried for at once."""
    drafts: list[Draft] = [(at, who, "tie", (), dice.choice(SAYS), dice.random())]
    if dice.random() < 0.8:
        drafts.append((at + A_CODE_S, who, "bind", (), dice.choice(("own", "own", "")), dice.random()))
    return [*drafts, *visit(dice, at + A_CODE_S + 5.0, who)]


class GuardianPhone(RegistrationPhone):
    """Somebody who registers the child."""

    def __init__(self, world: SimulatedWorld, name: str, person: Person, channel: SimulatedChannel) -> None:
        super().__init__(world, name, person, channel)
        self.guards = Tie(world.loop.time)
        """The child's card, bound as that of whom one is the guardian of."""
        self._carded = False

    async def _logged_in(self) -> str:
        session_id = await super()._logged_in()
        if not self._carded:
            self._carded = True
            if self.world.chance.share(f"{self.name}/guardian") < GUARDIANS:
                await self.ask(lambda parts: self._with(parts, session_id, self._bind_cards))
        return session_id

    async def _bind_cards(self, session: Session) -> None:
        """As if done long ago, without a fault: the child's card, and the own one with the tick."""
        now, hospital, owner = self.world.clock.now(), self.world.hospital_id, session.identity.key
        proofs = (f"{OWN}{self.person.number}", f"{SELF}{self.person.number}")
        with self.guards.tried(), self.joined.tried():
            for card in (
                BoundCard(
                    hospital=hospital,
                    owner=owner,
                    card_no=self.person.cards[0],
                    name=self.person.name,
                    identity_proofs=proofs,
                    bound_at=now,
                ),
                BoundCard(
                    hospital=hospital,
                    owner=owner,
                    card_no=CHILD_CARD,
                    name=CHILD_NAME,
                    bound_at=now,
                    family=Relation.CHILD,
                ),
            ):
                await self.world.database.stores.cards.bind(card)

    async def _tie(self, step: Step) -> str:
        family, session_id = family_relation(step.word), await self._logged_in()
        sent = await self.ask(
            lambda parts: self._with(
                parts, session_id, lambda s: parts.services.cards.send_code(s, CHILD_CARD, CHILD_NAME)
            )
        )
        code = _code_of_the_child(self.world)

        async def bind(parts: Composition, session: Session) -> None:
            await parts.services.cards.bind(session, sent.card_key, code, family=family)

        if family in GUARDED:
            with self.guards.tried():
                await self.ask(lambda parts: self._with(parts, session_id, partial(bind, parts)))
        else:
            await self.ask(lambda parts: self._with(parts, session_id, partial(bind, parts)))
        if family is not None and family not in GUARDED:
            self.guards.undone()
        return f"the child's card says {step.word}"

    async def _untie(self, step: Step) -> str:
        session_id = await self._logged_in()

        async def unbind(parts: Composition, session: Session) -> None:
            await parts.services.cards.unbind(session, parts.services.cards.key_of(session, CHILD_CARD))

        await self.ask(lambda parts: self._with(parts, session_id, partial(unbind, parts)))
        self.guards.undone()
        return "the child's card is unbound"

    async def _unbind(self, step: Step) -> str:
        told = await super()._unbind(step)
        self.guards.undone()
        return told

    async def _bound(self, parts: Composition, session: Session) -> str:
        """The number is for the child, whether the card is bound or not."""
        return CHILD_CARD

    def is_guardian(self, since: float) -> bool:
        """May this phone's person have been the child's guardian at any moment from then on?"""
        family = [one for one in self.world.phones if isinstance(one, GuardianPhone) and one.person is self.person]
        return any(one.guards.may_be(since) for one in family) and any(one.joined.may_be(since) for one in family)


def _code_of_the_child(world: SimulatedWorld) -> str:
    """The newest code on the phone that the hospital has for the child."""
    received = [one for one in world.outside.sms.received_by(CHILD_PHONE) if "code" in one["params"]]
    return str(received[-1]["params"]["code"]) if received else "000000"


GUARDIAN_CORNERS = frozenset(
    {
        "a child's number", "no guardian", "booked", "returning", "freed", "refund_succeeded", "call late", "call answer_lost", "call crash_after",
    }
)  # fmt: skip
REFUSED = "NotAllowed a rule of the hospital: guardian_bound"


def guardian_corners(world: SimulatedWorld) -> set[str]:
    """What a run has led into, beside what befell its payments."""
    return world.notable | {"no guardian" for _, _, _, outcome in world.trace.lines if outcome == REFUSED}


class Guardians:
    """The hospital knows the child, and a number for it comes from a guardian only."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        world.outside.scene.records.put(PATIENT, CHILD_CARD, CHILD)
        world.database.saved.append(self._saved)

    def _saved(self, before: Payment | None, after: Payment) -> None:
        if before is not None or after.personal.card_no != CHILD_CARD:
            return
        owner = self._world.owner(after)
        self._world.notable.add("a child's number")
        if isinstance(owner, GuardianPhone) and not owner.is_guardian(self._world.loop.time() - STILL_RUNS_S):
            self._world.trace.problem(f"{owner.name} has a number of the child and is no guardian")
