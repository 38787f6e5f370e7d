"""What is kept about people and why, and the end of it: closing one's account."""

from __future__ import annotations

from contextlib import suppress

from handlers.base import cookies
from handlers.base.page import Page
from server.core.errors import LoginNeeded
from server.patients.persons import KEPT


class PrivacyHandler(Page):
    """For everybody: no login is asked for."""

    async def get(self, hospital: str) -> None:
        kept = {"kept_years": self.hospital.payments_kept_years, "phone_days": KEPT.days}
        self.show("privacy/privacy", {"is_logged_in": await self._is_logged_in(), **kept})

    async def _is_logged_in(self) -> bool:
        with suppress(LoginNeeded):
            await self.services.login.session(self.hospital.id, cookies.get(self, self.hospital, cookies.SESSION))
            return True
        return False


class AccountCloseHandler(Page):
    """Everything that was bound ends in every entrance, and so does this session."""

    async def post(self, hospital: str) -> None:
        session = await self.person()
        await self.services.accounts.close(session.hospital, session.owners)
        await self.services.login.logout(session)
        for name in (cookies.SESSION, cookies.LOGIN, cookies.SCAN):
            cookies.drop(self, self.hospital, name)
        self.show("privacy/account_closed", {})

    def way_on(self) -> str:
        return f"{self.base}/privacy"
