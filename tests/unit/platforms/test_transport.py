"""Real sockets: which failures were surely before anything was sent, and which leave the outcome unknown."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from server.core.errors import NotSent, OutcomeUnknown
from server.core.ports import HttpRequest
from server.infrastructure.transport import AiohttpTransport, TransportLimits

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def a_server(serve: Serve) -> AsyncIterator[str]:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def a_transport(limits: TransportLimits | None = None) -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport(limits)
    try:
        yield transport
    finally:
        await transport.close()


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def answering(raw: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(raw)
        await writer.drain()

    return serve


def a_call(base: str, path: str = "/", timeout_s: float = 5.0, body: bytes = b"") -> HttpRequest:
    return HttpRequest(
        system="his", method="POST", url=base + path, body=body, timeout_s=timeout_s, headers={"X-Test": "1"}
    )


@pytest.mark.asyncio
async def test_what_was_signed_is_what_is_sent() -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))
        assert await reader.readexactly(4) == b"body"
        writer.write(b"HTTP/1.1 204 No Content\r\nWechatpay-Serial: S\r\n\r\n")

    async with a_server(serve) as base, a_transport() as transport:
        answer = await transport.send(a_call(base, "/v3/a%2Fb%7E?q=%E4%B8%AD+%20*", body=b"body"))
    assert heads[0].startswith(b"POST /v3/a%2Fb%7E?q=%E4%B8%AD+%20* HTTP/1.1\r\n")
    assert b"\r\nX-Test: 1\r\n" in heads[0]
    assert heads[0].lower().count(b"\r\nuser-agent:") == 1
    assert (answer.status, answer.headers["wechatpay-serial"], answer.body) == (204, "S", b"")


@pytest.mark.asyncio
async def test_any_status_is_an_answer_and_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with a_server(answering(moved)) as base, a_transport() as transport:
        assert (await transport.send(a_call(base))).status == 302
    broken = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 4\r\n\r\nhelp"
    async with a_server(answering(broken)) as base, a_transport() as transport:
        answer = await transport.send(a_call(base))
        assert (answer.status, answer.body) == (503, b"help")


@pytest.mark.asyncio
async def test_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        async with a_transport() as transport:
            with pytest.raises(NotSent):
                await transport.send(a_call(address))


@pytest.mark.asyncio
@pytest.mark.parametrize("url", ["http://nobody.invalid", "http://", "nonsense"])
async def test_nowhere_to_go(url: str) -> None:
    async with a_transport() as transport:
        with pytest.raises(NotSent):
            await transport.send(a_call(url))


@pytest.mark.asyncio
async def test_tls_is_verified() -> None:
    async with a_server(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as base, a_transport() as transport:
        with pytest.raises(NotSent):
            await transport.send(a_call(base.replace("http:", "https:"), timeout_s=2.0))


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.transport.abort()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("serve", "timeout_s"),
    [
        (silent, 0.2),
        (hanging_up, 5.0),
        (resetting, 5.0),
        (answering(b"not HTTP at all\r\n\r\n"), 5.0),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), 5.0),
        (answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 5.0),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101), 5.0),
    ],
    ids=["silent", "hangs up", "resets", "no HTTP", "half an answer", "broken chunks", "too big"],
)
async def test_sent_and_nobody_knows(serve: Serve, timeout_s: float) -> None:
    async with a_server(serve) as base, a_transport(TransportLimits(body_bytes_max=100)) as transport:
        with pytest.raises(OutcomeUnknown):
            await transport.send(a_call(base, timeout_s=timeout_s))


@pytest.mark.asyncio
async def test_no_error_repeats_the_address() -> None:
    """OAuth and API calls of WeChat carry secrets in their URLs, and tracebacks are logged."""
    secret = "".join(("hu", "sh"))
    async with a_server(answering(b"not HTTP at all\r\n\r\n")) as base, a_transport() as transport:
        for address in (base, "nonsense"):
            with pytest.raises((NotSent, OutcomeUnknown)) as raised:
                await transport.send(a_call(address, f"/sns?secret={secret}"))
            assert secret not in "".join(traceback.format_exception(raised.value))


@pytest.mark.asyncio
async def test_closing_twice_and_opening_again() -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with a_server(answering(ok)) as base, a_transport() as transport:
        await transport.send(a_call(base))
        await transport.close()
        await transport.close()
        assert (await transport.send(a_call(base))).body == b"ok"
