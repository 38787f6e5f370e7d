"""The method "wap": Alipay's page in any mobile browser (alipay.trade.wap.pay, docs/protocols/alipay.md section 7)."""

from __future__ import annotations

from server.payments.part import ChannelRequest
from server.payments.ports import ClientCall
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.methods import Order


class Wap:
    """Nothing is placed before the payer opens the page: until then a query finds no trade."""

    name = "wap"

    def __init__(self, client: AlipayClient) -> None:
        self._client = client

    async def order(self, order: Order, request: ChannelRequest) -> str:
        return str(order.content["out_trade_no"])

    def client_call(self, order: Order, order_ref: str) -> ClientCall:
        content = {**order.content, "product_code": "QUICK_WAP_WAY", "quit_url": order.page}
        page = self._client.page("alipay.trade.wap.pay", content, notify_url=order.notify_url, return_url=order.page)
        return ClientCall(bridge="redirect", params={"url": page})
