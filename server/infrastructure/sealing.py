"""Authenticated encryption for QR codes, cookies and personal data at rest (DESIGN 5.3, 5.4): AES-256-GCM with key rotation.

Sealed text is ``kid.base64url(nonce ‖ ciphertext ‖ tag)`` without padding: 29 bytes more than what is sealed, or fewer where
deflating shortens it (a QR code of half the characters prints in bigger squares). The first byte inside says which it was.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import zlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.core.errors import Forged

KEY_BYTES = 32
KEY_ID_CHARS_MAX = 32
NONCE_BYTES = 12
PLAIN_BYTES_MAX = 1024 * 1024
SEALED_CHARS_MAX = KEY_ID_CHARS_MAX + 2 * PLAIN_BYTES_MAX
RAW_DEFLATE = -15
USES = {"staff_pin": "pin", "audit": "audit"}
"""Purposes of `Keyring.lookup` whose key is derived, so that none of the three keys gives away another."""
_PLAIN, _DEFLATED = b"\x00", b"\x01"


class Keyring:
    """ports.Sealer. ``keys`` open what their id names, ``active`` seals, ``lookup`` hashes and never changes.

    Nonces are random: a key may seal 2³² times before it must be replaced (NIST SP 800-38D section 8.3), 100 a second for a
    year. Raises ValueError for keys that can't be right; the text never shows one.
    """

    def __init__(self, active: str, keys: Mapping[str, bytes], lookup: bytes) -> None:
        for kid, key in keys.items():
            if not (kid.isascii() and kid.isalnum() and len(kid) <= KEY_ID_CHARS_MAX):
                raise ValueError(f"the key id {kid!r} is not 1 to {KEY_ID_CHARS_MAX} letters and digits")
            if len(key) != KEY_BYTES:
                raise ValueError(f"the key {kid} has {len(key)} bytes, not {KEY_BYTES}")
        if active not in keys:
            raise ValueError(f"the active key {active!r} is not in the keyring")
        if len(lookup) != KEY_BYTES:
            raise ValueError(f"the lookup key has {len(lookup)} bytes, not {KEY_BYTES}")
        if lookup in keys.values():
            raise ValueError("the lookup key must be another than those that seal")
        self._active = active
        self._keys = {kid: AESGCM(key) for kid, key in keys.items()}
        self._mac_keys = {kid: derived(key, "mac") for kid, key in keys.items()}
        self._lookup = lookup
        self._of_use = {purpose: derived(lookup, use) for purpose, use in USES.items()}

    def seal(self, purpose: str, plain: bytes) -> str:
        """Raises ValueError over PLAIN_BYTES_MAX."""
        if len(plain) > PLAIN_BYTES_MAX:
            raise ValueError(f"more than {PLAIN_BYTES_MAX} bytes to seal")
        nonce = os.urandom(NONCE_BYTES)
        secret = self._keys[self._active].encrypt(nonce, _packed(plain), _bound_to(self._active, purpose))
        return f"{self._active}.{_as_text(nonce + secret)}"

    def open(self, purpose: str, sealed: str) -> bytes:
        """Raises Forged, without saying what was wrong."""
        kid, _, text = sealed.partition(".")
        key = self._keys.get(kid)
        if key is None or len(sealed) > SEALED_CHARS_MAX:
            raise Forged("sealed text")
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            if _as_text(raw) != text:  # base64 has several spellings; ours has one
                raise Forged("sealed text")
            return _unpacked(key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(kid, purpose)))
        except (binascii.Error, ValueError, InvalidTag, zlib.error):
            raise Forged("sealed text") from None

    def mac(self, purpose: str, data: bytes) -> str:
        """``kid.base64url(HMAC-SHA256)``, under a key derived from the active one."""
        return f"{self._active}.{_as_text(_hmac(self._mac_keys[self._active], purpose, data))}"

    def mac_holds(self, purpose: str, data: bytes, mac: str) -> bool:
        kid, _, text = mac.partition(".")
        key = self._mac_keys.get(kid)
        return key is not None and hmac.compare_digest(
            _as_text(_hmac(key, purpose, data)).encode(), text.encode(errors="replace")
        )

    def lookup(self, purpose: str, text: str) -> str:
        """HMAC-SHA256 in hex. PINs and the audit chain have keys of their own (USES)."""
        return _hmac(self._of_use.get(purpose, self._lookup), purpose, text.encode()).hex()

    def lookup_before(self, purpose: str, text: str) -> str:
        return _hmac(self._lookup, purpose, text.encode()).hex()

    def reseal(self, purpose: str, sealed: str) -> str:
        if sealed.partition(".")[0] == self._active:
            return sealed
        return self.seal(purpose, self.open(purpose, sealed))


def derived(key: bytes, use: str) -> bytes:
    """A key of its own for ``use``, from which nobody finds ``key`` or that of another use (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"zhenfu/{use}".encode()).derive(key)


def _hmac(key: bytes, purpose: str, data: bytes) -> bytes:
    """``purpose`` is ours and has no NUL, so no two pairs have one text. `hmac.digest` would let other threads in at each of the many
    short texts of a request."""
    return hmac.new(key, purpose.encode() + b"\x00" + data, "sha256").digest()


def _bound_to(kid: str, purpose: str) -> bytes:
    return f"{kid}:{purpose}".encode()


def _as_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _packed(plain: bytes) -> bytes:
    packer = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, RAW_DEFLATE)
    deflated = packer.compress(plain) + packer.flush()
    return _DEFLATED + deflated if len(deflated) < len(plain) else _PLAIN + plain


def _unpacked(body: bytes) -> bytes:
    """What we packed ourselves; bounded all the same. Raises ValueError or zlib.error."""
    if body[:1] == _PLAIN:
        return body[1:]
    unpacker = zlib.decompressobj(RAW_DEFLATE)
    plain = unpacker.decompress(body[1:], PLAIN_BYTES_MAX)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("more than was ever sealed")
    return plain
