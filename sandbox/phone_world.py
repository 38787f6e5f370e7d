"""What the phones ask of the world beyond the public controls (phones/wechat/world.py)."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sandbox.controls import views
from sandbox.outside import Outside
from sandbox.phones.wechat.invocation import PrepaidOrder
from sandbox.wechat.tokens import TOKEN


class PhoneWorld:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def openid_of(self, number: int) -> str | None:
        person = self._outside.scene.person(str(number))
        return person.openid if person else None

    def prepaid(self, prepay_id: str) -> PrepaidOrder | None:
        order = views.order(self._outside, prepay_id)
        return PrepaidOrder(**order) if order else None

    def merchant_key(self) -> RSAPublicKey:
        return self._outside.wechatpay.signatures.merchant

    def page_signature(self, *, appid: str, nonce_str: str, timestamp: str, url: str) -> str | None:
        ticket = self._outside.scene.records.get(TOKEN, "ticket")
        if ticket is None or appid != self._outside.scene.keys["appid"]:
            return None
        text = f"jsapi_ticket={ticket['token']}&noncestr={nonce_str}&timestamp={timestamp}&url={url}"
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
