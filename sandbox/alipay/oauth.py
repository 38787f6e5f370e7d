"""Authorisation (section 9): auth codes for who holds the phone, good once; and what a code is exchanged for."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlencode, urlsplit

from sandbox.alipay.errors import Refused, Unrouted
from sandbox.alipay.gateway import Call
from sandbox.alipay.shown import Buyers
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, split_address

PAGE = "/oauth2/publicAppAuthorize.htm"
CODE, ACCESS, REFRESH, AGREED = "alipay.code", "alipay.access", "alipay.refresh", "alipay.agreed"
CODE_LIFE, TOKEN_LIFE = timedelta(hours=24), timedelta(seconds=3600)
SCOPES = {"auth_base", "auth_user"}
STATE_MAX = 100


class Oauth:
    def __init__(self, scene: Scene, buyers: Buyers) -> None:
        self._scene = scene
        self._buyers = buyers

    # ---- the page that a person hardly sees ------------------------------------------------------------------------------------

    def authorize(self, request: Request, person: Person | None) -> Response:
        """``person`` is whose phone this is; without a phone the people are offered as links."""
        query = request.query
        problem = self._problem(query)
        if problem:
            return _page(400, f"<h1>{problem}</h1>")
        person = person or self._scene.person(query.get("sandbox_person", ""))
        if person is None:
            links = "".join(
                f'<li><a href="{_here(request, sandbox_person=str(each.number))}">{each.name}</a></li>'
                for each in self._scene.people
            )
            return _page(200, f"<h1>谁在登录？</h1><p>这不是任何人的手机，请选一个人。</p><ul>{links}</ul>")
        if query["scope"] == "auth_user" and not self._has_agreed(person, "sandbox_agreed" in query):
            name, agree = escape(self._scene.hospital_name), _here(request, sandbox_agreed="1")
            return _page(200, f'<h1>{name} 申请获取你的昵称、头像</h1><p><a href="{agree}">同意</a></p>')
        told = {
            "app_id": query["app_id"],
            "source": "alipay_wallet",
            "scope": query["scope"],
            "auth_code": self._code(person, query["scope"]),
            **({"state": query["state"]} if query.get("state") else {}),
        }
        back = query["redirect_uri"]
        location = f"{back}{'&' if urlsplit(back).query else '?'}{urlencode(told)}"
        return Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})

    def _problem(self, query: dict[str, str]) -> str:
        if query.get("app_id") != self._scene.keys["alipay_app_id"]:
            return "授权失败：app_id 无效（INVALID_APP_ID）"
        if query.get("scope") not in SCOPES:
            return "授权失败：scope 无效（INVALID_SCOPE）"
        if len(query.get("state", "")) > STATE_MAX:
            return "授权失败：state 过长（INVALID_STATE）"
        back, home = split_address(query.get("redirect_uri", "")), urlsplit(self._scene.app_public_url)
        if back is None or back.netloc != home.netloc:
            return "授权失败：redirect_uri 与应用的授权回调地址不一致（INVALID_REDIRECT_URI）"
        return ""

    def _has_agreed(self, person: Person, agrees_now: bool) -> bool:
        if agrees_now:
            self._scene.records.put(AGREED, person.alipay_user_id, {"agreed": True})
        return self._scene.records.get(AGREED, person.alipay_user_id) is not None

    def _code(self, person: Person, scope: str) -> str:
        code = self._scene.dice.upper_hex(32).lower()
        until = (self._scene.clock.now() + CODE_LIFE).isoformat()
        self._scene.records.put(CODE, code, {"who": person.alipay_user_id, "scope": scope, "until": until})
        return code

    # ---- what the app asks -----------------------------------------------------------------------------------------------------

    def token(self, call: Call, fault: Record) -> Record:
        """alipay.system.oauth.token: on success without code and msg, refused as ``error_response``."""
        grant = call.params.get("grant_type")
        if grant == "authorization_code":
            kind, name, otherwise = CODE, call.params.get("code", ""), "isv.code-invalid"
        elif grant == "refresh_token":
            kind, name, otherwise = REFRESH, call.params.get("refresh_token", ""), "isv.refresh-token-invalid"
        else:
            raise Unrouted("40002", "isv.grant-type-invalid", "授权类型无效")
        known = self._living(kind, name)
        if known is None:
            raise Unrouted("40002", otherwise, "授权码 code 无效" if kind == CODE else "刷新令牌无效")
        self._scene.records.drop(kind, name)  # once
        return self._granted(known["who"], known["scope"])

    def _granted(self, who: str, scope: str) -> Record:
        dice, now, granted = self._scene.dice, self._scene.clock.now(), {"who": who, "scope": scope}
        access, refresh = (f"{scope.replace('_', '')[:7]}B{dice.upper_hex(32).lower()}" for _ in range(2))
        until = (now + TOKEN_LIFE).isoformat()
        self._scene.records.put(ACCESS, access, {**granted, "until": until})
        self._scene.records.put(REFRESH, refresh, {**granted, "until": until})
        life = int(TOKEN_LIFE.total_seconds())
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": life,
            "re_expires_in": life,
            "auth_start": f"{now:%Y-%m-%d %H:%M:%S}",
            **self._buyers.named(who),
        }

    def user(self, call: Call, fault: Record) -> Record:
        """alipay.user.info.share."""
        token = call.params.get("auth_token", "")
        known = self._living(ACCESS, token)
        if known is None:
            is_old = self._scene.records.get(ACCESS, token) is not None
            name = "aop.auth-token-time-out" if is_old else "aop.invalid-auth-token"
            raise Refused("20001", name, "访问令牌已过期" if is_old else "无效的访问令牌")
        if known["scope"] != "auth_user":
            raise Refused("40006", "isv.insufficient-user-permissions", "用户权限不足：没有授权 auth_user")
        person = self._buyers.person(known["who"])
        return {
            **self._buyers.named(known["who"]),
            "nick_name": person.name,
            "gender": "F" if person.sex == "female" else "M",
            "is_certified": "T",
            "user_type": "2",
            "user_status": "T",
        }

    def _living(self, kind: str, name: str) -> Record | None:
        known = self._scene.records.get(kind, name)
        if known is None or datetime.fromisoformat(known["until"]) <= self._scene.clock.now():
            return None
        return known


def _here(request: Request, **more: str) -> str:
    return escape(f"{request.target}&{urlencode(more)}")


def _page(status: int, body: str) -> Response:
    html = f'<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>支付宝</title>{body}'
    return Response(status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=html.encode())
