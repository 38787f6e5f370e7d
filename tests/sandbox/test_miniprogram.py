"""The mini-program's server side, held against docs/protocols/wechat_miniprogram.md; no sockets."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.wechat.miniprogram.logins import LOGIN, PHONE
from sandbox.world.wire import Request
from tests.sandbox.world import World

Record = dict[str, Any]


@pytest.fixture
def app(world: World) -> App:
    return App(world)


class App:
    """The hospital's server, as far as these calls go."""

    def __init__(self, world: World) -> None:
        self.world = world
        told = world.credentials["miniprogram"]
        self.appid, self.secret, self.templates = told["appid"], told["secret"], told["templates"]

    def get(self, path: str, **query: str) -> Record:
        answer = self.world.ask(Request(method="GET", target=f"{path}?{urlencode(query)}"))
        told: Record = json.loads(answer.body)
        return told

    def post(self, path: str, body: Record, token: str | None = None) -> Record:
        answer = self.world.ask(
            Request(
                method="POST", target=f"{path}?access_token={token or self.token()}", body=json.dumps(body).encode()
            )
        )
        told: Record = json.loads(answer.body) if answer.body[:1] == b"{" else {"bytes": answer.body}
        return told

    def token(self) -> str:
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        request = Request(method="POST", target="/cgi-bin/stable_token", body=json.dumps(asked).encode())
        return str(json.loads(self.world.ask(request).body)["access_token"])

    def session(self, code: str, **other: str) -> Record:
        asked = {
            "appid": self.appid,
            "secret": self.secret,
            "js_code": code,
            "grant_type": "authorization_code",
            **other,
        }
        return self.get("/sns/jscode2session", **asked)

    def code(self, sort: str, number: int = 1) -> str:
        person = self.world.outside.scene.person(str(number))
        assert person is not None
        return self.world.outside.miniprogram.logins.code(person, sort)


def test_a_login_code_is_good_once_and_names_the_same_person_as_the_account(world: World, app: App) -> None:
    person, code = world.credentials["people"][0], app.code(LOGIN)
    told = app.session(code)
    assert (told["openid"], told["unionid"]) == (person["mini_openid"], person["unionid"])
    assert told["openid"] != person["openid"], "each app has its own"
    assert app.session(code)["errcode"] == 40163
    late = app.code(LOGIN)
    world.time.pass_(minutes=5)
    assert app.session(late)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"js_code": ""}, 41008),
        ({"js_code": "no"}, 40029),
        ({"appid": "wx0"}, 40013),
        ({"secret": "x"}, 40125),
        ({"grant_type": "x"}, 40002),
    ],
)
def test_wrong_logins(app: App, changed: Record, errcode: int) -> None:
    assert app.session(app.code(LOGIN), **changed)["errcode"] == errcode


def test_the_session_s_key_is_checked_by_an_hmac_of_nothing(world: World, app: App) -> None:
    told = app.session(app.code(LOGIN))
    right = hmac.new(told["session_key"].encode(), b"", hashlib.sha256).hexdigest()
    for signature, errcode in ((right, 0), ("0" * 64, 87009)):
        asked = {
            "access_token": app.token(),
            "openid": told["openid"],
            "signature": signature,
            "sig_method": "hmac_sha256",
        }
        assert app.get("/wxa/checksession", **asked)["errcode"] == errcode


def test_the_phone_s_code_is_another_code(world: World, app: App) -> None:
    path, person = "/wxa/business/getuserphonenumber", world.credentials["people"][0]
    code = app.code(PHONE)
    told = app.post(path, {"code": code, "openid": person["mini_openid"]})
    assert told["phone_info"]["purePhoneNumber"] == person["phone"]
    assert told["phone_info"]["watermark"]["appid"] == app.appid
    assert app.post(path, {"code": code})["errcode"] == 40029
    assert app.post(path, {"code": app.code(LOGIN)})["errcode"] == 40029
    assert app.post(path, {"code": app.code(PHONE), "openid": "somebody"})["errcode"] == 40029


def test_the_account_s_token_opens_nothing_here_and_the_other_way_round(world: World, app: App) -> None:
    told = world.credentials["wechat"]
    asked = {"grant_type": "client_credential", "appid": told["appid"], "secret": told["secret"]}
    request = Request(method="POST", target="/cgi-bin/stable_token", body=json.dumps(asked).encode())
    account = json.loads(world.ask(request).body)["access_token"]
    assert app.post("/wxa/generate_urllink", {}, token=account)["errcode"] == 40001
    assert app.get("/cgi-bin/menu/get", access_token=app.token())["errcode"] == 40001
    assert app.post("/wxa/generate_urllink", {}, token="never-issued")["errcode"] == 40001


def a_message(app: App, number: int = 1, **changed: Any) -> Record:
    template = app.templates["payment_booked"]
    data = {"thing1": "张*", "amount2": "12.34", "time3": "2026-11-23 09:31", "character_string4": "ZF1"}
    return {
        "touser": app.world.credentials["people"][number - 1]["mini_openid"],
        "template_id": template["template_id"],
        "page": "pages/payment/payment?no=ZF1",
        "data": {name: {"value": value} for name, value in data.items()},
        **changed,
    }


def test_each_tap_on_allow_is_one_message(world: World, app: App) -> None:
    path, person = "/cgi-bin/message/subscribe/send", world.outside.scene.people[0]
    template_id = app.templates["payment_booked"]["template_id"]
    assert app.post(path, a_message(app))["errcode"] == 43101
    for result in ("reject", "ban", "filter", "accept"):
        world.outside.miniprogram.subscriptions.answered(person, template_id, result)
    assert app.post(path, a_message(app))["errcode"] == 0
    assert app.post(path, a_message(app))["errcode"] == 43101
    (notice,) = world.outside.miniprogram.notices.messages(person.mini_openid)
    assert (notice["title"], notice["rows"][1]) == ("缴费成功通知", ["缴费金额", "12.34"])


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "nobody"}, 40003), ({"template_id": "no"}, 40037), ({"page": "/pages/x"}, 41030), ({"lang": "de"}, 47003),
        ({"data": {}}, 47003), ({"data": "x"}, 47001), ({"miniprogram_state": "x"}, 47003),
    ],
)  # fmt: skip
def test_wrong_messages_cost_no_tap(world: World, app: App, changed: Record, errcode: int) -> None:
    person, template_id = world.outside.scene.people[0], app.templates["payment_booked"]["template_id"]
    world.outside.miniprogram.subscriptions.answered(person, template_id, "accept")
    assert app.post("/cgi-bin/message/subscribe/send", a_message(app, **changed))["errcode"] == errcode
    assert world.outside.miniprogram.subscriptions.left(person, template_id) == 1


def test_codes_and_links(world: World, app: App) -> None:
    picture = app.post("/wxa/getwxacodeunlimit", {"scene": "floor=2", "page": "pages/home/home"})["bytes"]
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    for wrong, errcode in (
        ({}, 40169),
        ({"scene": "二楼"}, 40129),
        ({"scene": "a", "page": "/home"}, 41030),
        ({"scene": "a", "width": 1}, 40097),
    ):
        assert app.post("/wxa/getwxacodeunlimit", wrong)["errcode"] == errcode
    link = app.post(
        "/wxa/generate_urllink",
        {"path": "pages/payment/payment", "query": "no=ZF1", "expire_type": 1, "expire_interval": 30},
    )
    assert world.outside.miniprogram.links.opened(link["url_link"]) == {
        "path": "pages/payment/payment",
        "query": "no=ZF1",
    }
    for days in (31, 0, "1", None):
        assert app.post("/wxa/generate_urllink", {"expire_type": 1, "expire_interval": days})["errcode"] == 85401
    assert app.post("/wxa/generatescheme", {"jump_wxa": "pages/home/home"})["errcode"] == 47001
    assert app.post("/wxa/getwxacodeunlimit", {"scene": "a", "page": 5})["errcode"] == 41030
    assert app.post("/wxa/generatescheme", {"jump_wxa": {"path": "nowhere"}})["errcode"] == 40165
