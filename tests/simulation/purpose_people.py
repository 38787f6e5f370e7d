"""What people do with payments of the test purposes: they begin, pay one part after the other, look, come back; staff refund."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from sandbox.alipay.errors import Refused as AlipayRefused
from sandbox.outside import Outside
from sandbox.wechatpay.errors import Refused as WechatRefused
from sandbox.world.people import Person
from server.core.errors import ZhenfuError
from server.payments.model import Payment
from server.payments.ports import SHOW_CODE, ClientCall
from server.payments.rules.refund_shares import refundable_fen
from server.payments.sms_choice import NO_SMS
from server.refunds.rules.requests import RefundAsk, request_refund
from tests.simulation.chance import between, picked
from tests.simulation.channels import SimulatedChannel
from tests.simulation.phones import Phone
from tests.simulation.process import ConnectionLost
from tests.simulation.purpose_systems import THINGS
from tests.simulation.scenarios import Draft
from tests.simulation.script import RESULTS, Step, script_of_phones

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

SYSTEMS = ("wechatpay", "alipay")
INCIDENTS = {"resume": 4, "pay": 4, "look": 2, "crash": 5, "outage": 2, "dark": 2, "refund": 2}
ELSEWHERE = {"dark": "hospital", "leave": "hospital", "take_back": "hospital", "refund": "desk"}
"""Who does what is not done on a phone."""


def purpose_script(seed: int, steps: int, phones: int) -> list[Step]:
    """``steps`` steps in the order of their time."""
    return script_of_phones(random.Random(f"purposes/{seed}"), steps, phones, _visit_or_incident)


def _visit_or_incident(dice: random.Random, at: float, who: str) -> list[Draft]:
    return _visit(dice, at, who) if dice.random() < 0.6 else [incident(dice, at, who)]


def _visit(dice: random.Random, at: float, who: str) -> list[Draft]:
    """Somebody begins, pays, and comes back for the part that is left; some give up on the way."""
    purpose = dice.choice(list(THINGS))
    drafts: list[Draft] = [(at, who, "start", (), f"{purpose} {dice.choice(THINGS[purpose])}", dice.random())]
    for _ in range(dice.choice((1, 2, 2))):
        at += dice.choice((0.3, 2.0, 6.0, 30.0, 200.0, 880.0)) * (0.5 + dice.random())
        drafts.append((at, who, "pay", (), dice.choice(RESULTS), dice.random() * 0.7))
        at += dice.choice((0.1, 1.0, 20.0))
        drafts.append((at, who, "look", (), "", dice.random()))
        drafts.append((at + 1.0, who, "resume", (), "", 0.999))
    if dice.random() < 0.4:
        drafts.append((at + dice.choice((30.0, 300.0)), "desk", "refund", (), "", dice.random()))
    return drafts


def incident(
    dice: random.Random,
    at: float,
    who: str,
    kinds: Mapping[str, int] = INCIDENTS,
    systems: Sequence[str] = SYSTEMS,
) -> Draft:
    """One of ``kinds``, which have weights; ``systems`` may go dark."""
    what = dice.choices(list(kinds), list(kinds.values()))[0]
    who = ELSEWHERE.get(what, who)
    if what in {"crash", "outage"}:
        who = dice.choice(("web-1", "web-2", "work-1", "work-2"))
    word = {"pay": dice.choice(RESULTS), "dark": dice.choice(systems)}.get(what, "")
    return (at, who, what, (), word, dice.random())


class EitherCashier:
    """The phone's own cashier, and its camera: a code on the screen is scanned with the other client."""

    def __init__(self, outside: Outside, channel: SimulatedChannel, person: Person) -> None:
        self._outside = outside
        self._channel = channel
        self._person = person

    def may_go_wrong(self, call: ClientCall) -> Sequence[str]:
        return () if call.bridge == SHOW_CODE else self._channel.may_go_wrong(call)

    def pay(self, call: ClientCall, result: str, fault: str) -> str:
        if call.bridge != SHOW_CODE:
            return self._channel.pay(call, result, fault)
        code = call.params["code"]
        try:
            if code.startswith("weixin:"):
                self._outside.wechatpay.pay_at(code, self._person.openid, result)
            else:
                trade = self._outside.alipay.scan(code, self._person)
                self._outside.alipay.pay(trade, result)
        except (WechatRefused, AlipayRefused) as refused:
            return refused.code
        return f"scanned {result}"


class PurposePhone(Phone):
    """A person who pays for a slot or an insured bill."""

    def __init__(self, world: SimulatedWorld, name: str, person: Person, channel: SimulatedChannel) -> None:
        super().__init__(world, name, person, channel)
        self._cashier = EitherCashier(world.outside, channel, person)

    async def _start(self, step: Step) -> str:
        purpose, thing = step.word.split(" ")
        since, session_id = self.world.loop.time(), await self._logged_in()
        started = await self.ask(
            lambda parts: self._with(
                parts, session_id, lambda s: parts.services.payments.start(purpose, s, [thing], NO_SMS)
            )
        )
        return self._shown(started, since)


class Desk:
    """Staff who give money back, as much at once as may be asked for or less."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._asked = 0

    async def do(self, step: Step) -> str:
        world = self._world
        able = [payment for payment in world.database.payments() if refundable_fen(payment)]
        if not able:
            return "nothing to refund"
        payment = picked(able, step.dial)
        most_fen = refundable_fen(payment)
        share = world.chance.rolls(world.chance.visit("desk"))
        amount_fen = most_fen if share[0] < 0.6 else max(1, int(between(0, most_fen, share[1])))
        self._asked += 1
        with suppress(ConnectionLost, ZhenfuError):
            await picked(world.web, share[2]).ask(lambda parts: self._ask(parts, payment, amount_fen, self._asked))
        return f"{world.shorter(payment.id)} {amount_fen} fen"

    async def _ask(self, parts: object, payment: Payment, amount_fen: int, number: int) -> None:
        services = parts.services  # type: ignore[attr-defined]
        now = services.clock.now()
        ask = RefundAsk(
            request_id=f"desk-{number}", amount_fen=amount_fen, lines=(), reason="other", note="", by="staff:1001",
            requested_via="chat", approval_reasons=(),
        )  # fmt: skip
        await services.shared.transitions.apply(
            payment.hospital, payment.id, lambda current: request_refund(current, ask, now, now)
        )
