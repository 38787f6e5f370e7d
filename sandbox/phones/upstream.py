"""One request to the app, its answer handed on as it arrives."""

from __future__ import annotations

import asyncio
import ssl
from typing import Protocol
from urllib.parse import urlsplit

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpclient import TCPClient

CONNECT_TIMEOUT_S = 3.0
HEADERS_TIMEOUT_S = 60.0
IDLE_TIMEOUT_S = 600.0  # an event stream may be silent for long
ANSWER_BYTES_MAX = 64 * 1024 * 1024
_PIECE_BYTES = 65_536


class AppUnreachable(Exception):
    """The app did not answer at all."""


class AnswerCutShort(Exception):
    """The app's answer broke off, or grew too long."""


class Sink(Protocol):
    """Takes the answer. Raising StreamClosedError says that nobody wants it any more."""

    async def begin(self, status: int, reason: str, headers: HTTPHeaders) -> None: ...

    async def piece(self, data: bytes) -> None: ...


class Exchange:
    """One request and its answer. ``cancel`` may be called at any time, also before and after."""

    def __init__(self, origin: str) -> None:
        self._origin = urlsplit(origin)
        self._stream: IOStream | None = None
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True
        if self._stream is not None:
            self._stream.close()

    async def run(self, method: str, uri: str, headers: HTTPHeaders, body: bytes, sink: Sink) -> None:
        """Pass the answer to ``sink``. Raises AppUnreachable before the answer has begun, AnswerCutShort after;
        returns quietly when cancelled.
        """
        relay = _Relay(sink)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S) as deadline:
                connection = await self._connect(relay)
                relay.watch(deadline)
                await connection.write_headers(RequestStartLine(method, uri, "HTTP/1.1"), headers, body)
                connection.finish()
                await connection.read_response(relay)
        except (OSError, StreamClosedError, TimeoutError) as error:
            relay.failed = relay.failed or error
        finally:
            if self._stream is not None:
                self._stream.close()
        if relay.finished or relay.unwanted or self._cancelled:
            return
        raise (AnswerCutShort if relay.begun else AppUnreachable) from relay.failed

    async def _connect(self, relay: _Relay) -> HTTP1Connection:
        secure = ssl.create_default_context() if self._origin.scheme == "https" else None
        port = self._origin.port or (443 if secure else 80)
        self._stream = await TCPClient().connect(self._origin.hostname or "", port, ssl_options=secure)
        self._stream.set_nodelay(True)
        if self._cancelled:
            self._stream.close()
        parameters = HTTP1ConnectionParameters(
            no_keep_alive=True, chunk_size=_PIECE_BYTES, max_header_size=65_536, max_body_size=ANSWER_BYTES_MAX
        )
        connection = HTTP1Connection(self._stream, True, parameters)
        relay.connection = connection
        return connection


class _Relay(HTTPMessageDelegate):
    """Tornado's reader on one side, the sink on the other. Awaiting the sink is the back-pressure; each piece moves
    the deadline on.
    """

    connection: HTTP1Connection
    _deadline: asyncio.Timeout

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.begun = self.finished = self.unwanted = False
        self.failed: BaseException | None = None

    def watch(self, deadline: asyncio.Timeout) -> None:
        self._deadline = deadline
        self._allow(HEADERS_TIMEOUT_S)

    def _allow(self, seconds: float) -> None:
        self._deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    async def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, ResponseStartLine)  # noqa: S101 (what a client connection reads)
        if start_line.code < 200:  # 100 Continue: the real answer follows
            return
        if headers.get("Content-Type", "").startswith("text/event-stream"):
            self.connection.set_max_body_size(2**62)  # it has no end; the idle timeout is its bound
        self._allow(IDLE_TIMEOUT_S)
        self.begun = True
        await self._hand_on(self._sink.begin(start_line.code, start_line.reason, headers))

    async def data_received(self, chunk: bytes) -> None:
        self._allow(IDLE_TIMEOUT_S)
        await self._hand_on(self._sink.piece(chunk))

    async def _hand_on(self, handing: object) -> None:
        try:
            await handing  # type: ignore[misc]
        except StreamClosedError:
            self.unwanted = True
            self.connection.close()

    def finish(self) -> None:
        self.finished = True

    def on_connection_close(self) -> None:
        """Nothing to do: ``run`` sees that ``finished`` was never set."""
