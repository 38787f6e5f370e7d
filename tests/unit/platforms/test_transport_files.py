"""Files that are received piece by piece: never whole in memory, whatever their length."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from server.core.errors import OutcomeUnknown, StoreUnavailable
from server.infrastructure.transport import TransportLimits
from tests.support.receiving import Counted, Taken
from tests.unit.platforms.test_transport import a_call, a_server, a_transport, answering, head_of

PIECE_BYTES_MAX = 64 * 1024
FILE_BYTES_MAX = 2 * 1024 * 1024


class FullDisk(Counted):
    async def write(self, piece: bytes) -> None:
        raise StoreUnavailable("files: no space")


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A file without an end, as fast as it is taken."""
    await head_of(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        try:
            await writer.drain()
        except ConnectionError:
            return


@pytest.mark.asyncio
async def test_a_file_goes_to_its_receiver_and_is_not_in_the_answer() -> None:
    taken, raw = Taken(), b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101
    async with a_server(answering(raw)) as base, a_transport(TransportLimits(body_bytes_max=100)) as transport:
        answer = await transport.send(replace(a_call(base), into=taken))
    assert (answer.status, answer.body, taken.content) == (200, b"", b"x" * 101)


@pytest.mark.asyncio
async def test_a_file_without_an_end_comes_in_small_pieces_and_no_further_than_its_limit() -> None:
    counted = Counted()
    async with a_server(endless) as base, a_transport(TransportLimits(file_bytes_max=FILE_BYTES_MAX)) as transport:
        with pytest.raises(OutcomeUnknown, match="more than"):
            await transport.send(replace(a_call(base, timeout_s=30.0), into=counted))
    assert max(counted.lengths) <= PIECE_BYTES_MAX
    assert FILE_BYTES_MAX - PIECE_BYTES_MAX < counted.size <= FILE_BYTES_MAX


@pytest.mark.asyncio
async def test_half_a_file_is_no_file() -> None:
    counted, raw = Counted(), b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 100
    async with a_server(answering(raw)) as base, a_transport() as transport:
        with pytest.raises(OutcomeUnknown):
            await transport.send(replace(a_call(base), into=counted))


@pytest.mark.asyncio
async def test_what_is_no_file_is_an_answer_and_is_bounded_as_one() -> None:
    told = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"
    counted = Counted()
    async with a_server(answering(told)) as base, a_transport() as transport:
        answer = await transport.send(replace(a_call(base), into=counted))
    assert (answer.status, answer.body, counted.lengths) == (404, b"gone", [])
    long = b"HTTP/1.1 404 Not Found\r\nContent-Length: 101\r\n\r\n" + b"x" * 101
    async with a_server(answering(long)) as base, a_transport(TransportLimits(body_bytes_max=100)) as transport:
        with pytest.raises(OutcomeUnknown, match="more than"):
            await transport.send(replace(a_call(base), into=counted))


@pytest.mark.asyncio
async def test_a_full_disk_is_ours_and_not_the_platforms() -> None:
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with a_server(answering(ok)) as base, a_transport() as transport:
        with pytest.raises(StoreUnavailable):
            await transport.send(replace(a_call(base), into=FullDisk()))
