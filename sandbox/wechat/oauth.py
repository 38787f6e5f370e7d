"""Web authorisation (section 6): codes for who holds the phone, once, for five minutes; and what a code is exchanged for."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlencode, urlsplit

from sandbox.wechat.errors import Errcode
from sandbox.wechat.tokens import Tokens
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, split_address

CODE, ACCESS, REFRESH = "wechat.code", "wechat.oauth_access", "wechat.oauth_refresh"
CODE_LIFE, ACCESS_LIFE, REFRESH_LIFE = timedelta(minutes=5), timedelta(hours=2), timedelta(days=30)
SCOPES = {"snsapi_base", "snsapi_userinfo"}
# The client matches the whole address: parameters in another order are refused.
_IN_ORDER = re.compile(
    r"appid=[^&]*&redirect_uri=[^&]*&response_type=[^&]*&scope=[^&]*(&state=[^&]*)?"
    r"(&connect_redirect=1|&forcePopup=true|&forceSnapShot=true|&sandbox_[a-z]+=[^&]*)*"
)


class Oauth:
    def __init__(self, scene: Scene, chats: Chats, tokens: Tokens) -> None:
        self._scene = scene
        self._chats = chats
        self._tokens = tokens

    # ---- the page that a person never sees -----------------------------------------------------------------------------------------

    def authorize(self, request: Request, openid: str | None) -> Response:
        """``openid`` is whose phone this is; without a phone the people are offered as links."""
        query = request.query
        problem = self._problem(request)
        if problem:
            return _page(400, f"<h1>{problem}</h1>")
        person = self._scene.person(openid or query.get("sandbox_openid", ""))
        if person is None:
            links = "".join(
                f'<li><a href="{self._here(request, sandbox_openid=each.openid)}">{each.name}</a></li>'
                for each in self._scene.people
            )
            return _page(200, f"<h1>谁在登录？</h1><p>这不是任何人的手机，请选一个人。</p><ul>{links}</ul>")
        is_silent = query["scope"] == "snsapi_base" or self._chats.follows(person.openid)
        if not is_silent and "sandbox_agreed" not in query:
            agree = self._here(request, sandbox_agreed="1")
            return _page(
                200, f'<h1>{escape(self._scene.hospital_name)} 申请获得你的昵称、头像</h1><a href="{agree}">允许</a>'
            )
        back = query["redirect_uri"]
        told = urlencode({"code": self._code(person.openid, query["scope"]), "state": query.get("state", "")})
        location = f"{back}{'&' if urlsplit(back).query else '?'}{told}"
        return Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})

    def _here(self, request: Request, **more: str) -> str:
        return escape(f"{request.target}&{urlencode(more)}")

    def _problem(self, request: Request) -> str:
        query = request.query
        if query.get("appid") != self._scene.keys["appid"]:
            return "appid 参数错误"
        if not _IN_ORDER.fullmatch(request.target.partition("?")[2]):
            return "链接参数的顺序或名称不对：appid、redirect_uri、response_type、scope、state"
        if query.get("response_type") != "code" or query.get("scope") not in SCOPES:
            return "Scope 参数错误或没有 Scope 权限 10005"
        state = query.get("state", "")
        if len(state) > 128 or not (state == "" or (state.isascii() and state.isalnum())):
            return "state 参数错误"
        back, home = split_address(query.get("redirect_uri", "")), urlsplit(self._scene.app_public_url)
        if back is None or back.netloc != home.netloc:
            return "redirect_uri 域名与后台配置不一致，错误码：10003"
        return ""

    def _code(self, openid: str, scope: str) -> str:
        code = f"0{self._scene.dice.text(31)}"
        until = (self._scene.clock.now() + CODE_LIFE).isoformat()
        self._scene.records.put(CODE, code, {"openid": openid, "scope": scope, "until": until, "used": False})
        return code

    # ---- what the app asks ---------------------------------------------------------------------------------------------------------

    def exchange(self, request: Request, fault: Record | None = None) -> Record:
        """sns/oauth2/access_token. Raises Errcode 41008, 40029 or 40163."""
        query = request.query
        self._tokens.check_app(query.get("appid"), query.get("secret"))
        if query.get("grant_type") != "authorization_code":
            raise Errcode(40002)
        if not query.get("code"):
            raise Errcode(41008)
        known = self._living(CODE, query["code"], 40029)
        if known["used"]:
            raise Errcode(40163)
        self._scene.records.put(CODE, query["code"], {**known, "used": True})
        if fault is not None and fault["what"] == "snapshot":
            virtual = f"oZFsnap{self._scene.dice.text(21)}"
            return self._granted(virtual, known["scope"]) | {"is_snapshotuser": 1}
        return self._granted(known["openid"], known["scope"])

    def refresh(self, request: Request) -> Record:
        query = request.query
        if query.get("appid") != self._scene.keys["appid"]:
            raise Errcode(40013)
        if query.get("grant_type") != "refresh_token":
            raise Errcode(40002)
        known = self._living(REFRESH, query.get("refresh_token", ""), 40030)
        return self._granted(known["openid"], known["scope"], query["refresh_token"])

    def _granted(self, openid: str, scope: str, refresh_token: str = "") -> Record:
        dice, now, granted = self._scene.dice, self._scene.clock.now(), {"openid": openid, "scope": scope}
        access_token, refresh_token = f"u{dice.text(90)}", refresh_token or f"r{dice.text(90)}"
        self._scene.records.put(ACCESS, access_token, {**granted, "until": (now + ACCESS_LIFE).isoformat()})
        self._scene.records.put(REFRESH, refresh_token, {**granted, "until": (now + REFRESH_LIFE).isoformat()})
        told: Record = {"access_token": access_token, "expires_in": 7200, "refresh_token": refresh_token, **granted}
        person = self._scene.person(openid)
        return told | ({"unionid": person.unionid} if scope == "snsapi_userinfo" and person is not None else {})

    def userinfo(self, request: Request) -> Record:
        known = self._living(ACCESS, request.query.get("access_token", ""), 40001)
        if known["openid"] != request.query.get("openid"):
            raise Errcode(40003)
        if known["scope"] != "snsapi_userinfo":
            raise Errcode(48001)
        person = self._scene.person(known["openid"])
        unknown: Record = {"sex": 0, "province": "", "city": "", "country": "", "headimgurl": "", "privilege": []}
        told: Record = {"openid": known["openid"], "nickname": person.name if person else "微信用户", **unknown}
        return told | ({"unionid": person.unionid} if person is not None else {})

    def auth(self, request: Request) -> Record:
        known = self._living(ACCESS, request.query.get("access_token", ""), 40001)
        if known["openid"] != request.query.get("openid"):
            raise Errcode(40003)
        return {"errcode": 0, "errmsg": "ok"}

    def _living(self, kind: str, name: str, otherwise: int) -> Record:
        known = self._scene.records.get(kind, name)
        if known is None or datetime.fromisoformat(known["until"]) <= self._scene.clock.now():
            raise Errcode(otherwise)
        return known


def _page(status: int, body: str) -> Response:
    html = f'<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>微信</title>{body}'
    return Response(status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=html.encode())
