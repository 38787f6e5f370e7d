"""The audit chain, newest first, and its check."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.audit import KINDS, audit_page, check_result
from server.audit.rules import AuditSearch
from server.console.rules import Room, rooms_of
from server.core.errors import BadInput
from server.core.typed import plain

NUMBER_DIGITS_MAX = 12
WORD_CHARS_MAX = 64
EVERYTHING = AuditSearch()


class _AuditHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.AUDIT

    async def show_chain(self, search: AuditSearch = EVERYTHING, before: int | None = None, **more: object) -> None:
        found = await self.console.audit.found(self.staff, search, before)
        self.show(
            "audit", {**audit_page(found, search, rooms_of(self.staff)), "result": None, "day": "", "head": "", **more}
        )


class AuditHandler(_AuditHandler):
    async def get(self) -> None:
        text = self.get_query_argument("before", "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
            raise BadInput("before is no number")
        await self.show_chain(self._search(), int(text) if text else None)

    def _search(self) -> AuditSearch:
        person, about, kind = (plain(self.get_query_argument(name, "")).strip() for name in ("person", "about", "kind"))
        if kind and kind not in KINDS:
            raise BadInput("kind", user_message="请从列表里选择类别。")
        since, until = (self._day(name) for name in ("since", "until"))
        return AuditSearch(
            person=person[:WORD_CHARS_MAX], about=about[:WORD_CHARS_MAX], kind=kind, since=since, until=until
        )

    def _day(self, name: str) -> date | None:
        text = self.get_query_argument(name, "")
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise BadInput("day", user_message="日期不正确。") from None


class VerifyHandler(_AuditHandler):
    async def post(self) -> None:
        day, head = self.get_body_argument("day", ""), plain(self.get_body_argument("head", "")).strip()
        try:
            wanted = date.fromisoformat(day) if day else None
        except ValueError:
            raise BadInput("day", user_message="日期不正确。") from None
        report = await self.console.audit.verify(self.staff, wanted, head)
        await self.show_chain(result=check_result(report), day=day, head=head)
