"""The XML of the official account around what people say: opened after it was verified, and read tolerantly.

Clients send characters that XML forbids (docs/protocols/wechat_official.md, Corrections): whoever typed them still gets an answer.
"""

from __future__ import annotations

import base64
import struct

from wechatpy.crypto import PrpCrypto

from server.core.characters import readable_xml
from server.core.errors import Forged

_RANDOM_BYTES = 16


def unsealed(key: bytes, cipher: str, app_id: str) -> bytes:
    """The message inside ``cipher`` (section 2). Raises Forged for another app's, and what wechatpy's cipher raises for bad input."""
    plain: bytes = PrpCrypto(key).cipher.decrypt(base64.b64decode(cipher))
    content = plain[_RANDOM_BYTES : -plain[-1]]
    (length,) = struct.unpack(">I", content[:4])
    if content[4 + length :] != app_id.encode():
        raise Forged("another app")
    message = content[4 : 4 + length]
    if b"<" not in message:
        message.decode()  # no message of WeChat's: bytes that are no text were packed by somebody else
    return message


def xml_text(message: bytes) -> str:
    """As a parser takes it; what is no UTF-8 becomes U+FFFD, so that the rest is still read."""
    return readable_xml(message.decode(errors="replace"))
