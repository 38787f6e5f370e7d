"""How large the pages are for this browser: the ordinary size, or 长辈版."""

from __future__ import annotations

from datetime import timedelta

from handlers.base import cookies
from handlers.base.page import Page
from handlers.patient.views.appearance import ELDER, is_page_of

KEPT_FOR = timedelta(days=365)


class AppearanceHandler(Page):
    """Switches the size and leads back to the page where the switch was tapped."""

    def get(self, hospital: str) -> None:
        if self.get_query_argument("size", "") == ELDER:
            cookies.put(self, self.hospital, cookies.APPEARANCE, ELDER, KEPT_FOR)
        else:
            cookies.drop(self, self.hospital, cookies.APPEARANCE)
        back = self.get_query_argument("back", "")
        self.redirect(back if is_page_of(self.base, back) else f"{self.base}/bills")
