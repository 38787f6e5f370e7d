"""``GET /s/{sealed}``: the QR on a bill. The seal goes into a cookie and out of the address at once."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from handlers.base import cookies
from handlers.base.page import Page

SEAL_LIFE = timedelta(minutes=10)
"""Long enough to log in, and to move from a browser that can't into one that can."""


class ScanHandler(Page):
    """``cookie`` keeps the seal for ``life``, for the page ``leads_to`` below the hospital's address."""

    cookie: ClassVar[str] = cookies.SCAN
    life: ClassVar[timedelta] = SEAL_LIFE
    leads_to: ClassVar[str] = "bills"

    def prepare(self) -> None:
        """The hospital is named inside the seal, not in the address."""

    def get(self, sealed: str) -> None:
        self.hospital = self.services.hospitals[self.hospital_of(sealed)]
        cookies.put(self, self.hospital, self.cookie, sealed, self.life)
        self.redirect(f"{self.base}/{self.leads_to}")

    def hospital_of(self, sealed: str) -> str:
        """The id. Raises Forged and LinkExpired."""
        return self.services.scans.open(sealed).hospital_id

    def way_on(self) -> str:
        return ""
