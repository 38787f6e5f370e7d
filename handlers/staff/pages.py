"""Pages of staff on their own phone: setting up PIN and authenticator, and the proof that a refund asks for.

Who opens them must be the one who speaks in the chat (same identity by OAuth); for anybody else there is no such page.
"""

from __future__ import annotations

import base64

from handlers.base.errors import shown
from handlers.base.page import Page
from handlers.staff.views.pages import (
    chosen_lines,
    confirm_page,
    confirmed,
    done_already,
    done_page,
    items_page,
    setup_page,
)
from server.core.errors import BadInput, NotAllowed, NotFound, Refusal, TooManyTries
from server.core.typed import digits
from server.infrastructure.qr_png import QrPrinter
from server.refunds.drafts import ASK
from server.staff.model import Staff
from server.staff.proofs import Proof

PROOF_CHARS_MAX = 12


class _StaffPage(Page):
    async def staff(self) -> Staff:
        session = await self.person()
        return await self.services.staff.must_be(self.hospital.id, session.identity)

    async def ready_staff(self) -> Staff:
        """The member of staff, who must have a PIN and an authenticator."""
        staff = await self.staff()
        if not staff.can_prove:
            raise NotAllowed("not set up", user_message="请先设置PIN和动态码：在聊天里回复“帮助”。")
        return staff

    def typed(self, name: str) -> str:
        """Six digits as people type them: a blank after three and full width do no harm."""
        return digits(self.get_body_argument(name, ""))[:PROOF_CHARS_MAX]

    def status_of(self, refusal: Refusal) -> int:
        error = shown(refusal)
        if error.wait_seconds:
            self.set_header("Retry-After", str(error.wait_seconds))
        return error.status

    def way_on(self) -> str:
        return self.request.path


class SetupHandler(_StaffPage):
    async def get(self, hospital: str) -> None:
        await self._show(await self.staff())

    async def post(self, hospital: str) -> None:
        staff = await self.staff()
        try:
            await self.services.staff.finish_setup(
                staff, self.typed("pin"), self.typed("pin_again"), self.typed("totp")
            )
        except BadInput as refusal:
            await self._show(staff, refusal)
            return
        self.show("staff/done", done_page("设置完成", "回到聊天，回复“帮助”查看可以做什么。", "success"))

    async def _show(self, staff: Staff, refusal: Refusal | None = None) -> None:
        """The same secret for half an hour, so that a mistyped code needs no new authenticator."""
        address = await self.services.staff.begin_setup(staff)
        printer: QrPrinter = self.application.settings["printer"]
        image = base64.b64encode(await printer.png(address)).decode()
        problem, status = ("", 200) if refusal is None else (refusal.user_message, self.status_of(refusal))
        self.show("staff/setup", setup_page(staff, address, image, problem), status)


class ConfirmHandler(_StaffPage):
    async def get(self, hospital: str, ticket: str) -> None:
        await self._show(await self.ready_staff(), ticket)

    async def post(self, hospital: str, ticket: str) -> None:
        staff = await self.ready_staff()
        proof = Proof(pin=self.typed("pin"), totp=self.typed("totp"))
        try:
            payment, refund = await self.services.refund_desk.confirm(staff, ticket, proof, "chat")
        except (NotAllowed, TooManyTries, BadInput) as refusal:
            await self._show(staff, ticket, refusal)
            return
        self.show("staff/done", done_page(*confirmed(self.hospital, payment, refund)))
        await self.services.staff_chat.tell_done(self.hospital, staff, payment, refund)

    async def _show(self, staff: Staff, ticket: str, refusal: Refusal | None = None) -> None:
        preview = await self.services.refund_desk.drafted(staff, ticket)
        done = done_already(preview)
        if done is not None:  # opened again, or sent twice at once
            self.show("staff/done", done_page(*confirmed(self.hospital, preview.payment, done)))
            return
        problem, status = ("", 200) if refusal is None else (refusal.user_message, self.status_of(refusal))
        self.show("refunds/confirm", confirm_page(self.base, self.hospital, preview, problem), status)


class ItemsHandler(_StaffPage):
    """Which items of the bills go back; a new draft with these lines, and on to its proof."""

    async def get(self, hospital: str, ticket: str) -> None:
        await self._show(await self.ready_staff(), ticket)

    async def post(self, hospital: str, ticket: str) -> None:
        staff = await self.ready_staff()
        preview = await self.services.refund_desk.drafted(staff, ticket)
        if preview.draft.action != ASK:
            raise NotFound("items")
        try:
            lines = chosen_lines(preview, lambda name: self.get_body_argument(name, ""))
            drafted = await self.services.refund_desk.draft(
                staff,
                preview.payment.id,
                sum(line.amount_fen for line in lines),
                preview.draft.reason,
                preview.draft.note,
                lines,
            )
            if drafted.his_says:
                raise NotAllowed("his", user_message=f"医院系统不同意：{drafted.his_says}")
        except (BadInput, NotAllowed) as refusal:
            await self._show(staff, ticket, refusal)
            return
        self.redirect(f"{self.base}/staff/confirm/{drafted.draft.ticket}", status=303)

    async def _show(self, staff: Staff, ticket: str, refusal: Refusal | None = None) -> None:
        preview = await self.services.refund_desk.drafted(staff, ticket)
        if preview.draft.action != ASK:
            raise NotFound("items")
        problem, status = ("", 200) if refusal is None else (refusal.user_message, self.status_of(refusal))
        view = items_page(self.base, preview, problem, lambda name: self.get_body_argument(name, ""))
        self.show("refunds/items", view, status)
