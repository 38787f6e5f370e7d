"""Authenticated encryption for QR codes, cookies and personal data at rest (DESIGN 5.3, 5.4): AES-256-GCM with key rotation.

Sealed text is ``kid.base64url(nonce ‖ ciphertext ‖ tag)`` without padding; the first plaintext byte tells whether it was deflated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import zlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.domain.errors import Forged

NONCE_BYTES = 12
PLAIN_BYTES_MAX = 1024 * 1024
SEALED_CHARS_MAX = 2 * PLAIN_BYTES_MAX
_RAW, _DEFLATED = b"\x00", b"\x01"


class Keyring:
    """ports.Sealer. ``keys`` open what their id names, ``active`` seals, ``lookup`` hashes and never changes."""

    def __init__(self, active: str, keys: Mapping[str, bytes], lookup: bytes) -> None:
        if active not in keys or any(len(key) != 32 for key in (*keys.values(), lookup)):
            raise ValueError("a keyring needs keys of 32 bytes and an active one among them")
        if any("." in kid or not kid.isascii() or not kid.isalnum() for kid in keys):
            raise ValueError("key ids are letters and digits")
        self._active = active
        self._keys = {kid: AESGCM(key) for kid, key in keys.items()}
        self._lookup = lookup

    def seal(self, purpose: str, plain: bytes) -> str:
        if len(plain) > PLAIN_BYTES_MAX:
            raise ValueError("too much to seal")
        packed = zlib.compress(plain, 9)
        body = _DEFLATED + packed if len(packed) < len(plain) else _RAW + plain
        nonce = os.urandom(NONCE_BYTES)
        aad = f"{self._active}:{purpose}".encode()
        sealed = nonce + self._keys[self._active].encrypt(nonce, body, aad)
        return f"{self._active}.{base64.urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    def open(self, purpose: str, sealed: str) -> bytes:
        kid, _, text = sealed.partition(".")
        key = self._keys.get(kid)
        if key is None or len(sealed) > SEALED_CHARS_MAX or not text.isascii():
            raise Forged("sealed text")
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            body = key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{kid}:{purpose}".encode())
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise Forged("sealed text") from error
        return _inflated(body[1:]) if body[:1] == _DEFLATED else body[1:]

    def lookup(self, purpose: str, text: str) -> str:
        return hmac.new(self._lookup, f"{purpose}\x00{text}".encode(), hashlib.sha256).hexdigest()


def _inflated(packed: bytes) -> bytes:
    """What we deflated ourselves; bounded all the same."""
    unpacker = zlib.decompressobj()
    plain = unpacker.decompress(packed, PLAIN_BYTES_MAX)
    if unpacker.unconsumed_tail:
        raise Forged("sealed text")
    return plain
