"""A cashier and two approvers who refund through the real desk, with real codes, in whichever web process answers.

The second approver is the cashier: one human being with a second number on a second account; and one of them may be a patient, too
(`own_cards.py`).
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from sandbox.hospital.his import BILL
from server.app.wiring import Composition
from server.audit.service import AuditService
from server.core.errors import ZhenfuError
from server.patients.model import PayerIdentity
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundState
from server.staff.audit_trail import StaffAudit
from server.staff.facts import StaffFacts
from server.staff.model import RefundLimits, Role
from server.staff.service import Proof, StaffService
from tests.simulation.chance import picked
from tests.simulation.line import at_once
from tests.simulation.own_cards import APPROVER, CASHIER, TWIN, OwnCards
from tests.simulation.process import ConnectionLost
from tests.simulation.script import Step

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

PIN = "280519"
ALONE = RefundLimits(per_refund_fen=5_000, per_day_fen=12_000)
SECOND = RefundLimits(per_refund_fen=10_000_000, per_day_fen=10_000_000)
THINKS_S = (1.0, 4.0, 40.0)
PATIENCE_S = (0.0, 30.0, 120.0, 400.0)
"""Whoever comes to the counter before there is something to do waits for it."""
_SEEN_AT_THE_COUNTER = 5
"""Staff are people without a phone in the run: the sixth to the eighth of the sandbox."""


class Employees:
    """``openids`` by employee number: the phones that staff read on."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._codes: dict[str, pyotp.TOTP] = {}
        """Each one's authenticator."""
        self.openids: dict[str, str] = {}
        self.busy = 0  # how many still wait at the counter: the run does not end before them
        stores = world.database.stores
        hospitals: Any = {world.hospital_id: SimpleNamespace(name="模拟医院")}
        ids: Any = SimpleNamespace(text=lambda length, alphabet="A": (alphabet * length)[:length])
        audit = StaffAudit(stores.staff, AuditService(stores.audit, stores.alerts, world.sealer, world.clock))
        facts = StaffFacts(stores.staff, stores.people, stores.cards, stores.staff_facts, world.sealer, world.clock)
        self._service = StaffService(
            hospitals=hospitals,
            staff=stores.staff,
            short_lived=stores.short_lived,
            sealer=world.sealer,
            clock=world.clock,
            ids=ids,
            audit=audit,
            facts=facts,
        )
        for place, (number, role, limits) in enumerate(
            ((CASHIER, Role.CASHIER, ALONE), (APPROVER, Role.APPROVER, SECOND), (TWIN, Role.APPROVER, SECOND))
        ):
            self._hire(place, number, role, limits)
        self.cards = OwnCards(world, facts, world.outside.scene.people[0].cards[0])
        self.cards.begin()

    def hire_finance(self) -> None:
        """Two of finance, also people without a phone in the run."""
        for place, number in ((-2, "3001"), (-1, "3002")):
            self._hire(place, number, Role.FINANCE, SECOND)

    def proof(self, number: str) -> Proof:
        return Proof(pin=PIN, totp=self._codes[number].at(self._world.clock.now()))

    def _hire(self, place: int, number: str, role: Role, limits: RefundLimits) -> None:
        world, service = self._world, self._service
        person = world.outside.scene.people[_SEEN_AT_THE_COUNTER + place]
        self.openids[number] = person.openid
        identity = PayerIdentity(channel="wechat", app_id=world.outside.scene.keys["appid"], subject=person.openid)
        code = at_once(service.invite(world.hospital_id, number, person.name, role, limits, "cli:root"))
        staff = at_once(service.bind(world.hospital_id, identity, code))
        secret = parse_qs(urlsplit(at_once(service.begin_setup(staff))).query)["secret"][0]
        self._codes[number] = pyotp.TOTP(secret)
        at_once(service.finish_setup(staff, PIN, PIN, self._codes[number].at(world.clock.now())))

    async def do(self, step: Step) -> str:
        self.busy += 1
        try:
            return str(await getattr(self, f"_{step.what}")(step))
        except ConnectionLost:
            return "no answer"
        except ZhenfuError as error:
            return f"{type(error).__name__} {error}"
        finally:
            self.busy -= 1

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    async def _refund(self, step: Step) -> str:
        """A booked payment, whole or in part. Whoever refunds looks first whether somebody else has begun to."""
        for wait_s in PATIENCE_S:
            await asyncio.sleep(wait_s)
            booked = [p for p in self._world.database.payments() if p.state is PaymentState.BOOKED and self._is_free(p)]
            if booked:
                break
        else:
            return "nothing to refund"
        payment = picked(booked, step.dial)
        left_fen = payment.paid_fen - payment.refunding_fen
        pieces = (
            left_fen,
            left_fen,
            max(1, left_fen // 3),
            min(left_fen, ALONE.per_refund_fen),
        )  # the last: as much as one may alone
        amount_fen = picked(pieces, step.dial * 10 % 1)
        await self.cards.hide(CASHIER, step.dial * 10_000 % 1)

        async def draft(parts: Composition) -> str:
            actor = await self._now(parts, CASHIER)
            preview = await parts.services.refund_desk.draft(actor, payment.id, amount_fen, "not_done")
            return preview.draft.ticket

        ticket = await self._ask(step, draft)
        await asyncio.sleep(picked(THINKS_S, step.dial))
        tries = 2 if step.dial * 100 % 1 < 0.3 else 1  # an impatient finger
        told = [await self._confirmed(step, CASHIER, ticket) for _ in range(tries)]
        return f"{self._world.shorter(payment.id)} {' '.join(told)}"

    async def _decide(self, step: Step) -> str:
        decider = TWIN if step.dial * 1000 % 1 < 0.3 else APPROVER
        await self.cards.hide(decider, step.dial * 10_000 % 1)

        async def draft(parts: Composition) -> str:
            actor = await self._now(parts, decider)
            waiting = await parts.services.refund_search.waiting(actor)
            if not waiting:
                return ""
            _, refund = picked(waiting, step.dial)
            agree = step.dial * 10 % 1 < 0.7
            words = "" if agree else "已经做了"
            drafted = await parts.services.refund_desk.draft_decision(actor, refund.id, agree=agree, words=words)
            return drafted.draft.ticket

        for wait_s in PATIENCE_S:
            await asyncio.sleep(wait_s)
            ticket = await self._ask(step, draft)
            if ticket:
                break
        return await self._confirmed(step, decider, ticket) if ticket else "nothing waits"

    async def _take_back(self, step: Step) -> str:
        async def act(parts: Composition) -> str:
            actor = await self._now(parts, CASHIER)
            waiting = await parts.services.refund_search.waiting(actor)
            if not waiting:
                return "nothing waits"
            _, refund = await parts.services.refund_desk.withdraw(actor, picked(waiting, step.dial)[1].id)
            return str(refund.state)

        return await self._ask(step, act)

    async def _dispense(self, step: Step) -> str:
        """The pharmacy hands out: from now on the HIS refuses a refund."""
        number = self._world.bills[step.bills[0]]
        records = self._world.outside.scene.records
        bill = records.get(BILL, number)
        if bill is None or bill["status"] != "paid":
            return "not paid"
        records.put(BILL, number, {**bill, "dispensed": True})
        return "dispensed"

    # ---- how -------------------------------------------------------------------------------------------------------------------

    def _is_free(self, payment: Payment) -> bool:
        theirs = [r for channel in self._world.channels for r in channel.refunds() if r.out_trade_no == payment.id]
        return payment.paid_fen > payment.refunding_fen and not any(refund.in_console for refund in theirs)

    async def _confirmed(self, step: Step, number: str, ticket: str) -> str:
        async def act(parts: Composition) -> str:
            proof = Proof(pin=PIN, totp=self._codes[number].at(self._world.clock.now()))
            _, refund = await parts.services.refund_desk.confirm(await self._now(parts, number), ticket, proof, "chat")
            return f"{refund.id[-3:]} {refund.state}"

        try:
            return await self._ask(step, act)
        except ZhenfuError as error:
            return f"{type(error).__name__} {error}"

    async def _now(self, parts: Composition, number: str) -> Any:
        return await parts.services.staff.get(self._world.hospital_id, number)

    async def _ask(self, step: Step, act: Any) -> str:
        world = self._world
        which, delay, _, _ = world.chance.rolls(f"balancer/{world.chance.visit(step.who)}")
        await asyncio.sleep(0.02 + 0.1 * delay)
        return str(await picked(world.web, which).ask(act))


def under_way(payment: Payment | None) -> bool:
    """Somebody at the hospital has a refund of this payment in hand, or had one."""
    ended = {RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.EXPIRED}
    return payment is not None and any(refund.asked_by and refund.state not in ended for refund in payment.refunds)
