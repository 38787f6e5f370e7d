"""The smallest app that can stand behind a phone: OAuth login, one order, one page that pays it. Written from
protocols/, not from the app.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import secrets
import time
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import quote

import qrcode
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from tornado.httpclient import AsyncHTTPClient
from tornado.web import Application, HTTPError, RequestHandler

from tests.sandbox_phones.tiny_pages import PAGE, SCRIPT, SDK_PAGE, SDK_SCRIPT, STYLE
from tests.support.rsa_keys import private_key

FRAMES = "frame-src weixin: weixinping: weixinpreinject: wvjbscheme:"


@dataclass
class TinyApp:
    """``wrong_signature``: sign the cashier's parameters with something else than the merchant's key."""

    port: int
    sandbox: str
    credentials: dict[str, Any] = field(default_factory=dict)
    notified: list[bytes] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    user_agents: set[str] = field(default_factory=set)
    policy: str = f"default-src 'self'; {FRAMES}; frame-ancestors 'none'"

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    def sign(self, text: str) -> str:
        key = private_key(self.credentials["wechatpay"]["private_key_pem"])
        return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()

    async def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, pay: bool = False
    ) -> dict[str, Any]:
        """Ask the sandbox, signed as a merchant if ``pay``."""
        text = json.dumps(body, ensure_ascii=False) if body is not None else ""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "tiny"}
        if pay:
            account, now, nonce = self.credentials["wechatpay"], str(int(time.time())), secrets.token_hex(16)
            signature = self.sign(f"{method}\n{path}\n{now}\n{nonce}\n{text}\n")
            headers["Authorization"] = (
                f'WECHATPAY2-SHA256-RSA2048 mchid="{account["mchid"]}",nonce_str="{nonce}",timestamp="{now}",'
                f'serial_no="{account["serial_no"]}",signature="{signature}"'
            )
        answer = await AsyncHTTPClient().fetch(
            self.sandbox + path, method=method, headers=headers, body=text if body is not None else None
        )
        found: dict[str, Any] = json.loads(answer.body)
        return found

    async def begin(self) -> None:
        """What an administrator does once: learn the keys, push the menu."""
        self.credentials = await self.call("GET", "/sandbox/credentials")
        token = await self.token()
        menu = {
            "button": [
                {"type": "view", "name": "缴费", "url": f"{self.origin}/h/demo/bills"},
                {"name": "我的", "sub_button": [{"type": "click", "name": "帮助", "key": "help"}]},
            ]
        }
        answer = await self.call("POST", f"/cgi-bin/menu/create?access_token={token}", menu)
        assert answer["errcode"] == 0, answer

    async def token(self) -> str:
        account = self.credentials["wechat"]
        asked = {"grant_type": "client_credential", "appid": account["appid"], "secret": account["secret"]}
        return str((await self.call("POST", "/cgi-bin/stable_token", asked))["access_token"])

    def application(self) -> Application:
        kept = {"app": self}
        return Application(
            [
                (r"/s/(.*)", _Scan, kept),
                (r"/oauth/wechat/demo/return", _Return, kept),
                (r"/h/demo/bills", _Bills, kept),
                (r"/h/demo/order", _Order, kept),
                (r"/h/demo/sdk", _Sdk, kept),
                (r"/sdk\.js", _Text, {"text": SDK_SCRIPT, "kind": "text/javascript"}),
                (
                    r"/h/demo/help",
                    _Text,
                    {"text": "<title>说明</title>在窗口也能缴费", "kind": "text/html; charset=utf-8"},
                ),
                (r"/app\.js", _Text, {"text": SCRIPT, "kind": "text/javascript"}),
                (r"/style\.css", _Text, {"text": STYLE, "kind": "text/css"}),
                (r"/his/v1/qr\.make", _Qr, kept),
                (r"/notify/.*", _Notify, kept),
                (r"/wechat/demo/callback", _Text, {"text": "success", "kind": "text/plain"}),
            ]
        )


class _Handler(RequestHandler):
    def initialize(self, app: TinyApp) -> None:
        self.app = app

    def login(self) -> None:
        account = self.app.credentials["wechat"]
        back = quote(f"{self.app.origin}/oauth/wechat/demo/return", safe="")
        self.redirect(
            f"{self.app.sandbox}/connect/oauth2/authorize?appid={account['appid']}&redirect_uri={back}"
            f"&response_type=code&scope=snsapi_base&state=s{secrets.token_hex(4)}#wechat_redirect"
        )


class _Scan(_Handler):
    def get(self, sealed: str) -> None:
        self.login()


class _Return(_Handler):
    async def get(self) -> None:
        account = self.app.credentials["wechat"]
        answer = await self.app.call(
            "GET",
            f"/sns/oauth2/access_token?appid={account['appid']}&secret={account['secret']}"
            f"&code={self.get_query_argument('code')}&grant_type=authorization_code",
        )
        session = secrets.token_hex(8)
        self.app.sessions[session] = answer["openid"]
        self.add_header("Set-Cookie", f"__Host-session={session}; Path=/; Secure; HttpOnly; SameSite=Lax")
        self.redirect("/h/demo/bills")


class _Bills(_Handler):
    def get(self) -> None:
        self.app.user_agents.add(self.request.headers["User-Agent"])
        openid = self.app.sessions.get(self.get_cookie("__Host-session") or "")
        if openid is None:
            self.login()
            return
        self.set_header("Content-Security-Policy", self.app.policy)
        self.set_header("X-Frame-Options", "DENY")
        self.write(PAGE.format(openid=openid))


class _Sdk(_Handler):
    """A page that pays by the JS-SDK (wechat_official.md section 7); ``?forged`` spoils the signature of its configuration."""

    async def get(self) -> None:
        path = f"/cgi-bin/ticket/getticket?access_token={await self.app.token()}&type=jsapi"
        ticket = (await self.app.call("GET", path))["ticket"]
        url = f"{self.app.origin}{self.request.uri}"
        text = f"jsapi_ticket={ticket}&noncestr=n&timestamp=1700000000&url={url}"
        signature = hashlib.sha1(text.encode()).hexdigest()
        settings = {
            "appId": self.app.credentials["wechat"]["appid"],
            "timestamp": 1700000000,
            "nonceStr": "n",
            "signature": signature[::-1] if self.get_query_argument("forged", "") else signature,
            "jsApiList": ["chooseWXPay"],
        }
        self.write(SDK_PAGE.format(sandbox=self.app.sandbox, settings=escape(json.dumps(settings))))


class _Order(_Handler):
    async def post(self) -> None:
        openid = self.app.sessions.get(self.get_cookie("__Host-session") or "")
        if openid is None or self.request.headers.get("Origin") != self.app.origin:
            raise HTTPError(403)
        appid = self.app.credentials["wechat"]["appid"]
        order = {
            "appid": appid,
            "mchid": self.app.credentials["wechatpay"]["mchid"],
            "description": "门诊缴费",
            "out_trade_no": f"TINY{secrets.token_hex(8)}",
            "notify_url": f"{self.app.origin}/notify/wechatpay/demo/payment",
            "amount": {"total": 1234, "currency": "CNY"},
            "payer": {"openid": openid},
        }
        prepay_id = (await self.app.call("POST", "/v3/pay/transactions/jsapi", order, pay=True))["prepay_id"]
        now, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        signed = f"{appid}\n{now}\n{nonce}\n{package}\n" + ("x" if self.get_query_argument("forged", "") else "")
        params = {"appId": appid, "timeStamp": now, "nonceStr": nonce, "package": package, "signType": "RSA"}
        self.write({**params, "paySign": self.app.sign(signed)})


class _Notify(_Handler):
    def post(self) -> None:
        self.app.notified.append(self.request.body)
        self.set_status(204)


class _Qr(_Handler):
    """``qr.make`` of docs/his-interface.md sections 1 and 4: signed answer, URL and picture."""

    def post(self) -> None:
        url = f"{self.app.origin}/s/{secrets.token_urlsafe(48)}"
        picture = io.BytesIO()
        qrcode.make(url).save(picture)
        data = {
            "url": url,
            "expires_at": "2030-01-01T00:00:00+08:00",
            "png_base64": base64.b64encode(picture.getvalue()).decode(),
        }
        body = json.dumps({"code": "OK", "message": "", "data": data}).encode()
        now, nonce = str(int(time.time())), self.request.headers["Zhenfu-Nonce"]
        text = f"ANSWER\n{self.request.uri}\n{now}\n{nonce}\n{hashlib.sha256(body).hexdigest()}\n"
        secret = self.app.credentials["his"]["secret"].encode()
        self.set_header("Zhenfu-Timestamp", now)
        self.set_header("Zhenfu-Signature", hmac.new(secret, text.encode(), hashlib.sha256).hexdigest())
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.write(body)


class _Text(RequestHandler):
    def initialize(self, text: str, kind: str) -> None:
        self.text, self.kind = text, kind

    def get(self) -> None:
        self.set_header("Content-Type", self.kind)
        self.write(self.text)

    post = get
