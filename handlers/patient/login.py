"""``/oauth/{channel}/{hospital}/start`` and ``/return``: login without a question."""

from __future__ import annotations

from contextlib import suppress
from typing import ClassVar
from urllib.parse import quote

from handlers.base import cookies
from handlers.base.admission import Share
from handlers.base.page import Page
from handlers.patient.login_lane import LoginLane, known_browser, remember_browser
from server.core.errors import CodeRefused, Forged, LinkExpired, LoginNeeded
from server.patients.login import SESSION_LIFE, LoginRepeated
from server.patients.model import ScannedBills


class LoginStartHandler(Page):
    def get(self, channel: str, hospital: str) -> None:
        self.begin_login(channel, self.get_query_argument("to", f"{self.base}/bills"))


class LoginReturnHandler(Page):
    """The session that begins here has a new id, whatever cookie the browser came with.

    The login's own cookie stays until it expires: the browser may return a second time, or with the login of another tab.
    """

    share: ClassVar[Share | None] = Share.LOGINS

    async def get(self, channel: str, hospital: str) -> None:
        code = self.get_query_argument("code", "") or self.get_query_argument(
            "auth_code", ""
        )  # as the platform calls it
        old = cookies.get(self, self.hospital, cookies.SESSION)
        known = known_browser(self, self.hospital)
        lane = LoginLane(self, known)
        lane.enter()
        scanned = self._scanned()
        try:
            done = await self.services.login.finish(
                self.hospital.id,
                channel,
                code,
                self._state,
                cookies.get(self, self.hospital, cookies.LOGIN),
                old,
                scanned,
            )
        except LoginRepeated:
            self.begin_login(channel, self._asked_for(), again=True)
            return
        except LoginNeeded as error:
            if isinstance(error, CodeRefused):
                lane.refused()
            if await self._is_logged_in():  # came here by the browser's back button
                self.redirect(self._asked_for())
                return
            told = (
                error.user_message
                if error.user_message != LoginNeeded.user_message
                else "登录没有完成，请点“再试一次”。"
            )
            raise LoginNeeded(str(error), user_message=told) from error
        cookies.put(self, self.hospital, cookies.SESSION, done.session.id, SESSION_LIFE)
        if scanned is not None and scanned in done.session.scans:
            cookies.drop(self, self.hospital, cookies.SCAN)
        if not known:
            remember_browser(self, self.hospital)
        self.redirect(done.return_to)

    @property
    def _state(self) -> str:
        return self.get_query_argument("state", "")

    def _scanned(self) -> ScannedBills | None:
        """What was scanned before the login; of a code that is not good (any more) the page that follows says so."""
        sealed = cookies.get(self, self.hospital, cookies.SCAN)
        with suppress(Forged, LinkExpired):
            opened = self.services.scans.open(sealed)
            if opened.hospital_id == self.hospital.id:
                return opened.scanned
        return None

    def _asked_for(self) -> str:
        """The page that this login was for; the bills where nobody knows."""
        cookie, channel = cookies.get(self, self.hospital, cookies.LOGIN), self.path_kwargs["channel"]
        asked = self.services.login.asked_for(self.hospital.id, channel, self._state, cookie)
        return asked or f"{self.base}/bills"

    async def _is_logged_in(self) -> bool:
        with suppress(LoginNeeded):
            await self.services.login.session(self.hospital.id, cookies.get(self, self.hospital, cookies.SESSION))
            return True
        return False

    def way_on(self) -> str:
        to = quote(self._asked_for(), safe="/")
        return f"/oauth/{self.path_kwargs['channel']}/{self.hospital.id}/start?to={to}"


class LogoutHandler(Page):
    """Ends the session, and with it what was scanned. Whoever opens a page again in the same client is logged in anew."""

    async def post(self, hospital: str) -> None:
        with suppress(LoginNeeded):
            session_id = cookies.get(self, self.hospital, cookies.SESSION)
            await self.services.login.logout(await self.services.login.session(self.hospital.id, session_id))
        for name in (cookies.SESSION, cookies.LOGIN, cookies.SCAN):
            cookies.drop(self, self.hospital, name)
        self.show("patients/bye", {})

    def way_on(self) -> str:
        return f"{self.base}/cards"
