"""What stands before the doors keeps nothing of a connection that is over (found by a load of 4,000 payments: 43 KB each stayed), and waits
for a body so long and no longer."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from handlers.base.early_requests import EarlyRequestGuard, SocketLimits
from tests.support.clock_and_ids import SeededIds

CONNECTIONS = 20
LOOKS_MAX, LOOK_EACH_S = 600, 0.05
BODY_S = 0.3
LIMITS = SocketLimits(body_bytes=1024, header_s=10, body_s=BODY_S)
HEAD = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n"


class _Hello(RequestHandler):
    def get(self) -> None:
        self.finish("hello")

    async def post(self) -> None:
        await asyncio.sleep(2 * BODY_S)
        self.finish(self.request.body)


class _Watched(HTTPServer):
    """Remembers its connections without keeping them."""

    def initialize(self, *args: object, **kwargs: object) -> None:
        super().initialize(*args, **kwargs)  # type: ignore[arg-type]
        self.known: list[weakref.ref[HTTP1ServerConnection]] = []

    def start_request(self, server_conn: HTTP1ServerConnection, request_conn: object) -> object:  # type: ignore[override]
        self.known.append(weakref.ref(server_conn))
        return super().start_request(server_conn, request_conn)  # type: ignore[arg-type]

    def left(self) -> int:
        gc.collect()
        return len({id(found) for ref in self.known if (found := ref()) is not None})


def _started() -> tuple[_Watched, int]:
    application = Application([("/", _Hello)], log_function=lambda handler: None)
    server = _Watched(EarlyRequestGuard(application, SeededIds(), LIMITS))
    socket, port = bind_unused_port()
    server.add_socket(socket)
    return server, port


@pytest.mark.asyncio
async def test_a_body_that_does_not_come_ends_the_connection() -> None:
    server, port = _started()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"bo")
    async with asyncio.timeout(LOOKS_MAX * LOOK_EACH_S):
        assert await reader.read() == b""
    writer.close()
    server.stop()


@pytest.mark.asyncio
async def test_a_body_that_came_is_answered_however_long_that_takes() -> None:
    server, port = _started()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body in (b"body", b"next"):
        writer.write(HEAD + body)
        assert (await reader.readuntil(body)).startswith(b"HTTP/1.1 200")
    writer.close()
    server.stop()


@pytest.mark.asyncio
async def test_a_connection_that_is_over_leaves_nothing() -> None:
    server, port = _started()
    for _ in range(CONNECTIONS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        await reader.readuntil(b"hello")
        writer.close()
        await writer.wait_closed()
    for _ in range(LOOKS_MAX):
        if not server.left():
            break
        await asyncio.sleep(LOOK_EACH_S)
    assert server.left() == 0
    assert len(server.known) >= CONNECTIONS
    server.stop()
