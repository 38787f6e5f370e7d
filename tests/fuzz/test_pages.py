"""Pages, forms, query strings, returns from OAuth, paths and whole requests that no browser would send."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.effort import thrown
from tests.fuzz.hostile import garbage, texts
from tests.fuzz.target import Target

POSTS = {
    "/h/demo/payments": ("bill_no", "sms", "phone", "shown_fen"),
    "/h/demo/payments/ZF20261123ABCDEFGHJKMN/resume": ("x",),
    "/h/demo/cards/code": ("card_no", "name", "card_key"),
    "/h/demo/cards/bind": ("card_key", "code", "phone_masked"),
    "/h/demo/cards/unbind": ("card_key",),
}
GETS = {
    "/h/demo/payments": ("before",),
    "/h/demo/checkout": ("bill_no",),
    "/h/demo/cards": ("done",),
    "/h/demo/payments/ZF20261123ABCDEFGHJKMN": ("paid",),
    "/h/demo/payments/ZF20261123ABCDEFGHJKMN/state": ("paid",),
    "/oauth/wechat/demo/start": ("to",),
    "/oauth/wechat/demo/return": ("code", "state"),
}
DOORS = (
    "/",
    "/h/demo",
    "/h/demo/bills",
    "/h/nowhere/bills",
    "/static/0/js/pay.js",
    "/healthz",
    "/readyz",
    "/metrics",
    *GETS,
    *POSTS,
)
encodings = st.sampled_from(["utf-8", "gbk", "utf-16"])


def encoded(text: str, encoding: str) -> str:
    return quote_plus(text.encode(encoding, "replace"))


@thrown
@given(
    path=st.sampled_from(sorted(POSTS)),
    fields=st.lists(st.tuples(st.integers(0, 3), texts), max_size=6),
    encoding=encodings,
)
def forms(target: Target, path: str, fields: list[tuple[int, str]], encoding: str) -> None:
    names = POSTS[path]
    form = "&".join(f"{names[n % len(names)]}={encoded(text[:800], encoding)}" for n, text in fields).encode()
    for accept in ("text/html", "application/json"):
        answer = target.form(path, form, target.log_in("B1"), ("Accept", accept))
        assert answer.status < 500, answer.body
    assert (
        target.ask(
            "POST", path, [("Content-Type", "application/x-www-form-urlencoded")], form, target.log_in("B1")
        ).status
        == 403
    )


@thrown
@given(
    path=st.sampled_from(sorted(GETS)),
    fields=st.lists(st.tuples(st.integers(0, 1), texts), max_size=4),
    encoding=encodings,
)
def queries(target: Target, path: str, fields: list[tuple[int, str]], encoding: str) -> None:
    names = GETS[path]
    query = "&".join(f"{names[n % len(names)]}={encoded(text[:800], encoding)}" for n, text in fields)
    for cookie in ("", target.log_in("B1")):
        answer = target.ask("GET", f"{path}?{query}", (), b"", cookie)
        assert answer.status < 500
        place = answer.header("Location")
        assert not place or place.startswith(("/h/demo/", "https://open.weixin.qq.com/connect/oauth2/authorize?")), (
            place
        )


@thrown
@given(
    parts=st.lists(texts, min_size=1, max_size=4),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "FOO"]),
)
def paths(target: Target, parts: list[str], method: str) -> None:
    path = "/" + "/".join(quote(part[:300], safe="") for part in parts)
    for before in ("", "/h/demo", "/h/demo/bills", "/static", "/his/v1", "/notify/wechatpay"):
        answer = target.ask(method, before + path, (), b"", target.log_in("B1"))
        assert answer.status < 500
        assert answer.status != 200 or before


@thrown
@given(
    door=st.sampled_from(DOORS),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    body=garbage,
    kind=st.sampled_from(
        [
            "application/json",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
            "text/plain; charset=utf-7",
            "",
        ]
    ),
)
def bodies(target: Target, door: str, method: str, body: bytes, kind: str) -> None:
    answer = target.ask(method, door, [("Content-Type", kind)], body, target.log_in("B1"))
    assert answer.status < 500


@thrown
@given(
    request=st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from(
                [
                    b"GET ",
                    b"POST ",
                    b"/h/demo/bills",
                    b" HTTP/1.1\r\n",
                    b" HTTP/9.9\r\n",
                    b"Host: a\r\n",
                    b"Host: b\r\n",
                    b"Content-Length: 5\r\n",
                    b"Content-Length: -1\r\n",
                    b"Content-Length: 5, 5\r\n",
                    b"Transfer-Encoding: chunked\r\n",
                    b"Transfer-Encoding: gzip, chunked\r\n",
                    b"\r\n",
                    b"0\r\n\r\n",
                    b"FFFFFFFFFFFFFFFF\r\n",
                    b"Expect: 100-continue\r\n",
                    b" folded\r\n",
                    b"X: \x00\r\n",
                    b"\n",
                    b"Cookie: a=\xff\r\n",
                    b"Connection: close\r\n",
                    b"Range: bytes=0-\r\n",
                ]
            ),
            max_size=10,
        ).map(b"".join),
    )
)
def whole_requests(target: Target, request: bytes) -> None:
    """Sent, and then nothing more: an answer that fits, or a closed connection."""
    answer = target.send(request, ends=True)
    assert answer.status < 500


@pytest.mark.parametrize(
    "value",
    [
        "/\\evil.example",
        "//evil.example",
        "https://evil.example",
        "/h/demo/..//evil",
        "/h/demo/%2e%2e/%2e%2e",
        "javascript:x",
    ],
)
def test_the_login_leads_nowhere_else(target: Target, value: str) -> None:
    answer = target.ask("GET", f"/oauth/wechat/demo/start?to={quote(value, safe='')}")
    assert answer.status in {400, 302}
    assert "evil" not in answer.header("Location")


def test_no_form_breaks_a_page(target: Target) -> None:
    forms(target)


def test_no_query_breaks_a_page(target: Target) -> None:
    queries(target)


def test_no_path_breaks_a_page(target: Target) -> None:
    paths(target)


def test_no_body_breaks_a_page(target: Target) -> None:
    bodies(target)


def test_whole_requests(target: Target) -> None:
    whole_requests(target)
