"""Into the console and out of it: the code for the phone, then PIN and TOTP on this page."""

from __future__ import annotations

import base64

from handlers.console import cookie
from handlers.console.room import HOME, ConsolePage, RoomHandler, typed_proof
from handlers.console.views.login import browser_name, login_page
from server.console.login import Asking
from server.console.rules import rooms_of
from server.core.errors import NotAllowed, NotFound, TooManyTries
from server.infrastructure.qr_png import QrPrinter


class HomeHandler(RoomHandler):
    """The first room that this role may enter."""

    def get(self) -> None:
        self.redirect(f"/console/{rooms_of(self.staff)[0]}")


class LoginHandler(ConsolePage):
    async def get(self) -> None:
        hospital = self._hospital()
        if not hospital:
            choices = [{"id": known.id, "name": known.name} for known in self.services.hospitals.values()]
            self.show("hospitals", {"hospitals": choices})
            return
        asking = await self.console.login.waiting(cookie.get(self, cookie.LOGIN))
        if asking is None or asking.hospital != hospital or self.get_query_argument("again", ""):
            place = f"{self.request.remote_ip or ''}，{browser_name(self.request.headers.get('User-Agent', ''))}"
            asking, kept = self.console.login.begin(hospital, place)
            cookie.put(self, cookie.LOGIN, kept)
        await self._show(asking)

    async def post(self) -> None:
        kept = cookie.get(self, cookie.LOGIN)
        asking = await self.console.login.waiting(kept)
        try:
            session = await self.console.login.finish(kept, typed_proof(self), cookie.get(self, cookie.SESSION))
        except (NotAllowed, TooManyTries) as refusal:
            if asking is None:
                raise
            await self._show(asking, refusal.user_message, status=429 if isinstance(refusal, TooManyTries) else 403)
            return
        cookie.drop(self, cookie.LOGIN)
        cookie.put(self, cookie.SESSION, session)
        self.redirect(HOME, status=303)

    def _hospital(self) -> str:
        """The one that was chosen, or the only one; empty while it must be chosen."""
        known = self.services.hospitals
        asked = self.get_query_argument("hospital", "")
        if asked and asked not in known:
            raise NotFound("hospital", user_message="没有找到这家医院。")
        return asked or (next(iter(known)) if len(known) == 1 else "")

    async def _show(self, asking: Asking, problem: str = "", status: int = 200) -> None:
        hospital = self.services.hospitals[asking.hospital]
        printer: QrPrinter = self.application.settings["open_printer"]
        png, name, address = b"", "", ""
        if asking.number:
            name = (await self.services.staff.get(asking.hospital, asking.number)).name
        else:
            address = f"{hospital.public_url}/h/{hospital.id}/staff/console/{asking.ticket}"
            png = await printer.png(address)
        image = base64.b64encode(png).decode()
        clients = [identity.client_name for identity in hospital.identities.values()]
        self.show(
            "login",
            {**login_page(asking, name, clients, image, problem), "address": address, "hospital": hospital.name},
            status,
        )


class LoginStateHandler(ConsolePage):
    """What the login page's script asks: JSON ``{state: waiting | confirmed | gone}``."""

    async def get(self) -> None:
        asking = await self.console.login.waiting(cookie.get(self, cookie.LOGIN))
        state = "gone" if asking is None else "confirmed" if asking.number else "waiting"
        self.send_json({"state": state})


class LogoutHandler(ConsolePage):
    async def post(self) -> None:
        await self.console.login.leave(cookie.get(self, cookie.SESSION))
        cookie.drop(self, cookie.SESSION)
        self.show("bye", {})
