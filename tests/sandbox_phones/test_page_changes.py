"""The pure parts: what happens to a policy, to a page in pieces, to addresses."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders

from sandbox.phones.csp import nonce_of, open_policy
from sandbox.phones.headers import response_headers
from sandbox.phones.hosts import phone_of
from sandbox.phones.injection import SEARCHED_BYTES_MAX, Injection
from sandbox.phones.places import Places
from tests.sandbox_phones.conftest import KINDS

SCRIPT = "http://wechat-1.localhost:8889/phone/bridge.js"


@pytest.mark.parametrize(
    ("policy", "opened"),
    [
        ("frame-ancestors 'none'", ""),
        ("script-src 'self'; Frame-Ancestors 'self'; img-src data:", f"script-src 'self' {SCRIPT}; img-src data:"),
        ("script-src 'none'", f"script-src {SCRIPT}"),
        ("default-src 'none'; style-src 'self'", f"default-src 'none'; style-src 'self'; script-src {SCRIPT}"),
        ("default-src 'self' https:", f"default-src 'self' https:; script-src 'self' https: {SCRIPT}"),
        ("script-src-elem 'self'; script-src 'none'", f"script-src-elem 'self' {SCRIPT}; script-src 'none'"),
        ("img-src 'self'", "img-src 'self'"),
        ("frame-ancestors 'none', script-src 'self'", f"script-src 'self' {SCRIPT}"),
        ("", ""),
    ],
)
def test_a_policy_allows_the_bridge_and_a_frame(policy: str, opened: str) -> None:
    assert open_policy(policy, SCRIPT) == opened


def test_the_nonce_of_a_strict_policy_is_found() -> None:
    assert nonce_of("script-src 'strict-dynamic' 'nonce-aB3+/=='") == "aB3+/=="
    assert nonce_of("script-src 'self'") == ""


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (b"<!doctype html><html><head><meta></head>x", b"<!doctype html><html><head>TAG<meta></head>x"),
        (b"<html><HEAD class=a>x", b"<html><HEAD class=a>TAGx"),
        (
            b"<!-- c --><!doctype html><html lang=zh><body><header>x</header>",
            b"<!-- c --><!doctype html><html lang=zh>TAG<body><header>x</header>",
        ),
        (b"plain", b"TAGplain"),
        (b"", b""),
    ],
)
def test_the_tag_stands_right_behind_head_however_the_page_comes(page: bytes, expected: bytes, size: int) -> None:
    injection = Injection(b"TAG")
    out = b"".join(injection.feed(page[i : i + size]) for i in range(0, len(page), size)) + injection.end()
    assert out == expected


def test_the_search_for_the_head_has_a_bound() -> None:
    injection = Injection(b"TAG")
    assert injection.feed(b"x" * SEARCHED_BYTES_MAX) == b"TAG" + b"x" * SEARCHED_BYTES_MAX
    assert injection.feed(b"<head>") == b"<head>"


def test_hop_by_hop_headers_of_an_answer_stay_behind() -> None:
    places = Places.make(app_url="http://127.0.0.1:8888", app_public_url="http://localhost:8888", sandbox_port=8889)
    app = HTTPHeaders(
        {
            "Connection": "X-Private",
            "X-Private": "1",
            "Keep-Alive": "5",
            "Transfer-Encoding": "chunked",
            "X-Kept": "1",
            "Content-Length": "3",
        }
    )
    passed = response_headers(
        app, places=places, phone_origin="http://wechat-1.localhost:8889", script_url=SCRIPT, rewritten_body=False
    )
    assert dict(passed.get_all()) == {"X-Kept": "1", "Content-Length": "3"}


@pytest.mark.parametrize(
    ("host", "number"),
    [
        ("wechat-1.localhost", 1),
        ("WeChat-12.localhost", 12),
        ("wechat-01.localhost", None),
        ("wechat-1000.localhost", None),
        ("wechat.localhost", None),
    ],
)
def test_a_host_names_its_phone(host: str, number: int | None) -> None:
    phone = phone_of(host, KINDS)
    assert (phone.number if phone else None) == number


def test_places_come_from_the_environment() -> None:
    places = Places.from_environment({"ZHENFU_PORT": "9001", "ZHENFU_SANDBOX_PORT": "9002"})
    assert (places.app, places.app_public) == ("http://127.0.0.1:9001", "http://localhost:9001")
    assert (
        places.on_phone("http://[::1]:9001/s/a?b=1", "http://wechat-2.localhost:9002")
        == "http://wechat-2.localhost:9002/s/a?b=1"
    )


def test_a_phone_never_proxies_the_sandbox_itself() -> None:
    with pytest.raises(ValueError, match="sandbox's own"):
        Places.make(app_url="http://localhost:8889", app_public_url="http://localhost:8888", sandbox_port=8889)
