"""The method "precreate": a code that the payer scans from a screen (alipay.trade.precreate, docs/protocols/alipay.md section 7)."""

from __future__ import annotations

from server.payments.part import ChannelRequest
from server.payments.ports import SHOW_CODE, ClientCall
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.methods import Order
from server.platforms.alipay.pay.wire import read_qr_code


class Precreate:
    """The handle is the code's text, good for two hours. No trade exists before it is scanned."""

    name = "precreate"

    def __init__(self, client: AlipayClient) -> None:
        self._client = client

    async def order(self, order: Order, request: ChannelRequest) -> str:
        content = {**order.content, "product_code": "QR_CODE_OFFLINE"}
        return read_qr_code(await self._client.call("alipay.trade.precreate", content, notify_url=order.notify_url))

    def client_call(self, order: Order, order_ref: str) -> ClientCall:
        return ClientCall(bridge=SHOW_CODE, params={"code": order_ref})
