"""What a page from elsewhere makes a browser on this machine send is refused: DNS rebinding, posts of other origins."""

from __future__ import annotations

import pytest
import requests
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from sandbox.elsewhere import FromElsewhere
from tests.sandbox.process import RunningSandbox

APP = "http://127.0.0.1:8888"
HERE = "localhost:8889"


class _Connection:
    context = None


def asked(method: str, host: str, origin: str | None = None) -> HTTPServerRequest:
    headers = HTTPHeaders({"Host": host, **({} if origin is None else {"Origin": origin})})
    line = RequestStartLine(method, "/sandbox/reset", "HTTP/1.1")
    return HTTPServerRequest(start_line=line, headers=headers, connection=_Connection())  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8889", "192.168.1.5:8889", "evil:8889"])
def test_a_name_of_somebody_s_own_is_refused(host: str) -> None:
    for method in ("GET", "POST"):
        assert FromElsewhere(APP).match(asked(method, host)) is not None


@pytest.mark.parametrize("host", [HERE, "127.0.0.1:8889", "wechat-1.localhost:8889", "[::1]:8889"])
def test_this_machine_s_names_are_answered(host: str) -> None:
    for method in ("GET", "POST"):
        assert FromElsewhere(APP).match(asked(method, host)) is None


@pytest.mark.parametrize(
    ("origin", "refused"),
    [
        (f"http://{HERE}", False),
        ("http://wechat-1.localhost:8889", False),
        ("http://127.0.0.1:8888", False),  # the app's page sends a form to the cashier
        ("http://localhost:3000", True),
        ("https://evil.example", True),
        ("http://localhost.evil.example:8889", True),
        ("null", True),
        ("http://[", True),
        ("", True),
    ],
)
def test_only_our_own_pages_post(origin: str, refused: bool) -> None:
    assert (FromElsewhere(APP).match(asked("POST", HERE, origin)) is not None) is refused
    assert FromElsewhere(APP).match(asked("GET", HERE, origin)) is None


def test_the_sandbox_asks_this_before_anything_else(sandbox: RunningSandbox) -> None:
    forged = requests.post(
        f"{sandbox.url}/sandbox/reset", json={}, headers={"Origin": "https://evil.example"}, timeout=5
    )
    assert (forged.status_code, forged.json()["error"]) == (403, "ELSEWHERE")
    rebound = requests.get(f"{sandbox.url}/sandbox/credentials", headers={"Host": "evil.example"}, timeout=5)
    assert rebound.status_code == 403
    assert "secret" not in rebound.text
