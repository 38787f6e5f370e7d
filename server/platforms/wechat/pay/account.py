"""A hospital's merchant account (docs/protocols/wechat_pay_v3.md sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.core.systems import System

SYSTEM = System("wechatpay", "微信支付")
"""Label of the platform in errors, breakers and logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatPayAccount:
    """``serial_no`` names the merchant's API certificate. ``verify_keys`` holds every key that the platform may sign with:
    public key ids (PUB_KEY_ID_…) and serials of platform certificates to PEM; during a rotation several are live.
    ``notify_base`` is our public address without a trailing slash, ``hospital`` the id in our doors' paths.
    """

    mch_id: str
    app_id: str
    serial_no: str
    private_key_pem: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    verify_keys: Mapping[str, str] = field(repr=False)
    notify_base: str
    hospital: str
    base_url: str = "https://api.mch.weixin.qq.com"

    @property
    def payment_notify_url(self) -> str:
        return f"{self.notify_base}/notify/wechatpay/{self.hospital}/payment"

    @property
    def refund_notify_url(self) -> str:
        return f"{self.notify_base}/notify/wechatpay/{self.hospital}/refund"
