"""银行到账 in the console: finance hands in what the banks say. Whoever does it stands in the audit chain."""

from __future__ import annotations

from server.console.rules import Room, must_enter
from server.reconciliation.bank import BankDesk, BankPreview
from server.reconciliation.bank_model import BankBook, BankFile
from server.staff.model import Staff
from server.staff.rules.auth_events import BANK_FILE
from server.staff.service import StaffService


class BankRoom:
    def __init__(self, desk: BankDesk, staff: StaffService) -> None:
        self._desk = desk
        self._staff = staff

    async def book(self, actor: Staff) -> BankBook:
        must_enter(actor, Room.DAYS)
        return await self._desk.book(actor.hospital)

    async def preview(self, actor: Staff, content: bytes, account: str) -> BankPreview:
        """Raises StatementRefused, BadInput."""
        must_enter(actor, Room.DAYS)
        return await self._desk.preview(actor.hospital, content, account)

    async def keep(self, actor: Staff, sha256: str, account: str) -> BankFile:
        """Raises StatementRefused, BadInput, NotAllowed, StoreUnavailable."""
        must_enter(actor, Room.DAYS)
        seen = await self._desk.shown(actor.hospital, sha256, account)
        facts = {
            "file": seen.sha256,
            "account": seen.account,
            "rows": str(len(seen.rows)),
            "came_fen": str(seen.came_fen),
        }
        await self._staff.record_auth_event(actor, BANK_FILE, **facts)
        return await self._desk.keep(actor.hospital, seen, actor.as_actor)
