"""The handlers over the app in memory, with outside systems that prove themselves by simple marks instead of real signatures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from tornado.web import Application

from server.app.routes import make_application
from server.core.errors import BadInput, Forged
from server.core.ports import RawReply, RawRequest
from server.patients.contact_ports import ChatMessage, ChatReply, DeliveryReport
from server.payments.part import ChannelRequest
from server.payments.ports import SHOW_CODE, ClientCall, VerifiedNotification
from server.payments.sms_choice import NO_SMS
from tests.support.builders import a_scan, a_session, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import FaithfulChannel, FaithfulHis, RecordingChat, RecordingSms, a_hospital

WECHAT = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"
SEAL = "genuine"


class MarkedChannel(FaithfulChannel):
    """Genuine is what carries the header ``signature: genuine``; the body names the payment that was paid."""

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        return ClientCall(bridge="weixin_jsapi", params={"package": f"prepay_id={order_ref}"})

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        if raw.headers.get("signature") != SEAL:
            raise Forged("signature")
        try:
            paid = json.loads(raw.body)["out_trade_no"]
        except ValueError:
            raise BadInput("body") from None
        return VerifiedNotification(channel=self.name, content=self.trade(paid))

    def acknowledge(self) -> RawReply:
        return RawReply(status=200, body=b'{"code":"SUCCESS"}', content_type="application/json")

    def refuse(self) -> RawReply:
        return RawReply(status=500, body=b'{"code":"FAIL"}', content_type="application/json")


class CodeChannel(MarkedChannel):
    """Answers orders of the method ``native`` with a code, all others with its cashier."""

    def client_call(self, out_trade_no: str, request: ChannelRequest, order_ref: str) -> ClientCall:
        if request.method == "native":
            return ClientCall(bridge=SHOW_CODE, params={"code": f"weixin://pay/{order_ref}"})
        return super().client_call(out_trade_no, request, order_ref)


class MarkedChat(RecordingChat):
    def check_address(self, raw: RawRequest) -> str:
        if raw.query.get("signature") != SEAL:
            raise Forged("signature")
        return raw.query["echostr"]

    def receive(self, raw: RawRequest) -> ChatMessage:
        if raw.query.get("signature") != SEAL:
            raise Forged("signature")
        if not raw.body:
            raise BadInput("empty")
        return ChatMessage(id="m1", sender=an_identity(), account="gh_1", kind="text", text=raw.body.decode())

    def reply(self, message: ChatMessage, reply: ChatReply) -> RawReply:
        return RawReply(status=200, body=(reply.text or "success").encode())


class ReportingSms(RecordingSms):
    def reports(self, body: bytes) -> Sequence[DeliveryReport]:
        try:
            return [DeliveryReport(out_id=one["out_id"], delivered=True, code="DELIVERED") for one in json.loads(body)]
        except ValueError:
            raise BadInput("no list") from None


class MarkedHisHandler:
    """The key id names the hospital, ``signature: genuine`` proves it."""

    key_ids = frozenset({"his-key-1"})

    async def verify(self, raw: RawRequest) -> None:
        if raw.headers.get("signature") != SEAL:
            raise Forged("signature")

    def answer(self, raw: RawRequest, body: bytes) -> Mapping[str, str]:
        return {"Zhenfu-Signature": f"signs-{len(body)}"}


def an_app(*bills: Any, registration: Any = None, reports: Any = None, **fields: Any) -> InMemoryApp:
    facts: dict[str, Any] = {
        "channels": {"wechat": MarkedChannel()},
        "chats": {"wechat": MarkedChat()},
        "sms": ReportingSms(),
        "his_door": MarkedHisHandler(),
        "his": FaithfulHis(*bills),
    }
    return InMemoryApp(a_hospital(**{**facts, **fields}), registration=registration, reports=reports)


async def _ready() -> None:
    return None


def doors_of(memory_app: InMemoryApp, ready: Any = _ready) -> Application:
    settings = SimpleNamespace(
        public_url=memory_app.hospital.public_url, qr_valid_days=30, pages_at_once=4, requests_per_person=240
    )
    return make_application(memory_app, settings, ready=ready)  # type: ignore[arg-type]


async def a_paid_order(memory_app: InMemoryApp) -> str:
    """An order that is paid at its channel; we have not heard of it yet."""
    begun = await memory_app.payments.start("bills", a_session("openid-zhang-ceshi", a_scan("B1")), ["B1"], NO_SMS)
    memory_app.channel.pay(begun.payment_id)
    return begun.payment_id
