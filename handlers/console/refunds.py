"""Refunds from the console: asked, agreed to, rejected, each with PIN and TOTP, by the one set of rules in `refunds/service`."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.refund import amount_and_lines, confirm_page, refund_form
from server.console.rules import Room
from server.core.errors import BadInput, NotAllowed, TooManyTries
from server.payments.model import Payment
from server.payments.refund_model import Refund, RefundState
from server.refunds.previews import NOTE_CHARS_MAX
from server.refunds.rules.permissions import ASKS, must_be

DOOR = "console"
_DONE_BY_STATE = {
    RefundState.REQUESTED: "waiting",
    RefundState.REJECTED: "rejected",
    RefundState.WITHDRAWN: "withdrawn",
}


class _RefundHandler(RoomHandler):
    here: ClassVar[Room | None] = Room.PAYMENTS

    def typed(self, name: str) -> str:
        return self.get_body_argument(name, "")[:60]

    def leave_to(self, payment: Payment, done: str) -> None:
        self.redirect(f"/console/payments/{payment.id}?done={done}", status=303)

    def confirm_at(self, ticket: str, *, silent: bool = False) -> None:
        self.redirect(f"/console/confirm/{ticket}{'?silent=1' if silent else ''}", status=303)


class RefundHandler(_RefundHandler):
    """How much, and why. Nothing is changed yet."""

    async def get(self, payment_id: str) -> None:
        must_be(self.staff, ASKS)
        payment = await self.console.payments.look(self.staff, payment_id)
        self.show("refund", {**refund_form(payment, self.typed), "problem": ""})

    async def post(self, payment_id: str) -> None:
        payment = await self.console.payments.look(self.staff, payment_id)
        try:
            amount_fen, lines = amount_and_lines(payment, self.typed)
            reason, note = self.typed("reason"), self.typed("note").strip()
            if len(note) > NOTE_CHARS_MAX:
                raise BadInput("note", user_message=f"说明最多 {NOTE_CHARS_MAX} 字，请缩短后再提交。")
            drafted = await self.services.refund_desk.draft(
                self.staff, payment.id, amount_fen, reason, note, lines, DOOR
            )
            if drafted.his_says:
                raise NotAllowed("his", user_message=f"医院系统不同意：{drafted.his_says}")
        except (BadInput, NotAllowed) as refusal:
            self.show_again("refund", refund_form(payment, self.typed), refusal)
            return
        self.confirm_at(drafted.draft.ticket, silent=drafted.his_silent)


class DecideHandler(_RefundHandler):
    async def post(self, refund_no: str, action: str) -> None:
        drafted = await self.services.refund_desk.draft_decision(
            self.staff, refund_no, agree=action == "agree", words=self.typed("words"), door=DOOR
        )
        self.confirm_at(drafted.draft.ticket)


class WithdrawHandler(_RefundHandler):
    async def post(self, refund_no: str) -> None:
        payment, _ = await self.services.refund_desk.withdraw(self.staff, refund_no, DOOR)
        self.leave_to(payment, "withdrawn")


class ConfirmHandler(_RefundHandler):
    """The preview once more, and the proof."""

    async def get(self, ticket: str) -> None:
        preview = await self.services.refund_desk.drafted(self.staff, ticket, DOOR)
        silent = bool(self.get_query_argument("silent", ""))
        self.show("confirm", {**confirm_page(self.hospital, preview, silent=silent), "problem": ""})

    async def post(self, ticket: str) -> None:
        try:
            payment, refund = await self.services.refund_desk.confirm(self.staff, ticket, self.proof(), DOOR)
        except (NotAllowed, TooManyTries, BadInput) as refusal:
            preview = await self.services.refund_desk.drafted(self.staff, ticket, DOOR)
            self.show_again("confirm", confirm_page(self.hospital, preview), refusal)
            return
        self.leave_to(payment, self._done(refund))

    def _done(self, refund: Refund) -> str:
        if refund.state in _DONE_BY_STATE:
            return _DONE_BY_STATE[refund.state]
        return "agreed" if refund.decided_by == self.staff.as_actor else "asked"
