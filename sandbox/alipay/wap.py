"""alipay.trade.wap.pay (section 7): a page for browsers outside Alipay's client. The trade is made when a buyer opens it."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from pydantic import Field

from sandbox.alipay import fields, shown
from sandbox.alipay.asked import address, read_order
from sandbox.alipay.errors import Refused
from sandbox.alipay.gateway import Call
from sandbox.alipay.signing import SIGN_TYPE, Signatures, text_to_sign
from sandbox.alipay.trades import Trades
from sandbox.world.people import Person
from sandbox.world.scene import Scene
from sandbox.world.shapes import Asked
from sandbox.world.wire import Record, Request, Response

PAGE = "/cashier/mobilepay.htm"
OFFER_LIFE = timedelta(days=1)
_HEAD = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    '<title>支付宝收银台</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/phone/assets/alipay/wap.css">'
)


class Way(Asked):
    quit_url: Annotated[fields.Text, Field(max_length=400)] = ""


class WapPay:
    def __init__(self, scene: Scene, signatures: Signatures, trades: Trades) -> None:
        self._scene = scene
        self._signatures = signatures
        self._trades = trades

    def open(self, call: Call, fault: Record) -> Response:
        """The page method: a redirect to the cashier. Raises Refused."""
        seller_id = self._scene.keys["alipay_seller_id"]
        asked = read_order(call, self._scene.clock.now(), seller_id, products=("QUICK_WAP_WAY",))
        name = f"wap{self._scene.dice.text(40)}"
        until = min(datetime.fromisoformat(asked["expires"]), self._scene.clock.now() + OFFER_LIFE)
        back = {
            "return_url": address(call, "return_url"),
            "quit_url": fields.read(call.content(), Way).quit_url,
            "charset": call.charset,
        }
        self._trades.offer(asked, name, until, **back)
        return Response(status=302, headers={"Location": f"{PAGE}?session={name}", "Cache-Control": "no-store"})

    def page(self, request: Request, person: Person | None) -> Response:
        """The cashier in a browser: of ``person``'s phone, or of nobody's, where the people are offered as links."""
        name = request.query.get("session", "")
        offer = self._trades.living(name)
        if offer is None:
            return _page("<main><h1>收银台已关闭</h1><p>这笔订单已失效，请回到商家重新发起。</p></main>")
        person = person or self._scene.person(request.query.get("sandbox_person", ""))
        if person is None:
            links = "".join(
                f'<li><a href="{PAGE}?{escape(urlencode({"session": name, "sandbox_person": each.number}))}">{each.name}</a></li>'
                for each in self._scene.people
            )
            return _page(
                f"<main><h1>谁来付款？</h1><p>这不是任何人的手机，请选一个人登录支付宝。</p><ul>{links}</ul></main>"
            )
        try:
            trade = self._trades.create(offer["asked"], person.alipay_user_id)
        except Refused as refused:
            return _page(f"<main><h1>{escape(refused.sub_msg)}</h1><p>错误代码 {escape(refused.sub_code)}</p></main>")
        return _page(self._cashier(trade, offer))

    def _cashier(self, trade: Record, offer: Record) -> str:
        """The facts for the sheet stand in the page's data, its script opens the sheet (phones/alipay/static/wap.js)."""
        facts = {
            "trade-no": trade["trade_no"], "amount-fen": str(trade["total_fen"]), "payee": self._scene.hospital_name,
            "description": trade["subject"], "back": self._back(trade, offer), "quit": offer["quit_url"],
        }  # fmt: skip
        data = " ".join(f'data-{name}="{escape(value)}"' for name, value in facts.items())
        amount = fields.yuan(trade["total_fen"])
        return (
            f'<main id="wap" {data}><h1>支付宝收银台</h1><p class="amount">¥{amount}</p><p>{escape(trade["subject"])}</p>'
            '<button type="button" id="pay" disabled>确认付款</button><p id="told" role="status"></p></main>'
            '<script src="/phone/assets/shared/cashier.js"></script><script src="/phone/assets/alipay/wap.js"></script>'
        )

    def _back(self, trade: Record, offer: Record) -> str:
        """``return_url`` with what section 4 says, signed by the V1 rule: for display only. "" without one."""
        if not offer["return_url"]:
            return ""
        told = {
            "app_id": self._scene.keys["alipay_app_id"], "method": "alipay.trade.wap.pay.return", "charset": offer["charset"],
            "timestamp": f"{self._scene.clock.now():%Y-%m-%d %H:%M:%S}", "version": "1.0", **shown.numbers(trade),
            "total_amount": fields.yuan(trade["total_fen"]), "seller_id": self._scene.keys["alipay_seller_id"],
        }  # fmt: skip
        sign = self._signatures.sign(text_to_sign(told).encode(offer["charset"]))
        query = urlencode({**told, "sign_type": SIGN_TYPE, "sign": sign}, encoding=offer["charset"])
        return f"{offer['return_url']}{'&' if urlsplit(offer['return_url']).query else '?'}{query}"


def _page(body: str) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Response(headers=headers, body=(_HEAD + body).encode())
