"""The page behind an ``h5_url`` (section 5.1): in a browser outside WeChat it opens WeChat's cashier, and then the merchant's page."""

from __future__ import annotations

from html import escape
from typing import Literal
from urllib.parse import urlsplit

from sandbox.wechatpay.codes import CHECKMWEB, Codes
from sandbox.wechatpay.errors import Refused
from sandbox.wechatpay.merchant import Orders
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.settings import Setting, Settings
from sandbox.world.wire import Record, Request, Response

PAGE = CHECKMWEB
REFERER = "wechatpay_h5_referer"
SETTINGS: Settings = {
    REFERER: Setting("check", Literal["check", "ignore"], "check (it must be the merchant's domain) or ignore"),
}
"""Our sources name the domain for ``redirect_url`` only; that the page asks for it as Referer is told by merchants (decision 0040)."""
INSIDE = "请在微信外打开订单，进行支付"
NOT_REGISTERED = "商家存在未配置的参数，请联系商家解决"
EXPIRED = "支付请求已失效，请重新发起支付"
_HEAD = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    '<title>微信支付</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/phone/assets/wechat/mweb.css">'
)


class H5Page:
    def __init__(self, scene: Scene, orders: Orders, codes: Codes) -> None:
        self._scene = scene
        self._orders = orders
        self._codes = codes

    def page(self, request: Request, person: Person | None) -> Response:
        """``person``: whose WeChat this is opened in, None in every other browser."""
        if person is not None:
            return _said(INSIDE)
        back = request.query.get("redirect_url", "")
        checks = self._scene.faults.settings[REFERER] == "check"
        if checks and not self._is_ours(request.headers.get("referer", "")):
            return _said(NOT_REGISTERED)
        if back and not self._is_ours(back):
            return _said(NOT_REGISTERED)
        try:
            order = self._orders.get(self._codes.opened(request.target)["out_trade_no"])
        except Refused:
            return _said(EXPIRED)
        return _page(self._cashier(order, request.target, back))

    def _is_ours(self, address: str) -> bool:
        """Is it on the domain that the merchant has registered for H5 payments? That is the app's."""
        domains = {urlsplit(own).netloc for own in (self._scene.app_url, self._scene.app_public_url)}
        return urlsplit(address).netloc in domains

    def _cashier(self, order: Record, target: str, back: str) -> str:
        """The facts stand in the page's data; its script opens the sheet of whoever is chosen (phones/wechat/static/mweb.js)."""
        asked, people = order["asked"], self._scene.people
        fen = asked["amount"]["total"]
        facts = {
            "address": target, "amount-fen": str(fen), "payee": self._scene.hospital_name, "back": back,
            "description": asked["description"],
        }  # fmt: skip
        data = " ".join(f'data-{name}="{escape(value)}"' for name, value in facts.items())
        who = "".join(
            f'<li><button type="button" data-openid="{escape(person.openid)}" disabled>{escape(person.name)}</button></li>'
            for person in people
        )
        return (
            f'<main id="mweb" {data}><h1>微信支付</h1><p class="amount">¥{fen // 100}.{fen % 100:02d}</p><p>{escape(asked["description"])}</p>'
            f'<p>用谁的微信付款？</p><ul>{who}</ul><p id="told" role="status"></p></main>'
            '<script src="/phone/assets/shared/cashier.js"></script><script src="/phone/assets/wechat/mweb.js"></script>'
        )


def _said(words: str) -> Response:
    return _page(f"<main><h1>微信支付</h1><p>{words}</p></main>")


def _page(body: str) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Response(headers=headers, body=(_HEAD + body).encode())
