"""AEAD_AES_256_GCM of notifications and platform certificates (docs/protocols/wechat_pay_v3.md section 4)."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.core.errors import Forged


def open_sealed(key: bytes, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """The plaintext of ``ciphertext`` (Base64 of text and tag) under the APIv3 key. Raises Forged for anything not sealed with it."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key).decrypt(nonce.encode(), sealed, associated_data.encode())
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise Forged("sealed resource") from error
