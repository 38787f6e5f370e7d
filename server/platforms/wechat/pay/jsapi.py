"""Paying inside WeChat, in its browser and in a mini-program (docs/protocols/wechat_pay_v3.md sections 5 and 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from server.payments.part import ChannelRequest
from server.payments.ports import ClientCall
from server.platforms.wechat.pay.signing import MerchantSigner
from server.platforms.wechat.pay.wire import read_prepay_id


class PayMethod(Protocol):
    """What one method of paying has of its own; the rest of an order is common to all (`channel.py`)."""

    name: str
    path: str
    app_id: str

    def specifics(self, request: ChannelRequest) -> Mapping[str, object]:
        """Fields of the order's body beside the common ones."""

    def order_ref(self, body: bytes) -> str:
        """The handle in the order's answer. Raises ValueError."""

    def client_call(
        self, signer: MerchantSigner, request: ChannelRequest, order_ref: str, timestamp: int, nonce: str
    ) -> ClientCall: ...


class Jsapi:
    """``app_id`` is the official account's; the payer's openid must be of that app."""

    name = "jsapi"
    path = "/v3/pay/transactions/jsapi"

    def __init__(self, app_id: str) -> None:
        self.app_id = app_id

    def specifics(self, request: ChannelRequest) -> Mapping[str, object]:
        return {"payer": {"openid": request.payer.subject}}

    def order_ref(self, body: bytes) -> str:
        return read_prepay_id(body)

    def client_call(
        self, signer: MerchantSigner, request: ChannelRequest, order_ref: str, timestamp: int, nonce: str
    ) -> ClientCall:
        """For ``WeixinJSBridge.invoke('getBrandWCPayRequest', params)``."""
        package = f"prepay_id={order_ref}"
        params = {
            "appId": request.app_id,
            "timeStamp": str(timestamp),
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signer.pay_sign(request.app_id, str(timestamp), nonce, package),
        }
        return ClientCall(bridge="weixin_jsapi", params=params)


class MiniProgramPay(Jsapi):
    """The same order, placed with the mini-program's own appid and its openid (section 5; wechat_miniprogram.md section 6)."""

    name = "miniprogram"

    def client_call(
        self, signer: MerchantSigner, request: ChannelRequest, order_ref: str, timestamp: int, nonce: str
    ) -> ClientCall:
        """For ``wx.requestPayment(params)``, which adds the appid itself."""
        params = super().client_call(signer, request, order_ref, timestamp, nonce).params
        return ClientCall(
            bridge="weixin_miniprogram", params={name: value for name, value in params.items() if name != "appId"}
        )
