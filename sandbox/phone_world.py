"""What the phones ask of the world beyond the public controls (``world.py`` of each phone)."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sandbox.alipay import views as alipay_views
from sandbox.controls import views
from sandbox.outside import Outside
from sandbox.phones.alipay.world import Trade
from sandbox.phones.wechat.invocation import PrepaidOrder
from sandbox.wechat.tokens import TOKEN


class PhoneWorld:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def openids_of(self, number: int) -> frozenset[str]:
        person = self._outside.scene.person(str(number))
        return frozenset({person.openid, person.mini_openid}) if person else frozenset()

    def user_id_of(self, number: int) -> str | None:
        person = self._outside.scene.person(str(number))
        return person.alipay_user_id if person else None

    def trade(self, trade_no: str) -> Trade | None:
        order = alipay_views.order(self._outside.alipay, trade_no, self._outside.scene.hospital_name)
        return Trade(**order) if order else None

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
