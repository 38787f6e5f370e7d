"""Outbound HTTP on aiohttp: the one place where a call leaves the process.

What matters to money is the difference between "surely not sent" and "nobody knows", so every failure is sorted into one of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from yarl import URL

from server.core.errors import NotSent, OutcomeUnknown
from server.core.ports import HttpRequest, HttpResponse

MEGABYTE = 1024 * 1024
FILE_BYTES_MAX = 128 * MEGABYTE
"""A packed statement of some two million rows."""
CONNECT_SHARE = 0.5
"""Share of a call's time in which the connection must stand. Running out of it is known to be before anything was sent."""
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportLimits:
    """``body_bytes_max`` bounds an answer that is held in memory, ``file_bytes_max`` one that goes to its request's receiver."""

    connections_per_host: int = 32
    body_bytes_max: int = MEGABYTE
    file_bytes_max: int = FILE_BYTES_MAX


class AiohttpTransport:
    """One session for the process, made on the first call so that it belongs to the running loop. TLS is verified,
    redirects are answers, cookies and proxies of the environment are ignored. `close` it in the end.
    """

    def __init__(self, limits: TransportLimits | None = None) -> None:
        self._limits = limits or TransportLimits()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Any HTTP answer within ``timeout_s``. NotSent: not connected. OutcomeUnknown: everything that failed after that.

        aiohttp's own errors are not chained: some repeat the URL, and WeChat's URLs carry secrets.
        """
        timeout = aiohttp.ClientTimeout(total=request.timeout_s, connect=request.timeout_s * CONNECT_SHARE)
        try:
            async with self._opened().request(
                request.method,
                URL(request.url, encoded=True),  # as it was signed; yarl would spell it anew
                headers={"Accept-Encoding": "identity", **request.headers},
                data=request.body or None,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                body = await self._received(request, response)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return HttpResponse(status=response.status, headers=headers, body=body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise NotSent(request.system, f"not connected ({type(error).__name__})") from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknown(request.system, f"no answer ({type(error).__name__})") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _received(self, request: HttpRequest, response: aiohttp.ClientResponse) -> bytes:
        """The body; empty where the request's receiver has taken it."""
        if request.into is not None and response.status == 200:
            async for piece in _pieces(request.system, response, self._limits.file_bytes_max):
                await request.into.write(piece)
            return b""
        body = bytearray()
        async for piece in _pieces(request.system, response, self._limits.body_bytes_max):
            body += piece
        return bytes(body)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,  # the bulkhead bounds calls by system
                limit_per_host=self._limits.connections_per_host,
                keepalive_timeout=10,  # shorter than the platforms': a connection that they drop under a POST is an unknown outcome
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                skip_auto_headers=("User-Agent",),
                headers={"User-Agent": "Zhenfu"},
            )
        return self._session


async def _pieces(system: str, response: aiohttp.ClientResponse, most: int) -> AsyncIterator[bytes]:
    """The body as it comes, at most ``_CHUNK`` bytes at a time and ``most`` in all."""
    size = 0
    async for piece in response.content.iter_chunked(_CHUNK):
        size += len(piece)
        if size > most:
            raise OutcomeUnknown(system, f"answer of more than {most} bytes")
        yield piece
