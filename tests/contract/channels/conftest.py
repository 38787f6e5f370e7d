"""The real adapters against the sandbox's process: one sandbox for each worker, with its own port and data folder."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from server.core.ports import HttpRequest, RawReply, RawRequest
from server.infrastructure.transport import AiohttpTransport
from tests.support.ports import pick_port

ROOT = Path(__file__).resolve().parents[3]
START_S_MAX = 20.0
ARRIVAL_S_MAX = 10.0


@dataclass
class RunningSandbox:
    """``app_port`` is where the sandbox believes the app to be."""

    base_url: str
    app_port: int
    credentials: dict[str, Any] = field(default_factory=dict)

    @property
    def app_url(self) -> str:
        return f"http://127.0.0.1:{self.app_port}"


def _ready(base_url: str, process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    ends = time.monotonic() + START_S_MAX
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{base_url}/sandbox/credentials", timeout=2) as answer,
        ):
            credentials: dict[str, Any] = json.load(answer)
            return credentials
        time.sleep(0.05)
    pytest.fail(f"the sandbox did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    folder, port, app_port = tmp_path_factory.mktemp("sandbox"), pick_port(), pick_port()
    app_url = f"http://127.0.0.1:{app_port}"
    environment = {
        **os.environ,
        "ZHENFU_SANDBOX_PORT": str(port),
        "ZHENFU_PORT": str(app_port),
        "ZHENFU_DATA_DIR": str(folder),
        "ZHENFU_APP_URL": app_url,
        "ZHENFU_PUBLIC_URL": app_url,
    }
    log = folder / "sandbox.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            base_url = f"http://127.0.0.1:{port}"
            yield RunningSandbox(base_url, app_port, _ready(base_url, process, log))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture
def sandbox(process: RunningSandbox) -> RunningSandbox:
    """On the first morning: nothing that an earlier test left, above all no notification still to be repeated."""
    reset = urllib.request.Request(f"{process.base_url}/sandbox/reset", data=b"", method="POST")
    with urllib.request.urlopen(reset, timeout=ARRIVAL_S_MAX) as answer:
        assert answer.status == 200
    return process


class Doors:
    """The app's doors, played: keeps what arrives and answers what `answer` says."""

    def __init__(self) -> None:
        self.arrived: list[RawRequest] = []
        self.answer: Callable[[RawRequest], RawReply] = lambda raw: RawReply(status=200)
        self._news = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.Response:
        raw = RawRequest(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        reply = self.answer(raw)
        async with self._news:
            self.arrived.append(raw)
            self._news.notify_all()
        return web.Response(status=reply.status, body=reply.body, headers={"Content-Type": reply.content_type})

    async def wait_for(self, count: int, path: str) -> list[RawRequest]:
        """The first ``count`` requests at ``path``; fails the test when they don't come."""
        async with asyncio.timeout(ARRIVAL_S_MAX), self._news:
            await self._news.wait_for(lambda: len(self.at(path)) >= count)
        return self.at(path)[:count]

    def at(self, path: str) -> list[RawRequest]:
        return [raw for raw in self.arrived if raw.path == path]


@pytest_asyncio.fixture
async def doors(sandbox: RunningSandbox) -> AsyncIterator[Doors]:
    doors = Doors()
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", doors.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", sandbox.app_port, reuse_address=True).start()
    yield doors
    await runner.cleanup()


@pytest_asyncio.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport()
    yield transport
    await transport.close()


class Controls:
    """The sandbox's own controls (sandbox/README.md)."""

    def __init__(self, sandbox: RunningSandbox, transport: AiohttpTransport) -> None:
        self._sandbox = sandbox
        self._transport = transport
        self.credentials = sandbox.credentials

    async def ask(self, method: str, path: str, body: object | None = None) -> Any:
        request = HttpRequest(
            system="sandbox",
            method=method,
            url=self._sandbox.base_url + path,
            headers={"Content-Type": "application/json"},
            body=b"" if body is None else json.dumps(body).encode(),
            timeout_s=20.0,
        )
        answer = await self._transport.send(request)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:300]!r}"
        return json.loads(answer.body or b"null")

    async def fault(self, where: str, what: str, **more: object) -> None:
        """From now on, once (or ``times``)."""
        rule = {"where": where, "what": what, "times": 1, **more}
        await self.ask("PUT", "/sandbox/faults", {"rules": [rule]})

    def person(self, index: int = 0) -> dict[str, Any]:
        person: dict[str, Any] = self.credentials["people"][index]
        return person


@pytest.fixture
def controls(sandbox: RunningSandbox, transport: AiohttpTransport) -> Controls:
    return Controls(sandbox, transport)
