"""The platform's face: the authorise page and the API below /sns/ and /cgi-bin/."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from sandbox.wechat.chats import Chats
from sandbox.wechat.errors import Errcode
from sandbox.wechat.tokens import Tokens
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, json_response

Handle = Callable[[Request], Record]


class OfficialAccountPlatform:
    def __init__(self, scene: Scene, chats: Chats) -> None:
        self._scene = scene
        self._chats = chats
        self.tokens = Tokens(scene.keys, scene.records, scene.clock, scene.dice)
        open_calls: dict[tuple[str, str], tuple[str, Handle]] = {
            ("POST", "/cgi-bin/stable_token"): ("token", lambda r: self.tokens.stable(r.json())),
            ("GET", "/sns/oauth2/access_token"): ("oauth", self._exchange),
        }
        token_calls: dict[tuple[str, str], tuple[str, Handle]] = {
            ("POST", "/cgi-bin/message/template/send"): ("template", lambda r: self._chats.send_template(r.json())),
            ("POST", "/cgi-bin/message/custom/send"): ("custom", lambda r: self._chats.send_custom(r.json())),
            ("POST", "/cgi-bin/menu/create"): ("menu", lambda r: self._chats.set_menu(r.json())),
            ("GET", "/cgi-bin/menu/get"): ("menu", lambda r: {"menu": {"button": self._chats.menu()}}),
            ("GET", "/cgi-bin/ticket/getticket"): ("ticket", lambda r: self.tokens.ticket()),
            ("GET", "/cgi-bin/user/info"): ("user", self._user),
        }
        self._open_calls, self._token_calls = open_calls, token_calls

    def where(self, request: Request) -> str:
        key = (request.method, request.path)
        known = self._open_calls.get(key) or self._token_calls.get(key)
        return f"wechat.{known[0]}" if known else "wechat.unknown"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        key = (request.method, request.path)
        try:
            if key in self._open_calls:
                return json_response(self._open_calls[key][1](request))
            if key not in self._token_calls:
                other = "GET" if request.method == "POST" else "POST"
                raise Errcode(43002 if (other, request.path) in self._token_calls else 48001)
            self.tokens.check(request.query.get("access_token"))
            return json_response(self._token_calls[key][1](request))
        except Errcode as error:
            return error.response(self._scene.dice)

    def _exchange(self, request: Request) -> Record:
        query = request.query
        self.tokens.check_app(query.get("appid"), query.get("secret"))
        if query.get("grant_type") != "authorization_code":
            raise Errcode(40002)
        known = self.tokens.exchange(query.get("code"))
        told: Record = {
            "access_token": f"u{self._scene.dice.text(90)}",
            "expires_in": 7200,
            "refresh_token": f"r{self._scene.dice.text(90)}",
            "openid": known["openid"],
            "scope": known["scope"],
        }
        person = self._scene.person(known["openid"])
        if known["scope"] == "snsapi_userinfo" and person is not None:
            told["unionid"] = person.unionid
        return told

    def _user(self, request: Request) -> Record:
        person = self._scene.person(request.query.get("openid", ""))
        if person is None:
            raise Errcode(40003)
        if not self._chats.follows(person.openid):
            return {"subscribe": 0, "openid": person.openid}
        return {
            "subscribe": 1,
            "openid": person.openid,
            "language": "zh_CN",
            "subscribe_time": 1700000000,
            "unionid": person.unionid,
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_QR_CODE",
            "qr_scene": 0,
            "qr_scene_str": "",
        }

    # ---- the page that a person never sees -----------------------------------------------------------------------------------------

    def authorize(self, request: Request, openid: str | None) -> Response:
        """``openid`` is whose phone this is; without a phone the people are offered as links."""
        query = request.query
        problem = self._authorize_problem(query)
        if problem:
            return _page(400, f"<h1>{problem}</h1>")
        person = self._scene.person(openid or query.get("sandbox_openid", ""))
        if person is None:
            links = "".join(
                f'<li><a href="{request.path}?{urlencode({**query, "sandbox_openid": each.openid})}">{each.name}</a></li>'
                for each in self._scene.people
            )
            return _page(200, f"<h1>谁在登录？</h1><p>这不是任何人的手机，请选一个人。</p><ul>{links}</ul>")
        code = self.tokens.code(person.openid, query["scope"])
        back = query["redirect_uri"]
        join = "&" if urlsplit(back).query else "?"
        location = f"{back}{join}{urlencode({'code': code, 'state': query.get('state', '')})}"
        return Response(status=302, headers={"Location": location, "Cache-Control": "no-store"})

    def _authorize_problem(self, query: dict[str, str]) -> str:
        if query.get("appid") != self._scene.keys["appid"]:
            return "appid 参数错误"
        if query.get("response_type") != "code" or query.get("scope") not in {"snsapi_base", "snsapi_userinfo"}:
            return "Scope 参数错误或没有 Scope 权限 10005"
        state = query.get("state", "")
        if len(state) > 128 or not (state == "" or (state.isascii() and state.isalnum())):
            return "state 参数错误"
        back, home = urlsplit(query.get("redirect_uri", "")), urlsplit(self._scene.app_public_url)
        if back.scheme not in ("http", "https") or back.netloc != home.netloc:
            return "redirect_uri 域名与后台配置不一致，错误码：10003"
        return ""


def _page(status: int, body: str) -> Response:
    html = f'<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>微信</title>{body}'
    return Response(status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=html.encode())
