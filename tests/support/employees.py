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

    def __init__(self, house: InMemoryApp, number: str, secret: str) -> None:
        self._house = house
        self._totp = pyotp.TOTP(secret)
        self.number = number

    async def now(self) -> Staff:
        return await self._house.staff.get(HOSPITAL, self.number)

    def code(self) -> str:
        return self._totp.at(self._house.clock.now())

    def proof(self, pin: str = PIN) -> Proof:
        self._house.clock.forward(30)
        return self.proof_now(pin)

    def proof_now(self, pin: str = PIN) -> Proof:
        """With the code of this moment, which may be used already."""
        return Proof(pin=pin, totp=self.code())


async def an_employee(
    house: InMemoryApp,
    number: str = "1001",
    role: Role = Role.CASHIER,
    limits: RefundLimits = LIMITS,
    name: str = "李收费",
) -> Employee:
    code = await house.staff.invite(HOSPITAL, number, name, role, limits, "cli:root")
    staff = await house.staff.bind(HOSPITAL, an_identity(f"openid-{number}"), code)
    address = await house.staff.begin_setup(staff)
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    await house.staff.finish_setup(staff, PIN, PIN, pyotp.TOTP(secret).at(house.clock.now()))
    return Employee(house, number, secret)


def staff_that_cannot_seal(house: InMemoryApp) -> StaffService:
    """The staff service of a process that can't reach the end of the audit chain."""
    down: Any = Unreachable(house.stores.audit, StoreUnavailable("down"), "append")
    audit = StaffAudit(house.stores.staff, AuditService(down, house.stores.alerts, house.sealer, house.clock))
    stores = house.stores
    return StaffService(
        hospitals=house.hospitals,
        staff=stores.staff,
        short_lived=stores.short_lived,
        sealer=house.sealer,
        clock=house.clock,
        ids=house.ids,
        audit=audit,
        facts=house.staff_facts,
    )
