"""The installation that the rows ask, and the requests that they send to it.

Notifications are the platforms' own: the sandbox sends them to a catcher in the place of the app, which are then played to the app.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from wechatpy.crypto import WeChatCrypto

from bench.asking import Request, ask
from bench.binding import bind_card
from bench.load import NO_SMS_LIMIT, PEOPLE
from bench.servers import COUNTED_PROGRAM
from settings import ROOT
from tests.chaos.desk import Desk
from tests.chaos.phone import TOKEN, Phone
from tests.end_to_end.installation import Installation
from tests.support.ports import pick_port

TEXT = """<xml><ToUserName>{account}</ToUserName><FromUserName>{person}</FromUserName><CreateTime>{now}</CreateTime>
<MsgType>text</MsgType><Content>{said}</Content><MsgId>{number}</MsgId></xml>"""
SERVER = "serve-0"
BILLS = 20
HIS_HANGS = {"where": "his.bill.confirm", "what": "delay", "seconds": 5, "times": None}
"""The process takes one booking at a time, which hangs: so a notification is measured without the booking that follows."""
ALONE = {"ZHENFU_WORKER_CONCURRENCY": "1", "ZHENFU_EFFECT_LEASE_SECONDS": "60"}


def counting(file: Path) -> list[str]:
    """The program that runs a part of ours and counts the operations of its driver into ``file``."""
    return [sys.executable, str(COUNTED_PROGRAM), str(file), str(ROOT / "run.py")]


def begin_again(installation: Installation, programs: dict[str, list[str]]) -> None:
    """The server ends and starts, under ``programs``; ready in the end."""
    installation.programs = programs
    installation.kill(SERVER)
    installation.start_part(SERVER)
    installation.wait_until(installation.is_ready, "the server is ready")


async def payable_bill(desk: Desk) -> dict[str, Any]:
    """The next paper bill on which the patient has something to pay."""
    while True:
        bill = await desk.take()
        if bill is not None and bill["own_fen"]:
            return bill


class Catcher:
    """Stands where the platforms send their notifications, takes them and keeps them."""

    def __init__(self) -> None:
        self.port = pick_port()
        self._caught: asyncio.Queue[Request] = asyncio.Queue()

    async def __aenter__(self) -> Catcher:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def first(self, count: int) -> list[Request]:
        async with asyncio.timeout(60):
            return [await self._caught.get() for _ in range(count)]

    async def _take(self, request: web.Request) -> web.Response:
        dropped = {"host", "content-length", "connection"}
        headers = tuple((name, value) for name, value in request.headers.items() if name.lower() not in dropped)
        self._caught.put_nowait(Request(request.path_qs, await request.read(), headers, request.method))
        return web.Response(text="success")


class World:
    """A server of ours with database and sandbox; it starts when the first row needs it and serves all rows."""

    def __init__(self, folder: Path, stack: AsyncExitStack, serves: int = 1, bills_kept_seconds: int = 0) -> None:
        self.folder = folder
        self._serves = serves
        self._kept_seconds = bills_kept_seconds
        self._stack = stack
        self._numbers = itertools.count(10**15)
        self._installation: Installation | None = None

    # ---- as a target of requests -------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        return self.installation.port

    @property
    def home(self) -> Path:
        """The installation's own folder."""
        return self.folder / "ours"

    @property
    def installation(self) -> Installation:
        if self._installation is None:
            raise RuntimeError("the installation has not been started")
        return self._installation

    async def start(self) -> None:
        if self._installation is not None:
            return
        self.catcher = await self._stack.enter_async_context(Catcher())
        settings = ALONE | {"ZHENFU_PUBLIC_URL": f"http://127.0.0.1:{self.catcher.port}"}
        serves = self._serves
        started = Installation(self.home, serves=serves, workers=0, settings=settings, edit=self._edit, cold=True)
        self._installation = self._stack.enter_context(started)
        jar = aiohttp.DummyCookieJar()
        self.session = await self._stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        self.installation.ask("/sandbox/faults", NO_SMS_LIMIT | {"rules": [HIS_HANGS]}, "PUT")
        self.credentials = self.installation.ask("/sandbox/credentials")
        listed = self.credentials["people"][0]["cards"]
        self.desk = Desk(self.session, self.installation.sandbox_url, random.Random(1), without=listed)

    def _edit(self, file: Path, credentials: object) -> None:
        told = f"[his]\nbills_kept_seconds = {self._kept_seconds}\n"
        file.write_text(file.read_text("utf-8").replace("[his]\n", told), "utf-8")

    async def count_into(self, file: Path) -> None:
        begin_again(self.installation, {SERVER: counting(file)})

    async def stop(self) -> None:
        """The next row goes on with the same installation; only a server that counts begins again."""
        if self._installation is not None and self.installation.programs:
            begin_again(self.installation, {})

    def pids(self) -> tuple[Sequence[int], int | None]:
        serving = [part.pid for name, part in self.installation.parts.items() if name.startswith("serve")]
        return serving, self.installation.database.pid

    def database(self) -> int | None:
        return self.pids()[1]

    @property
    def given(self) -> dict[str, object]:
        """Settings of the contestants: the sandbox's credentials and a database of their own beside ours."""
        return {**self.credentials, "database_uri": self.installation.environ["ZHENFU_DATABASE_URI"]}

    # ---- requests ----------------------------------------------------------------------------------------------------

    async def messages(self, count: int, said: str = "你好", number: int = 0) -> list[Request]:
        """Messages of one who follows the account, each a new one; ``number`` is the place among the sandbox's people."""
        given = self.credentials["wechat"]
        crypto = WeChatCrypto(given["token"], given["encoding_aes_key"], given["appid"])
        person = self.credentials["people"][number]["openid"]
        return [self._message(crypto, given, person, said, next(self._numbers)) for _ in range(count)]

    def _message(self, crypto: WeChatCrypto, given: dict[str, Any], person: str, said: str, number: int) -> Request:
        now, nonce = str(int(time.time())), f"{number % 10**10:010d}"
        text = TEXT.format(account=given["original_id"], person=person, now=now, said=said, number=number)
        body = crypto.encrypt_message(text, nonce, now)
        signature = body.partition("<MsgSignature><![CDATA[")[2].partition("]")[0]
        proof = "".join(sorted((given["token"], now, nonce)))
        plain = hashlib.sha1(proof.encode()).hexdigest()  # noqa: S324 - WeChat's own
        asked = {"signature": plain, "timestamp": now, "nonce": nonce, "openid": person,
                 "encrypt_type": "aes", "msg_signature": signature}  # fmt: skip
        path = f"/wechat/{given['hospital']}/callback?{urlencode(asked)}"
        return Request(path, body.encode(), (("Content-Type", "text/xml"),))

    async def paid(self, kind: str, count: int) -> list[Request]:
        """``count`` payments started and paid in the client ``kind``: their notifications, which the app has not had."""
        phones = [self.phone(number + 1, kind) for number in range(PEOPLE)]
        turns, begun = itertools.cycle(phones), 0
        while begun < count:
            bill, phone = await payable_bill(self.desk), next(turns)
            await phone.scan(bill)
            _, started = await phone.start(bill["bill_no"], "")
            if "call" in started:  # a bill that was paid in an earlier slice still waits for its booking
                await self.desk.enter_password(started)
                begun += 1
        return await self.catcher.first(count)

    async def repeated(self, kind: str, count: int) -> list[Request]:
        """Notifications that the app has had already, again and again."""
        told = await self.paid(kind, min(count, 8))
        await ask(self.port, told)
        return list(itertools.islice(itertools.cycle(told), count))

    async def page_of_bills(self, count: int) -> list[Request]:
        """The list of 20 bills of a patient with a bound card, as the browser of one who is logged in asks for it. None of them is paid by
        another row.
        """
        person = self.credentials["people"][0]
        card = person["cards"][0]
        told = await self.desk.ask(f"/sandbox/bills?person={card}")
        missing = BILLS - sum(bill["status"] == "unpaid" for bill in told["bills"])
        if missing > 0:
            await self.desk.ask("/sandbox/his/issue", {"person": card, "count": missing})
        phone = self.phone(1, "wechat")
        await bind_card(phone, self.desk, person)
        return [Request("/h/demo/bills", b"", self._browser(phone), "GET")] * count

    async def logged_in(self) -> tuple[tuple[str, str], ...]:
        """The headers of the first person's browser."""
        phone = self.phone(1, "wechat")
        await phone.scan(await payable_bill(self.desk))
        return self._browser(phone)

    async def starts(self, count: int) -> list[Request]:
        """The press on 支付 for ``count`` bills that nobody has begun to pay."""
        made = []
        for number in range(count):
            phone, bill = self.phone(number % PEOPLE + 1, "wechat"), await payable_bill(self.desk)
            await phone.scan(bill)
            page = await phone.open(f"/h/demo/bills/{bill['bill_no']}")
            token = TOKEN.search(page)
            if token is None:
                continue
            form = {"bill_no": bill["bill_no"], "sms": "none", "phone": "", "_xsrf": token[1]}
            headers = (
                *self._browser(phone), ("Accept", "application/json"),
                ("Content-Type", "application/x-www-form-urlencoded"),
            )  # fmt: skip
            made.append(Request("/h/demo/payments", urlencode(form).encode(), headers))
        return made

    def phone(self, number: int, kind: str) -> Phone:
        return Phone(self.session, self.installation.sandbox_port, number, kind)

    def _browser(self, phone: Phone) -> tuple[tuple[str, str], ...]:
        cookie = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
        host = f"wechat-{phone.number}.localhost:{self.installation.sandbox_port}"
        return (("Cookie", cookie), ("Host", host))
