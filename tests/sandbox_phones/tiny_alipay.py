"""The tiny app behind an Alipay phone: login, one trade, one page that pays it by the bridge or by the JSAPI library. Written from
docs/protocols/alipay.md, not from the app.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient
from tornado.web import Application, RequestHandler

from tests.sandbox.alipay_app import AlipayApp
from tests.sandbox_phones.tiny_app import TinyApp, _Qr

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>待缴费</title><link rel="stylesheet" href="/style.css"><script src="{library}"></script><script src="/app.js" defer></script></head>
<body><h2>门诊缴费 ¥12.34</h2><p>我是 <span id="who">{user_id}</span></p><p><button id="pay" disabled>去支付</button></p>
<p><button id="bridge" disabled>用桥支付</button></p><p><button id="other" disabled>付别人的单</button></p><p id="result">还没有支付</p></body></html>"""
SCRIPT = """
const said = ({ resultCode, memo }) => { document.getElementById("result").textContent = `${resultCode} ${memo}`.trim(); };
const order = async (more = "") => (await (await fetch(`/h/demo/order${more}`, { method: "POST" })).json()).tradeNO;
document.getElementById("pay").onclick = async () => { ap.tradePay({ tradeNO: await order() }, said); };
document.getElementById("bridge").onclick = async () => { AlipayJSBridge.call("tradePay", { tradeNO: await order() }, said); };
document.getElementById("other").onclick = async () => { AlipayJSBridge.call("tradePay", { tradeNO: await order("?buyer=5") }, said); };
// The client brings the bridge a moment after the page has begun; before it nothing can be tapped.
const begin = () => { for (const button of document.querySelectorAll("button")) button.disabled = false; };
if (window.AlipayJSBridge) begin(); else document.addEventListener("AlipayJSBridgeReady", begin, { once: true });
"""
STYLE = "body{font:17px sans-serif;padding:24px;line-height:1.8}button{font:inherit;padding:12px;width:100%}"


@dataclass
class TinyAlipayApp(TinyApp):
    heard: list[bytes] = field(default_factory=list)

    @property
    def app(self) -> AlipayApp:
        standing = SimpleNamespace(credentials=self.credentials, time=lambda: datetime.now(UTC))
        return AlipayApp(standing)  # type: ignore[arg-type]

    async def gateway(self, method: str, content: object = None, **more: Any) -> dict[str, Any]:
        params = self.app.params(method, content, **more)
        answer = await AsyncHTTPClient().fetch(f"{self.sandbox}/gateway.do", method="POST", body=urlencode(params))
        told: dict[str, Any] = next(iter(json.loads(answer.body).values()))
        return told

    async def begin(self) -> None:
        self.credentials = await self.call("GET", "/sandbox/credentials")
        link = {"name": "缴费", "action_type": "link", "action_param": f"{self.origin}/h/demo/bills"}
        sub = {"name": "帮助", "action_type": "out", "action_param": "help"}
        told = await self.gateway(
            "alipay.open.public.menu.create", {"button": [link, {"name": "我的", "sub_button": [sub]}]}
        )
        assert told["code"] == "10000", told

    def application(self) -> Application:
        kept = {"app": self}
        return Application(
            [
                (r"/s/(.*)", _Scan, kept),
                (r"/oauth/alipay/demo/return", _Return, kept),
                (r"/h/demo/bills", _Bills, kept),
                (r"/h/demo/order", _Order, kept),
                (r"/app\.js", _Text, {"text": SCRIPT, "kind": "text/javascript"}),
                (r"/style\.css", _Text, {"text": STYLE, "kind": "text/css"}),
                (r"/his/v1/qr\.make", _Qr, kept),
                (r"/notify/.*", _Notify, kept),
                (r"/alipay/demo/gateway", _Gateway, kept),
            ]
        )


class _Handler(RequestHandler):
    def initialize(self, app: TinyAlipayApp) -> None:
        self.app = app

    def login(self) -> None:
        given = self.app.credentials["alipay"]
        back = f"{self.app.origin}/oauth/alipay/demo/return"
        query = {"app_id": given["app_id"], "scope": "auth_base", "redirect_uri": back, "state": secrets.token_hex(4)}
        self.redirect(f"{self.app.sandbox}{given['authorize_path']}?{urlencode(query)}")

    @property
    def user_id(self) -> str | None:
        return self.app.sessions.get(self.get_cookie("__Host-session") or "")


class _Scan(_Handler):
    def get(self, sealed: str) -> None:
        self.login()


class _Return(_Handler):
    async def get(self) -> None:
        code = self.get_query_argument("auth_code")
        told = await self.app.gateway("alipay.system.oauth.token", grant_type="authorization_code", code=code)
        session = secrets.token_hex(8)
        self.app.sessions[session] = told["user_id"]
        self.add_header("Set-Cookie", f"__Host-session={session}; Path=/; Secure; HttpOnly; SameSite=Lax")
        self.redirect("/h/demo/bills")


class _Bills(_Handler):
    def get(self) -> None:
        self.app.user_agents.add(self.request.headers["User-Agent"])
        if self.user_id is None:
            self.login()
            return
        library = f"{self.app.sandbox}/as/g/h5-lib/alipayjsapi/3.1.1/alipayjsapi.min.js"
        self.set_header("Content-Security-Policy", f"default-src 'self' {self.app.sandbox}; frame-ancestors 'none'")
        self.set_header("X-Frame-Options", "DENY")
        self.write(PAGE.format(user_id=self.user_id, library=library))


class _Order(_Handler):
    async def post(self) -> None:
        buyer = self.get_query_argument("buyer", "")
        user_id = self.app.app.user_id(int(buyer)) if buyer else self.user_id
        content = self.app.app.order(f"TINY{secrets.token_hex(8)}", total_amount="12.34", buyer_id=user_id)
        told = await self.app.gateway(
            "alipay.trade.create", content, notify_url=f"{self.app.origin}/notify/alipay/demo"
        )
        self.write({"tradeNO": told["trade_no"]})


class _Notify(_Handler):
    def post(self) -> None:
        self.app.notified.append(self.request.body)
        self.write("success")


class _Gateway(_Handler):
    def post(self) -> None:
        self.app.heard.append(self.request.body)
        self.set_header("Content-Type", "text/xml; charset=GBK")
        self.write(self.app.app.ack("nobody"))


class _Text(RequestHandler):
    def initialize(self, text: str, kind: str) -> None:
        self.text, self.kind = text, kind

    def get(self) -> None:
        self.set_header("Content-Type", self.kind)
        self.write(self.text)
