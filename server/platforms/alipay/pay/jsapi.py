"""The method "jsapi": paying inside Alipay's own client (alipay.trade.create with JSAPI_PAY, docs/protocols/alipay.md sections 7, 11)."""

from __future__ import annotations

from server.payments.part import ChannelRequest
from server.payments.ports import ClientCall
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.openapi.people import is_user_id
from server.platforms.alipay.pay.methods import Order
from server.platforms.alipay.pay.wire import read_trade_no


class Jsapi:
    """The handle is Alipay's trade_no. The payer is named as the app knows people: by user_id, or by open_id."""

    name = "jsapi"

    def __init__(self, client: AlipayClient) -> None:
        self._client = client

    async def order(self, order: Order, request: ChannelRequest) -> str:
        subject = request.payer.subject
        payer = {"buyer_id" if is_user_id(subject) else "buyer_open_id": subject}
        content = {**order.content, "product_code": "JSAPI_PAY", "op_app_id": request.app_id, **payer}
        return read_trade_no(await self._client.call("alipay.trade.create", content, notify_url=order.notify_url))

    def client_call(self, order: Order, order_ref: str) -> ClientCall:
        """The parameters of ``AlipayJSBridge.call('tradePay', params)``."""
        return ClientCall(bridge="alipay_jsapi", params={"tradeNO": order_ref})
