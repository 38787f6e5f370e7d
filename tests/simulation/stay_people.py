"""What a family does for its patients in hospital: pays in, once or twice at the same time, asks for too much, settles, comes back."""

from __future__ import annotations

import asyncio
import random
from functools import partial

from server.app.wiring import Composition
from server.core.errors import BadInput, ZhenfuError
from server.inpatient.admissions import KnownAdmission
from server.inpatient.model import DEPOSIT, DISCHARGE
from server.patients.model import Session
from server.payments.answers import Started
from server.payments.sms_choice import NO_SMS
from tests.simulation.chance import picked
from tests.simulation.family_phones import FamilyPhone
from tests.simulation.process import ConnectionLost
from tests.simulation.purpose_people import incident
from tests.simulation.scenarios import Draft
from tests.simulation.script import RESULTS, Step, script_of_phones

FAR_TOO_MUCH_FEN = 10_000_000_000
SYSTEMS = ("his", "wechatpay", "alipay")
INCIDENTS = {
    "resume": 3, "pay": 4, "look": 2, "settle": 5, "leave": 1, "take_back": 3, "crash": 5, "outage": 2, "dark": 2, "refund": 3,
}  # fmt: skip
PAUSES_S = (0.3, 2.0, 6.0, 30.0, 30.0, 200.0, 700.0)
CONTESTED = 0.1
"""The patient for whom most is done, by phones of both channels."""
PAYS_IN = ("some", "some", "some", "all", "all", "twice", "too much")
STAY_RESULTS = (*RESULTS, "ok", "ok")


def stay_script(seed: int, steps: int, phones: int) -> list[Step]:
    """``steps`` steps in the order of their time."""
    return script_of_phones(random.Random(f"stays/script/{seed}"), steps, phones, _visit_or_incident)


def _visit_or_incident(dice: random.Random, at: float, who: str) -> list[Draft]:
    return _visit(dice, at, who) if dice.random() < 0.65 else [incident(dice, at, who, INCIDENTS, SYSTEMS)]


def _visit(dice: random.Random, at: float, who: str) -> list[Draft]:
    """Somebody pays in for the patient ``dial``; now and then the stay ends: home, settled, perhaps taken back and settled again."""
    patient, pause = dice.choice((CONTESTED, CONTESTED, CONTESTED, dice.random())), partial(dice.choice, PAUSES_S)
    paying = [
        (at, who, "pay_in", (), dice.choice(PAYS_IN), patient),
        (at := at + pause(), who, "pay", (), dice.choice(STAY_RESULTS), dice.random() * 0.7),
    ]
    if dice.random() < 0.7:
        return paying
    left = (at := at + pause(), "hospital", "leave", (), "", patient)
    settled = (at := at + pause(), who, "settle", (), "", patient)
    paid = (at := at + pause(), who, "pay", (), "ok", 0.0)
    if dice.random() < 0.6:
        return [*paying, left, settled, paid]
    back = (at := at + pause(), "hospital", "take_back", (), "", patient)
    return [*paying, left, settled, paid, back, (at + pause(), who, "settle", (), "", patient)]


class StayPhone(FamilyPhone):
    """A relative's phone, with the cards of all patients on it: two phones may do the same for the same stay."""

    async def _pay_in(self, step: Step) -> str:
        return await self._until_it_works(partial(self._pays_in, step))

    async def _settle(self, step: Step) -> str:
        return await self._until_it_works(partial(self._settles, step))

    async def _pays_in(self, step: Step) -> str:
        """``some`` of what the HIS takes, ``all`` of it, ``twice`` all of it at the same moment, or ``too much``."""
        session_id = await self._logged_in()
        quoted = await self.ask(lambda parts: self._with(parts, session_id, partial(self._quoted, parts, step)))
        if quoted is None:
            return "nothing is taken"
        key, needed_fen = quoted
        fen = {"some": 1 + needed_fen // 3, "too much": FAR_TOO_MUCH_FEN}.get(step.word, needed_fen)
        starts = [self._start_one(DEPOSIT, key, str(fen), session_id) for _ in range(1 + (step.word == "twice"))]
        told = await asyncio.gather(*starts, return_exceptions=True)
        if step.word == "too much":
            self._refused_as_too_much(told[0])
        if step.word == "twice" and all(isinstance(one, str) for one in told):
            self.world.notable.add("two at once")
        first_error = next((one for one in told if isinstance(one, BaseException)), None)
        if first_error is not None:
            raise first_error
        return ", ".join(map(str, told))

    def _refused_as_too_much(self, told: object) -> None:
        """Whatever else may go wrong, more than the HIS takes is never ordered."""
        if isinstance(told, BadInput):
            self.world.notable.add("too much")
        elif not isinstance(told, ZhenfuError | ConnectionLost):
            self.world.trace.problem(f"{self.name} may pay in more than the HIS takes")

    async def _quoted(self, parts: Composition, step: Step, session: Session) -> tuple[str, int] | None:
        """The stay's key, and what the HIS takes for it in fen."""
        known = await self._stay_of(parts, step, session)
        _, quote = await parts.services.admissions.deposit_quote(session, known.key)
        return (known.key, quote.needed_fen) if quote.needed_fen else None

    async def _settles(self, step: Step) -> str:
        session_id = await self._logged_in()
        chosen = await self.ask(lambda parts: self._with(parts, session_id, partial(self._calculated, parts, step)))
        if chosen is None:
            return "nothing to settle"
        return await self._start_one(DISCHARGE, *chosen, session_id)

    async def _calculated(self, parts: Composition, step: Step, session: Session) -> tuple[str, str] | None:
        """The stay's key, and the number of what it owes or gets back, unless it is settled."""
        known = await self._stay_of(parts, step, session)
        view = await parts.services.discharges.view(session, known.key)
        if self.world.stays is not None:
            self.world.stays.shown(view)
        if view.plan is None or view.settlement is not None:
            return None
        return known.key, view.plan.presettlement.number

    async def _stay_of(self, parts: Composition, step: Step, session: Session) -> KnownAdmission:
        """The stay that ``dial`` names."""
        mine = await parts.services.admissions.mine(session)
        return picked(sorted(mine, key=lambda one: one.admission.card_no), step.dial)

    async def _start_one(self, purpose: str, key: str, what: str, session_id: str) -> str:
        since = self.world.loop.time()

        async def start(parts: Composition) -> Started:
            return await self._with(
                parts, session_id, lambda session: parts.services.payments.start(purpose, session, [key, what], NO_SMS)
            )

        return self._shown(await self.ask(start), since)
