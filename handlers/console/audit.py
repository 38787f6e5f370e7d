"""The audit chain, newest first, and its check."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from handlers.console.room import RoomDoor
from handlers.views.console.audit import audit_page, check_result
from server.domain.console import Room
from server.domain.errors import BadInput
from server.domain.typed import plain
from server.services.audit_room import PAGE

NUMBER_DIGITS_MAX = 12


class _AuditDoor(RoomDoor):
    here: ClassVar[Room | None] = Room.AUDIT

    async def show_chain(self, before: int | None = None, **more: object) -> None:
        entries = await self.console.audit.latest(self.staff, before)
        self.show("audit", {**audit_page(entries, PAGE), "result": None, "day": "", "head": "", **more})


class AuditDoor(_AuditDoor):
    async def get(self) -> None:
        text = self.get_query_argument("before", "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
            raise BadInput("before is no number")
        await self.show_chain(int(text) if text else None)


class VerifyDoor(_AuditDoor):
    async def post(self) -> None:
        day, head = self.get_body_argument("day", ""), plain(self.get_body_argument("head", "")).strip()
        try:
            wanted = date.fromisoformat(day) if day else None
        except ValueError:
            raise BadInput("day", person="日期不正确。") from None
        report = await self.console.audit.verify(self.staff, wanted, head)
        await self.show_chain(result=check_result(report), day=day, head=head)
