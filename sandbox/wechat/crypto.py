"""Message encryption and signatures of the callback (sections 2 and 3.2), from the platform's side."""

from __future__ import annotations

import base64
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32


def sha1_of_sorted(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


class MessageCrypto:
    def __init__(self, encoding_aes_key: str, appid: str) -> None:
        self._key = base64.b64decode(encoding_aes_key + "=")
        self._appid = appid.encode()

    def encrypt(self, message: str, random16: str) -> str:
        plain = random16.encode() + struct.pack(">I", len(message.encode())) + message.encode() + self._appid
        pad = BLOCK - len(plain) % BLOCK
        encryptor = Cipher(AES(self._key), CBC(self._key[:16])).encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, sealed: str) -> str:
        """Raises ValueError for anything that was not encrypted with this key for this appid."""
        decryptor = Cipher(AES(self._key), CBC(self._key[:16])).decryptor()
        plain = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        pad = plain[-1] if plain else 0
        if not 1 <= pad <= BLOCK or len(plain) < 20 + pad or plain[-pad:] != bytes([pad]) * pad:
            raise ValueError("padding")
        body = plain[16:-pad]
        length: int = struct.unpack(">I", body[:4])[0]
        if body[4 + length :] != self._appid:
            raise ValueError("appid")
        return body[4 : 4 + length].decode()
