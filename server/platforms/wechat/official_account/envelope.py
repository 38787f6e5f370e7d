"""The XML of the official account around what people say: wechatpy deciphers it, after it was verified, tells events, and enciphers the
answer. What is said and what is answered is read and written here: its own classes cost five times as much, and draw the bytes before an
answer by `random`.

Only `OfficialAccountChat` imports this module, and only for a message: wechatpy brings requests, a tenth of a second that no other
start needs. Clients send characters that XML forbids (docs/protocols/wechat_official.md, Corrections): whoever typed them still
gets an answer.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers.expat import ExpatError

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.crypto.pkcs7 import PKCS7Encoder
from wechatpy.exceptions import WeChatException
from wechatpy.parser import parse_message

from server.core.characters import readable_xml
from server.core.errors import BadInput, Forged
from server.patients.contact_ports import ChatMessage
from server.platforms.wechat.official_account.account import OfficialAccountConfig

_RANDOM_BYTES = 16
"""Before what is enciphered (section 2)."""
# Everything that wechatpy and xmltodict were seen to raise for bad input (practices.md C).
_UNREADABLE = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    struct.error,
    ExpatError,
    ParseError,
    WeChatException,
    RecursionError,
)


class Envelope:
    """What is around the messages of one official account."""

    def __init__(self, config: OfficialAccountConfig) -> None:
        self._config = config
        self._cipher = PrpCrypto(WeChatCrypto(config.token, config.encoding_aes_key, config.app_id).key).cipher

    def opened(self, cipher: str) -> bytes:
        """The message inside ``cipher``, whose signature holds (section 2). Raises Forged for another app's, and for what is no message."""
        try:
            return self._decrypted(cipher)
        except _UNREADABLE as error:
            raise Forged("cipher") from error

    def sealed(self, xml: str, random: str, nonce: str, timestamp: int) -> str:
        """``xml`` encrypted and signed, as the account's safe mode asks; ``random`` has as many letters that nobody can guess."""
        text = xml.encode()
        packed = random.encode() + struct.pack(">I", len(text)) + text + self._config.app_id.encode()
        cipher = base64.b64encode(self._cipher.encrypt(PKCS7Encoder.encode(packed))).decode()
        signature = self._config.signature(str(timestamp), nonce, cipher)
        return (
            f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    def text_reply(self, to: ChatMessage, text: str, timestamp: int) -> str:
        """``text`` has no end of a CDATA section."""
        return self._reply(to, "text", timestamp, f"<Content><![CDATA[{text}]]></Content>")

    def handover(self, to: ChatMessage, timestamp: int) -> str:
        """The reply that hands ``to`` over to the account's customer service."""
        return self._reply(to, "transfer_customer_service", timestamp)

    def _reply(self, to: ChatMessage, kind: str, timestamp: int, more: str = "") -> str:
        return (
            f"<xml><ToUserName><![CDATA[{to.sender.subject}]]></ToUserName>"
            f"<FromUserName><![CDATA[{self._config.original_id}]]></FromUserName>"
            f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{more}</xml>"
        )

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
    """The fields by their names in the XML, and the event's name as wechatpy tells it, which knows those that are two in one. ``xml`` has
    no declarations, so no entity of its own. Raises BadInput.
    """
    try:
        fields = _fields(fromstring(xml))  # noqa: S314 - without declarations
        if str(fields.get("MsgType")).lower() != "event":
            return fields, ""
        message = parse_message(xml)
        return dict(message._data), str(getattr(message, "event", ""))  # noqa: SLF001 - wechatpy has no other name for all fields
    except _UNREADABLE as error:
        raise BadInput("unreadable message") from error


def _fields(root: Element) -> dict[str, object]:
    """Each text by its name, None for an empty one. What has fields within it, or stands there twice, is no text and stays what it is."""
    fields: dict[str, object] = {}
    for field in root:
        is_text = len(field) == 0 and field.tag not in fields
        fields[field.tag] = (field.text or "").strip() or None if is_text else field
    return fields
