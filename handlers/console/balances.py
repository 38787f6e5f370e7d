"""Old outpatient balances of which no message has reached anybody: a page of the list, and all of it as a file."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.balances import unreached_page
from server.console.rules import Room
from server.core.days import hospital_day
from server.core.errors import BadInput, Forged, NotAllowed, TooManyTries
from server.old_balances.model import WhyNot
from server.old_balances.unreached_file import head_text, lines_text


class _BalanceHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.MONEY

    async def _page(self, place: str = "", why: WhyNot | None = None) -> dict[str, object]:
        return unreached_page(await self.console.balances.page(self.staff, place, why), why)


class UnreachedHandler(_BalanceHandler):
    async def get(self) -> None:
        asked = self.get_query_argument("why", "")
        why = next((one for one in WhyNot if one == asked), None)
        if asked and why is None:
            raise BadInput("why", user_message="请从列表里选择原因。")
        try:
            page = await self._page(self.get_query_argument("after", ""), why)
        except Forged as error:
            raise BadInput("after", user_message="请从名单的第一页重新进入。") from error
        self.show("unreached", {**page, "problem": ""})


class UnreachedFileHandler(_BalanceHandler):
    """All of it with names, cards and phones in full, on PIN and TOTP."""

    async def post(self) -> None:
        try:
            found = await self.console.balances.taken_along(self.staff, self.proof())
        except (NotAllowed, TooManyTries) as refusal:
            self.show_again("unreached", await self._page(), refusal)
            return
        day = hospital_day(self.services.clock.now())
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="unreached-{day:%Y%m%d}.csv"')
        self.finish(head_text() + lines_text(found))
