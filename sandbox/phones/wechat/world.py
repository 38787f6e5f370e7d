"""What a WeChat phone must be told by the sandbox's world, beyond the public JSON controls that its page uses."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sandbox.phones.wechat.invocation import PrepaidOrder


class WechatWorld(Protocol):
    def openids_of(self, number: int) -> frozenset[str]:
        """What the hospital's apps, official account and mini-program, call person ``number`` (from 1); empty if there is nobody."""

    def prepaid(self, prepay_id: str) -> PrepaidOrder | None: ...

    def merchant_key(self) -> RSAPublicKey:
        """The public half of the merchant's certificate, with which its client-side signatures are checked."""

    def page_signature(self, *, appid: str, nonce_str: str, timestamp: str, url: str) -> str | None:
        """The signature that ``wx.config`` must carry (wechat_official.md section 7), with the ticket in force; None
        if there is no ticket.
        """
