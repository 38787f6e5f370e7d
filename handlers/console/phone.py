"""``/h/{hospital}/staff/console/{ticket}``: the bound phone is asked whether that computer may be let in."""

from __future__ import annotations

from handlers.base.page import Page
from handlers.console.views.login import phone_page
from server.core.errors import NotAllowed
from server.staff.model import Staff


class PhoneHandler(Page):
    async def get(self, hospital: str, ticket: str) -> None:
        staff = await self._staff()
        asking = await self.services.console.login.look(staff, ticket)
        self.show("console/phone", phone_page(staff, asking, self.request.path))

    async def post(self, hospital: str, ticket: str) -> None:
        staff = await self._staff()
        agrees = self.get_body_argument("answer", "") == "yes"
        await self.services.console.login.answer(staff, ticket, agrees=agrees)
        self.show("console/phone_done", {"agreed": agrees})

    async def _staff(self) -> Staff:
        """Strangers find nothing here."""
        session = await self.person()
        staff = await self.services.staff.must_be(self.hospital.id, session.identity)
        if not staff.can_prove:
            raise NotAllowed("not set up", user_message="请先设置PIN和动态码，再登录控制台。")
        return staff
