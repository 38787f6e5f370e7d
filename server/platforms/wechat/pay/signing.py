"""Signatures of WeChat Pay v3 (docs/protocols/wechat_pay_v3.md sections 2, 3 and 5.2): ours, and theirs on answers and notifications."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from server.core.errors import Forged
from server.infrastructure.rsa_signing import private_key, rsa_sign
from server.platforms.wechat.pay.account import WechatPayAccount

SCHEME = "WECHATPAY2-SHA256-RSA2048"
AGE_MAX_S = 300
"""Both official SDKs refuse what was signed this long ago or lies as far ahead."""
PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
SIGNATURE_HEADERS = ("wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial")
_HEADER_CHARS_MAX = 1024


class MerchantSigner:
    """Signs as the merchant."""

    def __init__(self, account: WechatPayAccount) -> None:
        self._key = private_key(account.private_key_pem)
        self._mch_id = account.mch_id
        self._serial_no = account.serial_no

    def sign(self, *lines: str) -> str:
        """Base64 RSA-SHA256 of the lines, each ended by a line feed."""
        return rsa_sign(self._key, "".join(f"{line}\n" for line in lines).encode())

    def authorization(self, method: str, path_and_query: str, body: str, timestamp: int, nonce: str) -> str:
        """The Authorization header of a request whose body is exactly ``body``."""
        signature = self.sign(method, path_and_query, str(timestamp), nonce, body)
        return (
            f'{SCHEME} mchid="{self._mch_id}",nonce_str="{nonce}",timestamp="{timestamp}",'
            f'serial_no="{self._serial_no}",signature="{signature}"'
        )

    def pay_sign(self, app_id: str, timestamp: str, nonce: str, package: str) -> str:
        """What the client shows the cashier: JSAPI and mini-program give ``prepay_id=…``, an app the bare id."""
        return self.sign(app_id, timestamp, nonce, package)


class PlatformVerifier:
    """Checks what WeChat Pay signed, with whichever of the known keys ``Wechatpay-Serial`` names. Never asks the network."""

    def __init__(self, verify_keys: Mapping[str, str]) -> None:
        self._keys = {key_id.upper(): _public_key(pem) for key_id, pem in verify_keys.items()}
        ids = sorted(verify_keys, key=lambda key_id: not key_id.startswith(PUBLIC_KEY_PREFIX))
        self.preferred_id = ids[0] if ids else ""

    def check(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raises Forged unless the headers (lower-case names) sign ``body``, by a known key, within ±300 s of ``now``.

        A probe (signature ``WECHATPAY/SIGNTEST/…``) fails like any other wrong signature: the platform then sends again.
        """
        timestamp, nonce, signature, serial = (headers.get(name, "") for name in SIGNATURE_HEADERS)
        if any(not value or len(value) > _HEADER_CHARS_MAX for value in (timestamp, nonce, signature, serial)):
            raise Forged("signature header missing")
        if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
            raise Forged("signature type")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise Forged("timestamp")
        if abs(now.timestamp() - int(timestamp)) >= AGE_MAX_S:
            raise Forged("timestamp out of range")
        key = self._keys.get(serial.upper())
        if key is None:
            raise Forged("unknown key")
        try:
            raw = base64.b64decode(signature, validate=True)
            key.verify(raw, f"{timestamp}\n{nonce}\n".encode() + body + b"\n", PKCS1v15(), SHA256())
        except (binascii.Error, ValueError, InvalidSignature) as error:
            raise Forged("signature") from error


def _public_key(pem: str) -> RSAPublicKey:
    """The key of a bare public key or of a platform certificate."""
    raw = pem.encode()
    key = load_pem_x509_certificate(raw).public_key() if b"CERTIFICATE" in raw else load_pem_public_key(raw)
    if not isinstance(key, RSAPublicKey):
        raise TypeError("WeChat Pay's keys must be RSA")
    return key
