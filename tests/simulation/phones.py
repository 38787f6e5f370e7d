"""Phones with a person each, on the pages: they log in, open bills, pay in the cashier, look, switch away, come back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sandbox.world.people import Person
from server.app.wiring import Composition
from server.core.errors import LoginNeeded, ZhenfuError
from server.patients.model import Session
from server.payments.answers import Started
from server.payments.sms_choice import KNOWN_NUMBER, NO_SMS, sms_to
from tests.simulation.chance import picked
from tests.simulation.channels import SimulatedChannel, Told
from tests.simulation.paper import printed
from tests.simulation.process import ConnectionLost
from tests.simulation.script import Step
from tests.simulation.visitors import OTHER_NUMBER, Visitor

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

Answer = TypeVar("Answer")


class Phone(Visitor):
    """One person's phone, on one channel."""

    def __init__(self, world: SimulatedWorld, name: str, person: Person, channel: SimulatedChannel) -> None:
        super().__init__(world, name, person, channel)
        self.channel = channel
        self.channel_name = channel.name
        self.subject = channel.subject(person)
        self.knows_repeats = channel.knows_repeats
        self._wavered = False
        """Has followed or unfollowed the account in this run."""
        self._session: str | None = None
        self._scanned: set[str] = set()

    async def do(self, step: Step) -> str:
        act = getattr(self, f"_{step.what}")
        try:
            return str(await act(step))
        except ConnectionLost:
            return "no answer"
        except LoginNeeded:
            self._session = None
            return "login needed"
        except ZhenfuError as error:
            return f"{type(error).__name__} {error}"

    def told(self) -> Sequence[Told]:
        return self.channel.told(self.person)

    def must_hear(self, purpose: str) -> bool:
        return self.channel.reaches(self.person) and not self._wavered

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    async def _log_in(self, step: Step) -> str:
        """Anew, as after two hours or on another device of the same person."""
        self._session = None
        self._scanned.clear()
        await self._logged_in()
        return "logged in"

    async def _start(self, step: Step) -> str:
        bill_nos = tuple(self.world.bills[place] for place in step.bills)
        sms = {"known": KNOWN_NUMBER, "none": NO_SMS, "other": sms_to(OTHER_NUMBER)}[step.word]
        since, session_id = self.world.loop.time(), await self._logged_in()
        await self._scan(session_id, bill_nos)
        started = await self.ask(
            lambda parts: self._with(
                parts, session_id, lambda s: parts.services.payments.start("bills", s, bill_nos, sms)
            )
        )
        return self._shown(started, since)

    async def _resume(self, step: Step) -> str:
        """Back to a payment's page, and once more to its cashier."""
        if not self.payments:
            return "nothing to resume"
        since = self.world.loop.time()
        payment_id, session_id = picked(self.payments, step.dial), await self._logged_in()
        started = await self.ask(
            lambda parts: self._with(parts, session_id, lambda s: parts.services.payments.resume(s, payment_id))
        )
        return self._shown(started, since)

    async def _look(self, step: Step) -> str:
        numbers = self.elsewhere() if step.word == "across" else self.payments[-1:]
        if not numbers:
            return "nothing to see"
        since, payment_id, session_id = self.world.loop.time(), picked(numbers, step.dial), await self._logged_in()
        view = await self.ask(
            lambda parts: self._with(
                parts, session_id, lambda s: parts.services.payments.view(s, payment_id, just_paid=step.dial < 0.7)
            )
        )
        if not self.world.may_see(self, view.payment, since):
            self.world.trace.problem(f"{self.name} read a payment of {self.world.owner(view.payment).name}")
        return f"{self.world.shorter(payment_id)} {view.standing.progress}"

    async def _say(self, step: Step) -> str:
        return await self.world.courier.say(self.channel, self.person, step.word, None)

    async def _follow(self, step: Step) -> str:
        """Unfollows the account, or follows it again."""
        event = self.channel.follow_event(not self.channel.reaches(self.person))
        self._wavered = True
        return await self.world.courier.say(self.channel, self.person, None, event)

    async def _bind(self, step: Step) -> str:
        """Bind one's own card: the code comes by SMS. ``own``: the box for it is ticked."""
        card, name, own = self.person.cards[0], self.person.name, step.word == "own"
        session_id = await self._logged_in()
        sent = await self.ask(
            lambda parts: self._with(parts, session_id, lambda s: parts.services.cards.send_code(s, card, name))
        )
        code = self.code_received()
        with self.binding(own=own):
            bound = await self.ask(
                lambda parts: self._with(
                    parts, session_id, lambda s: parts.services.cards.bind(s, sent.card_key, code, own=own)
                )
            )
        return f"bound {bound.card_masked}"

    async def _unbind(self, step: Step) -> str:
        """Every card of the list."""
        session_id = await self._logged_in()

        async def unbind_all(parts: Composition) -> int:
            cards = await self._with(parts, session_id, parts.services.cards.mine)
            for card in cards:
                await self._with(parts, session_id, partial(parts.services.cards.unbind, key=card.card_key))
            return len(cards)

        count = await self.ask(unbind_all)
        self.unbound()
        return f"unbound {count}"

    # ---- the browser -----------------------------------------------------------------------------------------------------------

    def _shown(self, started: Started, since: float) -> str:
        cashier = self.keep(started.payment_id, started.call, since)
        return f"{self.world.shorter(started.payment_id)} {started.standing.progress}, {cashier}"

    async def _logged_in(self) -> str:
        if self._session is None:
            hospital, channel = self.world.hospital_id, self.channel
            back_to = f"/h/{hospital}/bills"

            async def begin(parts: Composition) -> tuple[str, str]:
                begun = parts.services.login.begin(hospital, channel.name, back_to)
                return begun.url, begun.cookie

            url, cookie = await self.ask(begin)
            code, state = channel.log_in(self.person, url)
            done = await self.ask(
                lambda parts: parts.services.login.finish(hospital, channel.name, code, state, cookie)
            )
            self._session = done.session.id
        return self._session

    async def _scan(self, session_id: str, bill_nos: tuple[str, ...]) -> None:
        """The camera on the paper: one QR names the bills that are wanted."""
        if set(bill_nos) <= self._scanned:
            return

        async def attach(parts: Composition) -> None:
            sealed = printed(self.world, parts, bill_nos).rpartition("/s/")[2]
            await self._with(parts, session_id, lambda session: parts.services.scans.attach(session, sealed))

        await self.ask(attach)
        self._scanned.update(bill_nos)

    async def _with(self, parts: Composition, session_id: str, act: Callable[[Session], Awaitable[Answer]]) -> Answer:
        return await act(await parts.services.login.session(self.world.hospital_id, session_id))
