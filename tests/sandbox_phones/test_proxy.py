"""The proxy against a tiny app: real sockets, nothing of the sandbox's world."""

from __future__ import annotations

import asyncio
import json

import pytest
from tornado.httpclient import HTTPClientError

from tests.sandbox_phones.conftest import PhoneClient
from tests.sandbox_phones.fake_app import PAGE, go

TAG = '<script src="/phone/bridge.js"></script>'


@pytest.mark.asyncio
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_method_arrives_at_its_real_path(phone: PhoneClient, method: str) -> None:
    body = None if method in ("GET", "DELETE", "OPTIONS") else "缴费=1".encode()
    answer = await phone.ask("/h/demo/bills/%E4%B8%80?a=1&b=%20", method, body=body)
    seen = json.loads(answer.body)
    assert (seen["method"], seen["uri"]) == (method, "/h/demo/bills/%E4%B8%80?a=1&b=%20")
    assert seen["body"] == ("" if body is None else "缴费=1")


@pytest.mark.asyncio
async def test_the_app_sees_wechat_on_its_own_public_host(phone: PhoneClient) -> None:
    sent = {
        "User-Agent": "Desktop",
        "Origin": phone.origin,
        "Referer": phone.origin + "/h/demo/bills",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=203.0.113.9",
        "TE": "trailers",
        "Connection": "X-Secret-Hop",
        "X-Secret-Hop": "1",
        "Cookie": "a=1; b=2",
        "X-Kept": "1",
    }
    headers = json.loads((await phone.ask("/echo", headers=sent)).body)["headers"]
    assert "MicroMessenger/8.0" in headers["User-Agent"]
    assert headers["Host"] == headers["X-Forwarded-Host"] == "pay.example.org"
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-For"], headers["X-Real-Ip"]) == (
        "https",
        "127.0.0.1",
        "127.0.0.1",
    )
    assert (headers["Origin"], headers["Referer"]) == (
        "https://pay.example.org",
        "https://pay.example.org/h/demo/bills",
    )
    assert (headers["Cookie"], headers["X-Kept"]) == ("a=1; b=2", "1")
    assert not {"Te", "X-Secret-Hop", "Forwarded"} & set(headers)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("to", "leads"),
    [
        ("https://pay.example.org/h/demo/bills?a=1#x", "{phone}/h/demo/bills?a=1#x"),
        ("https://pay.example.org:443/h", "{phone}/h"),
        ("https://pay.example.org", "{phone}/"),
        ("http://127.0.0.1:{app}/s/abc", "{phone}/s/abc"),
        ("http://localhost:{app}/s/abc", "{phone}/s/abc"),
        (
            "http://127.0.0.1:{sandbox}/connect/oauth2/authorize?redirect_uri=x",
            "{phone}/connect/oauth2/authorize?redirect_uri=x",
        ),
        ("http://localhost:{sandbox}/connect/oauth2/authorize", "{phone}/connect/oauth2/authorize"),
        ("/h/demo/cards", "/h/demo/cards"),
        (
            "https://elsewhere.example/h?u=https://pay.example.org/",
            "https://elsewhere.example/h?u=https://pay.example.org/",
        ),
        ("https://pay.example.org.evil.example/", "https://pay.example.org.evil.example/"),
        ("http://pay.example.org/plain-http", "http://pay.example.org/plain-http"),
    ],
)
async def test_redirects_stay_on_the_phone(phone: PhoneClient, to: str, leads: str) -> None:
    ports = {"app": phone.fake.origin.rpartition(":")[2], "sandbox": phone.port, "phone": phone.origin}
    answer = await phone.ask(go(to.format(**ports)))
    assert (answer.code, answer.headers["Location"]) == (302, leads.format(**ports))


@pytest.mark.asyncio
async def test_the_platforms_own_redirects_stay_on_the_phone(phone: PhoneClient) -> None:
    path = "/connect/oauth2/authorize?redirect_uri=https://pay.example.org/oauth/wechat/demo/return"
    assert (await phone.ask(path)).headers["Location"] == f"{phone.origin}/oauth/wechat/demo/return?code=c&state=s"
    elsewhere = await phone.ask(path, headers={"Host": f"localhost:{phone.port}"})
    assert elsewhere.headers["Location"] == "https://pay.example.org/oauth/wechat/demo/return?code=c&state=s"


@pytest.mark.asyncio
async def test_cookies_become_the_phones_own(phone: PhoneClient) -> None:
    cookies = (await phone.ask("/cookies")).headers.get_list("Set-Cookie")
    assert cookies == ["a=1; Path=/; HttpOnly; SameSite=Lax", "__Host-b=2; Path=/; Secure; HttpOnly"]


@pytest.mark.asyncio
async def test_a_page_gets_the_bridge_and_nothing_else_changes(phone: PhoneClient) -> None:
    answer = await phone.ask("/page")
    head = '<HEAD data-a="1">'
    assert answer.body.decode() == PAGE.replace(head, head + TAG)
    assert (
        answer.headers["Content-Security-Policy"]
        == f"default-src 'self'; script-src 'self' {phone.origin}/phone/bridge.js"
    )
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.asyncio
async def test_a_fragment_fetched_by_a_script_stays_as_it_is(phone: PhoneClient) -> None:
    assert (await phone.ask("/page", headers={"Sec-Fetch-Dest": "empty"})).body.decode() == PAGE
    assert TAG in (await phone.ask("/page", headers={"Sec-Fetch-Dest": "iframe"})).body.decode()


@pytest.mark.asyncio
async def test_a_head_request_has_no_body(phone: PhoneClient) -> None:
    answer = await phone.ask("/page", "HEAD")
    assert (answer.code, answer.body) == (200, b"")


@pytest.mark.asyncio
async def test_statuses_without_a_body(phone: PhoneClient) -> None:
    assert (await phone.ask("/nothing", "DELETE")).code == 204
    etag = (await phone.ask("/page")).headers["Etag"]
    assert (await phone.ask("/page", headers={"If-None-Match": etag})).code == 304


@pytest.mark.asyncio
async def test_an_event_stream_passes_unbuffered(phone: PhoneClient) -> None:
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    fetching = asyncio.ensure_future(phone.client.fetch(phone.request("/events", on_piece=pieces.put_nowait)))
    assert await asyncio.wait_for(pieces.get(), 5) == b"data: first\n\n"
    assert not fetching.done()
    phone.fake.gate.set()
    assert await asyncio.wait_for(pieces.get(), 5) == b"data: second\n\n"
    assert (await asyncio.wait_for(fetching, 5)).code == 200


@pytest.mark.asyncio
async def test_when_the_phone_hangs_up_the_app_is_told(phone: PhoneClient) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: wechat-1.localhost:{phone.port}\r\n\r\n".encode())
    await asyncio.wait_for(reader.readuntil(b"first"), 5)
    writer.close()
    await asyncio.wait_for(phone.fake.stream_closed.wait(), 5)


@pytest.mark.asyncio
async def test_an_answer_that_breaks_off_is_broken_for_the_browser_too(phone: PhoneClient) -> None:
    with pytest.raises((HTTPClientError, OSError)):
        await phone.client.fetch(phone.request("/broken"))


@pytest.mark.asyncio
async def test_a_body_that_is_too_large_is_refused_before_it_is_read(phone: PhoneClient) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
    writer.write(
        f"POST /echo HTTP/1.1\r\nHost: wechat-1.localhost:{phone.port}\r\nContent-Length: 99999999\r\n\r\n".encode()
    )
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert phone.fake.seen == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "host", ["localhost", "wechat-0.localhost", "wechat-1.localhost.evil.example", "paypal-1.localhost", "evil.example"]
)
async def test_only_phones_reach_the_app(phone: PhoneClient, host: str) -> None:
    assert (await phone.ask("/echo", headers={"Host": f"{host}:{phone.port}"})).code == 404
    assert phone.fake.seen == []


@pytest.mark.asyncio
async def test_it_is_no_open_proxy(phone: PhoneClient) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", phone.port)
    writer.write(f"GET http://evil.example/ HTTP/1.1\r\nHost: wechat-1.localhost:{phone.port}\r\n\r\n".encode())
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert phone.fake.seen == []


@pytest.mark.asyncio
async def test_an_app_that_does_not_answer_is_said_plainly(phone: PhoneClient) -> None:
    await phone.stop_app()
    answer = await phone.ask("/h/demo/bills")
    assert answer.code == 502
    assert "诊付没有应答" in answer.body.decode()
