"""Alerts: what stands, by kind with counts; take them, or close them with a reason."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import urlencode

from handlers.console.room import RoomHandler
from handlers.console.views.alerts import kind_page, kinds_page
from server.alerts.model import NOTE_CHARS_MAX
from server.alerts.texts import ALERTS
from server.console.rules import Room
from server.core.errors import BadInput, NotAllowed

DONE = {"taken": "已接手，共{count}条。", "closed": "已关闭，共{count}条。"}


class AlertsHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.ALERTS

    async def get(self) -> None:
        kind = self.get_query_argument("kind", "")
        if kind:
            await self._show_kind(self._known(kind))
            return
        standing = await self.console.alerts.standing(self.staff)
        closed = await self.console.alerts.closed(self.staff)
        self.show("alerts", {**kinds_page(standing, closed, self.staff), "problem": ""})

    async def post(self) -> None:
        kind = self._known(self.get_body_argument("kind", ""))
        ids = [one[:200] for one in self.get_body_arguments("alert")]
        try:
            if self.get_body_argument("act", "") == "take":
                done, count = "taken", await self.console.alerts.take(self.staff, ids)
            else:
                why = self.get_body_argument("why", "")
                note = self.get_body_argument("note", "")
                if len(note) > NOTE_CHARS_MAX:
                    raise BadInput("note", user_message=f"说明最多 {NOTE_CHARS_MAX} 字，请缩短后再提交。")
                done, count = "closed", await self.console.alerts.close(self.staff, ids, why, note)
        except (BadInput, NotAllowed) as refusal:
            await self._show_kind(kind, refusal=refusal)
            return
        self.redirect(f"/console/alerts?{urlencode({'kind': kind, 'done': done, 'count': count})}", status=303)

    async def _show_kind(self, kind: str, refusal: BadInput | NotAllowed | None = None) -> None:
        alerts = await self.console.alerts.of_kind(self.staff, kind)
        standing = await self.console.alerts.standing(self.staff)
        note = self.get_body_argument("note", "") if refusal is not None else ""
        view = {**kind_page(kind, alerts, standing, self.staff), "note": note, "notice": self._notice(), "problem": ""}
        if refusal is not None:
            self.show_again("alerts_of_kind", view, refusal)
            return
        self.show("alerts_of_kind", view)

    def _notice(self) -> str:
        count = self.get_query_argument("count", "")
        words = DONE.get(self.get_query_argument("done", ""), "")
        return words.format(count=count) if count.isascii() and count.isdigit() and len(count) <= 3 else ""

    def _known(self, kind: str) -> str:
        """Raises BadInput."""
        if kind not in ALERTS:
            raise BadInput("kind", user_message="没有这类告警。")
        return kind
