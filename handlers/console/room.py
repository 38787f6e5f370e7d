"""What every page of the console has: its frame, its errors, and behind the login the member of staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tornado.web import Finish

from handlers.base.admission import Share
from handlers.base.errors import shown
from handlers.base.handler import BaseHandler
from handlers.base.rendering import Pages
from handlers.console import cookie
from handlers.console.views.words import ROLES, ROOM_NAMES
from server.app.console_services import ConsoleServices
from server.console.rules import Room, rooms_of
from server.core.errors import LoginNeeded, NotFound, Refusal
from server.core.typed import digits
from server.payments.hospital import Hospital
from server.staff.model import Staff
from server.staff.proofs import Proof

HOME = "/console"
LOGIN = "/console/login"
PROOF_CHARS_MAX = 12


class ConsolePage(BaseHandler):
    """A page of the console, logged in or not."""

    share: ClassVar[Share | None] = Share.CONSOLE
    actor: Staff | None = None
    here: ClassVar[Room | None] = None

    @property
    def console(self) -> ConsoleServices:
        return self.services.console

    def show(self, template: str, view: Mapping[str, object], status: int = 200) -> None:
        self.set_status(status)
        self._render(template, {"xsrf": self.xsrf_token.decode(), **view})

    def _render(self, template: str, view: Mapping[str, object]) -> None:
        pages: Pages = self.application.settings["pages"]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(pages.render(f"console/{template}", {**self._frame(), **view}))

    def _frame(self) -> dict[str, object]:
        if self.actor is None:
            return {"hospital": "", "person": "", "rooms": []}
        rooms = [
            {"url": f"/console/{room}", "text": ROOM_NAMES[room], "here": room is self.here}
            for room in rooms_of(self.actor)
        ]
        return {
            "hospital": self.services.hospitals[self.actor.hospital].name,
            "person": f"{self.actor.name} · {ROLES[self.actor.role]} · 工号{self.actor.number}",
            "rooms": rooms,
        }

    def show_error(self, status_code: int, **kwargs: Any) -> None:
        error = shown(kwargs.get("exc_info", (None, None, None))[1])
        if error.wait_seconds:
            self.set_header("Retry-After", str(error.wait_seconds))
        is_out = error.code == LoginNeeded.code
        frame = {"person": "", "rooms": []} if is_out else {}
        view = {"xsrf": "", "message": error.message, "reference": self.reference, **frame}
        ways = [{"url": LOGIN, "text": "重新登录"}] if is_out else [{"url": HOME, "text": "回到首页"}]
        if error.retry and self.request.method == "GET":
            ways.insert(0, {"url": self.request.path, "text": "再试一次"})
        self._render("error", {**view, "ways": ways})


def typed_proof(door: BaseHandler) -> Proof:
    """What was typed into the two fields of every form that acts; blanks and full-width digits do no harm."""
    pin, totp = (digits(door.get_body_argument(name, ""))[:PROOF_CHARS_MAX] for name in ("pin", "totp"))
    return Proof(pin=pin, totp=totp)


class RoomHandler(ConsolePage):
    """Behind the login. Who may do what is decided by the services that are called with ``staff``."""

    async def prepare(self) -> None:
        super().prepare()
        try:
            self.actor = await self.console.sessions.staff(cookie.get(self, cookie.SESSION))
        except LoginNeeded:
            if cookie.get(
                self, cookie.SESSION
            ):  # a link from elsewhere brings none (SameSite=Strict): that ends no session
                cookie.drop(self, cookie.SESSION)
            if self.request.method != "GET":
                raise
            self.redirect(LOGIN)
            raise Finish from None

    @property
    def staff(self) -> Staff:
        if self.actor is None:
            raise LoginNeeded("console session")
        return self.actor

    @property
    def hospital(self) -> Hospital:
        hospital = self.services.hospitals.get(self.staff.hospital)
        if hospital is None:
            raise NotFound("hospital")
        return hospital

    def proof(self) -> Proof:
        return typed_proof(self)

    def show_again(self, template: str, view: Mapping[str, object], refusal: Refusal) -> None:
        """The form, with what was wrong above it."""
        error = shown(refusal)
        if error.wait_seconds:
            self.set_header("Retry-After", str(error.wait_seconds))
        self.show(template, {**view, "problem": refusal.user_message}, status=error.status)
