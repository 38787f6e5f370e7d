"""``GET /s/{sealed}``: the QR on a bill. The seal goes into a cookie and out of the address at once."""

from __future__ import annotations

from datetime import timedelta

from handlers.base import cookies
from handlers.base.page import Page

SEAL_LIFE = timedelta(minutes=10)
"""Long enough to log in, and to move from a browser that can't into one that can."""


class ScanHandler(Page):
    def prepare(self) -> None:
        """The hospital is named inside the seal, not in the address."""

    def get(self, sealed: str) -> None:
        opened = self.services.scans.open(sealed)
        self.hospital = self.services.hospitals[opened.hospital_id]
        cookies.put(self, self.hospital, cookies.SCAN, sealed, SEAL_LIFE)
        self.redirect(f"{self.base}/bills")

    def way_on(self) -> str:
        return ""
