"""What is refused before a door opens: a body that is too large, from its header alone; a first header or a body that does not come."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from weakref import WeakSet

from tornado.http1connection import HTTP1Connection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)

from handlers.base.errors import shown
from handlers.base.handler import JSON_TYPE, PROBLEM_TYPE, REFERENCE_LENGTH, SECURITY_HEADERS
from server.core.errors import TooLarge
from server.core.ports import Ids

log = logging.getLogger("zhenfu.access")

API = "/api/"
LINGER_BYTES_MAX = 16 * 1024 * 1024
LINGER_S_MAX = 5.0
"""A refused body is read and dropped so far and so long: whoever is cut off while sending never reads why."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """``header_s``: from connecting to the end of the first header. Later ones on a kept connection have the idle time. ``body_s``: from the
    end of a header to that of its body. Tornado's own bound would make a task of each body.
    """

    body_bytes: int
    header_s: float
    body_s: float


class EarlyRequestGuard(HTTPServerConnectionDelegate):
    """Stands before the application."""

    def __init__(self, application: HTTPServerConnectionDelegate, ids: Ids, limits: SocketLimits) -> None:
        self._application = application
        self._ids = ids
        self._limits = limits
        # Weak: Tornado's server does not pass `on_close` on, and a connection that is held here stays with all its buffers.
        self._seen: WeakSet[object] = WeakSet()

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        inner = self._application.start_request(server_conn, request_conn)
        if not isinstance(request_conn, HTTP1Connection):
            return inner
        first = server_conn not in self._seen
        self._seen.add(server_conn)
        return _Coming(inner, request_conn, self._ids, self._limits, first=first)


class _Coming(HTTPMessageDelegate):
    """One request: handed on, or answered here and its body dropped."""

    def __init__(
        self, inner: HTTPMessageDelegate, connection: HTTP1Connection, ids: Ids, limits: SocketLimits, *, first: bool
    ) -> None:
        self._inner = inner
        self._connection = connection
        self._ids = ids
        self._limits = limits
        self._refused = False
        self._loop = asyncio.get_running_loop()
        self._patience = self._loop.call_later(limits.header_s, connection.close) if first else None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        self._end_patience()
        size = headers.get("Content-Length", "")
        if size.isascii() and size.isdigit() and _is_more(size, self._limits.body_bytes):
            self._refuse(start_line, size, headers)
            return None
        self._patience = self._loop.call_later(self._limits.body_s, self._connection.close)
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._refused else self._inner.data_received(chunk)

    def finish(self) -> None:
        self._end_patience()
        if self._refused:
            self._end()
        else:
            self._inner.finish()

    def on_connection_close(self) -> None:
        self._end_patience()
        self._inner.on_connection_close()

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()

    def _refuse(self, asked: RequestStartLine | ResponseStartLine, size: str, headers: HTTPHeaders) -> None:
        self._refused = True
        error, reference = shown(TooLarge("body")), self._ids.text(REFERENCE_LENGTH)
        log.info("door=early_requests status=%d reference=%s", error.status, reference)
        of_api = isinstance(asked, RequestStartLine) and asked.path.startswith(API)
        kind, shape = (PROBLEM_TYPE, error.as_problem) if of_api else (JSON_TYPE, error.as_json)
        body = json.dumps(shape(reference), ensure_ascii=False, separators=(",", ":")).encode()
        told = {**SECURITY_HEADERS, "Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
        start_line = ResponseStartLine("", error.status, "Request Entity Too Large")
        self._connection.write_headers(start_line, HTTPHeaders(told), body)
        if "Expect" in headers or _is_more(size, LINGER_BYTES_MAX):
            self._end()  # nothing was sent yet, or too much would come
            return
        self._connection.set_max_body_size(LINGER_BYTES_MAX)
        self._connection.set_body_timeout(LINGER_S_MAX)

    def _end(self) -> None:
        """Whatever the client wished, nothing more is read from it."""
        self._connection.finish()
        self._connection.close()


def _is_more(size: str, most: int) -> bool:
    """Compared without turning thousands of digits into a number."""
    digits = size.lstrip("0")
    return len(digits) > len(str(most)) or int(digits or "0") > most
