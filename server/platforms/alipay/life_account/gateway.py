"""What people do in the life account (docs/protocols/alipay.md section 10): verified by rule V2 over GBK bytes, answered signed.

An answer in the same breath can only say "received"; what we have to say goes out as a customer-service message after it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.core.characters import cut_to_chars, for_xml
from server.core.errors import BadInput, Forged, MeantForPayments, OutsideRefusal
from server.core.ports import Clock, RawReply, RawRequest, ShortLivedStore
from server.patients.contact_ports import ChatMessage, ChatReply
from server.patients.model import PayerIdentity
from server.platforms.alipay.life_account.account import LifeAccountConfig
from server.platforms.alipay.life_account.envelope import acknowledgement, address_proof, enveloped, read_message
from server.platforms.alipay.life_account.menu import push_menu
from server.platforms.alipay.openapi.account import CHANNEL
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.openapi.forms import GBK, V2, read_form
from server.platforms.alipay.openapi.people import is_user_id
from server.platforms.alipay.pay.bank_arrivals import looks_like_one

BODY_BYTES_MAX = 64 * 1024
TEXT_CHARS_MAX = 2048
SAID_ONCE = timedelta(hours=1)
_CHECK = "alipay.service.check"
_NOTIFY = "alipay.mobile.public.message.notify"
_VERIFY = "verifygw"
_EVENTS = {"follow": "follow", "unfollow": "unfollow", "click": "click"}
_LINK = re.compile(r'<a href="([^"<>]*)">([^<>]*)</a>')
_REPLY_TYPE = "text/xml; charset=GBK"


class _Fields(BaseModel):
    """The fields of a message that we use. A person who is named in both ways is known by the newer one."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True, populate_by_name=True)
    AppId: str
    FromAlipayUserId: str = Field(default="", pattern=r"^[0-9A-Za-z_\-]{0,128}$")
    FromOpenId: str = Field(default="", pattern=r"^[0-9A-Za-z_\-]{0,128}$")
    FromUserId: str = Field(default="", pattern=r"^[0-9A-Za-z_\-]{0,128}$")
    CreateTime: str = Field(pattern=r"^[0-9]{1,16}$")
    MsgType: str
    MsgId: str = Field(default="", pattern=r"^[0-9A-Za-z_\-]{0,64}$")
    EventType: str = ""
    ActionParam: str = ""
    Content: str = Field(default="", alias="Text/Content")


class LifeAccountChat:
    """ports.ChatAccount."""

    def __init__(
        self, client: AlipayClient, config: LifeAccountConfig, clock: Clock, short_lived: ShortLivedStore
    ) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._short_lived = short_lived

    def check_address(self, raw: RawRequest) -> str:
        """Alipay proves addresses by a message (`receive`), never by a GET."""
        raise Forged("Alipay checks by POST")

    def receive(self, raw: RawRequest) -> ChatMessage:
        """Raises Forged for what Alipay did not send to this app, BadInput for what it sent and we can't read, MeantForPayments for what
        says of itself that it is about money: nothing of that is verified here.
        """
        if len(raw.body) > BODY_BYTES_MAX:
            raise BadInput("body too large")
        if looks_like_one(raw.body):
            raise MeantForPayments("a message about a refund")
        form = read_form(raw.body, self._client.verifier, V2, charset=GBK)
        if form.get("service") not in {_CHECK, _NOTIFY}:
            raise BadInput("another service")
        try:
            fields = _Fields.model_validate(read_message(form.get("biz_content", "")))
        except ValidationError as error:
            raise BadInput("fields of a message") from error
        if fields.AppId != self._client.app.app_id:
            raise Forged("another app")
        return self._message(fields, is_check=form["service"] == _CHECK)

    def reply(self, message: ChatMessage, reply: ChatReply) -> RawReply:
        if message.event == _VERIFY:
            content = address_proof(self._client.signer.public_key_base64())
        else:
            content = acknowledgement(self._client.app.app_id, message.sender.subject, self._clock.now())
        return RawReply(status=200, body=enveloped(content, self._client.signer), content_type=_REPLY_TYPE)

    async def say(self, message: ChatMessage, reply: ChatReply) -> None:
        """The reply as a customer-service message, once for all deliveries of ``message``. Nothing to say is nothing sent."""
        if not reply.text or message.event == _VERIFY:
            return
        now = self._clock.now()
        key = f"{self._client.app.app_id}:{message.once}"
        if not await self._short_lived.put_once("life_account_said", key, "said", now, now + SAID_ONCE):
            return
        await self._send(message.sender.subject, reply.text)

    async def tell(self, to: PayerIdentity, text: str) -> bool:
        """A customer-service message; any refusal means that the account may not (it takes 48 h after the person's last word)."""
        try:
            await self._send(to.subject, text)
        except OutsideRefusal:
            return False
        return True

    async def _send(self, person: str, text: str) -> None:
        content: dict[str, object] = {
            "to_user_id" if is_user_id(person) else "open_id": person,
            "msg_type": "text",
            "text": {"content": _plain(text)},
        }
        await self._client.call("alipay.open.public.message.custom.send", content)

    async def push_menu(self, menu: Mapping[str, object]) -> bool:
        if not self._config.has_menu:
            return False
        await push_menu(self._client, menu)
        return True

    def _message(self, fields: _Fields, *, is_check: bool) -> ChatMessage:
        """Anything that is no event is something said; what we can't hear (pictures) has no text."""
        subject = fields.FromAlipayUserId or fields.FromOpenId or fields.FromUserId
        if not subject and not is_check:
            raise BadInput("a message from nobody")
        kind = "event" if is_check or fields.MsgType == "event" else "text"
        event = _VERIFY if is_check else _EVENTS.get(fields.EventType, "other")
        return ChatMessage(
            id=_message_id(fields, subject),
            sender=PayerIdentity(channel=CHANNEL, app_id=fields.AppId, subject=subject),
            account=fields.AppId,
            kind=kind,
            text="" if kind == "event" else fields.Content[:TEXT_CHARS_MAX],
            event=event if kind == "event" else "",
            key=fields.ActionParam[:TEXT_CHARS_MAX] if event == "click" else "",
        )


def _message_id(fields: _Fields, subject: str) -> str:
    """Sender and MsgId, for events sender, time and event: hashed, because the key of a stored reply must not carry a person's id."""
    told = "\n".join((subject, fields.MsgId or "\n".join((fields.CreateTime, fields.EventType, fields.ActionParam))))
    return f"life-{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def _plain(text: str) -> str:
    """The life account shows markup as it is written, and makes bare addresses links: ``words：address``."""
    return cut_to_chars(_LINK.sub(lambda link: f"{link[2]}：{link[1]}", for_xml(text)), TEXT_CHARS_MAX)
