"""A closed loop of a few connections that costs little itself: requests are bytes made before, answers are only measured off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

AT_ONCE = 4
ANSWERED_WITHIN_S = 60.0
HEADERS_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "POST"

    def raw(self, port: int) -> bytes:
        named = {name.lower() for name, _ in self.headers}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        if "host" not in named:
            lines.append(f"Host: 127.0.0.1:{port}")
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + HEADERS_END + self.body


@dataclass(frozen=True, slots=True)
class Asked:
    """``refused``: answered with 4xx or 5xx."""

    count: int
    refused: int
    took_s: float


class _Loop:
    """What the connections share: the requests that are left, and what came of the others."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.requests = requests
        self.until = until
        self.count = self.refused = 0

    def next(self) -> bytes | None:
        return next(self.requests, None) if time.monotonic() < self.until else None


class _Connection(asyncio.Protocol):
    def __init__(self, loop: _Loop) -> None:
        self._loop = loop
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        request = self._loop.next()
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if _is_whole(self._buffer):
            self._loop.count += 1
            self._loop.refused += self._buffer[9:10] in (b"4", b"5")
            self._buffer = b""
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(HEADERS_END)
    if not end:
        return False
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        return body.endswith(LAST_CHUNK)
    length = lowered.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or b"0")


async def ask(
    port: int, requests: Sequence[Request], seconds: float = ANSWERED_WITHIN_S, at_once: int = AT_ONCE
) -> Asked:
    """All ``requests``, or as many as ``seconds`` allow. Raises OSError where the server hangs up."""
    loop = _Loop(iter([request.raw(port) for request in requests]), time.monotonic() + seconds)
    began = time.monotonic()
    running = asyncio.get_running_loop()
    connections = [
        (await running.create_connection(lambda: _Connection(loop), "127.0.0.1", port))[1] for _ in range(at_once)
    ]
    async with asyncio.timeout(seconds + ANSWERED_WITHIN_S):
        await asyncio.gather(*(connection.done for connection in connections))
    return Asked(loop.count, loop.refused, time.monotonic() - began)
