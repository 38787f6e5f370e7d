"""The first page: what this person needs now, and a few further ways."""

from __future__ import annotations

from handlers.base.page import Page
from handlers.patient.views.home import home_page
from server.core.errors import NotFound


class RootHandler(Page):
    """The bare address: where there is just one hospital, its first page."""

    def prepare(self) -> None:
        hospitals = list(self.services.hospitals)
        if len(hospitals) != 1:
            raise NotFound("several hospitals", user_message="请扫描缴费单上的二维码，或从医院的菜单进入。")
        self.redirect(f"/h/{hospitals[0]}/")


class HomeHandler(Page):
    async def get(self, hospital: str) -> None:
        session = await self.person()
        needs = self.services.needs
        home = await needs.home(session, self.get_query_argument("member", ""))
        self.show("needs/home", home_page(self.base, home, needs.places(self.hospital.id)))
