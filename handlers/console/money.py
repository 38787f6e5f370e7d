"""What waits for finance: money that fits no payment, and the acts by which two people end it."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.balances import UNREACHED_URL
from handlers.console.views.money import money_page, money_url, one_page
from handlers.console.views.words import UNREACHED
from server.console.rules import Room
from server.console.unclaimed_desk import PROOF_CHARS_MAX
from server.core.errors import BadInput, NotAllowed, Refusal, TooManyTries
from server.payments.unclaimed_model import UnclaimedAct

ID_CHARS_MAX = 200
DONE = {
    "proposed": "已提出，等待另一人复核。",
    "agreed": "已复核，按提出的方式了结。",
    "dropped": "申请已撤回。",
}


class MoneyHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.MONEY

    async def get(self) -> None:
        waiting = await self.console.money.unclaimed(self.staff)
        settled = await self.console.money.settled(self.staff)
        unreached = {"url": UNREACHED_URL, "text": UNREACHED} if self.console.balances.offered(self.staff) else None
        self.show("money", {**money_page(self.hospital, waiting, settled), "unreached": unreached})


class UnclaimedHandler(RoomHandler):
    """One of them; its id has characters of the channel's own, so it stands in the query."""

    here: ClassVar[Room | None] = Room.MONEY

    async def get(self) -> None:
        notice = DONE.get(self.get_query_argument("done", ""), "")
        self.show("unclaimed", {**await self._page(), "problem": "", "notice": notice})

    async def post(self) -> None:
        try:
            done = await self._act(self.get_body_argument("do", ""))
        except (NotAllowed, BadInput, TooManyTries) as refusal:
            await self._again(refusal)
            return
        self.redirect(f"{money_url(self._id)}&done={done}", status=303)

    async def _act(self, do: str) -> str:
        desk = self.console.unclaimed
        if do == "drop":
            await desk.drop(self.staff, self._id)
            return "dropped"
        mark = self.get_body_argument("mark", "")
        seen = int(mark) if mark.isascii() and mark.isdigit() and len(mark) <= 6 else -1
        if do == "agree":
            await desk.agree(self.staff, self._id, seen, self.proof())
            return "agreed"
        act = next((one for one in UnclaimedAct if one == self.get_body_argument("act", "")), None)
        if act is None:
            raise BadInput("act", user_message="请选择怎么了结。")
        words = self.get_body_argument("words", "")
        if len(words) > PROOF_CHARS_MAX:
            raise BadInput("words", user_message=f"依据最多 {PROOF_CHARS_MAX} 字，请缩短后再提交。")
        await desk.propose(self.staff, self._id, seen, act, words, self.proof())
        return "proposed"

    @property
    def _id(self) -> str:
        return self.get_query_argument("id", "")[:ID_CHARS_MAX]

    async def _page(self) -> dict[str, object]:
        money, sides = await self.console.unclaimed.look(self.staff, self._id)
        words = self.console.unclaimed.proof_of(money)
        typed = {name: self.get_body_argument(name, "") for name in ("act", "words")}
        return one_page(self.hospital, money, sides, self.staff, words, typed, self.services.clock.now())

    async def _again(self, refusal: Refusal) -> None:
        self.show_again("unclaimed", {**await self._page(), "notice": ""}, refusal)
