"""Staff and limits, for admins; every act with PIN and TOTP, other terms only with a second admin."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.room import RoomHandler
from handlers.console.views.staff import employee_page, invite_form, staff_list
from server.console.rules import Room
from server.core.errors import BadInput, NotAllowed, TooManyTries
from server.core.typed import amount_typed
from server.staff.model import RefundLimits, Role, Staff

DONE = {
    "leave": "已离岗，立即生效。",
    "invite": "邀请已提出。另一位管理员确认后，邀请码显示给那位管理员。",
    "propose": "变更已提出，等另一位管理员确认后生效。",
    "agree": "变更已确认，立即生效。",
    "apart": "已确认不是同一人。",
}


class _StaffRoom(RoomHandler):
    here: ClassVar[Room | None] = Room.STAFF

    def terms(self) -> tuple[Role, RefundLimits]:
        """Role and limits of the form. Raises BadInput."""
        try:
            role = Role(self.get_body_argument("role", ""))
        except ValueError:
            raise BadInput("role", user_message="请选择岗位。") from None
        amounts = [amount_typed(self.get_body_argument(name, "")) for name in ("per_refund", "per_day")]
        return role, RefundLimits(per_refund_fen=amounts[0], per_day_fen=amounts[1])

    def typed(self, name: str) -> str:
        return self.get_body_argument(name, "")[:40].strip()

    async def page(self, one: Staff) -> dict[str, object]:
        return employee_page(one, self.staff, await self.console.office.alike(self.staff, one.number))


class StaffHandler(_StaffRoom):
    async def get(self) -> None:
        everybody = await self.console.office.everybody(self.staff)
        self.show("staff", staff_list(everybody))


class InviteHandler(_StaffRoom):
    async def get(self) -> None:
        await self.console.office.everybody(self.staff)
        number = self.get_query_argument("number", "")[:20]
        self.show("invite", {**invite_form({"number": number}), "problem": ""})

    async def post(self) -> None:
        number, name = self.typed("number"), self.typed("name")
        try:
            role, limits = self.terms()
            await self.console.office.invite(self.staff, self.proof(), number, name, role, limits)
        except (BadInput, NotAllowed, TooManyTries) as refusal:
            fields = {key: self.typed(key) for key in ("number", "name", "role", "per_refund", "per_day")}
            self.show_again("invite", invite_form(fields), refusal)
            return
        self.redirect(f"/console/staff/employee/{number}?done=invite", status=303)


class EmployeeHandler(_StaffRoom):
    async def get(self, number: str) -> None:
        one = await self.console.office.one(self.staff, number)
        notice = DONE.get(self.get_query_argument("done", ""), "")
        self.show("employee", {**await self.page(one), "problem": "", "notice": notice})


class ActHandler(_StaffRoom):
    async def post(self, number: str, action: str) -> None:
        try:
            staff, code = await self._act(number, action)
        except (BadInput, NotAllowed, TooManyTries) as refusal:
            one = await self.console.office.one(self.staff, number)
            self.show_again("employee", {**await self.page(one), "notice": ""}, refusal)
            return
        if code:
            self.show("invited", {"number": number, "name": staff.name, "code": code})
            return
        self.redirect(f"/console/staff/employee/{number}?done={action}", status=303)

    async def _act(self, number: str, action: str) -> tuple[Staff, str]:
        """Who was changed, and the code that an invitation makes."""
        office, proof = self.console.office, self.proof()
        if action == "leave":
            return await office.leave(self.staff, proof, number), ""
        if action == "propose":
            return await office.propose(self.staff, proof, number, *self.terms()), ""
        if action == "apart":
            return await office.tell_apart(self.staff, proof, number, self.typed("other")), ""
        invite = self.get_body_argument("invite", "") == "yes"
        return await office.agree(self.staff, proof, number, self.terms(), invite=invite)
