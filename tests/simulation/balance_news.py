"""What those are told on whose cards an old balance lies, and who stands on the list of those whom nothing reached.

While everything goes wrong: nobody is told twice, nobody but who has bound the card, and no other sum than the HIS told. When everything works:
whoever was told for the first time then stands on the list exactly if nothing arrived, as the platforms report it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from sandbox.hospital.old_balances import BALANCE
from sandbox.sms.templates import BY_CODE
from sandbox.wechat.templates import BY_ID
from sandbox.world.wire import Record, Request
from server.app.wiring import Composition
from server.effects.model import EffectKind
from server.old_balances.model import WhyNot
from server.old_balances.telling import ABOUT, OLD_BALANCE
from server.patients.model import BoundCard, PayerIdentity
from tests.simulation.chance import picked
from tests.simulation.line import at_once
from tests.simulation.reading import fen, is_shown

if TYPE_CHECKING:
    from sandbox.world.people import Person
    from tests.simulation.simulated_world import SimulatedWorld

UNDELIVERED = (0.0, 0.3, 0.7)
"""Shares of the messages about balances that a platform takes and never delivers, in a run."""
FOLLOWS = 0.6
TOLD_FROM = timedelta(minutes=30)
"""A sum that is told was in an answer of the HIS so long ago at most: the lines of a page are told one after the other."""
PLACES = {"wechat.template": "wechat", "sms.send": "sms"}
REPORTS_S = (1.0, 1.0, 3600.0)
SMS = "sms"
A_SECOND = timedelta(seconds=1)
"""The phones show whole seconds."""
LEFT = {
    "his_trade_no": "YC9", "receipt_no": "YCS9", "way": "cash", "amount_fen": 4200, "returned_fen": 0, "paid_at": "2024-03-02T09:00:00+08:00",
    "out_trade_no": "",
}  # fmt: skip
"""What lies on a card that nobody has bound."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody was told of the balance of a patient: ``by`` is the name of a phone in whose chat it stands, or SMS to ``phone``."""

    by: str
    phone: str
    patient: str
    fen: int
    at: datetime


class NewsOfBalances:
    def __init__(self, world: SimulatedWorld, family: tuple[Person, ...]) -> None:
        self._world = world
        self._family = family
        self._rate = picked(UNDELIVERED, world.chance.share("balances/undelivered"))
        self._listed: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
        """By card: what the HIS has told of it, and when."""
        reports_s = picked(REPORTS_S, world.chance.share("balances/reports"))
        world.outside.scene.faults.settings["sms_receipt_seconds"] = reports_s
        for person in family:
            for who, chats in (
                (person.openid, world.outside.chats),
                (person.alipay_user_id, world.outside.alipay.chats),
            ):
                chats.set_follows(who, world.chance.share(f"balances/follows/{who}") < FOLLOWS)

    # ---- what the outside does -----------------------------------------------------------------------------------------------------

    def befalls(self, where: str, request: Request) -> Record | None:
        """A platform takes a message and does not deliver it. What the HIS tells of the balances is noted."""
        if where == "his.old_balance.list":
            now = self._world.clock.now()
            for known in self._world.outside.scene.records.all(BALANCE):
                self._listed[known["card_no"]].append((now, self._left_fen(known["card_no"])))
        number = _number(where, request)
        if number is None or self._world.chance.share(f"balances/undelivered/{where}/{number}") >= self._rate:
            return None
        self._world.notable.add(f"not delivered by {PLACES[where]}")
        return {"what": "undelivered"}

    async def tells(self) -> str:
        """The round that tells is owed once a day: whoever polls next does it, under whatever goes wrong."""
        self._world.tasks.kinds |= {EffectKind.OLD_BALANCES}
        await self._world.tasks.poll(self._world.rounds)
        return "told"

    # ---- what must hold --------------------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """When everything works, the round goes once more, and what the platforms report has come."""
        world, stranger = self._world, self._world.outside.scene.people[-1]
        known = {"card_no": stranger.cards[0], "patient_name": stranger.name, "phone": stranger.phone, "paid_in": [LEFT], "spent_fen": 0, "moved": []}  # fmt: skip
        world.outside.scene.records.put(BALANCE, stranger.cards[0], known)
        begun = await world.rounds.ask(self._begun)
        world.tasks.kinds |= {EffectKind.OLD_BALANCES}
        await world.tasks.done_once_more(EffectKind.OLD_BALANCES)
        await world.clock.sleep(REPORTS_S[-1] + 60)
        page = await world.rounds.ask(lambda parts: parts.services.unreached.page(world.hospital_id, "", 100))
        listed = {one.balance.card_no: one.why for one in page.found}
        heard = list(self._heard())
        problems = [*self._true(heard), *self._once(heard), *self._on_the_list(heard, listed, begun)]
        if listed.get(stranger.cards[0]) is not WhyNot.NOBODY_BOUND:
            problems.append(f"{stranger.cards[0]} is bound by nobody, and is not on the list")
        for problem in problems:
            world.trace.problem(problem)

    async def _begun(self, parts: Composition) -> set[str]:
        """The cards of which somebody was told before, or would have been but for a process that died."""
        marks, found = parts.services.shared.news, set()
        for person in self._family:
            for card in self._bound(person):
                if await marks.came_of(card, ABOUT, OLD_BALANCE) is not None:
                    found.add(card.card_no)
        return found

    def _true(self, heard: Sequence[Heard]) -> Iterator[str]:
        """Whoever was told has bound the card, or has its phone; and the HIS had told the sum."""
        for one in heard:
            person = next((each for each in self._family if is_shown("patient", each.name, one.patient)), None)
            if person is None or (one.phone != person.phone if one.by == SMS else one.by not in self._who_has(person)):
                yield f"{one.by} {one.phone} is told of a balance of {one.patient}, whose card is not theirs"
                continue
            told = [fen for at, fen in self._listed[person.cards[0]] if one.at - TOLD_FROM <= at <= one.at + A_SECOND]
            if one.fen not in told:
                yield f"{one.by} is told of {one.fen} of {person.cards[0]}, and the HIS never told so"

    def _once(self, heard: Sequence[Heard]) -> Iterator[str]:
        for (by, phone, patient), times in Counter((one.by, one.phone, one.patient) for one in heard).items():
            doubled = by in self._show_repeats and "call doubled" in self._world.faults.kinds_struck
            if times > 1 and not doubled:
                yield f"{by} {phone} was told {times} times of the balance of {patient}"

    def _on_the_list(self, heard: Sequence[Heard], listed: Mapping[str, WhyNot], begun: set[str]) -> Iterator[str]:
        """Of the cards of which nobody was told before."""
        for person in self._family:
            card_no = person.cards[0]
            if card_no in begun or not self._left_fen(card_no):
                continue
            reached = any(is_shown("patient", person.name, one.patient) for one in heard)
            right = None if reached else WhyNot.NOT_DELIVERED if self._bound(person) else WhyNot.NOBODY_BOUND
            if right is not None:
                self._world.notable.add("nobody reached")
            if listed.get(card_no) is not right:
                yield f"{card_no} stands on the list of the unreached as {listed.get(card_no)}, right is {right}"

    # ---- what the phones show --------------------------------------------------------------------------------------------------------

    def _heard(self) -> Iterator[Heard]:
        for phone in self._world.phones:
            for told in phone.told():
                if told.purpose == OLD_BALANCE:
                    at = datetime.fromisoformat(told.at)
                    yield Heard(phone.name, "", told.values["patient"], _fen(told.values["guide"]), at)
        for message in self._world.outside.scene.records.all("sms.message"):
            template = BY_CODE[message["template_code"]]
            if template.purpose == OLD_BALANCE and message["result"] == "DELIVERED":
                words = {value: message["params"][name] for name, value in template.values.items()}
                at = datetime.fromisoformat(message["at"])
                yield Heard(SMS, message["phone"], words["patient"], _fen(words["guide"]), at)

    @property
    def _show_repeats(self) -> set[str]:
        return {phone.name for phone in self._world.phones if not phone.knows_repeats}

    def _who_has(self, person: Person) -> set[str]:
        """The phones on which the card is bound."""
        subjects = {PayerIdentity.of_key(card.owner).subject for card in self._bound(person)}
        return {phone.name for phone in self._world.phones if phone.subject in subjects}

    def _bound(self, person: Person) -> Sequence[BoundCard]:
        return at_once(self._world.database.stores.cards.of_card(self._world.hospital_id, person.cards[0], 100))

    def _left_fen(self, card_no: str) -> int:
        assert self._world.balances is not None
        return self._world.balances.left_fen(card_no)


def _fen(guide: str) -> int:
    said = re.search(r"([\d,.]+) *元", guide)
    return fen(said[1]) if said is not None else -1


def _number(where: str, request: Request) -> str | None:
    """The number of a message about a balance; None for any other call."""
    if where == "wechat.template":
        asked = request.json()
        is_news = isinstance(asked, dict) and BY_ID[asked["template_id"]].purpose == OLD_BALANCE
        return str(asked["client_msg_id"]) if is_news else None
    if where == "sms.send":
        params = dict(parse_qsl(request.body.decode()))
        return params["OutId"] if BY_CODE[params["TemplateCode"]].purpose == OLD_BALANCE else None
    return None
