"""The desk, the phones' own pages and what they are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tornado.web import HTTPError, RequestHandler, StaticFileHandler

from sandbox.phones.hosts import Phone, PhoneKind, phone_of
from sandbox.phones.places import Places
from sandbox.phones.proxy import TEMPLATES

STATIC = Path(__file__).resolve().parent / "static"


class _Page(RequestHandler):
    def initialize(self, kinds: Mapping[str, PhoneKind], places: Places) -> None:
        self._kinds = kinds
        self._places = places

    def get_template_path(self) -> str:
        return str(TEMPLATES)

    def prepare(self) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Referrer-Policy", "no-referrer")

    @property
    def _phone(self) -> Phone | None:
        return phone_of(self.request.host_name, self._kinds)


class DeskHandler(_Page):
    """``/sandbox/``: the desk. It lies on the host of the phone that it shows.

    A page on another host is another site for the browser, and then the app's ``SameSite`` cookies would not reach the
    framed phone. So choosing a person means going to that person's host.
    """

    def get(self) -> None:
        phone = self._phone
        if phone is None:
            port = self.request.host.rpartition(":")[2] if ":" in self.request.host else "80"
            self.render("door.html", desk=f"http://{next(iter(self._kinds))}-1.localhost:{port}/sandbox/")
            return
        kinds = json.dumps([[kind.name, kind.title] for kind in self._kinds.values()])
        self.render(
            "desk.html",
            number=phone.number,
            kind=phone.kind.name,
            kinds=kinds,
            console=f"{self._places.app_public}/console",
        )


class PhonePageHandler(_Page):
    """``/phone/``: the phone itself."""

    def get(self) -> None:
        phone = self._phone
        if phone is None:
            raise HTTPError(404)
        self.render(str(phone.kind.page), number=phone.number, home=json.dumps(sorted(self._places.at_home)))


class BridgeHandler(_Page):
    """``/phone/bridge.js``: the one script that is put into the app's pages. One function, so that it leaves no names
    behind.
    """

    def get(self) -> None:
        phone = self._phone
        if phone is None:
            raise HTTPError(404)
        parts = "\n".join(part.read_text("utf-8") for part in phone.kind.bridge)
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.write(f"(() => {{\n{parts}}})();\n")


class AssetHandler(StaticFileHandler):
    """``/phone/assets/…``: always asked for again (the ETag makes that cheap), so that no old page is ever seen."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")
