"""The mini-program's controls (README.md): what the client on a person's phone would do."""

from __future__ import annotations

from tornado.web import HTTPError

from sandbox.controls.handlers import Control
from sandbox.wechat.miniprogram.logins import LOGIN, PHONE
from sandbox.wechat.miniprogram.subscriptions import ASKED_AT_ONCE_MAX, RESULTS
from sandbox.world.people import Person
from sandbox.world.wire import Record


class Phone(Control):
    def owner(self, body: Record) -> Person:
        return self.person(str(body.get("person") or body.get("openid") or ""))


class LoginHandler(Phone):
    """``wx.login``: ``{person}`` → ``{code}``."""

    def post(self) -> None:
        self.write({"code": self.outside.miniprogram.logins.code(self.owner(self.body()), LOGIN)})


class PhoneNumberHandler(Phone):
    """The button of open-type getPhoneNumber: ``{person}`` → ``{code}``."""

    def post(self) -> None:
        self.write({"code": self.outside.miniprogram.logins.code(self.owner(self.body()), PHONE)})


class SubscribeHandler(Phone):
    """``wx.requestSubscribeMessage``: ``{person, results: {template_id: accept|reject|ban|filter}}`` → what the client is told."""

    def post(self) -> None:
        body = self.body()
        person, results = self.owner(body), body.get("results")
        if not isinstance(results, dict) or not 1 <= len(results) <= ASKED_AT_ONCE_MAX:
            raise HTTPError(400, f"results has one to {ASKED_AT_ONCE_MAX} template_ids, each {', '.join(RESULTS)}")
        try:
            for template_id, result in results.items():
                self.outside.miniprogram.subscriptions.answered(person, template_id, result)
        except KeyError:
            raise HTTPError(404, "no such template_id; /sandbox/credentials has them") from None
        except ValueError:
            raise HTTPError(400, f"a result is {', '.join(RESULTS)}") from None
        self.write({"errMsg": "requestSubscribeMessage:ok", **results})


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
