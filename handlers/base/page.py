"""What every page for patients has: its hospital, the person in front of it, and errors that a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tornado.web import Finish

from handlers.base import cookies
from handlers.base.entrance import open_with
from handlers.base.errors import shown
from handlers.base.handler import SECURITY_HEADERS, BaseHandler
from handlers.base.rendering import Pages
from handlers.patient.views.appearance import ELDER, switch_url
from handlers.patient.views.tabs import tabs
from server.core.errors import LoginNeeded, NotAllowed, NotFound, Refusal, TooSoon
from server.infrastructure.qr_png import QrPrinter
from server.patients.login import LOGIN_LIFE
from server.patients.model import Session
from server.patients.ports import Identity
from server.payments.hospital import Hospital

RETURN_TO_CHARS_MAX = 512
NO_WAY_BACK = ("", "")
"""Of a page to which somebody comes who has no list here."""
CLIENT_FRAMES = "; frame-src weixin: weixinping: weixinpreinject: wvjbscheme:"
"""WeChat's bridge speaks through frames of these schemes in some clients: without them nobody could pay there."""


class Page(BaseHandler):
    """Below ``/h/{hospital}``. Answers JSON instead of a page to a script that asks for it."""

    hospital: Hospital
    back: ClassVar[tuple[str, str]] = ("/bills", "返回待缴费列表")
    """Where people are who can't go on here: a path below the hospital's, and what stands on the link to it."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Security-Policy", SECURITY_HEADERS["Content-Security-Policy"] + CLIENT_FRAMES)

    def prepare(self) -> Any:
        hospital = self.services.hospitals.get(self.path_kwargs.get("hospital", ""))
        if hospital is None:
            raise NotFound("hospital", user_message="没有找到这家医院的缴费页面，请重新扫码进入。")
        self.hospital = hospital
        return super().prepare()

    @property
    def base(self) -> str:
        return f"/h/{self.hospital.id}"

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("Accept", "")

    # ---- who is there ------------------------------------------------------------------------------------------------------------

    async def person(self) -> Session:
        """Who is logged in, with what was just scanned and with everything that is this person's, through whatever entrance. A page that is
        opened without login leads there by itself; in a client that can't pay a page says where to open it.
        """
        return await self.services.login.whole(await self.identity())

    async def identity(self) -> Session:
        """As `person`, with what is this identity's alone: enough for a page that asks for what this very identity has begun."""
        if what_to_do := self._what_to_do_here():
            await self._refuse_client(what_to_do)
        try:
            session = await self.services.login.stored_session(
                self.hospital.id, cookies.get(self, self.hospital, cookies.SESSION)
            )
        except LoginNeeded:
            if self.request.method != "GET" or self.wants_json:
                raise
            await self._enter()
            raise Finish from None
        self.admit(session)
        sealed = cookies.get(self, self.hospital, cookies.SCAN)
        if sealed:
            cookies.drop(self, self.hospital, cookies.SCAN)
            session = await self.services.scans.attach(session, sealed)
        return session

    def client(self) -> Identity | None:
        """The login of the client whose browser this is."""
        browser = self._browser
        identities = self.hospital.identities.values()
        return next((identity for identity in identities if identity.user_agent_mark.lower() in browser), None)

    @property
    def _browser(self) -> str:
        return self.request.headers.get("User-Agent", "").lower()

    def _what_to_do_here(self) -> str:
        """For a client that only looks like one of ours: what the patient does in it; else nothing."""
        client = self.client()
        known = {} if client is None else client.lookalikes
        return next((what for mark, what in known.items() if mark in self._browser), "")

    async def _refuse_client(self, what_to_do: str) -> None:
        if self.request.method != "GET" or self.wants_json:
            raise NotAllowed("a client that can't pay", user_message=what_to_do)
        await self.show_open_with(what_to_do)
        raise Finish

    def begin_login(self, channel: str, return_to: str, *, again: bool = False) -> None:
        """Send the browser to the platform and back; ``again``: the login before this one came back twice."""
        before = cookies.get(self, self.hospital, cookies.LOGIN)
        begun = self.services.login.begin(self.hospital.id, channel, return_to, before, again=again)
        cookies.put(self, self.hospital, cookies.LOGIN, begun.cookie, LOGIN_LIFE)
        self.redirect(begun.url)

    async def _enter(self) -> None:
        client = self.client()
        if client is None:
            await self.show_open_with()
            return
        uri = self.request.uri or ""
        self.begin_login(client.channel, uri if len(uri) <= RETURN_TO_CHARS_MAX else f"{self.base}/bills")

    async def show_open_with(self, what_to_do: str = "") -> None:
        """A browser that is no client of the hospital, or whose cashier can't open: say what to do, with a code to scan from the screen."""
        printer: QrPrinter = self.application.settings["open_printer"]
        address = f"{self.hospital.public_url}{self.base}/bills"
        names = [identity.client_name for identity in self.hospital.identities.values()]
        self.show("base/open_with", open_with(names, await printer.png(address), what_to_do))

    # ---- answering -----------------------------------------------------------------------------------------------------------------

    def show(self, template: str, view: dict[str, object], status: int = 200) -> None:
        """``view`` has what the template shows; the frame of the page is added here."""
        self.set_status(status)
        self._render(template, {"xsrf": self.xsrf_token.decode(), **view})

    def show_again(self, template: str, view: Mapping[str, object], refusal: Refusal | TooSoon) -> None:
        """The form, with what was wrong above it and what was typed still in it."""
        error = shown(refusal)
        if error.wait_seconds:
            self.set_header("Retry-After", str(error.wait_seconds))
        self.show(template, {**view, "problem": refusal.user_message}, status=error.status)

    def show_error(self, status_code: int, **kwargs: Any) -> None:
        if self.wants_json:
            super().show_error(status_code, **kwargs)
            return
        error = shown(kwargs.get("exc_info", (None, None, None))[1])
        if error.wait_seconds:
            self.set_header("Retry-After", str(error.wait_seconds))
        has_way_on = self._is_of_a_hospital and (error.retry or error.code == LoginNeeded.code)
        view = {
            "message": error.message,
            "reference": self.reference,
            "again": self.way_on() if has_way_on else "",
            **self._way_back(),
        }
        self._render("base/error", view)

    def _way_back(self) -> dict[str, str]:
        if not self._is_of_a_hospital or self.back is NO_WAY_BACK:
            return {"back_url": "", "back": ""}
        path, words = self.back
        return {"back_url": f"{self.base}{path}", "back": words}

    def _render(self, template: str, view: Mapping[str, object]) -> None:
        pages: Pages = self.application.settings["pages"]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(pages.render(template, {**self._frame(), **view}))

    @property
    def _is_of_a_hospital(self) -> bool:
        return hasattr(self, "hospital")

    def _frame(self) -> dict[str, object]:
        """What the layout shows around every page; most of it is empty where no hospital is known."""
        if not self._is_of_a_hospital:
            return {"hospital": "", "help_phone": "", "base": "", "is_elder": False, "other_size_url": "", "tabs": []}
        is_elder = cookies.get(self, self.hospital, cookies.APPEARANCE) == ELDER
        here = self.request.path if self.request.method == "GET" else ""
        return {
            "hospital": self.hospital.name,
            "help_phone": self.hospital.help_phone,
            "base": self.base,
            "is_elder": is_elder,
            "other_size_url": switch_url(self.base, here, is_elder=is_elder),
            "tabs": tabs(self.base),
        }

    def way_on(self) -> str:
        """Where the error page's button leads: the same page again, or the list after a form."""
        return self.request.path if self.request.method == "GET" else f"{self.base}{self.back[0]}"


class NothingHere(Page):
    """Every address that is no door."""

    def check_xsrf_cookie(self) -> None:
        return None

    def prepare(self) -> Any:
        raise NotFound("no such door")
