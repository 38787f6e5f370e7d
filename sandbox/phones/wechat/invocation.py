"""What WeChat's client checks before it shows the cashier (wechat_pay_v3.md section 5.2): the page's parameters are
the merchant's own word.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

_FIELDS = ("appId", "timeStamp", "nonceStr", "package", "signType", "paySign")


class Refused(Exception):
    """The cashier does not open; the text is what the person sees, in the client's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaidOrder:
    """An order that the app placed. ``payee`` is the merchant's name; ``payable`` why or that it can still be paid."""

    prepay_id: str
    appid: str
    openid: str
    amount_fen: int
    description: str
    payee: str
    payable: Literal["yes", "paid", "closed", "expired"]


@dataclass(frozen=True, slots=True)
class Invocation:
    """The parameters of ``getBrandWCPayRequest``, all of them text: iOS refuses a number as ``timeStamp``."""

    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str
    pay_sign: str

    @classmethod
    def read(cls, params: Mapping[str, object]) -> Invocation:
        """Raises Refused for a missing parameter, naming it as the client does."""
        for name in _FIELDS:
            value = params.get(name)
            if not isinstance(value, str) or not value:
                raise Refused(f"调用支付JSAPI缺少参数：{name}")
        return cls(*(str(params[name]) for name in _FIELDS))

    @property
    def prepay_id(self) -> str:
        """Raises Refused if ``package`` does not name an order."""
        name, _, prepay_id = self.package.partition("=")
        if name != "prepay_id" or not prepay_id:
            raise Refused("调用支付JSAPI缺少参数：package")
        return prepay_id

    def check_signature(self, merchant: RSAPublicKey) -> None:
        """Raises Refused unless the merchant's key signed exactly these parameters."""
        if self.sign_type != "RSA":
            raise Refused("支付验证签名失败：signType 不是 RSA")
        message = f"{self.app_id}\n{self.time_stamp}\n{self.nonce_str}\n{self.package}\n".encode()
        try:
            merchant.verify(base64.b64decode(self.pay_sign, validate=True), message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            raise Refused("支付验证签名失败") from None

    def check_order(self, order: PrepaidOrder, openids: Collection[str]) -> None:
        """Raises Refused unless whoever has this phone (``openids``: one of each app) may pay this order now."""
        if order.appid != self.app_id:
            raise Refused("商户号与公众号不匹配")
        if order.openid not in openids:
            raise Refused("支付者与下单者不是同一个人")
        reasons = {"paid": "该订单已支付", "closed": "该订单已关闭", "expired": "该订单已过期"}
        if order.payable in reasons:
            raise Refused(reasons[order.payable])
