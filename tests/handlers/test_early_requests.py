"""What stands before the doors keeps nothing of a connection that is over (found by a load of 4,000 payments: 43 KB each stayed)."""

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


class _Hello(RequestHandler):
    def get(self) -> None:
        self.finish("hello")


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


@pytest.mark.asyncio
async def test_a_connection_that_is_over_leaves_nothing() -> None:
    application = Application([("/", _Hello)], log_function=lambda handler: None)
    server = _Watched(EarlyRequestGuard(application, SeededIds(), SocketLimits(body_bytes=1024, header_s=10)))
    socket, port = bind_unused_port()
    server.add_socket(socket)
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
