"""A sandbox as a real process, and the app it speaks to, played by a small server that remembers."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from tests.support.ports import pick_port
from tests.support.warm_python import WarmProcess, warm_python

START_S_MAX = 20.0
ARRIVAL_S_MAX = 10.0


@dataclass(frozen=True)
class Arrived:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    at: float


Answer = Callable[[Arrived], tuple[int, bytes] | tuple[int, bytes, dict[str, str]]]
"""(status, body), or (status, body, headers); status 0: none."""


def accept(_: Arrived) -> tuple[int, bytes]:
    return 200, b"success"


class PlayedApp:
    """Keeps what arrives; ``answer`` may be replaced.

    `forget` changes ``url``, so that a late request of the test before is answered and not kept.
    """

    def __init__(self) -> None:
        self._tests = 0
        self.answer: Answer = accept
        self.arrived: list[Arrived] = []
        self._news = threading.Condition()
        app = self

        class BaseHandler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                path, _, query = self.path.partition("?")
                ours, path = app.read_path(path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                arrived = Arrived(self.command, path, query, dict(self.headers.items()), body, time.time())
                app.take(self, arrived, ours)

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHandler)
        self._base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Its address for this test, without a slash at the end."""
        return f"{self._base}/test-{self._tests}" if self._tests else self._base

    def read_path(self, path: str) -> tuple[bool, str]:
        """Whether the request belongs to the running test, and its path without the prefix of `url`."""
        found = re.fullmatch(r"/test-(\d+)(/.*)", path)
        return (int(found[1]) == self._tests, found[2]) if found else (True, path)

    def take(self, door: BaseHTTPRequestHandler, arrived: Arrived, ours: bool) -> None:
        status, body, *more = self.answer(arrived) if ours else accept(arrived)
        with self._news:
            if ours:
                self.arrived.append(arrived)
            self._news.notify_all()
        if status == 0:
            return  # the connection is closed without a word
        with contextlib.suppress(OSError):
            door.send_response(status)
            for name, value in (more[0] if more else {}).items():
                door.send_header(name, value)
            door.send_header("Content-Length", str(len(body)))
            door.end_headers()
            door.wfile.write(body)

    def forget(self) -> None:
        with self._news:
            self._tests += 1
            self.arrived.clear()
        self.answer = accept

    def at(self, path: str) -> list[Arrived]:
        return [each for each in list(self.arrived) if each.path == path]

    def wait_for(self, count: int, path: str) -> list[Arrived]:
        with self._news:
            arrived = self._news.wait_for(lambda: len(self.at(path)) >= count, ARRIVAL_S_MAX)
        assert arrived, f"{len(self.at(path))} of {count} came to {path}"
        return self.at(path)

    def __enter__(self) -> PlayedApp:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class RunningSandbox:
    """``url`` is its address; ``app_url`` the address at which it believes the app to be."""

    url: str
    port: int
    process: WarmProcess
    folder: Path
    credentials: dict[str, Any] = field(default_factory=dict)

    def control(self, method: str, path: str, body: object = None, expect: int = 200) -> Any:
        answer = requests.request(method, self.url + path, json=body, timeout=15)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def faults(self, *rules: dict[str, Any], **more: Any) -> None:
        self.control("PUT", "/sandbox/faults", {"rules": list(rules), **more})

    def kill(self) -> None:
        """SIGKILL: no chance to write anything."""
        self.process.kill()
        self.process.wait(10)


@contextlib.contextmanager
def running_sandbox(folder: Path, app_url: str) -> Iterator[RunningSandbox]:
    """``run.py sandbox`` on a free port; ``folder`` is its ZHENFU_DATA_DIR."""
    port = pick_port()
    environment = {
        **os.environ,
        "ZHENFU_SANDBOX_PORT": str(port),
        "ZHENFU_DATA_DIR": str(folder),
        "ZHENFU_APP_URL": app_url,
        "ZHENFU_PUBLIC_URL": app_url,
    }
    folder.mkdir(exist_ok=True, parents=True)
    log = folder / "sandbox.log"
    with log.open("ab") as output:
        process = warm_python().start(["sandbox"], environment, output)
    running = RunningSandbox(f"http://127.0.0.1:{port}", port, process, folder)
    try:
        running.credentials = _ready(running, log)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _ready(running: RunningSandbox, log: Path) -> dict[str, Any]:
    ends = time.monotonic() + START_S_MAX
    while time.monotonic() < ends and running.process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            credentials: dict[str, Any] = requests.get(f"{running.url}/sandbox/credentials", timeout=2).json()
            return credentials
        time.sleep(0.05)
    raise AssertionError(f"the sandbox did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
