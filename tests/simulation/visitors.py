"""One person at one entrance: what pages and mini-program have in common for whoever pays there, and who may see what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from sandbox.world.people import Person
from server.app.wiring import Composition
from server.payments.model import Payment
from server.payments.ports import ClientCall
from tests.simulation.chance import picked
from tests.simulation.channels import Told
from tests.simulation.script import Step
from tests.simulation.ties import Tie
from tests.simulation.unused_cards import forget_later

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

Answer = TypeVar("Answer")
WAITS_FOR_CASHIER = 16
OTHER_NUMBER = "19900009999"


class Cashier(Protocol):
    """What opens on the phone when the app asks for money: the part of `SimulatedChannel` that a person touches."""

    def may_go_wrong(self, call: ClientCall) -> Sequence[str]: ...

    def pay(self, call: ClientCall, result: str, fault: str) -> str: ...


class Visitor:
    """What it does may fail in any way; the money must be right all the same. ``knows_repeats`` as of `SimulatedChannel`."""

    channel_name: str
    subject: str
    """By what name the app knows this person here."""
    knows_repeats: bool

    def __init__(self, world: SimulatedWorld, name: str, person: Person, cashier: Cashier) -> None:
        self.world = world
        self.name = name
        self.person = person
        self.payments: list[str] = []
        """Those that were shown here, oldest first."""
        self.bound = Tie(world.loop.time)
        """A card, so that its bills are listed here."""
        self.joined = Tie(world.loop.time)
        """The person's other entrances, by a card that they said is their own."""
        self._cashier = cashier
        self._cashiers: list[tuple[str, ClientCall]] = []

    async def do(self, step: Step) -> str:
        """What came of it, in words for the trace."""
        raise NotImplementedError

    def told(self) -> Sequence[Told]:
        """The messages of the chat, or what stands for it here."""
        raise NotImplementedError

    def must_hear(self, purpose: str) -> bool:
        """Can this person surely be told ``purpose`` in the chat?"""
        raise NotImplementedError

    def problems(self) -> Iterator[str]:
        """What is not as this person was told, when everything is over."""
        return iter(())

    def is_payer_of(self, payment: Payment) -> bool:
        """Is the payment this person's, begun here?"""
        return self.world.erasures.payers.get(payment.id, payment.payer.subject) == self.subject

    async def _pay(self, step: Step) -> str:
        """In the newest cashier, or now and then in one that was left open long ago."""
        for _ in range(WAITS_FOR_CASHIER):
            if self._cashiers:
                break
            await asyncio.sleep(0.5)
        if not self._cashiers:
            return "no cashier"
        payment_id, call = self._cashiers[-1] if step.dial < 0.7 else picked(self._cashiers, (step.dial - 0.7) / 0.3)
        label = self.world.chance.visit(f"{self.name}/cashier")
        fault = self.world.faults.at("cashier", label, self._cashier.may_go_wrong(call))
        outcome = self._cashier.pay(call, step.word, fault.kind if fault else "")
        self.world.courier.wake()
        return f"{self.world.shorter(payment_id)} {outcome}"

    def keep(self, payment_id: str, call: ClientCall | None, since: float) -> str:
        """A payment came in answer to a request of ``since``: with its cashier, or without one where there is nothing to open."""
        stored = self.world.database.payment(payment_id)
        if stored is None or not (
            self.is_payer_of(stored) if call is not None else self.world.may_see(self, stored, since)
        ):
            self.world.trace.problem(f"{self.name} was given the cashier of somebody else")
            return "not for here"
        if payment_id not in self.payments:
            self.payments.append(payment_id)
        if call is None:
            return "no cashier"
        self._cashiers.append((payment_id, call))
        return "cashier"

    @contextmanager
    def binding(self, *, own: bool) -> Iterator[None]:
        """While a request to bind runs."""
        with ExitStack() as stack:
            for tie in (self.bound, self.joined)[: 1 + own]:
                stack.enter_context(tie.tried())
            yield
        forget_later(self)

    def unbound(self) -> None:
        """The app says that no card is bound here any more."""
        self.bound.undone()
        self.joined.undone()

    def elsewhere(self) -> list[str]:
        """What the same person was shown at their other entrances."""
        theirs = [visitor for visitor in self.world.visitors if visitor.person.number == self.person.number]
        return [number for visitor in theirs if visitor is not self for number in visitor.payments]

    def code_received(self) -> str:
        """The newest code on the phone that the hospital knows."""
        received = [m for m in self.world.outside.sms.received_by(self.person.phone) if "code" in m["params"]]
        return str(received[-1]["params"]["code"]) if received else "000000"

    async def ask(self, act: Callable[[Composition], Awaitable[Answer]]) -> Answer:
        """``act`` in whichever web process the balancer picks."""
        world = self.world
        which, delay, _, _ = world.chance.rolls(f"balancer/{world.chance.visit(self.name)}")
        await asyncio.sleep(0.02 + 0.1 * delay)
        return await picked(world.web, which).ask(act)


def may_see(visitor: Visitor, owner: Visitor, since: float) -> bool:
    """May ``visitor``, asking since then, see what was begun by ``owner``? Their own; what the same person did in the platform's other
    app, which the platform vouches for; and in another platform's only where their own card may have joined the two."""
    if visitor is owner:
        return True
    if visitor.person.number != owner.person.number:
        return False
    if visitor.channel_name == owner.channel_name:
        return True
    return _may_be_joined(visitor, since) and _may_be_joined(owner, since)


def _may_be_joined(visitor: Visitor, since: float) -> bool:
    """By a card bound at any entrance of the platform: it speaks for all of them."""
    here = (one for one in visitor.world.visitors if one.channel_name == visitor.channel_name)
    return any(one.joined.may_be(since) for one in here if one.person.number == visitor.person.number)
