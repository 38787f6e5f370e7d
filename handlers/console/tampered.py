"""A payment that was changed in the database: what differs from the audit chain, and the word of two people on it."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.tampered import review_page
from server.alerts.model import NOTE_CHARS_MAX
from server.console.rules import Room
from server.core.errors import BadInput, NotAllowed, Refusal, TooManyTries

SEEN_CHARS_MAX = 128


class TamperedHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.PAYMENTS

    async def get(self, payment_id: str) -> None:
        self.show("tampered", {**await self._page(payment_id), "problem": ""})

    async def post(self, payment_id: str) -> None:
        try:
            place = await self._act(payment_id, self.get_body_argument("do", ""))
        except (NotAllowed, BadInput, TooManyTries) as refusal:
            await self._again(payment_id, refusal)
            return
        self.redirect(place, status=303)

    async def _act(self, payment_id: str, do: str) -> str:
        """Where to go next: to the payment once it is ours again."""
        desk, own = self.console.tampered, f"/console/payments/{payment_id}"
        seen = self.get_body_argument("seen", "")[:SEEN_CHARS_MAX]
        if do == "drop":
            await desk.drop(self.staff, payment_id)
        elif do == "agree":
            await desk.agree(self.staff, payment_id, seen, self.proof())
            return own
        else:
            words = self.get_body_argument("words", "")
            if len(words) > NOTE_CHARS_MAX:
                raise BadInput("words", user_message=f"说明最多 {NOTE_CHARS_MAX} 字，请缩短后再提交。")
            await desk.propose(self.staff, payment_id, seen, words, self.proof())
        return f"{own}/accept"

    async def _page(self, payment_id: str) -> dict[str, object]:
        review = await self.console.tampered.look(self.staff, payment_id)
        return review_page(review, self.staff, self.get_body_argument("words", ""))

    async def _again(self, payment_id: str, refusal: Refusal) -> None:
        self.show_again("tampered", await self._page(payment_id), refusal)
