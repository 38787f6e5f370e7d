"""Signatures of WeChat Pay v3, from the platform's side (sections 2, 3, 4, 5.2)."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate

from sandbox.world.chance import Dice
from sandbox.world.rsa import private_key
from sandbox.world.wire import Record, Request

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SKEW_S = 300
PROBE = "WECHATPAY/SIGNTEST/"
SPOILING = {"unsigned", "wrong_signature", "sign_test"}
ITEMS = {"mchid", "nonce_str", "timestamp", "serial_no", "signature"}
_ITEM = re.compile(r'(\w+)="([^"]*)"')


class SignError(Exception):
    """401 SIGN_ERROR; the text is the ``issue``, ``message`` what the platform has tried to verify."""

    def __init__(self, issue: str, message: bytes = b"", *, stale: bool = False) -> None:
        super().__init__(issue)
        self.message = message
        self.stale = stale


class Signatures:
    def __init__(self, keys: Record, dice: Dice) -> None:
        self._keys = keys
        self._dice = dice

    @cached_property
    def _of_public_key(self) -> RSAPrivateKey:
        return private_key(self._keys["wechatpay_key"])

    @cached_property
    def _of_certificate(self) -> RSAPrivateKey:
        return private_key(self._keys["platform_key"])

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
        found = _ITEM.findall(rest)
        items = dict(found)
        if scheme != SCHEME or items.keys() != ITEMS or len(found) != len(ITEMS):
            raise SignError("authorization header is missing or malformed")
        if items["mchid"] != self._keys["mchid"] or items["serial_no"] != self._keys["merchant_serial"]:
            raise SignError("serial_no is not of this mchid")
        if not items["timestamp"].isdecimal() or abs(now.timestamp() - int(items["timestamp"])) > SKEW_S:
            raise SignError("timestamp is out of range", stale=True)
        head = f"{request.method}\n{request.target}\n{items['timestamp']}\n{items['nonce_str']}\n"
        self._verify(head.encode() + request.body + b"\n", items["signature"])
        return str(items["mchid"])

    def _verify(self, message: bytes, signature: str) -> None:
        try:
            self.merchant.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError) as error:
            raise SignError("sign not match", message) from error

    def mode(self, asked: str | None, usual: str) -> str:
        """``public_key`` or ``certificate``: as the client's ``Wechatpay-Serial`` asks, or as usual (section 3.1)."""
        if asked == self._keys["platform_serial"]:
            return "certificate"
        return "public_key" if asked == self._keys["public_key_id"] else usual

    def headers(self, body: bytes, now: datetime, *, mode: str, what: str = "") -> dict[str, str]:
        """The signature headers of an answer or a notification; ``what`` is the fault that spoils them, if one does."""
        timestamp, nonce = str(int(now.timestamp())), self._dice.text(32)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        if what in SPOILING:
            message += b"tampered"
        key = self._of_certificate if mode == "certificate" else self._of_public_key
        signature = base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": f"{PROBE}{signature[len(PROBE) :]}" if what == "sign_test" else signature,
            "Wechatpay-Serial": self._keys["platform_serial" if mode == "certificate" else "public_key_id"],
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
