"""The method "native": a code that the payer scans from a screen (docs/protocols/wechat_pay_v3.md section 5.1)."""

from __future__ import annotations

from collections.abc import Mapping

from server.payments.part import ChannelRequest
from server.payments.ports import SHOW_CODE, ClientCall
from server.platforms.wechat.pay.signing import MerchantSigner
from server.platforms.wechat.pay.wire import read_code_url


class Native:
    """The handle is the code's text (``code_url``), good for two hours. The order names no payer."""

    name = "native"
    path = "/v3/pay/transactions/native"

    def __init__(self, app_id: str) -> None:
        self.app_id = app_id

    def specifics(self, request: ChannelRequest) -> Mapping[str, object]:
        return {}

    def order_ref(self, body: bytes) -> str:
        return read_code_url(body)

    def client_call(
        self, signer: MerchantSigner, request: ChannelRequest, order_ref: str, timestamp: int, nonce: str
    ) -> ClientCall:
        return ClientCall(bridge=SHOW_CODE, params={"code": order_ref})
