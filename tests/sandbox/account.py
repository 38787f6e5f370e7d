"""A developer of the official account, written from docs/protocols/wechat_official.md: asks the API, and speaks the callback by wechatpy."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from sandbox.world.wire import Request, Response
from tests.sandbox.world import Record, World


class Account:
    def __init__(self, world: World) -> None:
        given = world.credentials["wechat"]
        self.world = world
        self.appid: str = given["appid"]
        self.secret: str = given["secret"]
        self.templates: Record = given["templates"]

    def raw(self, method: str, path: str, body: object = None, **query: str) -> Response:
        raw = (
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        )
        target = f"{path}?{urlencode(query)}" if query else path
        return self.world.ask(Request(method=method, target=target, body=raw, host="sandbox.invalid:8889"))

    def ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """The JSON; every answer of this platform is HTTP 200."""
        response = self.raw(method, path, body, **query)
        assert response.status == 200
        return json.loads(response.body)

    def stable(self, **changed: Any) -> Record:
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret} | changed
        told: Record = self.ask("POST", "/cgi-bin/stable_token", asked)
        return told

    def token(self) -> str:
        token: str = self.stable()["access_token"]
        return token

    def works(self, token: str) -> int:
        """The errcode that a token gets; 0: it works."""
        told = self.ask("GET", "/cgi-bin/ticket/getticket", access_token=token, type="jsapi")
        return int(told["errcode"])

    def code(self, number: int = 1, scope: str = "snsapi_base") -> str:
        """As person ``number``'s phone gets it."""
        query = [
            ("appid", self.appid), ("redirect_uri", "http://app.invalid:8888/oauth/return"), ("response_type", "code"),
            ("scope", scope), ("state", "S1"),
        ]  # fmt: skip
        target = f"/connect/oauth2/authorize?{urlencode(query)}"
        response = self.world.outside.authorize(Request(method="GET", target=target), self.world.openid(number))
        assert response.status == 302, response.body.decode()
        location: str = response.headers["Location"]
        return location.partition("code=")[2].partition("&")[0]

    def exchange(self, code: str, **changed: str) -> Record:
        query = {"appid": self.appid, "secret": self.secret, "code": code, "grant_type": "authorization_code"} | changed
        told: Record = self.ask("GET", "/sns/oauth2/access_token", **query)
        return told

    def template(self, number: int = 1, purpose: str = "payment_booked", **changed: str) -> Record:
        """A payment_booked with good values, ``changed`` by keyword type: ``thing="…"``; ``...`` leaves it out."""
        good = {
            "thing": "张**",
            "amount": "12.00元",
            "time": "2026年3月2日 09:00",
            "character_string": "ZF20260302ABCDEFGHJK",
        }
        values = good | changed
        names = self.templates[purpose]["keywords"]
        data = {name: {"value": values[name.rstrip("0123456789")]} for name in names}
        data = {name: value for name, value in data.items() if value["value"] is not ...}
        body = {
            "touser": self.world.openid(number),
            "template_id": self.templates[purpose]["template_id"],
            "data": data,
        }
        return self.send("/cgi-bin/message/template/send", body)

    def custom(self, number: int = 1, content: str = "您好") -> int:
        body = {"touser": self.world.openid(number), "msgtype": "text", "text": {"content": content}}
        return int(self.send("/cgi-bin/message/custom/send", body)["errcode"])

    def send(self, path: str, body: object) -> Record:
        told: Record = self.ask("POST", path, body, access_token=self.token())
        return told

    def chat(self, number: int = 1) -> list[Record]:
        return self.world.outside.chats.messages(self.world.openid(number))
