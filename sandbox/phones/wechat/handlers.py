"""What the WeChat client asks its platform before it does what a page wants: are the page's parameters genuine?"""

from __future__ import annotations

import hmac

from tornado.routing import PathMatches, Rule
from tornado.web import HTTPError

from sandbox.phones.of_phone import OfThisPhone, PageParts
from sandbox.phones.pages import AssetHandler
from sandbox.phones.wechat.invocation import Invocation, Refused
from sandbox.phones.wechat.miniprogram import handlers as miniprogram
from sandbox.phones.wechat.world import WechatWorld


class _OfThisPhone(OfThisPhone):
    def initialize(self, world: WechatWorld, kind: str, page: PageParts) -> None:
        super().initialize_phone(kind, page)
        self._world = world

    def _openids(self) -> frozenset[str]:
        openids = self._world.openids_of(self.number())
        if not openids:
            raise HTTPError(404, "没有这部手机")
        return openids


class CashierHandler(_OfThisPhone):
    """``POST /phone/wechat/cashier`` with the parameters of ``getBrandWCPayRequest`` (or of ``wx.requestPayment``, with the
    ``appId`` that a mini-program's client adds itself) → what the sheet shows.

    ``{prepay_id, amount_fen, payee, description}``, or 403 ``{message}`` in the client's words.
    """

    def post(self) -> None:
        openids = self._openids()
        try:
            call = Invocation.read(self.body())
            order = self._world.prepaid(call.prepay_id)
            if order is None:
                raise Refused("订单不存在")
            call.check_signature(self._world.merchant_key())
            call.check_order(order, openids)
        except Refused as refused:
            raise HTTPError(403, str(refused)) from None
        shown = {"amount_fen": order.amount_fen, "payee": order.payee, "description": order.description}
        self.write({"prepay_id": order.prepay_id, **shown})


class PageSignatureHandler(_OfThisPhone):
    """``POST /phone/wechat/page`` ``{appId, timestamp, nonceStr, signature, url}``: what ``wx.config`` has checked
    (204, else 403).
    """

    def post(self) -> None:
        self._openids()
        given = {
            name: str(self.body().get(name, "")) for name in ("appId", "timestamp", "nonceStr", "signature", "url")
        }
        # The app signs the address under which it knows itself; the browser is on the phone's host.
        url = self._page.places.for_app(given["url"], f"{self.request.protocol}://{self.request.host}")
        right = self._world.page_signature(
            appid=given["appId"], nonce_str=given["nonceStr"], timestamp=given["timestamp"], url=url
        )
        if right is None or not hmac.compare_digest(right.encode(), given["signature"].encode()):
            raise HTTPError(403, "invalid signature")
        self.set_status(204)


def rules(world: WechatWorld, kind: str, page: PageParts, static: str) -> list[Rule]:
    given = {"world": world, "kind": kind, "page": page}
    return [
        *miniprogram.rules(kind, page),
        Rule(PathMatches(r"/phone/wechat/cashier"), CashierHandler, given),
        Rule(PathMatches(r"/phone/wechat/page"), PageSignatureHandler, given),
        Rule(PathMatches(r"/open/js/(jweixin-1\.6\.0\.js)"), AssetHandler, {"path": static}),
    ]
