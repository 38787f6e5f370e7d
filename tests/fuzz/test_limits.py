"""Sizes and speeds: bodies that are too large, headers without end, clients that send a byte a second."""

from __future__ import annotations

import json
import socket
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from server.app import routes as application
from tests.end_to_end.installation import Installation
from tests.fuzz.target import Target

MEGABYTE = 1024 * 1024
MEMORY_BYTES_MAX = 8 * MEGABYTE
DOORS = (
    "/notify/wechatpay/demo/payment",
    "/notify/sms/demo/x",
    "/wechat/demo/callback",
    "/his/v1/qr.make",
    "/h/demo/payments",
    "/api/v1/demo/scans",
    "/nothing",
)
SLOW_S_MAX = 25.0


def announced(path: str, size: int, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {size}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("path", DOORS)
def test_ten_megabytes_are_refused_and_never_held(target: Target, path: str) -> None:
    """The sender reads the refusal although it has sent everything."""
    request = announced(path, 10 * MEGABYTE) + bytes(10 * MEGABYTE)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        answer = target.send(request)
        held = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert answer.status == 413
    told = json.loads(answer.body)
    assert (told["code"], len(told["reference"])) == ("too_large", 8)
    is_problem = b"Content-Type: application/problem+json" in answer.head
    assert (is_problem, told.get("status")) == ((True, 413) if path.startswith("/api/") else (False, None))
    assert held < MEMORY_BYTES_MAX, f"{held} bytes"


@pytest.mark.parametrize("size", [10 * MEGABYTE, 10**12, 10**18])
def test_the_refusal_comes_before_the_body(target: Target, size: int) -> None:
    """Whoever asks first is told at once; nothing of the body is waited for."""
    began = time.monotonic()
    answer = target.send(announced("/h/demo/payments", size, "Expect: 100-continue"))
    assert answer.status == 413
    assert b"100 (Continue)" not in answer.head
    assert time.monotonic() - began < application.BODY_S_MAX / 2


@pytest.mark.parametrize("size", ["-1", "+5", "5, 6", "1e3", "0x10", "٣", "", "9" * 5000])
def test_a_length_that_is_none_is_refused(target: Target, size: str) -> None:
    request = f"POST /h/demo/payments HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * 10
    assert target.send(request, ends=True).status in {0, 400, 403, 413}


def test_pieces_do_not_hide_the_size(target: Target) -> None:
    piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    request = (
        b"POST /his/v1/qr.make HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + piece * 40 + b"0\r\n\r\n"
    )
    assert target.send(request).status in {0, 400, 413}


def test_each_door_allows_less_than_the_server(target: Target) -> None:
    for path, size in (
        ("/his/v1/qr.make", 65 * 1024),
        ("/notify/sms/demo/x", 257 * 1024),
        ("/h/demo/payments", 17 * 1024),
    ):
        assert target.ask("POST", path, [], b"x" * size).status in {403, 413}
    assert target.ask("POST", "/notify/wechatpay/demo/payment", [], b"x" * 65 * 1024).status == 413


def test_headers_end(target: Target) -> None:
    assert target.send(b"GET /h/demo/bills HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n").status in {
        0,
        400,
        431,
    }
    many = b"".join(b"X%d: y\r\n" % n for n in range(10_000))
    assert target.send(b"GET /h/demo/bills HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n").status in {0, 400, 431}


def test_a_packed_body_is_not_unpacked(target: Target) -> None:
    answer = target.ask(
        "POST", "/notify/sms/demo/" + "r" * 24, [("Content-Encoding", "gzip")], b"\x1f\x8b\x08\x00" + bytes(1000)
    )
    assert answer.status == 400


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("slow") / "data", workers=0) as world:
        yield world


@pytest.mark.parametrize(
    "begun",
    [announced("/notify/wechatpay/demo/payment", 60_000), b"POST /notify/wechatpay/demo/payment HTTP/1.1\r\nX: "],
    ids=["body", "header"],
)
def test_who_sends_a_byte_a_second_is_cut_off(serving: Installation, begun: bytes) -> None:
    """A real server process; the others are served meanwhile."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", serving.port), timeout=1.0) as slow:
        slow.sendall(begun)
        assert not _still_open(slow, began), "still open"
    assert time.monotonic() - began < SLOW_S_MAX
    assert serving.is_ready()


def _still_open(slow: socket.socket, began: float) -> bool:
    """A byte each time that a second went by without an end."""
    while time.monotonic() - began < SLOW_S_MAX:
        try:
            if slow.recv(1000) == b"":
                return False
        except TimeoutError:
            try:
                slow.sendall(b"x")
            except ConnectionError:
                return False
        except ConnectionError:
            return False
    return True
