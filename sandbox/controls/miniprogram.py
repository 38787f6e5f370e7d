"""The mini-program's controls (README.md): what the client on a person's phone would do."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from tornado.web import HTTPError

from sandbox.controls.asked import Name
from sandbox.controls.handlers import Control
from sandbox.wechat.miniprogram.logins import LOGIN, PHONE
from sandbox.wechat.miniprogram.subscriptions import ASKED_AT_ONCE_MAX, RESULTS, Result
from sandbox.world.people import Person
from sandbox.world.shapes import ABSENT, Asked, coded

_TAPS = f"results has one to {ASKED_AT_ONCE_MAX} template_ids, each {', '.join(RESULTS)}"


class Owner(Asked):
    person: Name = ""
    openid: Name = ""


class Taps(Owner):
    results: Annotated[
        dict[str, Result], Field(min_length=1, max_length=ASKED_AT_ONCE_MAX), coded("400", _TAPS)
    ] = ABSENT  # fmt: skip


class Phone(Control):
    def owner(self, asked: Owner) -> Person:
        return self.person(asked.person or asked.openid)


class LoginHandler(Phone):
    """``wx.login``: ``{person}`` → ``{code}``."""

    def post(self) -> None:
        self.write({"code": self.outside.miniprogram.logins.code(self.owner(self.asked(Owner)), LOGIN)})


class PhoneNumberHandler(Phone):
    """The button of open-type getPhoneNumber: ``{person}`` → ``{code}``."""

    def post(self) -> None:
        self.write({"code": self.outside.miniprogram.logins.code(self.owner(self.asked(Owner)), PHONE)})


class SubscribeHandler(Phone):
    """``wx.requestSubscribeMessage``: ``{person, results: {template_id: accept|reject|ban|filter}}`` → what the client is told."""

    def post(self) -> None:
        asked = self.asked(Taps)
        person = self.owner(asked)
        try:
            for template_id, result in asked.results.items():
                self.outside.miniprogram.subscriptions.answered(person, template_id, result)
        except KeyError:
            raise HTTPError(404, "no such template_id; /sandbox/credentials has them") from None
        self.write({"errMsg": "requestSubscribeMessage:ok", **asked.results})


class LinkHandler(Phone):
    """Where a link of generate_urllink or generatescheme leads."""

    def get(self) -> None:
        found = self.outside.miniprogram.links.opened(self.get_query_argument("link", ""))
        if found is None:
            raise HTTPError(404, "no such link")
        self.write(found)


ROUTES = {
    r"/sandbox/miniprogram/login": LoginHandler,
    r"/sandbox/miniprogram/phone_code": PhoneNumberHandler,
    r"/sandbox/miniprogram/subscribe": SubscribeHandler,
    r"/sandbox/miniprogram/link": LinkHandler,
}
