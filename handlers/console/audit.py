"""The audit chain, newest first."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomDoor
from handlers.views.console.audit import audit_page
from server.domain.console import Room
from server.domain.errors import BadInput
from server.services.audit_room import PAGE

NUMBER_DIGITS_MAX = 12


class AuditDoor(RoomDoor):
    here: ClassVar[Room | None] = Room.AUDIT

    async def get(self) -> None:
        entries = await self.console.audit.latest(self.staff, self._before())
        self.show("audit", audit_page(entries, PAGE))

    def _before(self) -> int | None:
        text = self.get_query_argument("before", "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
            raise BadInput("before is no number")
        return int(text) if text else None
