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


def asked(method: str, host: str, origin: str | None = None, **more: str) -> HTTPServerRequest:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    headers = HTTPHeaders({"Host": host, **({} if origin is None else {"Origin": origin}), **named})
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


@pytest.mark.parametrize(
    ("site", "refused"), [("same-origin", False), ("same-site", False), ("cross-site", True), ("none", True)]
)
def test_a_form_of_a_page_without_a_referrer_is_known_by_its_site(site: str, refused: bool) -> None:
    """The app's pages have the policy no-referrer, so their forms come with the origin ``null``."""
    request = asked("POST", "wechat-1.localhost:8889", "null", Sec_Fetch_Site=site)
    assert (FromElsewhere(APP).match(request) is not None) is refused


def test_the_sandbox_asks_this_before_anything_else(sandbox: RunningSandbox) -> None:
    forged = requests.post(
        f"{sandbox.url}/sandbox/reset", json={}, headers={"Origin": "https://evil.example"}, timeout=5
    )
    assert (forged.status_code, forged.json()["error"]) == (403, "ELSEWHERE")
    rebound = requests.get(f"{sandbox.url}/sandbox/credentials", headers={"Host": "evil.example"}, timeout=5)
    assert rebound.status_code == 403
    assert "secret" not in rebound.text
