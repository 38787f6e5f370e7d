"""What a hospital's app on Alipay's open platform is made of (docs/protocols/alipay.md sections 1 to 5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.core.systems import System

SYSTEM = System("alipay", "支付宝")
"""Label of the platform in errors, breakers and logs, for all that is about money."""
LIFE_ACCOUNT = System("alipay_life", "支付宝")
"""The label for all the rest: messages that don't get through must not open the breaker for payments."""
CHANNEL = "alipay"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayApp:
    """``alipay_keys`` are all keys that Alipay may sign with, PEM: bare public keys, or Alipay's certificates in certificate
    mode; several during a rotation. Certificate mode is on when ``app_certificate_pem`` is there, and needs Alipay's roots.
    """

    app_id: str
    private_key_pem: str = field(repr=False)
    alipay_keys: tuple[str, ...] = field(repr=False)
    app_certificate_pem: str = field(default="", repr=False)
    root_certificates_pem: str = field(default="", repr=False)
    gateway_url: str = "https://openapi.alipay.com/gateway.do"

    @property
    def certificate_mode(self) -> bool:
        return bool(self.app_certificate_pem)
