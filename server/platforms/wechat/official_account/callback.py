"""What people say to the account, and the passive reply (docs/protocols/wechat_official.md sections 2 and 3).

Verify, then open, then read: our own constant-time comparison comes first; `envelope` deciphers, reads and answers after it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.core.characters import cut_to_bytes, for_xml
from server.core.errors import BadInput, Forged, OutsideRefusal
from server.core.ports import Clock, Ids, RawReply, RawRequest
from server.patients.contact_ports import ARRIVED, BLOCKED, FAILED, LOST, ChatMessage, ChatReply
from server.patients.model import PayerIdentity
from server.platforms.wechat.api.app import CHANNEL
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.api.errors import Done
from server.platforms.wechat.official_account.account import OfficialAccountConfig
from server.platforms.wechat.official_account.menu import push_menu

if TYPE_CHECKING:
    from server.platforms.wechat.official_account.envelope import Envelope

BODY_BYTES_MAX = 64 * 1024
TEXT_BYTES_MAX = 2048
ECHO_AGE_S_MAX = 300
"""The platform asks whether the address is ours at the moment when somebody saves it."""
RANDOM_CHARS = 16
"""Before an enciphered answer, and in its nonce (section 2)."""
_QUERY_CHARS_MAX = 128
_ECHO_CHARS_MAX = 512
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
_ROOT_AT_ONCE = re.compile(r"\s*(?:<\?xml [^<>]*\?>\s*)?<xml>")
"""Declarations (and with them entities) can only stand before the root element: there is no room for them. No two runs of blanks
stand side by side in the pattern: a message of 48 KB of blanks would take seconds."""
_SILENT_TOO_LONG = frozenset({"45015", "45047", "48001", "48002", "43004"})
_EVENTS = {
    "subscribe": "follow",
    "subscribe_scan": "follow",
    "unsubscribe": "unfollow",
    "click": "click",
    "scan": "scan",
}
_FINISHED = "templatesendjobfinish"
"""Section 3.3: what became of a template message. Its status is ``success``, or ``failed:`` with why."""


class _Fields(BaseModel):
    """The fields of a message that we use, as `envelope.parsed` has them."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)
    ToUserName: str
    FromUserName: str = Field(pattern=r"^[0-9A-Za-z_\-]{1,64}$")
    CreateTime: str = Field(pattern=r"^[0-9]{1,12}$")
    MsgType: str
    MsgId: str | None = Field(default=None, pattern=r"^[0-9]{1,20}$")
    Content: str | None = None
    Recognition: str | None = None
    Event: str | None = None
    EventKey: str | None = None
    MsgID: str | None = Field(default=None, pattern=r"^[0-9]{1,20}$")
    Status: str | None = None


class OfficialAccountChat:
    """ports.ChatAccount."""

    def __init__(self, config: OfficialAccountConfig, api: WechatApi, clock: Clock, ids: Ids) -> None:
        self._config = config
        self._api = api
        self._clock = clock
        self._ids = ids

    @cached_property
    def _envelope(self) -> Envelope:
        """Imported with the first message, because of wechatpy."""
        from server.platforms.wechat.official_account.envelope import Envelope

        return Envelope(self._config)

    def check_address(self, raw: RawRequest) -> str:
        echo = raw.query.get("echostr", "")
        self._check(raw, "signature")
        sent_at = raw.query["timestamp"]
        fits = sent_at.isascii() and sent_at.isdigit()
        if not fits or abs(self._clock.now().timestamp() - int(sent_at)) > ECHO_AGE_S_MAX:
            raise Forged("timestamp")
        if not echo or len(echo) > _ECHO_CHARS_MAX:
            raise Forged("echostr")
        return echo

    def receive(self, raw: RawRequest) -> ChatMessage:
        """Raises Forged for what WeChat did not send to this account, BadInput for what it sent and we can't read."""
        if len(raw.body) > BODY_BYTES_MAX:
            raise BadInput("body too large")
        message = self._plain_text(raw) if self._config.mode == "plain" else self._decrypted(raw)
        fields, event = _read(message)
        if fields.ToUserName != self._config.original_id:
            raise Forged("another account")
        return self._message(fields, event)

    def reply(self, message: ChatMessage, reply: ChatReply) -> RawReply:
        """The passive reply: encrypted as the account's mode asks; ``success`` shows nothing and stops the repeats."""
        timestamp = int(self._clock.now().timestamp())
        if reply.to_staff:
            return self._rendered(self._envelope.handover(message, timestamp), timestamp)
        if reply.text:
            return self._rendered(self._envelope.text_reply(message, _fitting(reply.text), timestamp), timestamp)
        return RawReply(status=200, body=b"success")

    async def say(self, message: ChatMessage, reply: ChatReply) -> None:
        """Nothing: the passive reply has said it."""

    async def tell(self, to: PayerIdentity, text: str) -> bool:
        """A customer-service message (section 9): only within 48 h of the person's last word, and not too many."""
        payload = {"touser": to.subject, "msgtype": "text", "text": {"content": _fitting(text)}}
        try:
            await self._api.post("/cgi-bin/message/custom/send", payload, Done)
        except OutsideRefusal as refusal:
            if refusal.reason_code in _SILENT_TOO_LONG:
                return False
            raise
        return True

    async def push_menu(self, menu: Mapping[str, object]) -> bool:
        await push_menu(self._api, menu)
        return True

    # ---- verifying -------------------------------------------------------------------------------------------------------------

    def _check(self, raw: RawRequest, name: str, *signed: str) -> None:
        """Raises Forged unless the query's ``name`` is the SHA-1 over token, timestamp, nonce and ``signed``."""
        given, timestamp, nonce = (raw.query.get(key, "") for key in (name, "timestamp", "nonce"))
        if any(not value or len(value) > _QUERY_CHARS_MAX for value in (given, timestamp, nonce)):
            raise Forged("signature missing")
        right = self._config.signature(timestamp, nonce, *signed)
        if not hmac.compare_digest(right.encode(), given.encode()):
            raise Forged("signature")

    def _plain_text(self, raw: RawRequest) -> bytes:
        self._check(raw, "signature")
        return raw.body

    def _decrypted(self, raw: RawRequest) -> bytes:
        """The cipher is cut out without an XML parser: nothing is parsed before its signature holds."""
        ciphers = _ENCRYPT.findall(raw.body)
        if len(ciphers) != 1:
            raise Forged("no cipher")
        cipher = ciphers[0].decode()
        self._check(raw, "msg_signature", cipher)
        return self._envelope.opened(cipher)

    def _rendered(self, xml: str, timestamp: int) -> RawReply:
        if self._config.mode != "plain":
            drawn = self._ids.text(2 * RANDOM_CHARS)
            xml = self._envelope.sealed(xml, drawn[:RANDOM_CHARS], drawn[RANDOM_CHARS:], timestamp)
        return RawReply(status=200, body=xml.encode(), content_type="application/xml; charset=utf-8")

    # ---- reading ---------------------------------------------------------------------------------------------------------------

    def _message(self, fields: _Fields, event: str) -> ChatMessage:
        """Anything that is no event is something said; what we can't hear (pictures, stickers) has no text."""
        sender = PayerIdentity(channel=CHANNEL, app_id=self._config.app_id, subject=fields.FromUserName)
        kind = "event" if fields.MsgType.lower() == "event" else "text"
        text = (fields.Content or fields.Recognition or "")[:TEXT_BYTES_MAX]
        return ChatMessage(
            id=_message_id(fields),
            sender=sender,
            account=fields.ToUserName,
            kind=kind,
            text="" if kind == "event" else text,
            event=_event(fields, event) if kind == "event" else "",
            key=_key(fields, event)[:TEXT_BYTES_MAX] if kind == "event" else "",
            why=_why(fields) if kind == "event" and _event(fields, event) == LOST else "",
        )


def _read(message: bytes) -> tuple[_Fields, str]:
    """The fields, and the event's name as wechatpy tells it. Raises BadInput."""
    from server.platforms.wechat.official_account.envelope import parsed, xml_text

    xml = xml_text(message)
    if _ROOT_AT_ONCE.match(xml) is None:
        raise BadInput("no message, or something before it")
    fields, event = parsed(xml)
    try:
        return _Fields.model_validate(fields), event
    except ValidationError as error:
        raise BadInput("fields of a message") from error


def _event(fields: _Fields, event: str) -> str:
    if event == _FINISHED:
        return ARRIVED if fields.Status == "success" else LOST
    return _EVENTS.get(event, "other")


def _key(fields: _Fields, event: str) -> str:
    return (fields.MsgID if event == _FINISHED else fields.EventKey) or ""


def _why(fields: _Fields) -> str:
    """Why a message of ours did not arrive (section 3.3): the account is blocked, or the platform's own failure."""
    return BLOCKED if "user block" in (fields.Status or "") else FAILED


def _message_id(fields: _Fields) -> str:
    """MsgId, or for events sender, time and event: hashed, because the key of a stored reply must not carry an openid."""
    if fields.MsgId is not None:
        return fields.MsgId
    told = "\n".join((fields.FromUserName, fields.CreateTime, fields.Event or "", fields.EventKey or ""))
    return f"event-{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _fitting(text: str) -> str:
    """It stands in one CDATA section, XML forbids some characters, and the platform takes 2,048 bytes."""
    return cut_to_bytes(for_xml(text).replace("]]>", "]] >"), TEXT_BYTES_MAX)
