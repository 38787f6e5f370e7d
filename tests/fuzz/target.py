"""The whole application on a port of this process, with the real adapters; and what must hold of its every answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from tornado.netutil import bind_sockets

from handlers.base.limits import Allowance, RateLimits
from server.app.routes import make_server
from server.patients.contact_ports import ChatMessage, ChatReply
from server.patients.model import BoundCard, Session
from server.platforms.aliyun.aliyun import AliyunSms
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.request_verifier import HisRequestVerifier
from server.platforms.wechat.official_account.oauth import WechatOAuth
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.storage.memory_short_lived import MemoryShortLived
from tests.fuzz.outside import PlayedOutside
from tests.handlers.doors import WECHAT, doors_of
from tests.support.builders import CARD, HOSPITAL, a_scan, a_session
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.unit.platforms.aliyun_sms import CONFIG as SMS
from tests.unit.platforms.his_answers import CONFIG as HIS
from tests.unit.platforms.his_answers import SECRET
from tests.unit.platforms.official_account_messages import CONFIG as OFFICIAL_ACCOUNT
from tests.unit.platforms.official_account_messages import a_chat
from tests.unit.platforms.wechat_pay_answers import ACCOUNT, APIV3_KEY

CPU_S_MAX = 1.0
"""Of this whole process, for one request: a hundred times what the slowest honest one needs here."""
WALL_S_MAX = 30.0
PIECE = 1 << 16
REFERENCE = re.compile(rb'"reference":"[0-9A-Z]{8}"|reference">[^<]*[0-9A-Z]{8}|[0-9A-Z]{8}</')
LEAKS = re.compile(
    rb"Traceback|File &quot;|File \"|site-packages|\.py\b|pydantic|validation error|ValueError|KeyError|TypeError|IndexError|"
    rb"AttributeError|RecursionError|UnicodeDecodeError|OverflowError|Forged|BadInput|OutcomeUnknown|HTTPError|<tornado"
)
SECRETS = (
    SECRET,
    APIV3_KEY,
    OFFICIAL_ACCOUNT.token,
    OFFICIAL_ACCOUNT.secret,
    SMS.access_key_secret,
    SMS.receipt_secret,
)
Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 0: the connection was closed without a word."""

    status: int
    head: bytes
    body: bytes
    cpu_s: float

    def header(self, name: str) -> str:
        found = re.search(rb"(?im)^" + name.encode() + rb": ([^\r\n]*)", self.head)
        return found[1].decode() if found else ""


def check(answer: Answer) -> Answer:
    """What holds of every answer to whatever was asked."""
    assert answer.cpu_s < CPU_S_MAX, f"{answer.cpu_s:.1f} s of CPU"
    assert not LEAKS.search(answer.body), LEAKS.search(answer.body)
    assert not any(secret.encode() in answer.head + answer.body for secret in SECRETS)
    if answer.status >= 500:
        referred = REFERENCE.search(answer.body) or answer.header("Zhenfu-Reference")
        assert referred, f"{answer.status} without a reference: {answer.body[:300]!r}"
    return answer


class _Listening:
    """The chat service, with an ear: what reached it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.heard: list[ChatMessage] = []

    async def answer(self, hospital: str, channel: str, message: ChatMessage) -> ChatReply:
        self.heard.append(message)
        return await self._inner.answer(hospital, channel, message)  # type: ignore[no-any-return]


class Tireless(RateLimits):
    """Nobody is turned away for asking too often; that has a test of its own."""

    def spend(self, caller: str, limit: int, now_s: float) -> Allowance:
        return Allowance(limit, limit - 1, 60)


class Target:
    def __init__(self) -> None:
        clock, ids = FakeClock(), SeededIds()
        self.outside = PlayedOutside()
        self.memory_app = InMemoryApp(
            a_hospital(
                channels={"wechat": WechatPayChannel(ACCOUNT, self.outside, clock, ids)},
                identities={"wechat": WechatOAuth(OFFICIAL_ACCOUNT, self.outside)},
                chats={"wechat": a_chat()},
                sms=AliyunSms(SMS, self.outside),
                his=HttpJsonHis(HIS, self.outside, clock, ids),
                his_door=HisRequestVerifier(HIS, clock, MemoryShortLived()),
            )
        )
        self.chat = _Listening(self.memory_app.chat)
        self.memory_app.chat = self.chat  # type: ignore[assignment]
        self._loop = asyncio.new_event_loop()
        self.run(self._open())

    async def _open(self) -> None:
        application = doors_of(self.memory_app)
        application.settings["rate_limits"] = Tireless()
        self._server = make_server(application, xheaders=False)
        sockets = bind_sockets(0, "127.0.0.1")
        self._server.add_sockets(sockets)
        self.port: int = sockets[0].getsockname()[1]

    def close(self) -> None:
        async def end() -> None:
            self._server.stop()
            await self._server.close_all_connections()

        self.run(end())
        self._loop.close()

    def run(self, act: Coroutine[Any, Any, Got]) -> Got:
        return self._loop.run_until_complete(act)

    def log_in(self, *bill_nos: str) -> str:
        """The Cookie header of somebody who has just scanned these bills, or none."""
        session = a_session("openid-zhang-ceshi", *([a_scan(*bill_nos)] if bill_nos else []))
        self._begin(session)
        return f"__Host-session-demo={session.id}"

    def log_in_with_card(self) -> str:
        """Of somebody else, who has bound the card and scanned nothing."""
        session = a_session("openid-li-xugou")
        card = BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=CARD, name="张测试")
        self.run(self.memory_app.stores.cards.bind(card))
        self._begin(session)
        return f"__Host-session-demo={session.id}"

    def _begin(self, session: Session) -> None:
        """Anew, whatever an example before has left of it."""
        self.run(self.memory_app.stores.sessions.drop(session.id))
        self.run(self.memory_app.stores.sessions.put(session))

    # ---- asking ------------------------------------------------------------------------------------------------------------------

    def ask(
        self, method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"", cookie: str = ""
    ) -> Answer:
        """One request over a connection of its own, checked."""
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: pay.hospital.example",
            f"User-Agent: {WECHAT}",
            "Connection: close",
        ]
        lines += [f"{name}: {value}" for name, value in headers]
        if cookie:
            lines.append(f"Cookie: {cookie}")
        if body or method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + body)

    def form(self, path: str, form: bytes, cookie: str = "", *headers: tuple[str, str]) -> Answer:
        """As a page's form is sent, with the page's token."""
        token = b"2|0123abcd|0123abcd0123abcd0123abcd0123abcd|1764063000"
        cookies = f"__Host-xsrf={token.decode()}" + (f"; {cookie}" if cookie else "")
        sent = [("Content-Type", "application/x-www-form-urlencoded"), *headers]
        return self.ask("POST", path, sent, form + b"&_xsrf=" + token, cookies)

    def send(self, request: bytes, *, ends: bool = False) -> Answer:
        """Bytes as they are, and the answer checked. ``ends``: the sending side says that nothing more will come."""
        reply, cpu_s = self._timed(request, ends)
        if cpu_s >= CPU_S_MAX:  # once may be the collector sweeping up after thousands of examples; twice is the door
            cpu_s = self._timed(request, ends)[1]
        head, _, body = reply.partition(b"\r\n\r\n")
        status = int(head[9:12]) if head.startswith(b"HTTP/1.1 ") else 0
        return check(Answer(status, head, body, cpu_s))

    def _timed(self, request: bytes, ends: bool) -> tuple[bytes, float]:
        began = time.process_time()
        return self.run(self._exchange(request, ends)), time.process_time() - began

    async def _exchange(self, request: bytes, ends: bool) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        reply = bytearray()
        try:
            async with asyncio.timeout(WALL_S_MAX):
                sending = asyncio.create_task(_sent(writer, request, ends))
                while chunk := await _chunk(reader):
                    reply += chunk
                await sending
        finally:
            writer.close()
        return bytes(reply)


async def _sent(writer: asyncio.StreamWriter, request: bytes, ends: bool) -> None:
    try:
        for start in range(0, len(request), PIECE):
            writer.write(request[start : start + PIECE])
            await writer.drain()
        if ends:
            writer.write_eof()
    except ConnectionError:
        return


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(1 << 16)
    except ConnectionError:
        return b""
