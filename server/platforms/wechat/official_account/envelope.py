"""The XML of the official account around what people say: wechatpy opens, parses, renders and encrypts it, after it was verified.

Only `OfficialAccountChat` imports this module, and only for a message: wechatpy brings requests, a tenth of a second that no other
start needs. Clients send characters that XML forbids (docs/protocols/wechat_official.md, Corrections): whoever typed them still
gets an answer.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from xml.parsers.expat import ExpatError

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.parser import parse_message
from wechatpy.replies import TextReply, TransferCustomerServiceReply

from server.core.characters import readable_xml
from server.core.errors import BadInput, Forged
from server.patients.contact_ports import ChatMessage
from server.platforms.wechat.official_account.account import OfficialAccountConfig

_RANDOM_BYTES = 16
# Everything that wechatpy and xmltodict were seen to raise for bad input (practices.md C).
_UNREADABLE = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    struct.error,
    ExpatError,
    WeChatException,
    RecursionError,
)


class Envelope:
    """What is around the messages of one official account."""

    def __init__(self, config: OfficialAccountConfig) -> None:
        self._config = config
        self._crypto = WeChatCrypto(config.token, config.encoding_aes_key, config.app_id)
        self._cipher = PrpCrypto(self._crypto.key).cipher

    def opened(self, cipher: str) -> bytes:
        """The message inside ``cipher``, whose signature holds (section 2). Raises Forged for another app's, and for what is no message."""
        try:
            return self._decrypted(cipher)
        except _UNREADABLE as error:
            raise Forged("cipher") from error

    def sealed(self, xml: str, nonce: str, timestamp: int) -> str:
        """``xml`` encrypted and signed, as the account's safe mode asks."""
        sealed: str = self._crypto.encrypt_message(xml, nonce, str(timestamp))
        return sealed

    def text_reply(self, to: ChatMessage, text: str, timestamp: int) -> str:
        xml: str = TextReply(content=text, **self._ends(to), time=timestamp).render()
        return xml

    def handover(self, to: ChatMessage, timestamp: int) -> str:
        """The reply that hands ``to`` over to the account's customer service."""
        xml: str = TransferCustomerServiceReply(**self._ends(to), time=timestamp).render()
        return xml

    def _ends(self, to: ChatMessage) -> dict[str, str]:
        return {"source": self._config.original_id, "target": to.sender.subject}

    def _decrypted(self, cipher: str) -> bytes:
        plain: bytes = self._cipher.decrypt(base64.b64decode(cipher))
        content = plain[_RANDOM_BYTES : -plain[-1]]
        (length,) = struct.unpack(">I", content[:4])
        if content[4 + length :] != self._config.app_id.encode():
            raise Forged("another app")
        message = content[4 : 4 + length]
        if b"<" not in message:
            message.decode()  # no message of WeChat's: bytes that are no text were packed by somebody else
        return message


def xml_text(message: bytes) -> str:
    """As a parser takes it; what is no UTF-8 becomes U+FFFD, so that the rest is still read."""
    return readable_xml(message.decode(errors="replace"))


def parsed(xml: str) -> tuple[Mapping[str, object], str]:
    """The fields by their names in the XML, and the event's name as wechatpy tells it. Raises BadInput."""
    try:
        message = parse_message(xml)
        return dict(message._data), str(getattr(message, "event", ""))  # noqa: SLF001 - wechatpy has no other name for all fields
    except _UNREADABLE as error:
        raise BadInput("unreadable message") from error
