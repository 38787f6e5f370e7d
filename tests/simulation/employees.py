"""A cashier and an approver who refund through the real desk, with real codes, in whichever web process answers."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from sandbox.hospital.his import BILL
from server.composition import Composition
from server.domain.errors import ZhenfuError
from server.domain.payment import Payment, PaymentState
from server.domain.people import PayerIdentity
from server.domain.refund import RefundState
from server.domain.staff import Limits, Role
from server.services.audit import AuditService
from server.services.staff import Proof, StaffService
from tests.simulation.chance import picked
from tests.simulation.line import at_once
from tests.simulation.process import ConnectionLost
from tests.simulation.script import Step

if TYPE_CHECKING:
    from tests.simulation.town import Town

PIN = "280519"
ALONE = Limits(per_refund_fen=5_000, per_day_fen=12_000)
SECOND = Limits(per_refund_fen=10_000_000, per_day_fen=10_000_000)
CASHIER, APPROVER = "1001", "2001"
THINKS_S = (1.0, 4.0, 40.0)
_SEEN_AT_THE_COUNTER = 5
"""Staff are people without a phone in the run: the sixth and seventh of the sandbox."""


class Employees:
    """``codes``: each one's authenticator."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._codes: dict[str, pyotp.TOTP] = {}
        stores = town.database.stores
        hospitals: Any = {town.hospital_id: SimpleNamespace(name="模拟医院")}
        ids: Any = SimpleNamespace(text=lambda length, alphabet="A": (alphabet * length)[:length])
        audit = AuditService(stores, town.sealer, town.clock)
        self._service = StaffService(hospitals, stores.staff, stores.short_lived, town.sealer, town.clock, ids, audit)
        for place, (number, role, limits) in enumerate(
            ((CASHIER, Role.CASHIER, ALONE), (APPROVER, Role.APPROVER, SECOND))
        ):
            self._hire(place, number, role, limits)

    def _hire(self, place: int, number: str, role: Role, limits: Limits) -> None:
        town, service = self._town, self._service
        person = town.outside.scene.people[_SEEN_AT_THE_COUNTER + place]
        identity = PayerIdentity(channel="wechat", app_id=town.outside.scene.keys["appid"], subject=person.openid)
        code = at_once(service.invite(town.hospital_id, number, person.name, role, limits, "cli:root"))
        staff = at_once(service.bind(town.hospital_id, identity, code))
        secret = parse_qs(urlsplit(at_once(service.begin_setup(staff))).query)["secret"][0]
        self._codes[number] = pyotp.TOTP(secret)
        at_once(service.finish_setup(staff, PIN, PIN, self._codes[number].at(town.clock.now())))

    async def do(self, step: Step) -> str:
        try:
            return str(await getattr(self, f"_{step.what}")(step))
        except ConnectionLost:
            return "no answer"
        except ZhenfuError as error:
            return f"{type(error).__name__} {error}"

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    async def _refund(self, step: Step) -> str:
        """A booked payment, whole or in part. Whoever refunds looks first whether somebody else has begun to."""
        booked = [p for p in self._town.database.payments() if p.state is PaymentState.BOOKED and self._is_free(p)]
        if not booked:
            return "nothing to refund"
        payment = picked(booked, step.dial)
        left_fen = payment.paid_fen - payment.refunding_fen
        amount_fen = left_fen if step.dial * 10 % 1 < 0.5 else max(1, left_fen // 3)

        async def draft(parts: Composition) -> str:
            actor = await self._now(parts, CASHIER)
            preview = await parts.services.refund_desk.draft(actor, payment.id, amount_fen, "not_done")
            return preview.draft.ticket

        ticket = await self._ask(step, draft)
        await asyncio.sleep(picked(THINKS_S, step.dial))
        tries = 2 if step.dial * 100 % 1 < 0.3 else 1  # an impatient finger
        told = [await self._confirmed(step, CASHIER, ticket) for _ in range(tries)]
        return f"{self._town.shorter(payment.id)} {' '.join(told)}"

    async def _decide(self, step: Step) -> str:
        async def draft(parts: Composition) -> str:
            actor = await self._now(parts, APPROVER)
            waiting = await parts.services.refund_search.waiting(actor)
            if not waiting:
                return ""
            _, refund = picked(waiting, step.dial)
            agree = step.dial * 10 % 1 < 0.7
            return (await parts.services.refund_desk.draft_decision(actor, refund.id, agree=agree)).draft.ticket

        ticket = await self._ask(step, draft)
        return await self._confirmed(step, APPROVER, ticket) if ticket else "nothing waits"

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
        number = self._town.bills[step.bills[0]]
        records = self._town.outside.scene.records
        bill = records.get(BILL, number)
        if bill is None or bill["status"] != "paid":
            return "not paid"
        records.put(BILL, number, {**bill, "dispensed": True})
        return "dispensed"

    # ---- how -------------------------------------------------------------------------------------------------------------------

    def _is_free(self, payment: Payment) -> bool:
        theirs = [r for channel in self._town.channels for r in channel.refunds() if r.out_trade_no == payment.id]
        return payment.paid_fen > payment.refunding_fen and not any(refund.in_console for refund in theirs)

    async def _confirmed(self, step: Step, number: str, ticket: str) -> str:
        async def act(parts: Composition) -> str:
            proof = Proof(pin=PIN, totp=self._codes[number].at(self._town.clock.now()))
            _, refund = await parts.services.refund_desk.confirm(await self._now(parts, number), ticket, proof, "chat")
            return f"{refund.id[-3:]} {refund.state}"

        try:
            return await self._ask(step, act)
        except ZhenfuError as error:
            return f"{type(error).__name__} {error}"

    async def _now(self, parts: Composition, number: str) -> Any:
        return await parts.services.staff.get(self._town.hospital_id, number)

    async def _ask(self, step: Step, act: Any) -> str:
        town = self._town
        which, delay, _, _ = town.chance.rolls(f"balancer/{town.chance.visit(step.who)}")
        await asyncio.sleep(0.02 + 0.1 * delay)
        return str(await picked(town.web, which).ask(act))


def under_way(payment: Payment | None) -> bool:
    """Somebody at the hospital has a refund of this payment in hand, or had one."""
    ended = {RefundState.REJECTED, RefundState.WITHDRAWN, RefundState.EXPIRED}
    return payment is not None and any(refund.asked_by and refund.state not in ended for refund in payment.refunds)
