"""What a family does with old balances: pays bills, has their money put onto the card, asks it back, twice or on two phones at once."""

from __future__ import annotations

import asyncio
import random
from functools import partial

from server.app.wiring import Composition
from server.core.errors import NotFound
from server.old_balances.service import KnownBalance
from server.patients.model import Session
from server.patients.visible_cards import card_key
from tests.simulation.balances import BILLS, Balances
from tests.simulation.chance import picked
from tests.simulation.family_phones import FamilyPhone
from tests.simulation.process import ConnectionLost
from tests.simulation.purpose_people import incident
from tests.simulation.scenarios import Draft
from tests.simulation.script import RESULTS, Step, script_of_phones

SYSTEMS = ("his", "wechatpay", "alipay")
INCIDENTS = {"resume": 2, "pay": 3, "look": 2, "crash": 6, "outage": 2, "dark": 3}
AT_WINDOWS = ("spend", "pay_out", "console", "tell")
PAUSES_S = (0.3, 2.0, 6.0, 30.0, 200.0)
READS_S = (4.0, 60.0)
LOOKS, LOOKS_S = 5, 20.0
HOW = ("", "", "", "twice", "reads", "other")
CONTESTED = 0.1
"""The card with several lots."""
STAFF = (("refund",), ("refund", "decide"), ("dispense",))


def balance_script(seed: int, steps: int, phones: int, bills: int) -> list[Step]:
    """``steps`` steps in the order of their time; the last ``BILLS`` of ``bills`` are of the cards with old balances."""
    happens = partial(_visit_or_incident, phones, bills)
    return script_of_phones(random.Random(f"balances/script/{seed}"), steps, phones, happens)


def _visit_or_incident(phones: int, bills: int, dice: random.Random, at: float, who: str) -> list[Draft]:
    kind = dice.random()
    if kind < 0.5:
        return _pays(bills, dice, at, who)
    if kind < 0.75:
        return _gives_back(phones, dice, at, who)
    if kind < 0.83:
        return [(at, "hospital", dice.choice(AT_WINDOWS), (), "", dice.random())]
    if kind < 0.88:
        bill = (dice.randrange(bills),)
        return [
            (at + 20.0 * place, "employees", what, bill, "", dice.random())
            for place, what in enumerate(dice.choice(STAFF))
        ]
    return [incident(dice, at, who, INCIDENTS, SYSTEMS)]


def _pays(bills: int, dice: random.Random, at: float, who: str) -> list[Draft]:
    """A bill is paid, and the window puts its money onto the card."""
    place = bills - 1 - dice.randrange(len(BILLS)) if dice.random() < 0.7 else dice.randrange(bills)
    paid_at = at + dice.choice((5.0, 20.0, 200.0))
    moved_at = paid_at + dice.choice((10.0, 40.0, 300.0))
    drafts: list[Draft] = [
        (at, who, "start", (place,), dice.choice(("known", "none", "other")), dice.random()),
        (paid_at, who, "pay", (), dice.choice((*RESULTS, "ok", "ok", "ok", "ok")), dice.random() * 0.7),
        (moved_at, "hospital", "move", (), "", dice.random()),
    ]
    if dice.random() < 0.8:
        drafts.append((moved_at + dice.choice((*PAUSES_S, 60.0)), who, "give_back", (), dice.choice(HOW), CONTESTED))
    return drafts


def _gives_back(phones: int, dice: random.Random, at: float, who: str) -> list[Draft]:
    """Perhaps from two phones at once, or while a machine dies, or while the money is spent."""
    card = dice.choice((CONTESTED, CONTESTED, dice.random()))
    drafts: list[Draft] = [(at, who, "give_back", (), dice.choice(HOW), card)]
    other, kind = f"phone-{dice.randrange(phones) + 1}", dice.random()
    soon = at + dice.choice((0.0, 0.05, 0.2, 1.0))
    if kind < 0.4:
        drafts.append((soon, other, "give_back", (), dice.choice(HOW), card))
    elif kind < 0.6:
        drafts.append((soon, dice.choice(("web-1", "web-2", "work-1", "work-2")), "crash", (), "", dice.random()))
    elif kind < 0.75:
        drafts.append((soon, "hospital", "spend", (), "", card))
    return drafts


class BalancePhone(FamilyPhone):
    """A relative's phone, with the cards of the whole family on it."""

    async def _start(self, step: Step) -> str:
        return await self._until_it_works(partial(super()._start, step))

    async def _give_back(self, step: Step) -> str:
        return await self._until_it_works(partial(self._gives_back, step))

    async def _gives_back(self, step: Step) -> str:
        """All that can go back of the card ``dial``: at once, ``twice`` at the same moment, after the page was ``reads`` for a while. ``other``:
        first of a card that nobody has bound. Whoever comes too early looks a few times.
        """
        if step.word == "other":
            await self._knows_no_other()
        card_no = picked(self._balances.family, step.dial).cards[0]
        key = self._key_of(card_no)
        known = await self._page(key)
        for _ in range(LOOKS):
            if known is None or known.returnable_fen:
                break
            await asyncio.sleep(LOOKS_S)
            known = await self._page(key)
        if known is None or not known.returnable_fen:
            return "nothing to give back"
        if step.word == "reads":
            await asyncio.sleep(picked(READS_S, step.dial * 10 % 1))
        asks = [self.asks(card_no, known.returnable_fen) for _ in range(1 + (step.word == "twice"))]
        told = await asyncio.gather(*asks, return_exceptions=True)
        if step.word == "twice" and None in told:
            self.world.notable.add("two at once")
        if error := next((one for one in told if one is not None), None):
            raise error
        if len(known.allocation.returns) > 1:
            self.world.notable.add("several lots")
        return f"{known.returnable_fen} are asked back"

    async def page_of(self, card_no: str) -> KnownBalance | None:
        """The page of a card's balance; None where it has none."""
        return await self._page(self._key_of(card_no))

    async def _page(self, key: str) -> KnownBalance | None:
        """The page of a balance; None where the card has none."""
        since, session_id = self.world.loop.time(), await self._logged_in()

        async def look(parts: Composition, session: Session) -> KnownBalance:
            return await parts.services.old_balances.one(session, key)

        try:
            known = await self.ask(lambda parts: self._with(parts, session_id, partial(look, parts)))
        except NotFound:
            return None
        self._balances.shown(known, since)
        return known

    async def asks(self, card_no: str, shown_fen: int) -> None:
        """Asks for all that can go back of a card, as its page has shown it."""
        session_id, key = await self._logged_in(), self._key_of(card_no)

        async def ask(parts: Composition, session: Session) -> None:
            await parts.services.old_balances.give_back(session, key, shown_fen)

        with self._balances.asks.running(card_no):
            await self.ask(lambda parts: self._with(parts, session_id, partial(ask, parts)))

    async def _knows_no_other(self) -> None:
        """Nobody reads the balance of a card that they have not bound."""
        stranger = self.world.outside.scene.people[-1].cards[0]
        try:
            found = await self._page(self._key_of(stranger))
        except ConnectionLost:
            return
        if found is not None:
            self.world.trace.problem(f"{self.name} reads the balance of {stranger}, which nobody has bound")

    def _key_of(self, card_no: str) -> str:
        return card_key(self.world.sealer, self.world.hospital_id, card_no)

    @property
    def _balances(self) -> Balances:
        assert self.world.balances is not None
        return self.world.balances
