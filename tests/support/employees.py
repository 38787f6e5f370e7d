"""Invented staff of the played hospital, with a phone that makes their codes."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp

from server.audit.service import AuditService
from server.core.errors import StoreUnavailable
from server.staff.audit_trail import StaffAudit
from server.staff.model import RefundLimits, Role, Staff
from server.staff.proofs import Proof
from server.staff.service import StaffService
from tests.support.builders import HOSPITAL, an_identity
from tests.support.in_memory_app import InMemoryApp, Unreachable

PIN = "280519"
LIMITS = RefundLimits(per_refund_fen=50_000, per_day_fen=100_000)


class Employee:
    """One of staff: bound, with PIN and authenticator. ``proof`` waits for a fresh code by moving the clock one step."""

    def __init__(self, memory_app: InMemoryApp, number: str, secret: str) -> None:
        self._memory_app = memory_app
        self._totp = pyotp.TOTP(secret)
        self.number = number

    async def now(self) -> Staff:
        return await self._memory_app.staff.get(HOSPITAL, self.number)

    def code(self) -> str:
        return self._totp.at(self._memory_app.clock.now())

    def proof(self, pin: str = PIN) -> Proof:
        self._memory_app.clock.forward(30)
        return self.proof_now(pin)

    def proof_now(self, pin: str = PIN) -> Proof:
        """With the code of this moment, which may be used already."""
        return Proof(pin=pin, totp=self.code())


async def an_employee(
    memory_app: InMemoryApp,
    number: str = "1001",
    role: Role = Role.CASHIER,
    limits: RefundLimits = LIMITS,
    name: str = "李收费",
) -> Employee:
    code = await memory_app.staff.invite(HOSPITAL, number, name, role, limits, "cli:root")
    staff = await memory_app.staff.bind(HOSPITAL, an_identity(f"openid-{number}"), code)
    address = await memory_app.staff.begin_setup(staff)
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    await memory_app.staff.finish_setup(staff, PIN, PIN, pyotp.TOTP(secret).at(memory_app.clock.now()))
    return Employee(memory_app, number, secret)


def staff_that_cannot_seal(memory_app: InMemoryApp) -> StaffService:
    """The staff service of a process that can't reach the end of the audit chain."""
    down: Any = Unreachable(memory_app.stores.audit, StoreUnavailable("down"), "append")
    audit = StaffAudit(
        memory_app.stores.staff, AuditService(down, memory_app.stores.alerts, memory_app.sealer, memory_app.clock)
    )
    stores = memory_app.stores
    return StaffService(
        hospitals=memory_app.hospitals,
        staff=stores.staff,
        short_lived=stores.short_lived,
        sealer=memory_app.sealer,
        clock=memory_app.clock,
        ids=memory_app.ids,
        audit=audit,
        facts=memory_app.staff_facts,
    )
