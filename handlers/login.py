"""``/oauth/{channel}/{hospital}/start`` and ``/return``: login without a question."""

from __future__ import annotations

from contextlib import suppress

from handlers import cookies
from handlers.page import Page
from server.domain.errors import LoginNeeded
from server.services.login import SESSION_LIFE


class LoginStartDoor(Page):
    def get(self, channel: str, hospital: str) -> None:
        self.begin_login(channel, self.get_query_argument("to", f"{self.base}/bills"))


class LoginReturnDoor(Page):
    """The session that begins here has a new id, whatever cookie the browser came with."""

    async def get(self, channel: str, hospital: str) -> None:
        self._channel = channel
        code = self.get_query_argument("code", "") or self.get_query_argument(
            "auth_code", ""
        )  # as the platform calls it
        state = self.get_query_argument("state", "")
        cookie = cookies.get(self, self.hospital, cookies.LOGIN)
        cookies.drop(self, self.hospital, cookies.LOGIN)
        try:
            done = await self.services.login.finish(self.hospital.id, channel, code, state, cookie)
        except LoginNeeded as error:
            if await self._is_logged_in():  # came here by the browser's back button
                self.redirect(f"{self.base}/bills")
                return
            raise LoginNeeded(str(error), person="登录没有完成，请点“再试一次”。") from error
        cookies.put(self, self.hospital, cookies.SESSION, done.session.id, SESSION_LIFE)
        self.redirect(done.return_to)

    async def _is_logged_in(self) -> bool:
        with suppress(LoginNeeded):
            await self.services.login.session(self.hospital.id, cookies.get(self, self.hospital, cookies.SESSION))
            return True
        return False

    def way_on(self) -> str:
        return f"/oauth/{self._channel}/{self.hospital.id}/start?to={self.base}/bills"
