"""What people do with registrations: they take a number, pay it, look, come back, give it back, take another one for a changed clinic."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sandbox.world.people import Person
from server.app.wiring import Composition
from server.patients.model import BoundCard, Session
from server.patients.visible_cards import card_key
from server.payments.sms_choice import NO_SMS
from server.registration.model import REGISTRATION
from tests.simulation.chance import picked
from tests.simulation.channels import SimulatedChannel
from tests.simulation.favourites import Favourites, marks_and_looks
from tests.simulation.purpose_people import PurposePhone, incident
from tests.simulation.registration_system import RegistrationSystem
from tests.simulation.scenarios import Draft
from tests.simulation.script import RESULTS, Step, script_of_phones

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

Answer = TypeVar("Answer")
NUMBERS = 3


def registration_script(seed: int, steps: int, phones: int) -> list[Step]:
    """``steps`` steps in the order of their time."""
    return script_of_phones(random.Random(f"registration/{seed}"), steps, phones, partial(_visit_or_incident, phones))


def _visit_or_incident(phones: int, dice: random.Random, at: float, who: str) -> list[Draft]:
    kind = dice.random()
    if kind < 0.5:
        return visit(dice, at, who)
    if kind < 0.65:
        return _waits(phones, dice, at, who)
    if kind < 0.7:
        return marks_and_looks(dice, at, who)
    if kind < 0.84:
        what = dice.choice(("clinic", "clinic", "taken", "free", "pays"))
        return [(at, "registrar", what, (), "", dice.random())]
    return [incident(dice, at, who)]


def visit(dice: random.Random, at: float, who: str) -> list[Draft]:
    """Somebody takes a number, pays it there or at the window or not at all, and perhaps gives it back."""
    way = dice.choice(("", "", " window"))
    drafts: list[Draft] = [(at, who, "start", (), f"{dice.randrange(NUMBERS)}{way}", dice.random())]
    at += dice.choice((0.3, 2.0, 6.0, 30.0, 200.0, 880.0)) * (0.5 + dice.random())
    if not way:
        drafts.append((at, who, "pay", (), dice.choice(RESULTS), dice.random() * 0.7))
    elif dice.random() < 0.4:
        drafts.append((at, "registrar", "pays", (), "", dice.random()))
    drafts.append((at + dice.choice((0.1, 1.0, 20.0)), who, "look", (), "", dice.random()))
    if dice.random() < 0.5:
        back = dice.choice(("cancel", "cancel", "rebook"))
        drafts.append((at + dice.choice((2.0, 30.0, 300.0)), who, back, (), "", dice.random()))
    if dice.random() < 0.15:
        drafts.append((at + dice.choice((30.0, 300.0)), "desk", "refund", (), "", dice.random()))
    return drafts


def _waits(phones: int, dice: random.Random, at: float, who: str) -> list[Draft]:
    """Somebody waits for a number of the full shift, perhaps somebody else behind them, one becomes free, and they take it or not."""
    drafts: list[Draft] = [(at, who, "wait", (), "", dice.random())]
    if dice.random() < 0.5:
        at += dice.choice((0.5, 5.0))
        drafts.append((at, f"phone-{dice.randrange(phones) + 1}", "wait", (), "", dice.random()))
        drafts.append((at + dice.choice((30.0, 300.0)), "registrar", "free", (), "", dice.random()))
    at += dice.choice((0.5, 5.0, 60.0))
    drafts.append((at, "registrar", "free", (), "", dice.random()))
    at += dice.choice((0.5, 5.0, 60.0, 880.0))
    drafts.append((at, who, dice.choice(("take", "take", "take", "leave")), (), "", dice.random()))
    drafts.append((at + dice.choice((0.5, 30.0, 880.0)), who, "pay", (), dice.choice(RESULTS), dice.random() * 0.7))
    return drafts


class RegistrationPhone(PurposePhone):
    """A person who registers with the card of the first person: all phones are of one family."""

    def __init__(self, world: SimulatedWorld, name: str, person: Person, channel: SimulatedChannel) -> None:
        super().__init__(world, name, person, channel)
        self._favourites = Favourites(self)

    def problems(self) -> Iterator[str]:
        return self._favourites.problems()

    async def _start(self, step: Step) -> str:
        place, *way = step.word.split(" ")
        schedule_no, slot_no = self._system.numbers[int(place)]
        since, session_id = self.world.loop.time(), await self._logged_in()

        async def begin(parts: Composition, session: Session) -> object:
            card = await self._bound(parts, session)
            chosen = [schedule_no, slot_no, card_key(self.world.sealer, self.world.hospital_id, card), *way]
            return await parts.services.payments.start(REGISTRATION, session, chosen, NO_SMS)

        started = await self.ask(lambda parts: self._with(parts, session_id, lambda s: begin(parts, s)))
        return self._shown(started, since)  # type: ignore[arg-type]

    async def _wait(self, step: Step) -> str:
        """On the list of the full shift, with the person's own card."""
        session_id = await self._logged_in()

        async def join(parts: Composition, session: Session) -> str:
            key = card_key(self.world.sealer, session.hospital, await self._own_card(parts, session))
            await parts.services.registration.waiting.join(session, self._system.full.schedule_no, key)
            return "waits"

        return await self.ask(lambda parts: self._with(parts, session_id, lambda s: join(parts, s)))

    async def _leave(self, step: Step) -> str:
        session_id = await self._logged_in()

        async def leave(parts: Composition, session: Session) -> str:
            key = card_key(self.world.sealer, session.hospital, await self._own_card(parts, session))
            await parts.services.registration.waiting.leave(session, self._system.full.schedule_no, key)
            return "waits no longer"

        return await self.ask(lambda parts: self._with(parts, session_id, lambda s: leave(parts, s)))

    async def _take(self, step: Step) -> str:
        """The number that is held for the person, if there is one."""
        since, session_id = self.world.loop.time(), await self._logged_in()

        async def take(parts: Composition, session: Session) -> object:
            waits = await parts.services.registration.waiting.mine(session)
            held = [one for one in waits if one.wait.offered is not None]
            if not held:
                return None
            [one, *_] = held
            assert one.wait.offered is not None
            chosen = [one.wait.shift.schedule_no, one.wait.offered.slot.slot_no, one.card_key]
            return await parts.services.payments.start(REGISTRATION, session, chosen, NO_SMS)

        started = await self.ask(lambda parts: self._with(parts, session_id, lambda s: take(parts, s)))
        return "nothing is held" if started is None else self._shown(started, since)  # type: ignore[arg-type]

    async def _mark(self, step: Step) -> str:
        return await self._favourites.mark(step.dial)

    async def _unmark(self, step: Step) -> str:
        return await self._favourites.unmark(step.dial)

    async def _marked(self, step: Step) -> str:
        return await self._favourites.look()

    async def with_session(self, act: Callable[[Composition, Session], Awaitable[Answer]]) -> Answer:
        session_id = await self._logged_in()
        return await self.ask(lambda parts: self._with(parts, session_id, lambda session: act(parts, session)))

    async def _cancel(self, step: Step) -> str:
        return await self._give_back(step, rebooks=False)

    async def _rebook(self, step: Step) -> str:
        return await self._give_back(step, rebooks=True)

    async def _give_back(self, step: Step, *, rebooks: bool) -> str:
        session_id = await self._logged_in()

        async def act(parts: Composition, session: Session) -> str:
            registration = parts.services.registration
            own = await registration.appointments.mine(session)
            able = [one for one in own if (one.can_rebook if rebooks else one.can_cancel)]
            if not able:
                return "nothing to give back"
            payment = picked(able, step.dial).payment
            if rebooks:
                await registration.cancelling.rebook(session, payment.id)
            else:
                await registration.cancelling.cancel(session, payment.id)
            return f"gives {self.world.shorter(payment.id)} back"

        return await self.ask(lambda parts: self._with(parts, session_id, lambda s: act(parts, s)))

    async def _bound(self, parts: Composition, session: Session) -> str:
        card = self.world.outside.scene.people[0].cards[0]
        bound = BoundCard(hospital=session.hospital, owner=session.identity.key, card_no=card, name="张测试")
        await parts.services.stores.cards.bind(bound)
        return card

    async def _own_card(self, parts: Composition, session: Session) -> str:
        card = self.person.cards[0]
        bound = BoundCard(hospital=session.hospital, owner=session.identity.key, card_no=card, name=self.person.name)
        await parts.services.stores.cards.bind(bound)
        return card

    @property
    def _system(self) -> RegistrationSystem:
        assert self.world.registration is not None
        return self.world.registration
