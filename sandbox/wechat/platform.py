"""The platform's face: the API below /sns/ and /cgi-bin/, by route."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.wechat.callback import ARRIVED, BLOCKED, Callback
from sandbox.wechat.errors import Errcode
from sandbox.wechat.media import Media
from sandbox.wechat.menus import Menus
from sandbox.wechat.oauth import Oauth
from sandbox.wechat.outbox import Outbox
from sandbox.wechat.templates import all_private
from sandbox.wechat.tokens import Tokens
from sandbox.wechat.users import Users
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, json_response

Handle = Callable[[Request, Record], Record]
ADDRESSES = {"ip_list": ["127.0.0.1"]}


class OfficialAccountPlatform:
    """``callback`` is where the app hears that a template message has arrived."""

    def __init__(self, scene: Scene, chats: Chats, outbox: Outbox, callback: Callback) -> None:
        self._scene = scene
        self._outbox = outbox
        self._callback = callback
        self.tokens = Tokens(scene.keys["appid"], scene.keys["app_secret"], scene.records, scene.clock, scene.dice)
        self.oauth = Oauth(scene, chats, self.tokens)
        self.menus = Menus(scene)
        self.users = Users(scene, chats)
        self.media = Media(scene)
        self._open_calls = self._routes_without_token()
        self._token_calls = self._routes_with_token()
        names = {name for name, _ in [*self._open_calls.values(), *self._token_calls.values()]}
        scene.faults.places |= {f"wechat.{name}" for name in names}

    def _routes_without_token(self) -> dict[tuple[str, str], tuple[str, Handle]]:
        return {
            ("GET", "/cgi-bin/token"): ("token", lambda r, f: self.tokens.classic(r.query)),
            ("POST", "/cgi-bin/stable_token"): ("token", lambda r, f: self.tokens.stable(r.json())),
            ("GET", "/sns/oauth2/access_token"): ("oauth", self.oauth.exchange),
            ("GET", "/sns/oauth2/refresh_token"): ("oauth", lambda r, f: self.oauth.refresh(r)),
            ("GET", "/sns/userinfo"): ("userinfo", lambda r, f: self.oauth.userinfo(r)),
            ("GET", "/sns/auth"): ("userinfo", lambda r, f: self.oauth.auth(r)),
        }

    def _routes_with_token(self) -> dict[tuple[str, str], tuple[str, Handle]]:
        users, menus, box = self.users, self.menus, self._outbox
        return {
            ("POST", "/cgi-bin/message/template/send"): ("template", self._template),
            ("GET", "/cgi-bin/template/get_all_private_template"): ("templates", lambda r, f: all_private()),
            ("POST", "/cgi-bin/message/custom/send"): ("custom", lambda r, f: box.send_custom(r.json())),
            ("POST", "/cgi-bin/message/custom/typing"): ("custom", lambda r, f: box.typing(r.json())),
            ("POST", "/cgi-bin/menu/create"): ("menu", lambda r, f: menus.set(r.json())),
            ("GET", "/cgi-bin/menu/get"): ("menu", lambda r, f: menus.get()),
            ("GET", "/cgi-bin/menu/delete"): ("menu", lambda r, f: menus.delete()),
            ("GET", "/cgi-bin/get_current_selfmenu_info"): ("menu", lambda r, f: menus.self_menu()),
            ("GET", "/cgi-bin/ticket/getticket"): ("ticket", self._ticket),
            ("GET", "/cgi-bin/user/info"): ("user", lambda r, f: users.info(r.query.get("openid", ""))),
            ("POST", "/cgi-bin/user/info/batchget"): ("user", lambda r, f: users.batch(r.json())),
            ("POST", "/cgi-bin/user/info/updateremark"): ("user", lambda r, f: users.remark(r.json())),
            ("GET", "/cgi-bin/user/get"): ("user", lambda r, f: users.listed(r)),
            ("POST", "/cgi-bin/qrcode/create"): ("qrcode", lambda r, f: users.make_qr(r.json())),
            ("POST", "/cgi-bin/media/upload"): ("media", lambda r, f: self.media.upload(r)),
            ("GET", "/cgi-bin/getcallbackip"): ("addresses", lambda r, f: ADDRESSES),
            ("GET", "/cgi-bin/get_api_domain_ip"): ("addresses", lambda r, f: ADDRESSES),
        }

    def where(self, request: Request) -> str:
        key = (request.method, request.path)
        known = self._open_calls.get(key) or self._token_calls.get(key)
        return f"wechat.{known[0]}" if known else "wechat.unknown"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        """Every answer is HTTP 200."""
        try:
            told = self._answer(request, fault or {"what": ""})
        except Errcode as error:
            return error.response(self._scene.dice)
        if request.path.startswith("/sns/"):
            response = json_response(told)
            return Response(status=200, headers={"Content-Type": "text/plain"}, body=response.body)
        return json_response(told)

    def authorize(self, request: Request, openid: str | None) -> Response:
        """The page at /connect/oauth2/authorize on the phone of ``openid``, or on nobody's."""
        return self.oauth.authorize(request, openid)

    def _answer(self, request: Request, fault: Record) -> Record:
        key = (request.method, request.path)
        if fault["what"] == "refuse":
            raise Errcode(int(fault.get("code", -1)), fault.get("message", ""))
        if key in self._open_calls:
            return self._open_calls[key][1](request, fault)
        if key not in self._token_calls:
            other = ("GET" if request.method == "POST" else "POST", request.path)
            raise Errcode((43001 if other[0] == "GET" else 43002) if other in self._token_calls else 48001)
        self.tokens.check(request.query.get("access_token"))
        if request.method == "POST" and not request.body:
            raise Errcode(44002)
        return self._token_calls[key][1](request, fault)

    def _template(self, request: Request, fault: Record) -> Record:
        asked, arrives = request.json(), fault["what"] != "undelivered"
        told, has_gone = self._outbox.send_template(asked, arrives=arrives)
        if has_gone:
            status = ARRIVED if arrives else fault.get("code", BLOCKED)
            self._callback.finished(asked["touser"], told["msgid"], status)
        return told

    def _ticket(self, request: Request, fault: Record) -> Record:
        if request.query.get("type") != "jsapi":
            raise Errcode(40097)
        return self.tokens.ticket()
