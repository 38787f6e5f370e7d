"""RSA2 of both sides: SHA-256 with PKCS#1 v1.5, Base64 (docs/protocols/alipay.md sections 2 to 4)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from server.core.errors import Forged
from server.infrastructure.rsa_signing import private_key, rsa_sign
from server.platforms.alipay.openapi.certificates import first_certificate, is_certificate, serial_of

SIGN_TYPE = "RSA2"
_SIGNATURE_CHARS_MAX = 1024


class AppSigner:
    """Signs as the app."""

    def __init__(self, private_key_pem: str) -> None:
        self._key = private_key(private_key_pem)

    def sign(self, text: bytes) -> str:
        return rsa_sign(self._key, text)

    def public_key_base64(self) -> str:
        """The app's public key as the console shows it: Base64 in one line, no PEM frame."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()


class AlipayVerifier:
    """Checks what Alipay signed. Never asks the network: a certificate that we were not given is an unknown one."""

    def __init__(self, pems: Sequence[str]) -> None:
        self._keys = tuple(_public_key(pem) for pem in pems)

    def check(self, message: bytes, signature: str, cert_sn: str = "") -> None:
        """Raises Forged unless one of the known keys (the one that ``cert_sn`` names, if it names one) signed ``message``."""
        if not signature or len(signature) > _SIGNATURE_CHARS_MAX:
            raise Forged("signature missing")
        keys = [key for known_as, key in self._keys if not cert_sn or known_as == cert_sn]
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Forged("signature") from error
        if not any(_holds(key, raw, message) for key in keys):
            raise Forged("signature")


def _holds(key: RSAPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _public_key(pem: str) -> tuple[str, RSAPublicKey]:
    """(certificate's SN or '', key) of a bare public key or of one of Alipay's certificates."""
    certificate = first_certificate(pem) if is_certificate(pem) else None
    key = load_pem_public_key(pem.encode()) if certificate is None else certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError("Alipay's keys must be RSA")
    return "" if certificate is None else serial_of(certificate), key
