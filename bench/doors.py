"""Processor time of the app's server for one request at each hot door, on real processes: ``python -m bench.doors``.

A closed loop of a few connections asks the running server. The time that the server's process used is read from the kernel before and
after, so other load on this machine changes the figures little. Nothing here is a timed test.

Notifications are the platforms' own: the sandbox sends them to a catcher in the place of the app, which are then played to the app.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from aiohttp import web
from wechatpy.crypto import WeChatCrypto

from tests.chaos.desk import Desk
from tests.chaos.phone import Phone
from tests.conftest import pick_port
from tests.end_to_end.installation import Installation

AT_ONCE = 4
HELLO = """<xml><ToUserName>{account}</ToUserName><FromUserName>{person}</FromUserName><CreateTime>{now}</CreateTime>
<MsgType>text</MsgType><Content>你好</Content><MsgId>{number}</MsgId></xml>"""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Row:
    """What one door cost: microseconds of the server's and of the database's processor per request, requests a second."""

    name: str
    asked: int
    server_us: float
    database_us: float
    a_second: float
    refused: int

    def line(self) -> str:
        cells = f"{self.asked:>7}{self.server_us:>12.0f}{self.database_us:>14.0f}{self.a_second:>12.0f}"
        return f"{self.name:<40}{cells}" + (f"   {self.refused} not answered with 2xx" if self.refused else "")


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
    """An installation whose notifications are caught, and what asks it."""

    def __init__(self, installation: Installation, catcher: Catcher, session: aiohttp.ClientSession) -> None:
        self.installation = installation
        self.catcher = catcher
        self._session = session
        self.credentials = installation.ask("/sandbox/credentials")
        self.desk = Desk(session, installation.sandbox_url, random.Random(1))

    async def paid(self, kind: str, count: int) -> list[Request]:
        """``count`` payments started and paid in the client ``kind``: their notifications, which the app has not had."""
        phones = [self.phone(number, kind) for number in range(1, 9)]
        for number in range(count):
            bill = await self.bill()
            phone = phones[number % len(phones)]
            await phone.scan(bill)
            _, started = await phone.start(bill["bill_no"], "")
            await self.desk.enter_password(started)
        return await self.catcher.first(count)

    def phone(self, number: int, kind: str) -> Phone:
        return Phone(self._session, self.installation.sandbox_port, number, kind)

    async def bill(self) -> dict[str, Any]:
        while True:
            bill = await self.desk.take()
            if bill is not None and bill["own_fen"]:
                return bill

    def messages(self, count: int) -> list[Request]:
        """Messages of one who follows the account; the app answers with the guide."""
        given = self.credentials["wechat"]
        crypto = WeChatCrypto(given["token"], given["encoding_aes_key"], given["appid"])
        person = self.credentials["people"][0]["openid"]
        made = []
        for number in range(count):
            now, nonce = str(int(time.time())), f"{number:010d}"
            text = HELLO.format(account=given["original_id"], person=person, now=now, number=10**15 + number)
            body = crypto.encrypt_message(text, nonce, now)
            signature = body.partition("<MsgSignature><![CDATA[")[2].partition("]")[0]
            proof = "".join(sorted((given["token"], now, nonce)))
            plain = hashlib.sha1(proof.encode()).hexdigest()  # noqa: S324 - WeChat's own
            asked = {"timestamp": now, "nonce": nonce, "signature": plain, "msg_signature": signature,
                     "openid": person, "encrypt_type": "aes"}  # fmt: skip
            path = f"/wechat/{given['hospital']}/callback?{urlencode(asked)}"
            made.append(Request(path, body.encode(), (("Content-Type", "text/xml"),)))
        return made

    # ---- measuring ---------------------------------------------------------------------------------------------------------------

    async def measure(self, name: str, requests: Sequence[Request]) -> Row:
        url, refused = f"http://127.0.0.1:{self.installation.port}", 0
        left = iter(requests)

        async def ask() -> None:
            nonlocal refused
            for request in left:
                async with self._session.request(
                    request.method, url + request.path, data=request.body, headers=dict(request.headers),
                    allow_redirects=False,
                ) as answer:  # fmt: skip
                    await answer.read()
                    refused += answer.status >= 300

        began, before = time.monotonic(), self._used()
        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
        took_s, after = time.monotonic() - began, self._used()
        server_us, database_us = ((b - a) * 1e6 / len(requests) for a, b in zip(before, after, strict=True))
        return Row(name, len(requests), server_us, database_us, len(requests) / took_s, refused)

    def _used(self) -> tuple[float, float]:
        database = self.installation.database.pid
        if database is None:
            raise RuntimeError("the database has ended")
        return used_s(self.installation.parts["serve-0"].pid), used_s(database)


def used_s(pid: int) -> float:
    """Processor seconds of a process, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def page_of_bills(world: World, count: int) -> list[Request]:
    """The bill list of a patient with cards, as the browser of one who is logged in asks for it."""
    phone = world.phone(1, "wechat")
    await phone.scan(await world.bill())
    await phone.open("/h/demo/bills")
    cookie = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
    headers = (("Cookie", cookie), ("Host", urlsplit(f"//wechat-1.localhost:{world.installation.sandbox_port}").netloc))
    return list(itertools.repeat(Request("/h/demo/bills", b"", headers, "GET"), count))


async def doors(world: World, asked: int) -> list[Row]:
    rows = []

    async def row(name: str, requests: Sequence[Request]) -> None:
        rows.append(await world.measure(name, requests))
        print(rows[-1].line(), flush=True)

    await world.measure("warm", world.messages(200))
    await row("official-account message, help", world.messages(asked * 4))
    for kind, channel in (("wechat", "WeChat Pay"), ("alipay", "Alipay")):
        told = await world.paid(kind, asked)
        await row(f"{channel} notification, first", told)
        await row(f"{channel} notification, repeated", told * 2)
    await row("bill list", await page_of_bills(world, asked))
    return rows


async def run(installation_of: Callable[[int], Installation], asked: int) -> None:
    async with AsyncExitStack() as stack:
        catcher = await stack.enter_async_context(Catcher())
        installation = stack.enter_context(installation_of(catcher.port))
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        installation.ask("/sandbox/faults", {"seed": 1, "rules": [], "settings": {"sms_number_day": None}}, "PUT")
        print(f"{'':<40}{'asked':>7}{'server µs':>12}{'database µs':>14}{'a second':>12}")
        await doors(World(installation, catcher, session), asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asked", type=int, default=200, help="requests at each door")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:

        def installation_of(port: int) -> Installation:
            settings = {"ZHENFU_PUBLIC_URL": f"http://127.0.0.1:{port}"}
            return Installation(Path(folder) / "data", serves=1, workers=0, settings=settings)

        asyncio.run(run(installation_of, given.asked))


if __name__ == "__main__":
    main()
