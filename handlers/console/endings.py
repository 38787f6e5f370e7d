"""A payment that no rule can end: what each side says now, an act proposed with PIN and TOTP, and the second person's word."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.ending import ending_page
from server.console.endings import PROOF_CHARS_MAX
from server.console.rules import Room
from server.core.errors import BadInput, NotAllowed, Refusal, TooManyTries
from server.core.typed import amount_typed
from server.payments.ending_model import EndingAct


class EndingHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.PAYMENTS

    async def get(self, payment_id: str) -> None:
        self.show("ending", {**await self._page(payment_id), "problem": ""})

    async def post(self, payment_id: str) -> None:
        try:
            done = await self._act(payment_id, self.get_body_argument("do", ""))
        except (NotAllowed, BadInput, TooManyTries) as refusal:
            await self._again(payment_id, refusal)
            return
        self.redirect(f"/console/payments/{payment_id}?done={done}", status=303)

    async def _act(self, payment_id: str, do: str) -> str:
        if do == "drop":
            await self.console.endings.drop(self.staff, payment_id)
            return "ending_dropped"
        mark = self.get_body_argument("mark", "")
        seen = int(mark) if mark.isascii() and mark.isdigit() and len(mark) <= 6 else -1
        if do == "agree":
            await self.console.endings.agree(self.staff, payment_id, seen, self.proof())
            return "ending_agreed"
        act = next((one for one in EndingAct if one == self.get_body_argument("act", "")), None)
        if act is None:
            raise BadInput("act", user_message="请选择怎么了结。")
        amount = self.get_body_argument("amount", "")
        amount_fen = amount_typed(amount) if act is EndingAct.SETTLED_ELSEWHERE else 0
        words = self.get_body_argument("words", "")
        if len(words) > PROOF_CHARS_MAX:
            raise BadInput("words", user_message=f"依据最多 {PROOF_CHARS_MAX} 字，请缩短后再提交。")
        await self.console.endings.propose(self.staff, payment_id, seen, act, amount_fen, words, self.proof())
        return "ending_proposed"

    async def _page(self, payment_id: str) -> dict[str, object]:
        payment, sides = await self.console.endings.look(self.staff, payment_id)
        words = self.console.endings.proof_of(payment)
        typed = {name: self.get_body_argument(name, "") for name in ("act", "amount", "words")}
        return ending_page(payment, sides, self.staff, words, typed, self.services.clock.now())

    async def _again(self, payment_id: str, refusal: Refusal) -> None:
        self.show_again("ending", await self._page(payment_id), refusal)
