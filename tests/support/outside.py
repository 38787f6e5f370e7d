"""The rest of the played outside: messages, SMS, logins, chats, and a whole hospital made of faithful parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from server.core.errors import BadInput, CodeRefused, NotAllowedYet
from server.core.ports import RawReply, RawRequest
from server.patients.contact_ports import ChatMessage, ChatReply, DeliveryReport, OutgoingMessage
from server.patients.model import PayerIdentity
from server.payments.hospital import Hospital
from tests.support.builders import APP, HOSPITAL
from tests.support.channels import FaithfulChannel
from tests.support.hospital_systems import FaithfulHis
from tests.support.played import Played


class RecordingMessenger(Played):
    """Delivers everything to those who follow; where people are asked first, ``agrees`` is their answer."""

    def __init__(self, follows: bool = True, agrees: bool = True) -> None:
        super().__init__()
        self.follows = follows
        self.agrees = agrees
        self.ids: list[str] = []

    async def send(self, to: PayerIdentity, notice: OutgoingMessage, dedupe: str) -> str | None:
        await self._begin("send", (to, notice, dedupe))
        self._end("send")
        if not self.agrees:
            raise NotAllowedYet("wechat", "43101")
        if not self.follows:
            return None
        self.ids.append(f"msg-{len(self.calls)}")
        return self.ids[-1]


class RecordingSms(Played):
    """Sends everything and remembers the numbers it sent under, each with its day."""

    def __init__(self, day: date = date(2026, 11, 23)) -> None:
        super().__init__()
        self.day = day
        self.sent: list[tuple[str, OutgoingMessage, str]] = []
        self.days: dict[str, date] = {}
        self.linked: set[str] = set()

    async def send(self, phone: str, notice: OutgoingMessage, out_id: str) -> str:
        await self._begin("send", out_id)
        self.sent.append((phone, notice, out_id))
        self.days[out_id] = self.day
        self._end("send")
        return f"biz-{len(self.sent)}"

    def carries_link(self, purpose: str) -> bool:
        return purpose in self.linked

    async def was_sent(self, phone: str, out_id: str, day: date) -> bool:
        await self._begin("was_sent", (out_id, day))
        return self.days.get(out_id) == day

    def is_receipt_secret(self, secret: str) -> bool:
        return secret == "receipt-secret"

    def reports(self, body: bytes) -> Sequence[DeliveryReport]:
        raise BadInput("not used here")

    def acknowledge(self) -> RawReply:
        return RawReply(status=200, body=b'{"code":0}')


class ObligingIdentity(Played):
    """Every code ``code-of-X`` is X's; anything else is refused."""

    def __init__(self, channel: str = "wechat") -> None:
        super().__init__()
        self.channel = channel
        self.user_agent_mark = "MicroMessenger"
        self.entrance = "official_account"
        self.client_name = "微信"
        self.lookalikes = {"wxwork": "企业微信里不能缴费。"}

    def authorize_url(self, return_url: str, state: str) -> str:
        return f"https://platform.example/authorize?redirect_uri={return_url}&state={state}"

    async def identify(self, code: str) -> PayerIdentity:
        await self._begin("identify", code)
        if not code.startswith("code-of-"):
            raise CodeRefused("code")
        return PayerIdentity(channel=self.channel, app_id=APP, subject=code.removeprefix("code-of-"))


class RecordingChat(Played):
    """A chat account that keeps the menus pushed to it and what it told whom. ``silent``: these people wrote too long ago."""

    def __init__(self) -> None:
        super().__init__()
        self.menus: list[Mapping[str, object]] = []
        self.told: list[tuple[str, str]] = []
        self.silent: set[str] = set()

    def check_address(self, raw: RawRequest) -> str:
        return raw.query["echostr"]

    def receive(self, raw: RawRequest) -> ChatMessage:
        raise AssertionError("services never parse")

    def reply(self, message: ChatMessage, reply: ChatReply) -> RawReply:
        return RawReply(status=200, body=reply.text.encode())

    async def say(self, message: ChatMessage, reply: ChatReply) -> None:
        await self._begin("say", reply.text)

    async def tell(self, to: PayerIdentity, text: str) -> bool:
        await self._begin("tell", to.subject)
        if to.subject in self.silent:
            return False
        self.told.append((to.subject, text))
        return True

    async def push_menu(self, menu: Mapping[str, object]) -> bool:
        await self._begin("push_menu", menu)
        self.menus.append(menu)
        return True


class TrustingHisHandler:
    """Lets every request of the HIS in."""

    async def verify(self, raw: RawRequest) -> None:
        return None

    def answer(self, raw: RawRequest, body: bytes) -> Mapping[str, str]:
        return {}


def a_hospital(hospital_id: str = HOSPITAL, **fields: Any) -> Hospital:
    """A whole hospital whose outside does what it should; swap parts by keyword."""
    facts: dict[str, Any] = {
        "id": hospital_id,
        "prefix": "ZF",
        "name": "测试医院",
        "public_url": "https://pay.hospital.example",
        "channels": {"wechat": FaithfulChannel()},
        "identities": {"wechat": ObligingIdentity()},
        "chats": {"wechat": RecordingChat()},
        "messengers": {"wechat": RecordingMessenger()},
        "sms": RecordingSms(),
        "his": FaithfulHis(),
        "his_door": TrustingHisHandler(),
        "menu": {},
        "help_phone": "0571-00000000",
    }
    return Hospital(**{**facts, **fields})
