"""What the WeChat client asks its platform before it does what a page wants: are the page's parameters genuine?"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from tornado.web import HTTPError, RequestHandler

from sandbox.phones.hosts import PhoneKind, phone_of
from sandbox.phones.places import Places
from sandbox.phones.wechat.invocation import Invocation, Refused
from sandbox.phones.wechat.world import WechatWorld

_BODY_BYTES_MAX = 16_384


class _OfThisPhone(RequestHandler):
    """Knows whose phone asks: the host says it, as a real client knows its own user."""

    def initialize(self, world: WechatWorld, kinds: Mapping[str, PhoneKind], places: Places) -> None:
        self._world = world
        self._kinds = kinds
        self._places = places

    def prepare(self) -> None:
        self.set_header("Cache-Control", "no-store")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        told = error.log_message if isinstance(error, HTTPError) and error.log_message else "支付系统繁忙"
        self.finish({"message": told})

    def _openid(self) -> str:
        phone = phone_of(self.request.host_name, self._kinds)
        openid = self._world.openid_of(phone.number) if phone else None
        if openid is None:
            raise HTTPError(404, "没有这部手机")
        return openid

    def _body(self) -> dict[str, object]:
        if len(self.request.body) > _BODY_BYTES_MAX:
            raise HTTPError(413)
        try:
            body = json.loads(self.request.body)
        except ValueError:
            raise HTTPError(400) from None
        if not isinstance(body, dict):
            raise HTTPError(400)
        return body


class CashierHandler(_OfThisPhone):
    """``POST /phone/wechat/cashier`` with the parameters of ``getBrandWCPayRequest`` → what the sheet shows.

    ``{prepay_id, amount_fen, payee, description}``, or 403 ``{message}`` in the client's words.
    """

    def post(self) -> None:
        openid = self._openid()
        try:
            call = Invocation.read(self._body())
            order = self._world.prepaid(call.prepay_id)
            if order is None:
                raise Refused("订单不存在")
            call.check_signature(self._world.merchant_key())
            call.check_order(order, openid)
        except Refused as refused:
            raise HTTPError(403, str(refused)) from None
        shown = {"amount_fen": order.amount_fen, "payee": order.payee, "description": order.description}
        self.write({"prepay_id": order.prepay_id, **shown})


class PageSignatureHandler(_OfThisPhone):
    """``POST /phone/wechat/page`` ``{appId, timestamp, nonceStr, signature, url}``: what ``wx.config`` has checked
    (204, else 403).
    """

    def post(self) -> None:
        self._openid()
        given = {
            name: str(self._body().get(name, "")) for name in ("appId", "timestamp", "nonceStr", "signature", "url")
        }
        # The app signs the address under which it knows itself; the browser is on the phone's host.
        url = self._places.for_app(given["url"], f"{self.request.protocol}://{self.request.host}")
        right = self._world.page_signature(
            appid=given["appId"], nonce_str=given["nonceStr"], timestamp=given["timestamp"], url=url
        )
        if right is None or not hmac.compare_digest(right.encode(), given["signature"].encode()):
            raise HTTPError(403, "invalid signature")
        self.set_status(204)
