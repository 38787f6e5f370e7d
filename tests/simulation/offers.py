"""候补 in the simulation: first come, first told. The HIS keeps the order and says whose turn it is; what Zhenfu decides is when it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING

from sandbox.world.wire import Record
from server.registration.waiting import NUMBER_OFFERED
from tests.simulation.line import NEVER

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

PLACES = (">wechat.template", ">alipay.message", ">sms.send", ">his.patient")
"""The calls by which somebody is told, or their phone is found."""
A_SECOND_S = 2.0
"""The clients show whole seconds."""
HANDLING_S = 20.0
"""A doubled push is answered while the first one is still being told."""


@dataclass(slots=True)
class Offer:
    """A number that the HIS holds for a card, in the order in which it came to them. ``at`` are seconds of the run."""

    card: str
    began_at: float
    answered_at: float = -1.0


class Offers:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._all: list[Offer] = []
        self._by_push: dict[str, Offer] = {}
        """The latest: the same number may be held for the same card again."""

    def begins(self, record: Record) -> None:
        """The HIS says that a number is held for somebody; it says so again until it is heard."""
        if not record["tries"]:
            offer = Offer(record["payload"]["card_no"], self._world.loop.time())
            self._by_push[record["key"]] = offer
            self._all.append(offer)

    def is_answered(self, record: Record, body: bytes) -> None:
        """Zhenfu has answered: it has told whom it concerns."""
        offer = self._by_push[record["key"]]
        if offer.answered_at < 0 and b'"OK"' in body:
            offer.answered_at = self._world.loop.time()

    def of(self, cards: set[str]) -> int:
        """How many numbers were held for one of these cards."""
        return sum(offer.card in cards for offer in self._all)

    def problems(self) -> Iterator[str]:
        """Whoever was offered a number has heard of it by the time at which that was answered, and nobody before those who came first."""
        answered = [one for one in self._all if one.answered_at >= 0 and not self._excused(one)]
        for offer in answered:
            if self._heard_at(offer) > offer.answered_at + HANDLING_S:
                yield f"a number is held for {offer.card}, the HIS was answered, and nobody was told"
        for first, second in product(answered, self._all):
            if first.card == second.card or first.answered_at + A_SECOND_S >= second.began_at:
                continue
            self._world.notable.add("one offer after another")
            if self._heard_at(first) >= (later := self._heard_at(second)) and later < NEVER:
                yield f"{first.card} came before {second.card} and was told later"

    def _heard_at(self, offer: Offer) -> float:
        """When somebody with this card first heard since the offer began; for ever late where nobody did."""
        clock = self._world.clock
        moments = [
            clock.seconds(datetime.fromisoformat(told.at))
            for phone in self._world.phones
            if phone.person.cards[0] == offer.card
            for told in phone.told()
            if told.purpose == NUMBER_OFFERED
        ]
        return min((at for at in moments if at >= int(offer.began_at)), default=NEVER)

    def _excused(self, offer: Offer) -> bool:
        """Was a message lost on its way or refused meanwhile, did a process die over it, or can somebody not be reached in the chat? What is
        told is no payment: the mark comes before the message (docs/decisions/0074).
        """
        world, until = self._world, offer.answered_at + HANDLING_S
        theirs = [phone for phone in world.phones if phone.person.cards[0] == offer.card]
        lost = any(
            who == "fault" and offer.began_at <= at <= until and any(place in what for place in PLACES)
            for at, who, what, _ in world.trace.lines
        )
        died = any(offer.began_at <= at <= until for _, at in world.deaths)
        unsure = any(offer.began_at <= one.at <= until for one in world.database.failures)
        return lost or died or unsure or not all(phone.must_hear(NUMBER_OFFERED) for phone in theirs)
