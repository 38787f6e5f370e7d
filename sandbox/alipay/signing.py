"""Signatures from Alipay's side (sections 2 to 5): what the app signs is checked, what Alipay says is signed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.alipay.certificates import root_serial, serial
from sandbox.world.rsa import private_key
from sandbox.world.wire import Record

SIGN_TYPE = "RSA2"


class SignError(Exception):
    """The text is what Alipay has tried to verify."""


def text_to_sign(params: Mapping[str, str], without: Iterable[str] = ("sign",)) -> str:
    """Sorted by name, raw values, empty ones left out. V1 notices also leave ``sign_type`` out."""
    left_out = set(without)
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name not in left_out and params[name])


class Signatures:
    def __init__(self, keys: Record) -> None:
        self._keys = keys

    @cached_property
    def _own(self) -> RSAPrivateKey:
        return private_key(self._keys["alipay_key"])

    @cached_property
    def app_key(self) -> RSAPublicKey:
        """The app's public key, as it was uploaded in the console."""
        return private_key(self._keys["alipay_app_key"]).public_key()

    @cached_property
    def app_cert_sn(self) -> str:
        return serial(self._keys["alipay_app_certificate"])

    @cached_property
    def alipay_cert_sn(self) -> str:
        return serial(self._keys["alipay_certificate"])

    @cached_property
    def root_cert_sn(self) -> str:
        return root_serial(self._keys["alipay_root_certificates"])

    def check(self, text: bytes, signature: str) -> None:
        """That the app has signed ``text`` (RSA2). Raises InvalidSignature."""
        try:
            self.app_key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
        except ValueError as error:
            raise InvalidSignature from error

    def check_request(self, params: Mapping[str, str], charset: str) -> None:
        """Raises SignError with the string to sign."""
        text = text_to_sign(params)
        try:
            self.check(text.encode(charset), params["sign"])
        except InvalidSignature:
            raise SignError(text) from None

    def sign(self, text: bytes, *, spoilt: bool = False) -> str:
        signature = self._own.sign(text + (b"tampered" if spoilt else b""), PKCS1v15(), SHA256())
        return base64.b64encode(signature).decode()
