"""The mini-program's face: its own calls of api.weixin.qq.com, with an access_token of its own."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.wechat.errors import Errcode
from sandbox.wechat.miniprogram.links import Links
from sandbox.wechat.miniprogram.logins import Logins
from sandbox.wechat.miniprogram.subscriptions import Subscriptions
from sandbox.wechat.tokens import Tokens
from sandbox.world.chats import Chats
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response, json_response

Handle = Callable[[object], Record | Response]
JSCODE, CHECK, RESET = "/sns/jscode2session", "/wxa/checksession", "/wxa/resetusersessionkey"
LOGINS = {JSCODE, CHECK, RESET}


class MiniProgramPlatform:
    """``notices`` is 服务通知: what subscription messages leave on a person's phone."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        keys = scene.keys
        self.tokens = Tokens(keys["mini_appid"], keys["mini_secret"], scene.records, scene.clock, scene.dice, "mini.")
        self.notices = Chats(scene, "miniprogram")
        self.logins = Logins(scene)
        self.subscriptions = Subscriptions(scene, self.notices)
        self.links = Links(scene)
        self._posts: dict[str, tuple[str, Handle]] = {
            "/wxa/business/getuserphonenumber": ("phone", lambda a: self.logins.phone_number(a, keys["mini_appid"])),
            "/cgi-bin/message/subscribe/send": ("subscribe", self.subscriptions.send),
            "/wxa/getwxacodeunlimit": ("code", self.links.code),
            "/wxa/generate_urllink": ("link", self.links.url_link),
            "/wxa/generatescheme": ("link", self.links.scheme),
        }
        scene.faults.places |= {
            f"miniprogram.{name}" for name in ("login", *(name for name, _ in self._posts.values()))
        }

    def claims(self, request: Request) -> bool:
        if request.path in LOGINS or request.path in self._posts:
            return True
        return request.path in {"/cgi-bin/stable_token", "/cgi-bin/token"} and self._is_its_token(request)

    def _is_its_token(self, request: Request) -> bool:
        """Both apps ask at one address; the appid says which."""
        asked = request.json() if request.method == "POST" else request.query
        return isinstance(asked, dict) and asked.get("appid") == self._scene.keys["mini_appid"]

    def where(self, request: Request) -> str:
        if request.path in self._posts:
            return f"miniprogram.{self._posts[request.path][0]}"
        return "miniprogram.login" if request.path in LOGINS else "wechat.token"

    def handle(self, request: Request, fault: Record | None = None) -> Response:
        """Every answer is HTTP 200."""
        try:
            told = self._answer(request, fault or {"what": ""})
        except Errcode as error:
            return error.response(self._scene.dice)
        return told if isinstance(told, Response) else json_response(told)

    def _answer(self, request: Request, fault: Record) -> Record | Response:
        if fault["what"] == "refuse":
            raise Errcode(int(fault.get("code", -1)), fault.get("message", ""))
        if request.path == JSCODE:
            self.tokens.check_app(request.query.get("appid"), request.query.get("secret"))
            return self.logins.to_session(request.query)
        if request.path == "/cgi-bin/stable_token":
            return self.tokens.stable(request.json())
        if request.path == "/cgi-bin/token":
            return self.tokens.classic(request.query)
        self.tokens.check(request.query.get("access_token"))
        if request.path == CHECK:
            return self.logins.check_session(request.query)
        if request.path == RESET:
            return self.logins.reset_session(request.query)
        if request.method != "POST":
            raise Errcode(43002)
        if not request.body:
            raise Errcode(44002)
        return self._posts[request.path][1](request.json())
