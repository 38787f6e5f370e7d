"""Signatures of WeChat Pay v3, from the platform's side (sections 2, 3, 4, 5.2)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from sandbox.world.chance import Dice
from sandbox.world.wire import Record, Request

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SKEW_S = 300
_ITEM = re.compile(r'(\w+)="([^"]*)"')


class SignError(Exception):
    """401 SIGN_ERROR; the text is the ``issue``."""


class Signatures:
    def __init__(self, keys: Record, dice: Dice) -> None:
        self._keys = keys
        self._dice = dice

    @cached_property
    def _platform(self) -> RSAPrivateKey:
        return _private(self._keys["platform_key"])

    @cached_property
    def merchant(self) -> RSAPublicKey:
        """The merchant's public key, as its API certificate carries it."""
        key = load_pem_x509_certificate(self._keys["merchant_certificate"].encode()).public_key()
        if not isinstance(key, RSAPublicKey):
            raise TypeError("the merchant's certificate is RSA")
        return key

    def check_request(self, request: Request, now: datetime) -> str:
        """The mchid that has signed ``request``. Raises SignError."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        items = dict(_ITEM.findall(rest))
        if scheme != SCHEME or not {"mchid", "nonce_str", "timestamp", "serial_no", "signature"} <= items.keys():
            raise SignError("authorization header is missing or malformed")
        if items["mchid"] != self._keys["mchid"] or items["serial_no"] != self._keys["merchant_serial"]:
            raise SignError("serial_no is not of this mchid")
        if not items["timestamp"].isdigit() or abs(now.timestamp() - int(items["timestamp"])) > SKEW_S:
            raise SignError("timestamp is out of range")
        head = f"{request.method}\n{request.target}\n{items['timestamp']}\n{items['nonce_str']}\n"
        self._verify(head.encode() + request.body + b"\n", items["signature"])
        return str(items["mchid"])

    def check_invocation(self, params: Mapping[str, str]) -> None:
        """The paySign of getBrandWCPayRequest. Raises SignError."""
        message = "".join(f"{params.get(name, '')}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
        self._verify(message.encode(), params.get("paySign", ""))

    def _verify(self, message: bytes, signature: str) -> None:
        try:
            self.merchant.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError) as error:
            raise SignError("sign not match") from error

    def headers(self, body: bytes, now: datetime, *, wrong: bool = False, certificate: bool = False) -> dict[str, str]:
        """The signature headers of an answer or a notification."""
        timestamp, nonce = str(int(now.timestamp())), self._dice.text(32)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        if wrong:
            message += b"tampered"
        serial = self._keys["platform_serial"] if certificate else self._keys["public_key_id"]
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(self._platform.sign(message, PKCS1v15(), SHA256())).decode(),
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature-Type": SCHEME,
        }

    def seal(self, data: Record | str, associated_data: str) -> Record:
        """AEAD_AES_256_GCM with the APIv3 key (section 4)."""
        plain = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        nonce = self._dice.text(12)
        key = AESGCM(self._keys["apiv3_key"].encode())
        sealed = key.encrypt(nonce.encode(), plain.encode(), associated_data.encode())
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": associated_data,
            "nonce": nonce,
        }


def _private(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the platform's key is RSA")
    return key
